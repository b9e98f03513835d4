"""Planned work silences its site while it lasts, and an office that overuses it is shown."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ops_platform.alerting.planned_work import planned_work_use, silence, silenced
from ops_platform.alerting.rules import Condition
from ops_platform.alerting.watches.inspections import INSPECTION_OVERDUE
from ops_platform.policy import AlertPolicy
from tests.maintenance.builders import Row, at, on, span, store

WORK = span("03-12 08:00", "03-12 12:00", work_id="7")


def works_at(root: Path, now: datetime, *works: Row) -> dict[str, str]:
    return dict(silenced(store(root, planned_work=list(works)), now))


def condition(site_id: str = "S1", suppressed: str = "") -> Condition:
    facts = {"site_name": "一号站", "office_name": "前旗", "due_on": "2026-03-11"}
    return Condition(INSPECTION_OVERDUE, "subject", "O1", facts, at("03-12 00:00"), site_id, suppressed)


def test_a_site_is_silenced_while_its_work_lasts(tmp_path: Path) -> None:
    assert works_at(tmp_path, at("03-12 07:59"), WORK) == {}
    assert works_at(tmp_path, at("03-12 08:00"), WORK) == {"S1": "7"}
    assert works_at(tmp_path, at("03-12 11:59"), WORK) == {"S1": "7"}
    assert works_at(tmp_path, at("03-12 12:00"), WORK) == {}


def test_work_that_began_last_month_still_silences(tmp_path: Path) -> None:
    assert works_at(tmp_path, at("03-12 08:00"), span("02-20 08:00", "03-20 08:00", work_id="8")) == {"S1": "8"}


def test_of_several_works_that_which_ends_last_is_named(tmp_path: Path) -> None:
    longer = span("03-12 07:00", "03-12 13:00", work_id="5")
    other = span("03-12 07:00", "03-12 09:00", work_id="9", site_id="S2")
    assert works_at(tmp_path, at("03-12 08:30"), longer, WORK, other) == {"S1": "5", "S2": "9"}


def test_conditions_at_a_silenced_site_are_suppressed_and_remain() -> None:
    told = list(silence([condition(), condition("S2"), condition("")], {"S1": "123"}))
    assert [each.suppressed for each in told] == ["PW123", "", ""]
    assert told[0].facts == condition().facts
    assert told[0].true_at == condition().true_at


def test_another_reason_for_silence_stays() -> None:
    (told,) = silence([condition(suppressed="test")], {"S1": "123"})
    assert told.suppressed == "test"


OFFICES = [{"office_id": name, "office_name": f"{name} 名"} for name in ("O1", "O2", "O3")]
SITES: list[Row] = [
    {"site_id": "S1"},
    {"site_id": "S2"},
    {"site_id": "S3", "office_id": "O2", "in_service_on": on("03-31")},
    {"site_id": "S4", "office_id": "O2", "in_service_on": on("04-01")},
]


def use(root: Path, *works: Row, **policy: Any) -> pd.DataFrame:
    facts = store(root, offices=OFFICES, sites=SITES, planned_work=list(works))
    return planned_work_use(facts, "2026-03", AlertPolicy(**policy)).set_index("office_id")


def test_the_share_is_of_the_hours_of_sites_in_service(tmp_path: Path) -> None:
    found = use(tmp_path, span("03-02 00:00", "03-02 12:00"), span("03-30 12:00", "03-31 12:00", site_id="S3"))
    assert found["works"].to_dict() == {"O1": 1, "O2": 1, "O3": 0}
    assert found["site_h"].to_dict() == {"O1": 2 * 31 * 24.0, "O2": 24.0, "O3": 0.0}
    assert found["silenced_h"].to_dict() == {"O1": 12.0, "O2": 12.0, "O3": 0.0}
    assert found["share_pct"].drop("O3").to_dict() == pytest.approx({"O1": 100 * 12 / 1488, "O2": 50.0})
    assert pd.isna(found.loc["O3", "share_pct"])
    assert found["overused"].to_dict() == {"O1": False, "O2": True, "O3": False}


def test_overlapping_works_are_counted_each_and_their_hours_once(tmp_path: Path) -> None:
    found = use(tmp_path, span("03-02 00:00", "03-02 12:00"), span("03-02 06:00", "03-02 18:00"))
    assert found.loc["O1", ["works", "silenced_h"]].tolist() == [2, 18.0]


def test_only_what_lies_within_the_month_counts(tmp_path: Path) -> None:
    around = [span("02-28 12:00", "03-01 06:00"), span("03-31 20:00", "04-01 12:00", site_id="S2")]
    beside = [span("02-27 00:00", "03-01 00:00"), span("04-01 00:00", "04-02 00:00")]
    found = use(tmp_path, *around, *beside)
    assert found.loc["O1", ["works", "silenced_h"]].tolist() == [2, 10.0]


def test_an_office_overuses_it_over_one_percent(tmp_path: Path) -> None:
    exactly = span("03-02 00:00", "03-02 14:52:48")  # 1 % of 1,488 h
    assert not use(tmp_path, exactly).loc["O1", "overused"]
    assert use(tmp_path, exactly | {"ends_at": at("03-02 14:52:49")}).loc["O1", "overused"]
    assert not use(tmp_path, exactly | {"ends_at": at("03-02 15:00")}, planned_work_over_pct=2).loc["O1", "overused"]


def test_without_planned_work_nothing_is_silenced(tmp_path: Path) -> None:
    assert use(tmp_path)["silenced_h"].sum() == 0
    assert works_at(tmp_path, at("03-12 08:00")) == {}
