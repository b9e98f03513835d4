"""The schedule that keeps the clock of faults going."""

import dagster as dg

from ops_platform.settings import Settings
from sensors.jobs import clock_faults

every_quarter_hour = dg.ScheduleDefinition(
    name="clock_faults_every_quarter_hour",
    job=clock_faults,
    cron_schedule="*/15 * * * *",
    execution_timezone=Settings().time_zone,
)

SCHEDULES = [every_quarter_hour]
