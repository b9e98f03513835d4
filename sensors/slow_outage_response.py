"""Alerts about mains outages to which the response is slow, by the power clock: evaluated as time passes."""

import dagster as dg

from ops_platform.alerting.conditions import OUTAGE_RULES, outage_conditions
from ops_platform.platform import Platform
from sensors.alerts import record


@dg.sensor(
    minimum_interval_seconds=30,
    description="停电响应迟缓：按电池时钟判断，不等新数据。"
    "Slow response to outages by the battery clock, new data or not.",
)
def slow_outage_response(platform: dg.ResourceParam[Platform]) -> dg.SkipReason:
    """Slow response to outages by the battery clock, new data or not."""
    conditions = outage_conditions(platform.facts, platform.settings.policy, platform.now())
    return record(platform, OUTAGE_RULES, conditions)


SENSORS = [slow_outage_response]
