"""A fresh page of the open alerts every few minutes while there are any."""

from datetime import timedelta

import dagster as dg
import sqlalchemy as sa

from ops_platform.platform import Platform
from ops_platform.state import EPISODE
from sensors.jobs import show_alerts

EVERY_S = 300


@dg.sensor(
    job=show_alerts,
    minimum_interval_seconds=EVERY_S,
    description="有未解除的告警时，每五分钟更新其清单。"
    "Shows the open alerts anew every five minutes while there are any.",
)
def alerts_stand(platform: dg.ResourceParam[Platform]) -> dg.RunRequest | dg.SkipReason:
    """Show the open alerts anew, and once more when the last of them is over."""
    now = platform.now()
    lately = EPISODE.c.resolved_at >= now - timedelta(seconds=2 * EVERY_S)
    if not platform.state.rows(sa.select(EPISODE.c.id).where(sa.or_(EPISODE.c.resolved_at.is_(None), lately)).limit(1)):
        return dg.SkipReason("No alert is open.")
    return dg.RunRequest(run_key=f"{now:%Y-%m-%dT%H:%M}")


SENSORS = [alerts_stand]
