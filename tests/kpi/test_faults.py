"""Faults: reported, responded to and repaired within their limits, or past them.

Every fault stands at a site of its own, by which it is looked up; the moment is midnight of 20 March.
"""

from datetime import date
from typing import Any

import pytest

from ops_platform.policy import FaultPolicy, Policy, RepairLimit
from tests.kpi.conftest import Book, book
from tests.maintenance.builders import Row, at, on, span, store

AS_OF = at("03-20 00:00")


def fault(
    fault_class: str = "minor",
    occurred: str = "03-12 08:00",
    *,
    reported: str | None = None,
    responded: str | None = None,
    repaired: str | None = None,
    causes: tuple[str | None, str | None] = (None, None),
) -> Row:
    moments = {"reported_at": reported, "responded_at": responded, "repaired_at": repaired}
    times = {name: at(time) if time else None for name, time in moments.items()}
    cause = dict(zip(("reported_cause", "confirmed_cause"), causes, strict=True))
    return {"fault_class": fault_class, "occurred_at": at(occurred), **times, **cause}


DONE = fault(
    "critical", reported="03-12 08:01", responded="03-12 08:02", repaired="03-12 09:00", causes=("power", "power")
)
FAULTS: dict[str, Row] = {
    "critical at 15 min": fault("critical", reported="03-12 08:15"),
    "critical after 15 min": fault("critical", reported="03-12 08:15:01"),
    "major at 30 min": fault("major", reported="03-12 08:30"),
    "major after 30 min": fault("major", reported="03-12 08:30:01"),
    "minor at 60 min": fault("minor", reported="03-12 09:00"),
    "minor after 60 min": fault("minor", reported="03-12 09:00:01"),
    "unreported, limit not passed": fault("critical", "03-19 23:45"),
    "unreported, limit passed": fault("critical", "03-19 23:44:59"),
    "cause right": fault(causes=("power", "power")),
    "cause wrong": fault(causes=("power", "antenna")),
    "cause not reported": fault(causes=(None, "power")),
    "cause not confirmed": fault(causes=("power", None)),
    "response at 15 min": fault(reported="03-12 08:20", responded="03-12 08:35"),
    "response after 15 min": fault(reported="03-12 08:20", responded="03-12 08:35:01"),
    "no response, limit not passed": fault(occurred="03-19 23:00", reported="03-19 23:45"),
    "no response, limit passed": fault(occurred="03-19 23:00", reported="03-19 23:44:59"),
    "reported this month": fault(occurred="02-28 23:55", reported="03-01 00:05", responded="03-01 00:06"),
    "reported next month": fault("major", "03-31 23:55", reported="04-01 00:05", responded="04-01 00:06"),
    "repaired at 48 h": fault(repaired="03-14 08:00"),
    "repaired after 48 h": fault(repaired="03-14 08:00:01"),
    "unrepaired, limit not passed": fault(occurred="03-18 00:00"),
    "unrepaired, limit passed": fault(occurred="03-17 23:59:59"),
    "exempt": DONE,
    "not approved": DONE,
    "refused": DONE,
}  # fmt: skip
KPIS = (
    "fault_report_timeliness",
    "fault_report_accuracy",
    "technical_response",
    "fault_repair_time",
    "fault_repair_in_limit",
)


def exclusion(event_id: str, kpi_id: str, **more: Any) -> Row:
    return span(
        "03-12 00:00", "03-13 00:00", kpi_id=kpi_id, event_id=event_id, **({"approved_at": at("03-13 00:00")} | more)
    )


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Book:
    exclusions = [
        row
        for kpi_id in KPIS
        for row in (
            exclusion("exempt", kpi_id),
            exclusion("not approved", kpi_id, approved_at=None),
            exclusion("refused", kpi_id, reason="access_refused"),
        )
    ]
    facts = store(
        tmp_path_factory.mktemp("warehouse"),
        sites=[{"site_id": name} for name in FAULTS],
        faults=[row | {"fault_id": name, "site_id": name} for name, row in FAULTS.items()],
        exclusions=exclusions,
    )
    return book("power", facts, as_of=AS_OF)


