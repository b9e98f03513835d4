"""Complaints and surveys: closed in time, repeated, satisfied; and people who are covered."""

from typing import Any

import pytest

from ops_platform.kpi.scoring import values
from tests.kpi.conftest import Book, book
from tests.maintenance.builders import Row, at, on, span, store

AS_OF = at("03-20 00:00")


def complaint(received: str, closed: str | None = None, customer: str = "", **more: Any) -> Row:
    return {"received_at": at(received), "closed_at": at(closed) if closed else None, "customer_id": customer, **more}


COMPLAINTS: dict[str, Row] = {
    "closed at 72 h": complaint("03-12 08:00", "03-15 08:00"),
    "closed after 72 h": complaint("03-12 08:00", "03-15 08:00:01"),
    "open, limit not passed": complaint("03-17 00:00"),
    "open, limit passed": complaint("03-16 23:59:59"),
    "exempt": complaint("03-12 08:00", "03-12 09:00"),
    "not approved": complaint("03-12 08:00", "03-12 09:00"),
    # Thirty days are 720 hours, and the month's end does not matter.
    "earlier": complaint("01-31 08:00", customer="A"),
    "after 720 h": complaint("03-02 08:00", customer="A"),
    "earlier too": complaint("01-30 08:00", customer="B"),
    "after more than 720 h": complaint("03-01 08:00:01", customer="B"),
    "first of the cell": complaint("03-05 08:00", customer="D", cell_id="C1"),
    "second of the cell": complaint("03-06 08:00", customer="E", cell_id="C1"),
    "other cause": complaint("03-07 08:00", customer="D", cell_id="C1", cause="weak_coverage"),
    "other customer and cell": complaint("03-08 08:00", customer="F", cell_id="C2"),
    "same moment 1": complaint("03-09 08:00", customer="G"),
    "same moment 2": complaint("03-09 08:00", customer="G"),
    "no cell 1": complaint("03-09 09:00", customer="H"),
    "no cell 2": complaint("03-09 10:00", customer="I"),
}  # fmt: skip


ENQUIRIES: dict[str, Row] = {
    "answered at 30 min": {"asked_at": at("03-12 08:00"), "answered_at": at("03-12 08:30")},
    "answered after 30 min": {"asked_at": at("03-12 08:00"), "answered_at": at("03-12 08:30:01")},
    "waits": {"asked_at": at("03-19 23:30")},
    "waits too long": {"asked_at": at("03-19 23:29:59")},
}


def survey(topic: str, item: str, score_sum: int, responses: int, **more: Any) -> Row:
    return {
        "surveyed_on": on("03-12"),
        "topic": topic,
        "item": item,
        "score_sum": score_sum,
        "responses": responses,
    } | more


