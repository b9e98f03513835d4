"""Whether those who watch and those who tell are alive: the dispatcher, the daemon and its sensors, the channels.

Each is looked at by another process: sensors look at the dispatcher, the dispatcher looks at the sensors.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from ops_platform.alerting.rules import Condition, Rule, Watch, Words
from ops_platform.platform import Platform
from ops_platform.state import ALERT_GROUP, ATTEMPT, EVALUATION, HEARTBEAT, OUTBOX, State

DISPATCH = "dispatch"
"""Name under which the dispatcher beats."""
DISPATCHER_SILENT_AFTER = timedelta(minutes=2)
MISSED_EVALUATIONS = 3
"""A watch is silent after so many of its intervals,"""
WATCH_SILENT_AFTER = timedelta(minutes=5)
"""and never sooner than this."""
DEAD_WITHIN = timedelta(hours=1)
"""A dead letter is told for so long; a channel that was not tried since is no longer known to fail."""
FAILING_AFTER = timedelta(minutes=5)
_WAITS = OUTBOX.c.state.in_(["pending", "claimed"])
_FAILED = ("permanent", "retry", "in_doubt")
_PROCESSES = Words("个进程", "processes")

DISPATCHER_SILENT = Rule(
    "dispatcher_silent",
    "critical",
    Words("告警发送进程失联", "Alert dispatcher is silent"),
    _PROCESSES,
    Words(
        "{process} 最后一次心跳 {beat_at}，积压 {waiting} 条消息未发出",
        "{process}: last heartbeat at {beat_at}, {waiting} messages wait to be sent",
    ),
    Words(
        "其他告警此刻可能发不出。请登录服务器检查并重启 ops dispatch；在此之前以 Dagster 为准，勿等消息。",
        "Other alerts may not go out now. Check ops dispatch on the server and start it again; until then look into "
        "Dagster, do not wait for messages.",
    ),
    "process",
    "beat_at",
    ("process", "beat_at", "waiting"),
    counts_down=False,
)
DAEMON_SILENT = Rule(
    "daemon_silent",
    "critical",
    Words("告警评估停止", "Alerts are no longer evaluated"),
    _PROCESSES,
    Words(
        "{process} 最后一次评估 {evaluated_at}，此后没有任何规则被评估",
        "{process}: last evaluation at {evaluated_at}, no rule was evaluated since",
    ),
    Words(
        "此后发生的停电、宕站不会有告警。请重启 dagster-daemon，并在 Dagster 的 Automation 页确认 sensor 恢复；"
        "在此之前人工监看。",
        "What happened since raises no alert. Start dagster-daemon again and see on Dagster's Automation page that the "
        "sensors run; watch by hand until then.",
    ),
    "process",
    "evaluated_at",
    ("process", "evaluated_at"),
    counts_down=False,
)
WATCH_SILENT = Rule(
    "watch_silent",
    "major",
    Words("单项告警停止评估", "A watch is no longer evaluated"),
    Words("项监视", "watches"),
    Words(
        "{watch} 最后一次评估 {evaluated_at}，应每 {every_s} 秒一次；其他监视正常",
        "{watch}: last evaluated at {evaluated_at}, due every {every_s} s; others are",
    ),
    Words(
        "请在 Dagster 的 Automation 页查看该 sensor 是否被关闭或报错；故意关闭的，请确认无人依赖它。",
        "See on Dagster's Automation page whether this sensor was switched off or fails; if it was switched off on "
        "purpose, make sure that nobody relies on it.",
    ),
    "watch",
    "evaluated_at",
    ("watch", "evaluated_at", "every_s"),
    counts_down=False,
    gather_s=120,
)
DELIVERY_FAILING = Rule(
    "delivery_failing",
    "critical",
    Words("告警通道故障", "Alert channel is failing"),
    Words("个通道", "channels"),
    Words(
        "通道 {channel} 自 {failed_at} 起有消息发送失败",
        "Channel {channel}: messages fail since {failed_at}",
    ),
    Words(
        "经该通道通知的人可能收不到告警，请改用电话。请按服务商的答复核对地址、密钥与额度，并用 ops alerts test 验证。",
        "People who are told over it may hear of nothing: call them. Check address, key and quota by what the provider "
        "answered, and try it with ops alerts test.",
    ),
    "channel",
    "failed_at",
    ("channel", "failed_at", "answer"),
    also={
        "dead": Words("；{dead} 条已放弃", "; {dead} given up"),
        "failures": Words("；此后 {failures} 次尝试无一成功", "; {failures} attempts since, none accepted"),
        "answer": Words("；服务商答复：{answer}", "; the provider answered: {answer}"),
    },
    counts_down=False,
    not_over="channel",
)


def find(platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield the dispatcher where it is silent, and the channels that fail."""
    yield from _dispatcher_silent(platform.state, now)
    yield from _failing(platform.state, now)


def silent_with_work(state: State, now: datetime) -> bool:
    """Tell whether something is due while no dispatcher has lived lately, or ever."""
    beats = sa.select(HEARTBEAT.c.name).where(
        HEARTBEAT.c.name == DISPATCH, HEARTBEAT.c.beat_at >= now - DISPATCHER_SILENT_AFTER
    )
    if state.rows(beats):
        return False
    messages = sa.select(OUTBOX.c.id).where(_WAITS, OUTBOX.c.due_at <= now).limit(1)
    groups = sa.select(ALERT_GROUP.c.id).where(ALERT_GROUP.c.next_at <= now).limit(1)
    return bool(state.rows(messages) or state.rows(groups))


