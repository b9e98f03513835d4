"""The time-consistent busy hour: the same hour every day, by sums over the days, never by the cells' own busy hours."""

from datetime import date
from pathlib import Path

import pytest

from ops_platform.clock import local_midnight
from ops_platform.facts import Facts
from ops_platform.kpi.busy_hours import NETWORK, busy_hours
from ops_platform.reporting.busy_hours import busy_hour_chart, busy_hours_by_office
from tests.kpi.conftest import MONTH
from tests.maintenance.builders import ZONE, Row, on, store


def an_hour(cell: str, day: date, hour: int, traffic: int, **more: int) -> Row:
    midnight_h = int(local_midnight(day, ZONE).timestamp()) // 3600
    return {"cell_id": cell, "day_on": day, "hour_number": midnight_h + hour, "traffic_chs": traffic, **more}


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    first, second = on("03-12"), on("03-13")
    return store(
        tmp_path,
        offices=[{"office_id": "O1", "office_name": "甲县"}, {"office_id": "O2", "office_name": "乙县"}],
        sites=[{}, {"site_id": "S2", "office_id": "O2"}],
        cells=[{"cell_id": "A"}, {"cell_id": "B", "site_id": "S2"}],
        cell_days=[{"cell_id": cell, "day_on": day} for cell in "AB" for day in (first, second)],
        # A's greatest hour of any day is 10, B's is 21; over both days and cells it is hour 20.
        cell_hours=[
            an_hour("A", first, 10, 9000, drops=9, tch_seizures=100, handovers_in=0),
            an_hour("A", second, 10, 0),
            an_hour("A", first, 20, 5000, drops=1, tch_seizures=30, handovers_in=20, tch_overflows=1, tch_attempts=50),
            an_hour("A", second, 20, 5000, drops=1, tch_seizures=30, handovers_in=20, tch_overflows=0, tch_attempts=50),
            an_hour("B", first, 20, 3000),
            an_hour("B", second, 21, 4000),
        ],
    )


def test_the_busy_hour_of_the_network_and_of_each_office_is_that_of_their_own_sums(facts: Facts) -> None:
    hours = busy_hours(facts, MONTH)
    busiest = hours[hours["busiest"]].set_index("office_id")
    assert busiest["hour"].to_dict() == {NETWORK: 20, "O1": 20, "O2": 21}
    assert busiest["traffic_chs"].to_dict() == {NETWORK: 13_000, "O1": 10_000, "O2": 4000}
    assert busiest["days"].to_dict() == {NETWORK: 2, "O1": 2, "O2": 1}


def test_of_equal_hours_the_earliest_is_the_busy_one(tmp_path: Path) -> None:
    hours = [an_hour("A", on("03-12"), hour, 500) for hour in (23, 0)]
    facts = store(tmp_path, sites=[{}], cells=[{"cell_id": "A"}], cell_days=[], cell_hours=hours)
    found = busy_hours(facts, MONTH)
    assert found[found["busiest"]]["hour"].tolist() == [0, 0]


def test_people_see_the_day_of_the_network_and_the_busy_hour_of_each_office(facts: Facts) -> None:
    hours = busy_hours(facts, MONTH)
    assert busy_hour_chart(hours).startswith(b"\x89PNG")
    shown = busy_hours_by_office(hours, facts)
    assert "全网 Network" in shown
    [mine] = [line for line in shown.splitlines() if "甲县" in line]
    assert [cell.strip() for cell in mine.strip("|").split("|")] == ["甲县 x", "20", "1.4", "2", "1"]


def test_a_month_without_hours_has_no_busy_hour(tmp_path: Path) -> None:
    assert busy_hours(store(tmp_path, sites=[{}], cells=[{}]), MONTH).empty
