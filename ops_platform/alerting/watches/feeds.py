"""Feeds that are late, and feeds whose last file was refused or is largely in quarantine."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ops_platform.alerting.rules import AHEAD, Condition, Fact, Rule, Watch, Words
from ops_platform.clock import local_midnight
from ops_platform.contracts import FEEDS
from ops_platform.facts import Facts
from ops_platform.intake.quarantine import RELEASE, WAITING
from ops_platform.intake.words import both
from ops_platform.platform import Platform
from ops_platform.policy import AlertPolicy
from ops_platform.state import QUARANTINE, RECEIPT, State

UNRECOGNISED = "unrecognised"
"""Subject of files of which intake could not tell the feed."""
UNRECOGNISED_FOR = timedelta(days=1)
"""No later file of its feed ends what is said of such a file, so this does."""
_DAY = timedelta(days=1)
_FEEDS = Words("类数据", "feeds")
_RECEIVED = RECEIPT.c.file_name != RELEASE

FEED_LATE = Rule(
    "feed_late",
    "major",
    Words("数据迟到", "Feed is late"),
    _FEEDS,
    Words(
        "{feed_name}：最近一次收件 {received_at}（{file_name}），最迟应于 {late_at} 前再到，{left}",
        "{feed_name}: last received at {received_at} ({file_name}), more was due by {late_at}, {left}",
    ),
    Words(
        "在此期间依赖该数据的告警和指标不可信。请检查来源系统的导出与传输，以及收件箱中是否有文件滞留。",
        "Until it comes, do not trust alerts and figures that rest on it. Check the export and the transfer at the "
        "source, and whether files are stuck in the inbox.",
    ),
    "feed_name",
    "late_at",
    ("feed_name", "file_name", "received_at", "late_at"),
    also={
        "reaches_on": Words("；数据只到 {reaches_on}", "; its rows reach to {reaches_on}"),
    },
)
FEED_BROKEN = Rule(
    "feed_broken",
    "major",
    Words("数据文件有误", "Feed is broken"),
    _FEEDS,
    Words("{feed_name}：{file_name}（{received_at} 收到）", "{feed_name}: {file_name} (received {received_at})"),
    Words(
        "请运行 ops intake explain 查看该文件如何被识别，并在 Dagster 的 receipts、quarantine 资产中看全部原因；"
        "改正后重新放入收件箱。",
        "Run ops intake explain on the file to see what it was taken for, and look at the assets receipts and "
        "quarantine in Dagster for every reason; drop the corrected file into the inbox.",
    ),
    "feed_name",
    "received_at",
    ("feed_name", "file_name", "received_at"),
    also={
        "refused_why": Words("被拒收：{refused_why}", " was refused: {refused_why_en}"),
        "rows_waiting": Words(
            "：{rows_read} 行中 {rows_waiting} 行被隔离", ": {rows_waiting} of {rows_read} rows are in quarantine"
        ),
        "reason": Words("，首个原因：第 {line} 行 {reason}", ", the first reason: line {line}, {reason_en}"),
    },
    counts_down=False,
)


def find(platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield the feeds that are late, will be within `AHEAD`, or whose last file is not in order."""
    policy = platform.settings.policy.alerts
    yield from _late(platform.state, platform.facts, policy, now)
    yield from _refused_or_quarantined(platform.state, policy)
    yield from _unrecognised(platform.state, now)


def _late(state: State, facts: Facts, policy: AlertPolicy, now: datetime) -> Iterator[Condition]:
    accepted = sa.and_(RECEIPT.c.status == "accepted", RECEIPT.c.feed.in_(policy.feed_max_age_h))
    for row in _last_of_each_feed(state, accepted):
        limit = timedelta(hours=policy.feed_max_age_h[row["feed"]])
        due: dict[date | None, datetime] = {None: row["received_at"] + limit}
        if newest := _newest_day(facts, row["feed"], now):
            # A file that repeats what is old must not pass for news. A day's rows may come as late as its file.
            due[newest] = local_midnight(newest + _DAY, facts.zone) + _DAY + limit
        reaches_on, late_at = min(due.items(), key=lambda item: item[1])
        if late_at <= now + AHEAD:
            told = _named(row) | {
                "late_at": late_at.isoformat(),
                "reaches_on": reaches_on.isoformat() if reaches_on else None,
            }
            yield Condition(FEED_LATE, row["feed"], "", told, late_at)


