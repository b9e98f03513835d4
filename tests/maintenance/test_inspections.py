"""Which inspections are overdue, which are made good by a later one, which are due soon."""

from typing import Any

from ops_platform.maintenance.inspections import due_soon, overdue, today, with_local_dates
from ops_platform.policy import InspectionPolicy
from tests.maintenance.builders import ZONE, Row, at, frame, on

TODAY = on("03-12")


def inspection(due: str, done: str | None = None, start: str = "03-01", **more: Any) -> Row:
    return {"window_starts_on": on(start), "due_on": on(due), "done_at": at(done) if done else None, **more}


def late(*rows: Row) -> list[tuple[str, str, int]]:
    found = overdue(with_local_dates(frame("inspections", *rows), ZONE), TODAY)
    return [(row.site_id, f"{row.due_on:%m-%d}", row.days_overdue) for row in found.itertuples()]


def soon(*rows: Row) -> list[tuple[str, str, int]]:
    found = due_soon(with_local_dates(frame("inspections", *rows), ZONE), TODAY, InspectionPolicy())
    return [(row.site_id, f"{row.due_on:%m-%d}", row.days_left) for row in found.itertuples()]


def test_an_inspection_is_overdue_the_day_after_its_last_day() -> None:
    assert late(inspection("03-11")) == [("S1", "03-11", 1)]
    assert late(inspection("03-12")) == []


def test_what_is_done_or_cannot_be_reached_is_not_overdue() -> None:
    assert late(inspection("03-11", "03-05 10:00")) == []
    assert late(inspection("03-11", accessible=False)) == []


def test_a_later_inspection_makes_a_missed_one_good() -> None:
    missed = inspection("03-05", start="03-03")
    assert late(missed, inspection("03-31", "03-03 00:10")) == []
    assert late(missed, inspection("03-31", "03-02 23:50")) == [("S1", "03-05", 7)], "that was before its window"


def test_the_inspection_of_another_site_makes_nothing_good() -> None:
    assert late(inspection("03-05"), inspection("03-31", "03-06 10:00", site_id="S2")) == [("S1", "03-05", 7)]


def test_a_site_is_told_of_once_with_its_earliest_inspection_and_the_most_overdue_first() -> None:
    rows = [inspection("03-09"), inspection("03-10", site_id="S2"), inspection("03-02")]
    assert late(*rows) == [("S1", "03-02", 10), ("S2", "03-10", 2)]


def test_an_inspection_is_due_soon_from_three_days_before_to_its_last_day() -> None:
    assert [soon(inspection(due)) for due in ("03-11", "03-16")] == [[], []]
    assert soon(inspection("03-15")) == [("S1", "03-15", 3)]
    assert soon(inspection("03-12")) == [("S1", "03-12", 0)]


def test_what_is_done_or_cannot_be_reached_is_not_due_soon() -> None:
    assert soon(inspection("03-13", "03-05 10:00")) == []
    assert soon(inspection("03-13", accessible=False)) == []


def test_the_next_inspection_of_each_site_is_due_soon_the_most_urgent_first() -> None:
    rows = [inspection("03-14"), inspection("03-13", site_id="S2"), inspection("03-15")]
    assert soon(*rows) == [("S2", "03-13", 1), ("S1", "03-14", 2)]


def test_the_date_is_that_of_the_business_and_not_of_greenwich() -> None:
    assert today(at("03-12 00:30"), ZONE) == on("03-12")
    rows = with_local_dates(frame("inspections", inspection("03-31", "03-12 00:30"), inspection("03-31")), ZONE)
    assert rows["done_on"][0] == on("03-12")
    assert rows["done_on"].isna().tolist() == [False, True]
