"""Queues of business halls, by the people who wait for each open counter."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ops_platform.alerting.rules import Condition, Rule, Watch, Words
from ops_platform.alerting.watches.places import OFFICE_FACTS, office_named, with_office_names
from ops_platform.clock import month_of
from ops_platform.platform import Platform

QUEUE_1 = Rule(
    "hall_queue_1",
    "minor",
    Words("营业厅排队一级预警", "Hall queue, level 1"),
    Words("个营业厅", "halls"),
    Words(
        "{hall}（{office}）{counted_at} 等候 {waiting} 人，开放台席 {open_counters} 个",
        "{hall} ({office}): {waiting} people waiting at {open_counters} open counters at {counted_at}",
    ),
    Words(
        "请值班经理到大厅引导分流，增开台席，引导客户使用自助终端。",
        "The manager on duty goes to the floor, opens another counter and leads people to the self-service machines.",
    ),
    "hall",
    "counted_at",
    ("hall", *OFFICE_FACTS, "counted_at", "waiting", "open_counters"),
    counts_down=False,
    worsens_to="hall_queue_2",
)
QUEUE_2 = replace(
    QUEUE_1,
    id="hall_queue_2",
    severity="major",
    heading=Words("营业厅排队二级预警", "Hall queue, level 2"),
    advice=Words(
        "请立即开放全部台席并调后台人员支援，安抚客户；仍不能缓解的，报县分公司负责人。",
        "Open every counter and call people from the back office now, and speak to those who wait; if that does not "
        "help, tell the head of the office.",
    ),
    worsens_to="",
)


def find(platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield the halls whose latest count shows a queue of level 1 or 2."""
    facts, policy = platform.facts, platform.settings.policy.alerts
    counts = facts.month("hall_queues", month_of(now, facts.zone), before=1)
    oldest = now - timedelta(minutes=policy.hall_count_valid_min)
    counts = counts[(counts["counted_at"] >= oldest) & (counts["counted_at"] <= now)]
    latest = counts.sort_values("counted_at").drop_duplicates(["office_id", "hall"], keep="last")
    for row in with_office_names(facts, latest).itertuples():
        level = queue_level(row.waiting, row.open_counters, policy.hall_levels)
        if level:
            told = office_named(row) | {
                "hall": row.hall,
                "counted_at": row.counted_at.isoformat(),
                "waiting": int(row.waiting),
                "open_counters": int(row.open_counters),
            }
            rule = (QUEUE_1, QUEUE_2)[level - 1]
            yield Condition(rule, f"{row.office_id}/{row.hall}", row.office_id, told, row.counted_at.to_pydatetime())


def queue_level(waiting: int, open_counters: int, levels: tuple[float, float]) -> int:
    """Return the level of a queue: 0 is none; people who wait at no open counter are of the highest."""
    return sum(waiting > 0 and waiting >= level * open_counters for level in levels)


WATCH = Watch(
    "hall_queues",
    Words("营业厅排队预警：等候人数与开放台席之比", "Hall queues: people waiting for each open counter"),
    (QUEUE_1, QUEUE_2),
    find,
    every_s=300,
)
