"""What is the matter now: from stored facts and a moment to the conditions that are told."""

from pathlib import Path
from typing import Any

from ops_platform.alerting.conditions import inspection_conditions, outage_conditions

from ops_platform.alerting.rules import Condition
from ops_platform.facts import Facts
from ops_platform.policy import Policy
from tests.maintenance.builders import Row, alarm, at, on, run, store

OFFICES = [{"office_id": "O1", "office_name": "前旗", "office_name_en": "Qianqi"}]
SITES = [{"site_id": site, "site_name": f"{site} 站"} for site in ("S1", "S2", "S3")]
NOW = at("03-12 11:15")
MAINS = alarm("mains_failure", "03-12 08:00")


def inspected(root: Path, *rows: Row, now: Any = NOW) -> list[Condition]:
    planned = [{"window_starts_on": row["due_on"].replace(day=1)} | row for row in rows]
    return inspection_conditions(store(root, offices=OFFICES, sites=SITES, inspections=planned), Policy(), now)


def outages(root: Path, *alarms: Row, now: Any = NOW, **feeds: list[Row]) -> list[Condition]:
    known = {"offices": OFFICES, "sites": SITES, "alarms": [MAINS, *alarms]} | feeds
    return outage_conditions(store(root, **known), Policy(), now)


def told(conditions: list[Condition]) -> list[tuple[str, str]]:
    return [(condition.rule, condition.subject) for condition in conditions]


def test_overdue_and_due_soon_are_told_by_site_with_names(tmp_path: Path) -> None:
    rows = [{"due_on": on("03-11")}, {"due_on": on("03-14"), "site_id": "S2"}, {"due_on": on("03-16"), "site_id": "S3"}]
    late, soon = inspected(tmp_path, *rows)
    assert told([late, soon]) == [("inspection_overdue", "S1"), ("inspection_due_soon", "S2")]
    names = {"site_name": "S1 站", "office_name": "前旗", "office_name_en": "Qianqi"}
    assert late.facts == names | {"due_on": "2026-03-11"}
    assert late.office_id == "O1"


def test_today_is_the_local_day(tmp_path: Path) -> None:
    assert told(inspected(tmp_path, {"due_on": on("03-11")}, now=at("03-12 00:10"))) == [("inspection_overdue", "S1")]


def test_an_inspection_is_looked_for_two_months_back_and_one_ahead(tmp_path: Path) -> None:
    rows = [
        {"due_on": on("01-01"), "site_id": "S1"},
        {"due_on": on("04-01"), "site_id": "S2"},
    ]
    found = inspected(tmp_path, *rows, now=at("03-31 10:00"))
    assert told(found) == [("inspection_overdue", "S1"), ("inspection_due_soon", "S2")]
    assert told(inspection_conditions(Facts(*_parts(tmp_path)), Policy(), at("04-01 10:00"))) == [
        ("inspection_due_soon", "S2"),
    ]


def _parts(root: Path) -> tuple[Any, Any]:
    facts = store(root)
    return facts.warehouse, facts.zone


def test_a_done_inspection_of_the_next_month_makes_a_missed_one_good(tmp_path: Path) -> None:
    rows = [{"due_on": on("03-10")}, {"due_on": on("04-10"), "done_at": at("03-12 10:00")}]
    assert inspected(tmp_path, *rows) == []


def test_an_outage_is_told_when_its_crew_must_leave(tmp_path: Path) -> None:
    (condition,) = outages(tmp_path)
    assert (condition.rule, condition.subject, condition.office_id) == ("generator_leave_by", "S1", "O1")
    assert condition.facts == {
        "site_name": "S1 站", "office_name": "前旗", "office_name_en": "Qianqi",
        "failed_at": at("03-12 08:00").isoformat(), "deadline_at": at("03-12 11:30").isoformat(),
    }  # fmt: skip


def test_the_conditions_follow_the_clock_without_any_new_data(tmp_path: Path) -> None:
    assert outages(tmp_path, now=at("03-12 11:09")) == []
    assert told(outages(tmp_path, now=at("03-12 11:10"))) == [("generator_leave_by", "S1")]
    assert told(outages(tmp_path, now=at("03-12 11:30"))) == [("generator_late", "S1")]


def test_a_dispatched_crew_ends_leave_now_but_not_too_late(tmp_path: Path) -> None:
    crew = {"generator_runs": [run(None, dispatched="03-12 11:00")]}
    assert outages(tmp_path, **crew) == []
    assert told(outages(tmp_path, now=at("03-12 11:30"), **crew)) == [("generator_late", "S1")]


def test_a_running_generator_ends_both(tmp_path: Path) -> None:
    crew = {"generator_runs": [run("03-12 11:12", dispatched="03-12 11:00")]}
    assert outages(tmp_path, now=at("03-12 11:30"), **crew) == []


def test_a_site_with_a_fixed_generator_needs_a_crew_once_it_failed_to_start(tmp_path: Path) -> None:
    fixed = {"sites": [site | {"fixed_generator": True} for site in SITES]}
    assert outages(tmp_path, **fixed) == []
    late = outages(tmp_path, now=at("03-12 12:00"), **fixed)
    assert {condition.rule for condition in late} == {"generator_late"}


def test_an_outage_open_since_an_earlier_month_is_still_told(tmp_path: Path) -> None:
    old = alarm("mains_failure", "01-05 08:00", site_id="S2")
    assert told(outages(tmp_path, old, now=at("03-12 11:10"))) == [
        ("generator_leave_by", "S1"),
        ("generator_late", "S2"),
    ]


def test_the_mains_back_ends_the_condition(tmp_path: Path) -> None:
    assert (
        outage_conditions(
            store(tmp_path, offices=OFFICES, sites=SITES, alarms=[MAINS | {"cleared_at": at("03-12 11:14")}]),
            Policy(),
            NOW,
        )
        == []
    )


def test_nothing_known_is_nothing_the_matter(tmp_path: Path) -> None:
    facts = store(tmp_path, offices=OFFICES, sites=SITES)
    assert inspection_conditions(facts, Policy(), NOW) == []
    assert outage_conditions(facts, Policy(), NOW) == []