SURVEYS = [
    survey("hall", "environment", 8756, 100),
    survey("hall", "waiting", 7772, 100),
    survey("hall", "staff", 7666, 100),
    survey("hall", "speed", 8525, 100),
    survey("hotline", "courtesy", 970, 10),
    survey("hotline", "problem_solving", 1800, 20),
    survey("training", "pass", 2400, 30),
    survey("customer", "overall", 3400, 40),
    survey("customer", "overall", 700, 10, about="competitor"),
    survey("customer", "overall", 1300, 10, about="competitor"),
    # The same words of another topic are another matter.
    survey("customer", "courtesy", 1, 1),
    survey("hotline", "overall", 1, 1),
    survey("training", "environment", 1, 1),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Book:
    excluded = span("03-12 00:00", "03-13 00:00", kpi_id="complaint_in_limit")
    rows = [{"customer_id": name} | row | {"complaint_id": name} for name, row in COMPLAINTS.items()]
    facts = store(
        tmp_path_factory.mktemp("warehouse"),
        complaints=[row | {"customer_id": row["customer_id"] or row["complaint_id"]} for row in rows],
        exclusions=[
            excluded | {"event_id": "exempt", "approved_at": AS_OF},
            excluded | {"event_id": "not approved"},
            excluded | {"event_id": "closed at 72 h", "approved_at": AS_OF, "kpi_id": "repeat_complaint_share"},
        ],
        service_surveys=SURVEYS,
        enquiries=[{"office_id": "O1", "enquiry_id": name} | row for name, row in ENQUIRIES.items()],
    )
    return book("service", facts, as_of=AS_OF)


def test_a_complaint_is_closed_in_time_within_72_hours(service: Book) -> None:
    assert service.of("complaint_in_limit", "closed at 72 h") == (1, 1, 0, 0, 0)
    assert service.of("complaint_in_limit", "closed after 72 h") == (0, 1, 0, 0, 0)


def test_an_open_complaint_counts_once_its_limit_has_passed(service: Book) -> None:
    assert service.of("complaint_in_limit", "open, limit not passed") == (0, 0, 0, 0, 0)
    assert service.of("complaint_in_limit", "open, limit passed") == (0, 1, 0, 0, 0)


def test_only_an_approved_exclusion_takes_a_complaint_out(service: Book) -> None:
    assert service.of("complaint_in_limit", "exempt") == (0, 0, 1, 0, 0)
    assert service.of("complaint_in_limit", "not approved") == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("name", "sums"),
    [
        ("answered at 30 min", (1, 1)), ("answered after 30 min", (0, 1)), ("waits", (0, 0)),
        ("waits too long", (0, 1)),
    ],
)  # fmt: skip
def test_an_enquiry_is_answered_within_half_an_hour(service: Book, name: str, sums: tuple[int, int]) -> None:
    assert service.of("enquiry_in_limit", name) == (*sums, 0, 0, 0)


def test_complaints_of_earlier_months_are_only_looked_back_at(service: Book) -> None:
    assert service.of("repeat_complaint_share", "earlier") == (0, 0, 0, 0, 0)


def test_a_complaint_of_the_same_customer_within_720_hours_is_a_repeat(service: Book) -> None:
    assert service.of("repeat_complaint_share", "after 720 h") == (1, 1, 0, 0, 0)
    assert service.of("repeat_complaint_share", "after more than 720 h") == (0, 1, 0, 0, 0)


def test_a_complaint_of_the_same_cell_is_a_repeat(service: Book) -> None:
    assert service.of("repeat_complaint_share", "first of the cell") == (0, 1, 0, 0, 0)
    assert service.of("repeat_complaint_share", "second of the cell") == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    "name", ["other cause", "other customer and cell", "no cell 2", "same moment 1", "same moment 2"]
)
def test_a_complaint_of_another_cause_or_of_nobody_known_or_not_earlier_is_no_repeat(service: Book, name: str) -> None:
    assert service.of("repeat_complaint_share", name) == (0, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("kpi_id", "value"),
    [
        ("hall_satisfaction", 81.69),
        ("hotline_courtesy", 97.0),
        ("hotline_problem_solving", 90.0),
        ("training_pass_rate", 80.0),
        ("customer_satisfaction", 85.0),
        ("satisfaction_lead", -15.0),
    ],
)
def test_satisfaction_is_the_score_per_response(service: Book, kpi_id: str, value: float) -> None:
    found = values(service.rows.assign(contractor=""))
    branch = found[(found["level"] == "branch") & (found["kpi_id"] == kpi_id)]
    assert branch["value"].round(2).tolist() == [value]


def test_people_are_covered_where_the_level_reaches_the_threshold(tmp_path_factory: pytest.TempPathFactory) -> None:
    row = {"month_on": on("03-01")}
    levels = [
        row | {"settlement_id": "covered", "people": 120, "covered": True, "level_dbm": -105.0},
        row | {"settlement_id": "not", "people": 80, "covered": False, "level_dbm": None},
    ]
    people = book("coverage", store(tmp_path_factory.mktemp("warehouse"), coverage_levels=levels))
    assert people.of("coverage_population_share", "covered") == (120, 120, 0, 0, 0)
    assert people.of("coverage_population_share", "not") == (0, 80, 0, 0, 0)
