"""The schedule that closes a month on the third business-local day."""

import dagster as dg

from ops_platform.clock import month_of, shift_month
from ops_platform.settings import Settings
from sensors.jobs import close_month

_SETTINGS = Settings()


@dg.schedule(
    job=close_month,
    cron_schedule="0 8 3 * *",
    execution_timezone=_SETTINGS.time_zone,
    description="每月 3 日 8 时关闭上月。Closes last month at 08:00 on the third business-local day.",
)
def month_close(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Close last month at 08:00 on the third business-local day."""
    month = shift_month(month_of(context.scheduled_execution_time, _SETTINGS.zone), -1)
    return dg.RunRequest(run_key=f"close-{month}", partition_key=month)


SCHEDULES = [month_close]
