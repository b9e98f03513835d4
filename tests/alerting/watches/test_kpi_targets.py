"""A KPI that will miss its month at an office is told from the scorecard as it stands, with what is still needed."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.alerting.rules import Condition
from ops_platform.alerting.watches import kpi_targets
from ops_platform.alerting.watches.kpi_targets import needed
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.policy import AlertPolicy, Policy
from tests.alerting.watches.told import installation, line, subjects
from tests.maintenance.builders import Row, at, on

HALF = at("04-16 00:00")
RATE, LOWER, COUNT = "inspection_completion", "tch_drop_rate", "site_outages"


def card(kpi_id: str = RATE, value: float | None = 90.0, target: float | None = 92.0, **more: Any) -> Row:
    known = value is not None and target is not None
    better = 1 if CATALOGUE[kpi_id].better == "higher" else -1
    met = (value - target) * better >= 0 if value is not None and target is not None else None
    figures = {"numerator": 45.0, "denominator": 50.0} if known else {"numerator": 0.0, "denominator": 0.0}
    return {
        "month_on": on("04-01"), "level": "office", "office_id": "O1", "staff_id": "", "kpi_id": kpi_id,
        "value": value, "target": target, "met": met,
    } | figures | more  # fmt: skip


def found(root: Path, *rows: Row, now: datetime = HALF, policy: AlertPolicy | None = None) -> list[Condition]:
    platform = installation(root, Policy(alerts=policy or AlertPolicy()), scorecards=list(rows))
    return list(kpi_targets.find(platform, now))


def test_an_office_short_of_its_target_is_told_with_what_the_rest_must_reach(tmp_path: Path) -> None:
    (condition,) = found(tmp_path, card(), card(office_id="O2", value=92.0))
    assert subjects([condition]) == [("kpi_behind", f"O1:{RATE}")]
    assert condition.office_id == "O1"
    assert condition.facts == {
        "kpi_name": "巡检完成率 inspection_completion", "unit": "%", "value": "90.00", "target": "92",
        "numerator": "45", "denominator": "50", "office_name": "前旗", "office_name_en": "Qianqi", "month": "2026-04",
        "ends_on": "2026-04-30", "needed_least": "94.00", "needed_most": None, "out_of_reach": None,
    }  # fmt: skip
    assert line(condition, "zh") == (
        "巡检完成率 inspection_completion（前旗）2026-04 累计 90.00 %（45 / 50），目标 92 %；余下时间须达到 94.00 %"
    )
    assert line(condition, "en") == (
        "巡检完成率 inspection_completion (Qianqi): 90.00 % so far in 2026-04 (45 / 50), target 92 %; "
        "the rest of the month must reach 94.00 %"
    )


def test_where_less_is_better_the_rest_must_stay_within(tmp_path: Path) -> None:
    (condition,) = found(tmp_path, card(LOWER, 3.0, 2.0))
    assert (condition.facts["needed_most"], condition.facts["needed_least"]) == ("1.00", None)
    assert line(condition, "en").endswith("; the rest of the month must stay within 1.00 %")


@pytest.mark.parametrize(("kpi_id", "value", "target"), [(RATE, 70.0, 92.0), (LOWER, 5.0, 2.0)])
def test_it_says_when_the_target_cannot_be_reached_any_more(
    tmp_path: Path, kpi_id: str, value: float, target: float
) -> None:
    (condition,) = found(tmp_path, card(kpi_id, value, target))
    assert condition.facts["out_of_reach"] is True
    assert line(condition, "en").endswith("; cannot be reached any more")
    assert "must" not in line(condition, "en")


def test_a_count_has_no_bound_of_100(tmp_path: Path) -> None:
    (condition,) = found(tmp_path, card(COUNT, 300.0, 250.0))
    assert condition.facts["needed_most"] == "200.00"


def test_without_value_or_target_nothing_is_told(tmp_path: Path) -> None:
    assert found(tmp_path, card(value=None), card("inspection_quality", target=None)) == []


def test_people_and_the_branch_have_no_alert_of_their_own(tmp_path: Path) -> None:
    rows = [card(level="branch", office_id=""), card(level="person", staff_id="E1")]
    assert found(tmp_path, *rows) == []


def test_a_kpi_that_the_catalogue_no_longer_has_is_left_out(tmp_path: Path) -> None:
    assert found(tmp_path, card() | {"kpi_id": "gone"}) == []


def test_a_kpi_of_the_whole_month_has_no_rest(tmp_path: Path) -> None:
    rows = [card("worst_cell_share", 9.0, 3.0), card("coverage_population_share", 50.0, 90.0)]
    for condition in found(tmp_path, *rows):
        facts = condition.facts
        assert (facts["needed_least"], facts["needed_most"], facts["out_of_reach"]) == (None, None, None)


def test_it_can_be_reached_until_the_month_is_over(tmp_path: Path) -> None:
    (missed,) = found(tmp_path, card("worst_cell_share", 9.0, 3.0, month_on=on("03-01")), now=at("04-02 00:00"))
    assert missed.facts["out_of_reach"] is True


def test_until_a_third_is_over_the_last_month_is_judged(tmp_path: Path) -> None:
    rows = [card(), card(office_id="O2", month_on=on("03-01"))]
    assert subjects(found(tmp_path, *rows, now=at("04-10 23:59"))) == [("kpi_behind", f"O2:{RATE}")]
    assert subjects(found(tmp_path, *rows, now=at("04-11 00:00"))) == [("kpi_behind", f"O1:{RATE}")]
    half = AlertPolicy(kpi_judged_from_share=0.5)
    assert subjects(found(tmp_path, *rows, now=at("04-15 23:59"), policy=half)) == [("kpi_behind", f"O2:{RATE}")]


def test_what_is_said_changes_by_the_day_and_not_by_the_hour(tmp_path: Path) -> None:
    said = [found(tmp_path, card(), now=at(now))[0].facts["needed_least"] for now in ("04-16 00:00", "04-16 23:59")]
    assert said == ["94.00", "94.00"]
    assert found(tmp_path, card(), now=at("04-17 00:00"))[0].facts["needed_least"] == "94.29"


def test_it_is_true_from_when_the_month_is_judged(tmp_path: Path) -> None:
    (condition,) = found(tmp_path, card())
    assert condition.true_at == at("04-11 00:00")
    (missed,) = found(tmp_path, card(month_on=on("03-01")), now=at("04-10 23:59"))
    assert missed.true_at == at("03-12 00:00")
    assert missed.facts["out_of_reach"] is True
    assert missed.facts["ends_on"] == "2026-03-31"
    assert at("04-10 23:59") - missed.true_at < kpi_targets.KPI_BEHIND.news_for
    assert kpi_targets.KPI_BEHIND.news_for.days == 45


def test_nothing_known_is_nothing_the_matter(tmp_path: Path) -> None:
    assert found(tmp_path) == []


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0.01, 0.99))
def test_what_is_needed_makes_the_month_meet_its_target(value: float, target: float, gone: float) -> None:
    rest = needed(CATALOGUE[RATE], value, target, gone)
    if rest is not None:
        assert 0 <= rest <= 100
        assert value * gone + rest * (1 - gone) == pytest.approx(target)
    else:
        best, worst = value * gone + 100 * (1 - gone), value * gone
        assert target > best - 1e-9 or target < worst + 1e-9


def test_all_and_nothing_can_still_be_reached() -> None:
    assert needed(CATALOGUE[RATE], 84.0, 92.0, 0.5) == 100.0
    assert needed(CATALOGUE[LOWER], 4.0, 2.0, 0.5) == 0.0


def test_nothing_helps_once_the_month_is_over() -> None:
    assert needed(CATALOGUE[RATE], 90.0, 92.0, 1.0) is None


def test_nobody_is_woken() -> None:
    assert kpi_targets.KPI_BEHIND.severity == "minor"
    assert kpi_targets.WATCH.every_s == 3600