@pytest.mark.parametrize("limit", ["critical {} 15 min", "major {} 30 min", "minor {} 60 min"])
def test_a_fault_is_reported_in_time_within_the_limit_of_its_class(faults: Book, limit: str) -> None:
    assert faults.of("fault_report_timeliness", limit.format("at")) == (1, 1, 0, 0, 0)
    assert faults.of("fault_report_timeliness", limit.format("after")) == (0, 1, 0, 0, 0)


def test_an_unreported_fault_counts_once_its_limit_has_passed(faults: Book) -> None:
    assert faults.of("fault_report_timeliness", "unreported, limit not passed") == (0, 0, 0, 0, 0)
    assert faults.of("fault_report_timeliness", "unreported, limit passed") == (0, 1, 0, 0, 0)


def test_accuracy_compares_the_reported_cause_with_the_confirmed_one(faults: Book) -> None:
    assert faults.of("fault_report_accuracy", "cause right") == (1, 1, 0, 0, 0)
    assert faults.of("fault_report_accuracy", "cause wrong") == (0, 1, 0, 0, 0)
    assert faults.of("fault_report_accuracy", "cause not reported") == (0, 1, 0, 0, 0)


def test_a_cause_that_is_not_confirmed_is_missing(faults: Book) -> None:
    assert faults.of("fault_report_accuracy", "cause not confirmed") == (0, 0, 0, 0, 1)


def test_a_response_is_due_15_minutes_after_the_report(faults: Book) -> None:
    assert faults.of("technical_response", "response at 15 min") == (1, 1, 0, 0, 0)
    assert faults.of("technical_response", "response after 15 min") == (0, 1, 0, 0, 0)


def test_a_report_without_response_counts_once_its_limit_has_passed(faults: Book) -> None:
    assert faults.of("technical_response", "no response, limit not passed") == (0, 0, 0, 0, 0)
    assert faults.of("technical_response", "no response, limit passed") == (0, 1, 0, 0, 0)
    assert faults.of("technical_response", "unreported, limit passed") == (0, 0, 0, 0, 0)


def test_a_response_belongs_to_the_month_of_the_report_and_the_rest_to_that_of_the_fault(faults: Book) -> None:
    assert faults.of("technical_response", "reported this month") == (1, 1, 0, 0, 0)
    assert faults.of("fault_report_timeliness", "reported this month") == (0, 0, 0, 0, 0)
    assert faults.of("technical_response", "reported next month") == (0, 0, 0, 0, 0)
    assert faults.of("fault_report_timeliness", "reported next month") == (1, 1, 0, 0, 0)


def test_repair_time_is_the_seconds_from_occurrence_to_repair_of_the_repaired(faults: Book) -> None:
    assert faults.of("fault_repair_time", "repaired after 48 h") == (48 * 3600 + 1, 1, 0, 0, 0)
    assert faults.of("fault_repair_time", "unrepaired, limit passed") == (0, 0, 0, 0, 0)


def test_a_fault_is_repaired_in_time_within_48_hours(faults: Book) -> None:
    assert faults.of("fault_repair_in_limit", "repaired at 48 h") == (1, 1, 0, 0, 0)
    assert faults.of("fault_repair_in_limit", "repaired after 48 h") == (0, 1, 0, 0, 0)


def test_an_unrepaired_fault_counts_once_48_hours_have_passed(faults: Book) -> None:
    assert faults.of("fault_repair_in_limit", "unrepaired, limit not passed") == (0, 0, 0, 0, 0)
    assert faults.of("fault_repair_in_limit", "unrepaired, limit passed") == (0, 1, 0, 0, 0)


@pytest.mark.parametrize("kpi_id", KPIS)
def test_only_an_approved_and_evidenced_exclusion_takes_a_fault_out(faults: Book, kpi_id: str) -> None:
    assert faults.of(kpi_id, "exempt") == (0, 0, 1, 0, 0)
    counted = (3600 if kpi_id == "fault_repair_time" else 1, 1, 0, 0, 0)
    assert faults.of(kpi_id, "not approved") == counted
    assert faults.of(kpi_id, "refused") == counted


