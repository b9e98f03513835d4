"""A fresh dispatch board every few minutes while the mains is out somewhere."""

import dagster as dg

from ops_platform.maintenance.dispatch_facts import mains_is_out
from ops_platform.platform import Platform
from sensors.jobs import plan_dispatch


@dg.sensor(
    job=plan_dispatch,
    minimum_interval_seconds=300,
    description="有市电停电未恢复时，每五分钟更新派单建议。"
    "Plans dispatch anew every five minutes while mains outages are open.",
)
def open_outages(platform: dg.ResourceParam[Platform]) -> dg.RunRequest | dg.SkipReason:
    """Plan dispatch anew while mains outages are open."""
    now = platform.now()
    if not mains_is_out(platform.facts, platform.settings.policy, now):
        return dg.SkipReason("No mains outage is open.")
    return dg.RunRequest(run_key=f"{now:%Y-%m-%dT%H:%M}")


SENSORS = [open_outages]
