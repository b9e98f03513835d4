"""Alerts about inspections that are overdue or due soon."""

import dagster as dg

from ops_platform.alerting.conditions import INSPECTION_RULES, inspection_conditions
from ops_platform.platform import Platform
from sensors.alerts import record


@dg.sensor(
    minimum_interval_seconds=300,
    description="巡检超期与即将到期，写入告警台账。Inspections overdue or due soon, into the ledger; never sends.",
)
def overdue_inspections(platform: dg.ResourceParam[Platform]) -> dg.SkipReason:
    """Inspections overdue or due soon, into the ledger; never sends."""
    conditions = inspection_conditions(platform.facts, platform.settings.policy, platform.now())
    return record(platform, INSPECTION_RULES, conditions)


SENSORS = [overdue_inspections]
