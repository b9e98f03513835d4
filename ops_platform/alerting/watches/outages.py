"""Mains outages to which the response is slow, by the power clock: true by the passing of time, new data or not."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from ops_platform.alerting.rules import AHEAD, Condition, Fact, Rule, Watch, Words
from ops_platform.alerting.watches.places import SITES, known, named, with_names
from ops_platform.coverage.outages import people_without, populated_now
from ops_platform.maintenance.importance import importance
from ops_platform.maintenance.power_events import clock_now, down_now, facts_now
from ops_platform.platform import Platform
from ops_platform.policy import AlertPolicy

_FACTS = ("site_name", "office_name", "failed_at", "deadline_at")
_ALSO = {
    "empty_at": Words("，电池约 {empty_at} 放空", ", battery empty about {empty_at}"),
    "customers_at_risk": Words("，断站影响 {customers_at_risk} 户", ", {customers_at_risk} customers lose service"),
    "people_without": Words(
        "，断站则 {people_without} 人无信号", ", {people_without} people then without any coverage"
    ),
}
_NEWS_FOR = timedelta(hours=12)

GENERATOR_NOT_DISPATCHED = Rule(
    "generator_not_dispatched",
    "critical",
    Words("停电未派发电", "Mains out, no generator dispatched"),
    SITES,
    Words(
        "{site_name}（{office}）{failed_at} 停电，尚未派发电，油机须在 {deadline_at} 前启动，{left}",
        "{site_name} ({office}): mains failed at {failed_at}, nobody dispatched, the generator must run by "
        "{deadline_at}, {left}",
    ),
    Words(
        "请按所列顺序派发电人员并登记派单；多站同时停电时先看派单建议。",
        "Dispatch crews in the order listed and record it; where many sites are out, look at the dispatch board first.",
    ),
    "site_name",
    "deadline_at",
    _FACTS,
    also=_ALSO,
    worsens_to="generator_leave_by",
    gather_s=60,
    news_for=_NEWS_FOR,
)
GENERATOR_LEAVE_BY = Rule(
    "generator_leave_by",
    "critical",
    Words("立即出发发电", "Leave now with a generator"),
    SITES,
    Words(
        "{site_name}（{office}）{failed_at} 停电，油机须在 {deadline_at} 前启动，{left}",
        "{site_name} ({office}): mains failed at {failed_at}, the generator must run by {deadline_at}, {left}",
    ),
    Words(
        "请立即派发电人员出发并登记派单；多站同时停电时按所列顺序前往。",
        "Send a crew at once and record the dispatch; where several sites are out, go in the order listed.",
    ),
    "site_name",
    "deadline_at",
    _FACTS,
    also=_ALSO,
    worsens_to="generator_late",
    news_for=_NEWS_FOR,
)
GENERATOR_LATE = Rule(
    "generator_late",
    "critical",
    Words("发电已超时", "Generator is late"),
    SITES,
    Words(
        "{site_name}（{office}）{failed_at} 停电，油机应在 {deadline_at} 前启动而未启动，{left}",
        "{site_name} ({office}): mains failed at {failed_at}, no generator by {deadline_at}, {left}",
    ),
    Words(
        "发电截止时刻已过：请立即联系发电人员确认位置，必要时改派最近的队伍，并通知监控准备宕站处置。",
        "The time by which a generator must run is past: find out where the crew is, send the nearest one if need "
        "be, and tell the operations centre to expect a site outage.",
    ),
    "site_name",
    "deadline_at",
    _FACTS,
    also=_ALSO,
    news_for=_NEWS_FOR,
)


def find(platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield the open mains outages to which the response is slow, or will be unless something is done."""
    facts, policy = platform.facts, platform.settings.policy
    read = facts_now(facts, policy.power, now)
    clock = with_names(facts, clock_now(facts, policy.power, now, read))
    at_risk = importance(read.sites)["customers_at_risk"]
    clock["customers_at_risk"] = clock["site_id"].map(at_risk)
    down = down_now(facts, policy.power, now, read)["site_id"]
    without = people_without(populated_now(facts, now), read.sites, clock["site_id"], {*down})
    clock["people_without"] = clock["site_id"].map(without)
    found = {
        GENERATOR_NOT_DISPATCHED: _not_dispatched(clock, policy.alerts),
        GENERATOR_LEAVE_BY: _must_leave(clock, now),
        GENERATOR_LATE: _late(clock, now),
    }
    for rule, since in found.items():
        for row in clock.assign(since=since).dropna(subset="since").itertuples():
            if row.since <= now + AHEAD:
                yield Condition(rule, row.site_id, row.office_id, _facts(row), row.since.to_pydatetime(), row.site_id)


def _not_dispatched(clock: pd.DataFrame, policy: AlertPolicy) -> pd.Series:
    """Return since when somebody should have been sent; where a storm took many sites at once, since it did."""
    unserved = _by_crew(clock) & clock["state"].eq("on_battery") & ~clock["dispatched"]
    storm = clock["office_id"].map(clock.groupby("office_id").size()) >= policy.storm_sites
    patience = pd.Timedelta(policy.dispatch_within_min, "min")
    return clock["failed_at"].where(storm, clock["failed_at"] + patience).where(unserved)


def _must_leave(clock: pd.DataFrame, now: datetime) -> pd.Series:
    waiting = _by_crew(clock) & ~clock["dispatched"] & (clock["state"].isin(["on_battery", "leave_now"]))
    return clock["leave_by_at"].where(waiting & (clock["deadline_at"] > now))


def _late(clock: pd.DataFrame, now: datetime) -> pd.Series:
    open_ones = clock["state"].isin(["on_battery", "leave_now", "too_late"])
    return clock["deadline_at"].where(
        open_ones & ((clock["deadline_at"] <= now) | ~clock["fixed_generator"].astype(bool))
    )


def _by_crew(clock: pd.DataFrame) -> pd.Series:
    # A fixed set may still start by itself before the deadline; after it, somebody must go there too.
    return ~clock["fixed_generator"].astype(bool)


def _facts(row: Any) -> dict[str, Fact]:
    empty = row.empty_at
    return named(row) | {
        "failed_at": row.failed_at.isoformat(),
        "deadline_at": row.deadline_at.isoformat(),
        "empty_at": None if pd.isna(empty) else empty.isoformat(timespec="minutes"),
        "customers_at_risk": known(row.customers_at_risk),
        "people_without": known(row.people_without),
    }


WATCH = Watch(
    "slow_outage_response",
    Words("停电响应迟缓：按电池时钟判断，不等新数据", "Slow response to outages by the battery clock, new data or not"),
    (GENERATOR_NOT_DISPATCHED, GENERATOR_LEAVE_BY, GENERATOR_LATE),
    find,
    every_s=30,
)
