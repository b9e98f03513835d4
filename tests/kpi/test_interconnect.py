"""The interconnect busy hour, and the connect rate in it."""

from typing import Any

import pytest

from tests.kpi.conftest import Book, book
from tests.maintenance.builders import Row, at, on, store


def hour(start: str, attempts: int, invalid: int = 0, **more: Any) -> Row:
    ends = {"answered": 0, "busy": 0, "no_answer": 0, "unreachable": 0}
    return {"hour_start_at": at(start), "attempts": attempts, "invalid_attempts": invalid, **(ends | more)}


HOURS = [
    hour("03-12 09:00", 100, 10, answered=60, busy=10, no_answer=5, unreachable=2),
    # More attempts, but fewer valid ones.
    hour("03-12 10:00", 120, 31, answered=1),
    # As many valid ones, later.
    hour("03-12 11:00", 90, answered=2),
    hour("03-12 00:30", 5, answered=4, direction="incoming"),
    hour("03-12 08:00", 7, answered=3, operator="CU"),
    hour("03-12 08:00", 9, answered=8, office_id="O2"),
    hour("03-13 08:00", 11, answered=10),
]


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book("traffic", store(tmp_path_factory.mktemp("warehouse"), interconnect_counters=HOURS))


KPI = "interconnect_connect_rate"


def test_the_busy_hour_has_the_most_valid_attempts_and_is_the_earliest_of_equals(calls: Book) -> None:
    first = calls.of(KPI, "CT:outgoing", office_id="O1", day_on=on("03-12"))
    assert first == (77, 90, 0, 0, 0)


def test_every_office_operator_direction_and_day_has_its_own_busy_hour(calls: Book) -> None:
    assert calls.of(KPI, "CT:incoming") == (4, 5, 0, 0, 0)
    assert calls.of(KPI, "CU:outgoing") == (3, 7, 0, 0, 0)
    assert calls.of(KPI, "CT:outgoing", office_id="O2") == (8, 9, 0, 0, 0)
    assert calls.of(KPI, "CT:outgoing", day_on=on("03-13")) == (10, 11, 0, 0, 0)


def test_the_answer_rate_is_of_the_same_busy_hour(calls: Book) -> None:
    assert calls.of("interconnect_answer_rate", "CT:outgoing", office_id="O1", day_on=on("03-12")) == (60, 90, 0, 0, 0)


def test_the_day_is_the_local_one_and_nobody_is_responsible(calls: Book) -> None:
    rows = calls.rows[(calls.rows["subject_id"] == "CT:incoming") & (calls.rows["kpi_id"] == KPI)]
    assert rows[["day_on", "staff_id"]].to_numpy().tolist() == [[on("03-12"), ""]]
