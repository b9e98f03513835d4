"""Delivery of alerts by Dagster, for an installation that does not run ``ops dispatch``; both drain the same outbox."""

import dagster as dg

from ops_platform.alerting.channels import channels_of
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.evaluation import desk_of
from ops_platform.alerting.groups import advance
from ops_platform.platform import Platform
from ops_platform.settings import Settings


@dg.op
def drain_outbox(context: dg.OpExecutionContext, platform: dg.ResourceParam[Platform]) -> None:
    """派发告警：发送发件箱中到期的消息。Deliver the messages of the outbox that are due."""
    channels = channels_of(platform.settings)
    advance(platform.state, desk_of(platform, channels, platform.now()), platform.now())
    delivered = drain(platform.state, channels, platform.now)
    context.log.info(str(delivered))


@dg.job
def deliver_alerts() -> None:
    """派发告警：不运行 ops dispatch 的安装由此发送。Deliver alerts where ops dispatch does not run."""
    drain_outbox()


every_minute = dg.ScheduleDefinition(
    name="deliver_alerts_every_minute",
    job=deliver_alerts,
    cron_schedule="* * * * *",
    execution_timezone=Settings().time_zone,
)

JOBS = [deliver_alerts]
SCHEDULES = [every_minute]
