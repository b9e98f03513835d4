"""The schedule that closes a month, on the business-local day that docs/decisions/0008 gives the reason for."""

import dagster as dg

from ops_platform.clock import month_of, shift_month
from ops_platform.settings import Settings
from sensors.jobs import close_month

_SETTINGS = Settings()


@dg.schedule(
    job=close_month,
    cron_schedule=f"0 {_SETTINGS.close_hour} {_SETTINGS.close_day} * *",
    execution_timezone=_SETTINGS.time_zone,
    description=f"每月 {_SETTINGS.close_day} 日 {_SETTINGS.close_hour} 时关闭上月。"
    f"Closes last month at {_SETTINGS.close_hour:02}:00 on business-local day {_SETTINGS.close_day}.",
)
def month_close(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Close last month once what was due in it is decided."""
    month = shift_month(month_of(context.scheduled_execution_time, _SETTINGS.zone), -1)
    return dg.RunRequest(run_key=f"close-{month}", partition_key=month)


SCHEDULES = [month_close]