def _refused_or_quarantined(state: State, policy: AlertPolicy) -> Iterator[Condition]:
    for row in _last_of_each_feed(state, RECEIPT.c.status.in_(["accepted", "refused"]) & (RECEIPT.c.feed != "")):
        if row["status"] == "refused":
            yield _refused(row, row["feed"])
            continue
        waiting = (QUARANTINE.c.receipt_id == row["id"]) & WAITING
        count = state.rows(sa.select(sa.func.count().label("rows")).where(waiting))[0]["rows"]
        if count * 100 > policy.feed_quarantined_over_pct * row["rows_read"]:
            order = (QUARANTINE.c.position, QUARANTINE.c.line, QUARANTINE.c.id)
            first = state.rows(sa.select(QUARANTINE).where(waiting).order_by(*order).limit(1))[0]
            told = (
                _named(row)
                | {
                    "rows_read": row["rows_read"],
                    "rows_waiting": count,
                    "line": first["line"],
                }
                | _in_each_language("reason", first["reason"])
            )
            yield Condition(FEED_BROKEN, row["feed"], "", told, row["received_at"])


def _unrecognised(state: State, now: datetime) -> Iterator[Condition]:
    later = RECEIPT.alias()
    corrected = sa.exists().where(
        later.c.file_name == RECEIPT.c.file_name, later.c.status == "accepted", later.c.id > RECEIPT.c.id
    )
    refused = (RECEIPT.c.feed == "") & (RECEIPT.c.status == "refused")
    recent = RECEIPT.c.received_at > now - UNRECOGNISED_FOR
    for row in _last_of_each_feed(state, refused & recent & ~corrected):
        yield _refused(row, UNRECOGNISED)


def _refused(row: dict[str, Any], subject: str) -> Condition:
    told = _named(row) | _in_each_language("refused_why", row["finding"])
    return Condition(FEED_BROKEN, subject, "", told, row["received_at"])


def _in_each_language(name: str, said: str) -> dict[str, Fact]:
    """Return what intake said in both languages as a fact for each; whole where it is not clear which part is which."""
    parts = said.split(both("", ""))
    zh, en = parts if len(parts) == 2 else (said, said)  # noqa: PLR2004 - two languages
    return {name: zh, f"{name}_en": en}


def _last_of_each_feed(state: State, such: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    """Return the newest of such receipts of each feed; what came out of quarantine did not arrive."""
    newest = sa.select(sa.func.max(RECEIPT.c.id)).where(such, _RECEIVED).group_by(RECEIPT.c.feed)
    return state.rows(sa.select(RECEIPT).where(RECEIPT.c.id.in_(newest)).order_by(RECEIPT.c.feed))


def _newest_day(facts: Facts, feed: str, now: datetime) -> date | None:
    """Return the newest stored day of a feed that is kept by day."""
    contract = FEEDS[feed]
    if contract.grain != "day":
        return None
    today = now.astimezone(facts.zone).date()
    days = [date.fromisoformat(key) for key in facts.warehouse.partitions(contract)]
    return max((day for day in days if day <= today), default=None)


def _named(row: dict[str, Any]) -> dict[str, Fact]:
    contract = FEEDS.get(row["feed"])
    said = f"{contract.zh.partition('：')[0]} {contract.name}" if contract else f"未识别 {UNRECOGNISED}"
    return {"feed_name": said, "file_name": row["file_name"], "received_at": row["received_at"].isoformat()}


WATCH = Watch(
    "feeds",
    Words("迟到或有误的数据", "Feeds that are late or broken"),
    (FEED_LATE, FEED_BROKEN),
    find,
    every_s=300,
)
