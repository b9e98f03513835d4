"""What Dagster does with alerts where ``ops dispatch`` does not run or is silent; both work on one outbox."""

import dagster as dg
from pydantic import Field

from ops_platform.alerting.acknowledge import acknowledge
from ops_platform.alerting.channels import channels_of
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.evaluation import desk_of
from ops_platform.alerting.groups import advance
from ops_platform.alerting.watches.delivery import silent_with_work
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


class Acknowledging(dg.Config):
    """认领哪些告警，由谁认领。Which alerts, and whose they are."""

    episodes: list[int] = Field(description="告警编号，不带 #。Numbers of the alerts, without #.")
    who: str = Field(description="认领人的工号。staff_id of the person who takes them on.")
    note: str = Field(default="", description="备注。Kept with the alerts.")
    false_alarm: bool = Field(default=False, description="误报：现场没有问题。Nothing was the matter.")


@dg.op
def take_on(context: dg.OpExecutionContext, config: Acknowledging, platform: dg.ResourceParam[Platform]) -> None:
    """认领告警，此后不再提醒，除非超时或恶化。Note whose alerts are; nobody is told again unless it ends or worsens."""
    desk = desk_of(platform, channels_of(platform.settings), platform.now())
    taken = acknowledge(
        platform.state, desk, config.episodes, config.who, platform.now(), config.note, false_alarm=config.false_alarm
    )
    over = sorted(set(config.episodes) - set(taken))
    context.log.info("由 %s 处理 / taken on by %s: %s; 已解除 / over: %s", config.who, config.who, taken, over)


@dg.job(
    description="认领告警：在 Launchpad 中填写 episodes（编号列表）、who（工号）、note（备注）、"
    "false_alarm（是否误报），然后 Launch Run。Acknowledge alerts: in the Launchpad fill in episodes (a list), "
    "who (staff_id), note and false_alarm, then launch the run. 例 / for instance: "
    "{ops: {take_on: {config: {episodes: [12, 13], who: E07, note: on my way}}}}"
)
def acknowledge_alerts() -> None:
    """Acknowledge alerts from the UI."""
    take_on()


@dg.sensor(
    job_name=deliver_alerts.name,
    minimum_interval_seconds=60,
    description="ops dispatch 失联两分钟且有待发消息时，由 Dagster 派发。"
    "Delivers while ops dispatch has been silent for two minutes and something is due.",
)
def deliver_while_dispatch_is_silent(platform: dg.ResourceParam[Platform]) -> dg.RunRequest | dg.SkipReason:
    """Deliver while ops dispatch is silent and something is due."""
    now = platform.now()
    if silent_with_work(platform.state, now):
        return dg.RunRequest(run_key=f"{now:%Y-%m-%dT%H:%M}")
    return dg.SkipReason("ops dispatch lives, or nothing is due.")


every_minute = dg.ScheduleDefinition(
    name="deliver_alerts_every_minute",
    job_name=deliver_alerts.name,
    cron_schedule="* * * * *",
    execution_timezone=Settings().time_zone,
)

JOBS = [deliver_alerts, acknowledge_alerts]
SENSORS = [deliver_while_dispatch_is_silent]
SCHEDULES = [every_minute]
