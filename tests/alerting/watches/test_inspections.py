"""Inspections overdue or due soon, by the local day."""

from pathlib import Path

from ops_platform.alerting.watches.inspections import INSPECTION_DUE_SOON, INSPECTION_OVERDUE, WATCH
from tests.alerting.watches.looking import NAMES, SITES, look, since, told
from tests.maintenance.builders import Row, at, on

NOW = at("03-12 11:15")


def planned(*rows: Row) -> list[Row]:
    return [{"window_starts_on": row["due_on"].replace(day=1)} | row for row in rows]


def test_overdue_and_due_soon_are_told_by_site_with_names(tmp_path: Path) -> None:
    rows = planned(
        {"due_on": on("03-11")}, {"due_on": on("03-14"), "site_id": "S2"}, {"due_on": on("03-16"), "site_id": "S3"}
    )
    late, soon = look(WATCH, tmp_path, NOW, inspections=rows)
    assert told([late, soon]) == [("inspection_overdue", "S1"), ("inspection_due_soon", "S2")]
    assert late.facts == {"site_name": "S1 站", **NAMES, "due_on": "2026-03-11"}
    assert (late.office_id, late.site_id) == ("O1", "S1")


def test_they_are_true_from_a_local_midnight_on(tmp_path: Path) -> None:
    rows = planned({"due_on": on("03-11")}, {"due_on": on("03-14"), "site_id": "S2"})
    assert since(look(WATCH, tmp_path, NOW, inspections=rows)) == {
        "inspection_overdue": at("03-12 00:00"),
        "inspection_due_soon": at("03-11 00:00"),
    }


def test_today_is_the_local_day(tmp_path: Path) -> None:
    rows = planned({"due_on": on("03-11")})
    assert told(look(WATCH, tmp_path, at("03-12 00:10"), inspections=rows)) == [("inspection_overdue", "S1")]
    assert told(look(WATCH, tmp_path, at("03-11 23:50"))) == [("inspection_due_soon", "S1")]


def test_an_inspection_is_looked_for_two_months_back_and_one_ahead(tmp_path: Path) -> None:
    rows = planned({"due_on": on("01-01"), "site_id": "S1"}, {"due_on": on("04-01"), "site_id": "S2"})
    found = look(WATCH, tmp_path, at("03-31 10:00"), inspections=rows)
    assert told(found) == [("inspection_overdue", "S1"), ("inspection_due_soon", "S2")]
    assert told(look(WATCH, tmp_path, at("04-01 10:00"))) == [("inspection_due_soon", "S2")]


def test_one_overdue_for_as_long_as_it_is_looked_for_is_still_news() -> None:
    assert INSPECTION_OVERDUE.news_for.days >= 90
    assert INSPECTION_DUE_SOON.worsens_to == INSPECTION_OVERDUE.id


def test_a_done_inspection_of_the_next_month_makes_a_missed_one_good(tmp_path: Path) -> None:
    rows = planned({"due_on": on("03-10")}, {"due_on": on("04-10"), "done_at": at("03-12 10:00")})
    assert look(WATCH, tmp_path, NOW, inspections=rows) == []


def test_nothing_known_is_nothing_the_matter(tmp_path: Path) -> None:
    assert look(WATCH, tmp_path, NOW, sites=SITES) == []
