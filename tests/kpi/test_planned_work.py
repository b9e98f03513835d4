"""Inspections and work plan items: done in time, accessible, audited, accepted."""

from typing import Any

import pytest

from tests.kpi.conftest import Book, book
from tests.maintenance.builders import Row, at, on, store

AS_OF = at("03-20 00:30")


def inspection(done: str | None = None, due: str = "03-12", **more: Any) -> Row:
    return {"window_starts_on": on("03-05"), "due_on": on(due), "done_at": at(done) if done else None, **more}


INSPECTIONS: dict[str, Row] = {
    "first day": inspection("03-05 00:10"),
    "last day": inspection("03-12 23:50"),
    "too early": inspection("03-04 23:50"),
    "too late": inspection("03-13 00:10"),
    "missed": inspection(due="03-19"),
    "due today": inspection(due="03-20"),
    "done before due": inspection("03-20 00:20", due="03-25"),
    "not accessible": inspection(accessible=False),
    "not accessible but done": inspection("03-06 10:00", accessible=False),
    "passed": inspection(audited=True, audit_passed=True),
    "failed": inspection(audited=True, audit_passed=False),
    "no verdict": inspection(audited=True),
    "verdict without audit": inspection(audit_passed=True),
    "last month": inspection(due="02-28"),
}
ITEMS: dict[str, Row] = {
    "on time": {"due_on": on("03-12"), "done_on": on("03-12"), "accepted": True},
    "late": {"due_on": on("03-12"), "done_on": on("03-13"), "accepted": True},
    "refused": {"due_on": on("03-12"), "done_on": on("03-12"), "accepted": False},
    "no verdict": {"due_on": on("03-12"), "done_on": on("03-12")},
    "open": {"due_on": on("03-19")},
    "due today": {"due_on": on("03-20")},
}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Book:
    facts = store(
        tmp_path_factory.mktemp("warehouse"),
        sites=[{"site_id": name, "office_id": "O7", "staff_id": "E1"} for name in INSPECTIONS],
        inspections=[row | {"site_id": name, "staff_id": "E5"} for name, row in INSPECTIONS.items()],
        work_plan_items=[row | {"item_id": name} for name, row in ITEMS.items()],
    )
    return book("inspection", facts, as_of=AS_OF)


def test_an_inspection_is_complete_on_a_local_date_of_its_window(work: Book) -> None:
    assert work.of("inspection_completion", "first day") == (1, 1, 0, 0, 0)
    assert work.of("inspection_completion", "last day") == (1, 1, 0, 0, 0)
    assert work.of("inspection_completion", "too early") == (0, 1, 0, 0, 0)
    assert work.of("inspection_completion", "too late") == (0, 1, 0, 0, 0)


def test_an_inspection_counts_when_done_or_from_the_day_after_it_was_due(work: Book) -> None:
    assert work.of("inspection_completion", "missed") == (0, 1, 0, 0, 0)
    assert work.of("inspection_completion", "due today") == (0, 0, 0, 0, 0)
    assert work.of("inspection_completion", "done before due") == (1, 1, 0, 0, 0)
    assert work.of("inspection_completion", "last month") == (0, 0, 0, 0, 0)


def test_a_site_that_cannot_be_entered_is_excluded(work: Book) -> None:
    assert work.of("inspection_completion", "not accessible") == (0, 0, 1, 0, 0)
    assert work.of("inspection_completion", "not accessible but done") == (0, 0, 1, 0, 0)


def test_quality_is_the_audits_passed_of_the_audited(work: Book) -> None:
    assert work.of("inspection_quality", "passed") == (1, 1, 0, 0, 0)
    assert work.of("inspection_quality", "failed") == (0, 1, 0, 0, 0)
    assert work.of("inspection_quality", "no verdict") == (0, 1, 0, 0, 0)
    assert work.of("inspection_quality", "verdict without audit") == (0, 0, 0, 0, 0)


def test_an_inspection_belongs_to_its_own_person_and_to_the_office_of_its_site(work: Book) -> None:
    rows = work.rows[work.rows["kpi_id"] == "inspection_completion"]
    assert set(zip(rows["office_id"], rows["staff_id"], strict=True)) == {("O7", "E5")}


def test_an_item_is_complete_when_done_by_its_day_and_accepted(work: Book) -> None:
    assert work.of("work_plan_completion", "on time") == (1, 1, 0, 0, 0)
    for name in ("late", "refused", "no verdict", "open"):
        assert work.of("work_plan_completion", name) == (0, 1, 0, 0, 0), name


def test_an_open_item_counts_from_the_day_after_it_was_due(work: Book) -> None:
    assert work.of("work_plan_completion", "due today") == (0, 0, 0, 0, 0)