def test_an_exclusion_from_one_kpi_leaves_the_others(tmp_path_factory: pytest.TempPathFactory) -> None:
    row = FAULTS["exempt"] | {"fault_id": "F1", "staff_id": "E5"}
    facts = store(
        tmp_path_factory.mktemp("warehouse"),
        sites=[{"staff_id": "E1", "office_id": "O7"}],
        faults=[row, fault() | {"fault_id": "F2"}],
        exclusions=[exclusion("F1", "fault_repair_time")],
    )
    found = book("power", facts, as_of=AS_OF)
    assert found.of("fault_repair_time") == (0, 0, 1, 0, 0)
    assert found.of("fault_report_timeliness") == (1, 2, 0, 0, 0)
    mine = found.rows[(found.rows["kpi_id"] == "technical_response")]
    assert mine[["office_id", "staff_id", "day_on"]].to_numpy().tolist() == [["O7", "E5", on("03-12")]]


def test_a_limit_that_changes_on_a_date_judges_each_fault_by_its_day(tmp_path_factory: pytest.TempPathFactory) -> None:
    rules = (RepairLimit(), RepairLimit(from_on=date(2026, 3, 12), count="working_days", limit=3))
    times = {
        "before, late": fault(occurred="03-11 23:59", repaired="03-14 00:00"),
        "after, in time": fault(occurred="03-12 00:00", repaired="03-17 00:00"),
        "after, late": fault(occurred="03-12 00:00", repaired="03-17 00:00:01"),
        "open, limit not passed": fault(occurred="03-17 00:00"),
        "own limit": fault(occurred="03-12 00:00", repaired="03-13 00:00:01") | {"limit_days": 1.0},
    }
    facts = store(
        tmp_path_factory.mktemp("warehouse"),
        sites=[{"site_id": name} for name in times],
        faults=[row | {"fault_id": name, "site_id": name} for name, row in times.items()],
    )
    found = book("power", facts, as_of=AS_OF, policy=Policy(fault=FaultPolicy(repair_limits=rules)))
    counted = {name: found.of("fault_repair_in_limit", name)[:2] for name in times}
    assert counted == {
        "before, late": (0, 1),
        "after, in time": (1, 1),
        "after, late": (0, 1),
        "open, limit not passed": (0, 0),
        "own limit": (0, 1),
    }


def test_a_limit_counted_without_published_holidays_is_suspect(tmp_path_factory: pytest.TempPathFactory) -> None:
    rules = (RepairLimit(count="working_days", limit=3650),)
    row = fault("minor", repaired="03-13 00:00") | {"fault_id": "F1"}
    facts = store(tmp_path_factory.mktemp("warehouse"), sites=[{}], faults=[row])
    policy = Policy(fault=FaultPolicy(repair_limits=rules))
    assert book("power", facts, as_of=AS_OF, policy=policy).of("fault_repair_in_limit") == (1, 1, 0, 1, 0)
    assert book("power", facts, as_of=AS_OF).of("fault_repair_in_limit") == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("kpi_id", "column"), [("fault_repeat_dispatch_share", "repeat_dispatches"), ("fault_return_share", "returns")]
)
def test_an_order_sent_out_again_or_back_counts_once_however_often(
    tmp_path_factory: pytest.TempPathFactory, kpi_id: str, column: str
) -> None:
    times = {"never": 0, "once": 1, "thrice": 3, "unknown": None}
    facts = store(
        tmp_path_factory.mktemp("warehouse"),
        sites=[{"site_id": name} for name in times],
        faults=[fault() | {"fault_id": name, "site_id": name, column: number} for name, number in times.items()],
    )
    found = book("power", facts, as_of=AS_OF)
    assert found.of(kpi_id, "never") == (0, 1, 0, 0, 0)
    assert found.of(kpi_id, "once") == found.of(kpi_id, "thrice") == (1, 1, 0, 0, 0)
    assert found.of(kpi_id, "unknown") == (0, 0, 0, 0, 1)