def _dispatcher_silent(state: State, now: datetime) -> Iterator[Condition]:
    """Yield nothing where it never ran: then a Dagster job delivers."""
    silent = (HEARTBEAT.c.name == DISPATCH) & (HEARTBEAT.c.beat_at < now - DISPATCHER_SILENT_AFTER)
    for row in state.rows(sa.select(HEARTBEAT).where(silent)):
        due = _WAITS & (OUTBOX.c.due_at <= now)
        waiting = state.rows(sa.select(sa.func.count().label("messages")).where(due))[0]["messages"]
        told = {"process": "ops dispatch", "beat_at": row["beat_at"].isoformat(), "waiting": waiting}
        yield Condition(DISPATCHER_SILENT, DISPATCH, "", told, row["beat_at"] + DISPATCHER_SILENT_AFTER)


def _failing(state: State, now: datetime) -> Iterator[Condition]:
    """Yield the channels with a dead letter, or of which nothing was accepted for a while although it was tried."""
    since = now - DEAD_WITHIN
    tried = sa.select(OUTBOX.c.channel, ATTEMPT).join(OUTBOX).where(ATTEMPT.c.ended_at > since).subquery()
    accepted = (
        sa.select(tried.c.channel, sa.func.max(tried.c.ended_at).label("at"))
        .where(tried.c.outcome == "accepted")
        .group_by(tried.c.channel)
        .subquery()
    )
    failures = (
        sa.select(tried.c.channel, sa.func.count().label("failures"), sa.func.min(tried.c.ended_at).label("failed_at"))
        .outerjoin(accepted, accepted.c.channel == tried.c.channel)
        .where(tried.c.outcome.in_(_FAILED), accepted.c.at.is_(None) | (tried.c.ended_at > accepted.c.at))
        .group_by(tried.c.channel)
    )
    dead = (
        sa.select(
            OUTBOX.c.channel,
            sa.func.count(OUTBOX.c.id.distinct()).label("dead"),
            sa.func.min(ATTEMPT.c.ended_at).label("failed_at"),
        )
        .join(ATTEMPT)
        .where(OUTBOX.c.state == "dead", ATTEMPT.c.ended_at > since)
        .group_by(OUTBOX.c.channel)
    )
    only_failures = {row["channel"]: row for row in state.rows(failures) if row["failed_at"] <= now - FAILING_AFTER}
    given_up = {row["channel"]: row for row in state.rows(dead)}
    for channel in sorted(only_failures.keys() | given_up.keys()):
        found = [rows[channel] for rows in (only_failures, given_up) if channel in rows]
        failed_at = min(row["failed_at"] for row in found)
        told = {
            "channel": channel,
            "failed_at": failed_at.isoformat(),
            "answer": _last_answer(state, channel),
            "dead": given_up.get(channel, {}).get("dead"),
            "failures": only_failures.get(channel, {}).get("failures"),
        }
        yield Condition(DELIVERY_FAILING, channel, "", told, failed_at)


def _last_answer(state: State, channel: str) -> str:
    query = sa.select(ATTEMPT.c.answer).join(OUTBOX).where(OUTBOX.c.channel == channel, ATTEMPT.c.outcome.in_(_FAILED))
    return str(state.rows(query.order_by(ATTEMPT.c.id.desc()).limit(1))[0]["answer"])


def watchdog(watches: Mapping[str, Watch]) -> Watch:
    """Return the watch over the sensors, which the dispatcher evaluates.

    Parameters
    ----------
    watches
        The watches that sensors evaluate.
    """
    return Watch(
        "watchdog",
        Words("告警评估是否仍在进行", "Whether alerts are still evaluated"),
        (DAEMON_SILENT, WATCH_SILENT),
        partial(find_silent, watches),
        every_s=30,
    )


def find_silent(watches: Mapping[str, Watch], platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield the daemon where no watch is evaluated any more, and the watches that stopped while others went on.

    A watch that was never evaluated is not switched on. Each is measured against the newest evaluation of any, so that
    a daemon that stops is one matter and not one for each watch.
    """
    at = {row["rule"]: row["at"] for row in platform.state.rows(sa.select(EVALUATION.c.rule, EVALUATION.c.at))}
    evaluated = {
        watch.name: max(at[rule.id] for rule in watch.rules if rule.id in at)
        for watch in watches.values()
        if any(rule.id in at for rule in watch.rules)
    }
    if not evaluated:
        return
    newest = max(evaluated.values())
    limits = {name: max(MISSED_EVALUATIONS * timedelta(seconds=watches[name].every_s), WATCH_SILENT_AFTER)
              for name in evaluated}  # fmt: skip
    alive = [name for name, last in evaluated.items() if last + limits[name] >= newest]
    for name in sorted(evaluated.keys() - alive):
        last = evaluated[name]
        told = {"watch": name, "evaluated_at": last.isoformat(), "every_s": watches[name].every_s}
        yield Condition(WATCH_SILENT, name, "", told, last + limits[name])
    silent_from = newest + min(limits[name] for name in alive)
    if silent_from < now:
        told = {"process": "dagster-daemon", "evaluated_at": newest.isoformat()}
        yield Condition(DAEMON_SILENT, "daemon", "", told, silent_from)


def evaluates(watches: Mapping[str, Watch], platform: Platform, now: datetime) -> bool:
    """Tell whether the daemon evaluates watches: some were, and not too long ago."""
    rules = [rule.id for watch in watches.values() for rule in watch.rules]
    if not platform.state.rows(sa.select(EVALUATION.c.rule).where(EVALUATION.c.rule.in_(rules)).limit(1)):
        return False
    return all(condition.rule is not DAEMON_SILENT for condition in find_silent(watches, platform, now))


WATCH = Watch(
    "dispatcher",
    Words("告警发送进程与通道是否正常", "Whether the dispatcher and its channels work"),
    (DISPATCHER_SILENT, DELIVERY_FAILING),
    find,
    every_s=60,
)
