"""A cell is told once it was worst, or congested, on enough of the last days with counters."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ops_platform.alerting.rules import Condition
from ops_platform.alerting.watches import cells
from ops_platform.policy import AlertPolicy, Policy
from tests.alerting.watches.told import installation, line, subjects
from tests.maintenance.builders import Row, at, on

NOW = at("03-19 10:00")
CALM = {
    "busy_traffic_chs": 7200, "busy_tch_attempts": 200, "busy_tch_overflows": 0, "busy_tch_seizures": 150,
    "busy_handovers_in": 50, "busy_drops": 0, "busy_sdcch_attempts": 400, "busy_sdcch_overflows": 0,
}  # fmt: skip
DROPPING = {"busy_drops": 10}  # 5 %
CONGESTED = {"busy_tch_overflows": 5}  # 2.5 %
UNKNOWN = {"busy_drops": None}


def days(cell: str, *what: Row | None) -> list[Row]:
    """Return the cell days up to 18 March, the newest last; calm where nothing is said, none where None."""
    first = on("03-19") - timedelta(days=len(what))
    dated = [(first + timedelta(days=n), row) for n, row in enumerate(what)]
    return [{"cell_id": cell, "day_on": day} | CALM | row for day, row in dated if row is not None]


def found(root: Path, *rows: Row, policy: AlertPolicy | None = None, now: Any = NOW, **cell: Any) -> list[Condition]:
    known = [{"cell_id": name, "cell_name": f"{name} 区"} | cell for name in sorted({row["cell_id"] for row in rows})]
    sites = [{"site_name": "一号站"}]
    platform = installation(
        root, Policy(alerts=policy or AlertPolicy()), sites=sites, cells=known, cell_days=list(rows)
    )
    return list(cells.find(platform, now))


def test_three_of_seven_days_are_enough_and_two_are_not(tmp_path: Path) -> None:
    three = days("C1", DROPPING, {}, {}, DROPPING, {}, DROPPING, {})
    two = days("C2", {}, {}, {}, DROPPING, {}, DROPPING, {})
    assert subjects(found(tmp_path, *three, *two)) == [("worst_cell", "C1")]


def test_what_was_before_the_seven_days_is_over(tmp_path: Path) -> None:
    assert found(tmp_path, *days("C1", DROPPING, {}, {}, DROPPING, {}, DROPPING, {}, {})) == []


def test_a_cell_is_worst_by_rule_e_of_each_day(tmp_path: Path) -> None:
    quiet = {"busy_traffic_chs": 4320, "busy_drops": 100}  # 0.12 Erl on each of 10 channels
    at_the_limit = {"busy_drops": 6}  # 3 %
    rows = [*days("C1", quiet, quiet, quiet), *days("C2", at_the_limit, at_the_limit, at_the_limit)]
    assert found(tmp_path, *rows, *days("C3", {}, {}, {})) == []


def test_the_window_ends_with_the_newest_day_that_has_counters(tmp_path: Path) -> None:
    rows = days("C1", DROPPING, {}, {}, DROPPING, {}, DROPPING, {})
    assert subjects(found(tmp_path, *rows, now=at("03-29 10:00"))) == [("worst_cell", "C1")]


def test_the_day_that_is_not_over_does_not_count(tmp_path: Path) -> None:
    rows = days("C1", DROPPING, DROPPING, DROPPING)
    assert found(tmp_path, *rows, now=at("03-18 23:59")) == []
    assert subjects(found(tmp_path, *rows, now=at("03-19 00:00"))) == [("worst_cell", "C1")]


def test_it_says_how_bad_since_when_and_how_long_in_a_row(tmp_path: Path) -> None:
    known = ({"busy_drops": 7}, {}, {}, {}, DROPPING, UNKNOWN, {"busy_drops": 13} | CONGESTED)
    (condition,) = found(tmp_path, *days("C1", *known))
    assert condition.facts == {
        "cell_name": "C1 区", "site_name": "一号站", "office_name": "前旗", "office_name_en": "Qianqi",
        "window_days": 7, "met_days": 3, "streak_days": 2, "since_on": "2026-03-12", "last_on": "2026-03-18",
        "drop_pct": 5.0, "congestion_pct": 0.83,
    }  # fmt: skip
    assert (condition.office_id, condition.site_id) == ("O1", "S1")
    assert condition.true_at == at("03-19 00:00")
    assert line(condition, "zh") == (
        "C1 区（一号站，前旗）近 7 天中 3 天为最坏小区（自 2026-03-12，截至 2026-03-18 连续 2 天）；掉话率 5.0 %；"
        "拥塞率 0.83 %"
    )
    assert line(condition, "en") == (
        "C1 区 (一号站, Qianqi): worst cell on 3 of the last 7 days (since 2026-03-12, 2 in a row up to 2026-03-18); "
        "drop rate 5.0 %; congestion 0.83 %"
    )


def test_it_is_true_since_the_days_were_enough(tmp_path: Path) -> None:
    (condition,) = found(tmp_path, *days("C1", DROPPING, DROPPING, {}, DROPPING, DROPPING, {}, {}))
    assert condition.true_at == at("03-16 00:00")
    assert condition.facts["streak_days"] == 0


def test_congestion_is_told_unless_the_cell_is_worst(tmp_path: Path) -> None:
    thrice = (CONGESTED, CONGESTED, CONGESTED)
    rows = [*days("C1", *thrice), *days("C2", *(row | DROPPING for row in thrice)), *days("C3", CONGESTED, CONGESTED)]
    congested, worst = sorted(found(tmp_path, *rows), key=lambda condition: condition.rule.id)
    assert subjects([congested, worst]) == [("congestion", "C1"), ("worst_cell", "C2")]
    assert congested.facts["congestion_pct"] == 2.5
    assert "；掉话率" not in line(congested, "zh")


@pytest.mark.parametrize(("attempts", "overflows", "told"), [(200, 4, 0), (200, 5, 1), (20, 10, 0), (21, 10, 1)])
def test_a_day_is_congested_over_2_percent_of_more_than_20_attempts(
    tmp_path: Path, attempts: int, overflows: int, told: int
) -> None:
    # Too little traffic for a worst cell.
    row = {"busy_traffic_chs": 100, "busy_tch_attempts": attempts, "busy_tch_overflows": overflows}
    assert len(found(tmp_path, *days("C1", row, row, row))) == told


def test_the_numbers_are_the_policys(tmp_path: Path) -> None:
    rows = days("C1", DROPPING, CONGESTED, {})
    assert found(tmp_path, *rows, policy=AlertPolicy(cell_bad_days=2)) == []
    assert len(found(tmp_path, *rows, policy=AlertPolicy(cell_bad_days=1))) == 1
    assert found(tmp_path, *rows, policy=AlertPolicy(cell_bad_days=1, cell_window_days=1)) == []


def test_a_site_that_left_service_and_an_lte_cell_are_not_told(tmp_path: Path) -> None:
    assert found(tmp_path, *days("C1", DROPPING, DROPPING, DROPPING), in_service_on=on("03-19")) == []
    assert found(tmp_path, *days("C1", DROPPING, DROPPING, DROPPING), technology="LTE") == []


def test_without_drops_or_seizures_there_is_no_drop_rate(tmp_path: Path) -> None:
    row = CONGESTED | {"busy_tch_seizures": 0, "busy_handovers_in": 0, "busy_tch_overflows": 20}
    (condition,) = found(tmp_path, *days("C1", row, row, row))
    assert condition.facts["drop_pct"] is None
    assert "drop rate" not in line(condition, "en")


def test_a_cell_without_a_name_is_called_by_its_number(tmp_path: Path) -> None:
    (condition,) = found(tmp_path, *days("C1", DROPPING, DROPPING, DROPPING), cell_name=None)
    assert condition.facts["cell_name"] == "C1"


def test_nothing_known_is_nothing_the_matter(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def test_a_site_that_is_down_explains_its_cells_and_nobody_is_woken() -> None:
    assert all(rule.inhibited_by == ("site_down", "site_down_important") for rule in cells.WATCH.rules)
    assert {rule.severity for rule in cells.WATCH.rules} == {"minor"}
    assert cells.CONGESTION.worsens_to == cells.WORST_CELL.id
    assert cells.WATCH.every_s == 3600


def test_what_has_been_so_for_longer_than_the_window_is_history() -> None:
    assert {rule.news_for.days for rule in cells.WATCH.rules} == {AlertPolicy().cell_window_days}
