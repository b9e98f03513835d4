"""The schedule that hands over at the changes of shifts."""

import dagster as dg

from ops_platform.clock import month_of
from ops_platform.settings import Settings
from sensors.jobs import hand_over_shift

_SETTINGS = Settings()


@dg.schedule(
    job=hand_over_shift,
    cron_schedule=[f"{at.minute} {at.hour} * * *" for at in _SETTINGS.policy.alerts.shift_changes],
    execution_timezone=_SETTINGS.time_zone,
    description="每次交接班时生成交接班页与当月告警统计。"
    "Makes the handover and the month's figures of alerts at each change.",
)
def shift_change(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Make the handover and the figures of the running month at each change of shifts."""
    at = context.scheduled_execution_time
    return dg.RunRequest(run_key=f"{at:%Y-%m-%dT%H:%M}", partition_key=month_of(at, _SETTINGS.zone))


SCHEDULES = [shift_change]
