"""Calls with other operators and complaints as people read them."""

from pathlib import Path

import pytest

from ops_platform.facts import Facts, as_frame
from ops_platform.reporting.complaints import places, queue, silent_places
from ops_platform.reporting.interconnect import competitors, hours_of_day, relations, sudden
from tests.maintenance.builders import at, store, table

RELATION = {"office_id": "O1", "operator": "CT", "direction": "outgoing"}


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    return store(
        tmp_path,
        offices=[{"office_id": "O1", "office_name": "甲", "office_name_en": "A"}],
        settlements=[{"settlement_id": "V1", "settlement_name": "一村"}],
        sites=[{"site_id": "S1", "site_name": "一站"}],
        cells=[{"cell_id": "C1", "cell_name": "一小区"}],
    )


def test_a_relation_has_its_trend_with_its_interval_and_the_branch_its_name(facts: Facts) -> None:
    known = {"trend_points": -1.25, "trend_low": -2.0, "trend_high": -0.5, "connect_pct": 81.234}
    rows = as_frame(table("interconnect_review", RELATION | known, RELATION | {"office_id": ""}))
    first, second = relations(rows, facts).splitlines()[2:]
    assert first.startswith("| 甲 A | CT | 去话 outgoing |")
    assert "| 81.23 |" in first
    assert "| -1.2 (-2.0 … -0.5) |" in first
    assert second.startswith("| 分公司 Branch |")


def test_hours_of_the_day_are_ratios_of_sums_of_the_branch(facts: Facts) -> None:
    hours = [("03-12 09:00", 100, 90), ("03-13 09:00", 300, 150), ("03-13 10:00", 10, 10)]
    branch = RELATION | {"office_id": "", "answered": 0}
    of_ct = [branch | {"hour_start_at": at(start), "valid": valid, "connected": connected}
             for start, valid, connected in hours]  # fmt: skip
    of_cu = [of_ct[0] | {"operator": "CU", "valid": 400, "connected": 0}]
    text = hours_of_day(as_frame(table("interconnect_hours", *of_ct, *of_cu, of_ct[0] | {"office_id": "O1"})), facts)
    assert "| CT | 去话 outgoing | 9 | 400 | 60 | 0 | 50 |" in text
    assert "| CT | 去话 outgoing | 10 | 10 | 100 | 0 | 100 |" in text


def test_a_change_has_its_hours_in_business_time_and_its_size_with_the_interval(facts: Facts) -> None:
    change = {"ratio": "answer", "changed_at": at("03-12 14:00"), "size_points": -20.04, "low_points": -25.0,
              "high_points": -15.0}  # fmt: skip
    text = sudden(as_frame(table("interconnect_changes", RELATION | change)), facts)
    assert "| 应答率 answer | 2026-03-12 14:00 | — |" in text
    assert "| -20.0 (-25.0 … -15.0) |" in text


def test_competitors_are_told_by_office_the_largest_first(facts: Facts) -> None:
    rows = [{"office_id": "O1", "operator": name, "customers": count} for name, count in (("CB", 5), ("CT", 50))]
    lines = competitors(as_frame(table("competitor_view", *rows)), facts).splitlines()[2:]
    assert [line.split(" | ")[:3] for line in lines] == [["| 甲 A", "CT", "50"], ["| 甲 A", "CB", "5"]]


PLACE = {"office_id": "O1", "place_id": "V1", "cause": "drops", "site_id": "S1", "counters": "silent", "complaints": 3,
         "evidence_zh": "均未超限", "evidence_en": "nothing over", "next_step_zh": "测试",
         "next_step_en": "test"}  # fmt: skip


def test_places_where_the_counters_are_silent_are_those_with_enough_complaints(facts: Facts) -> None:
    few, agree = PLACE | {"place_id": "S1", "complaints": 2}, PLACE | {"counters": "agree", "cause": "slow_data"}
    rows = as_frame(table("complaint_places", PLACE, few, agree))
    assert len(places(rows, facts).splitlines()) == 5
    (line,) = silent_places(rows, facts, 3).splitlines()[2:]
    assert line.startswith("| 一村 | 甲 A | 一站 | 掉话 drops | 3 |")
    assert "| 指标无异常 silent | 均未超限 / nothing over | 测试 / test |" in line
    assert "| 一站 | 甲 A | 一站 |" in places(rows, facts), "a place without settlement has its site's name"


def test_the_queue_names_place_and_cell_and_no_customer(facts: Facts) -> None:
    row = {"office_id": "O1", "customer_class": "high_value", "cause": "slow_data", "settlement_id": "V1",
           "cell_id": "C1", "minutes_left": -5, "received_at": at("03-12 08:00")}  # fmt: skip
    text = queue(as_frame(table("complaint_queue", row)), facts)
    assert "| 高价值客户 high value | 上网慢 slow data | 2026-03-12 08:00 |" in text
    assert "| 一村 | 一小区 |" in text


def test_nothing_is_shown_of_nothing(facts: Facts) -> None:
    for show, name in ((relations, "interconnect_review"), (hours_of_day, "interconnect_hours"),
                       (sudden, "interconnect_changes"), (competitors, "competitor_view"),
                       (places, "complaint_places"), (queue, "complaint_queue")):  # fmt: skip
        assert len(show(as_frame(table(name)), facts).splitlines()) <= 2
