"""The lists of a month: what counts, why it does, and under names that people know."""

from pathlib import Path

from ops_platform.facts import Facts
from ops_platform.reporting.month_lists import gaps, late_outages, undone_inspections
from tests.maintenance.builders import Row, at, on, store

MONTH = "2026-03"
OUTAGE: Row = {
    "outcome": "late", "failed_at": at("03-12 08:00"), "deadline_at": at("03-12 11:00"),
    "restored_at": at("03-12 20:00"),
}  # fmt: skip


def facts(root: Path, *outages: Row, **more: list[Row]) -> Facts:
    return store(root, offices=[{}], sites=[{"site_name": "一站"}], mains_outages=list(outages), **more)


def test_every_late_outage_says_why_it_counts(tmp_path: Path) -> None:
    known = facts(
        tmp_path,
        OUTAGE | {"mains_outage_id": "M1", "failed_at": at("03-14 08:00")},
        OUTAGE | {"mains_outage_id": "M2", "failed_at": at("03-13 08:00"), "started_at": at("03-12 11:16")},
        OUTAGE | {"mains_outage_id": "M3", "started_at": at("03-12 11:00")},
        OUTAGE | {"mains_outage_id": "M4", "outcome": "in_time"},
    )
    rows = late_outages(known, MONTH)
    assert rows["late_because_en"].tolist() == ["No verified run", "16 min late", "Ran in time, yet the site went down"]
    assert rows["late_because_zh"].tolist()[1] == "晚 16 分钟"
    assert set(rows["site_name"]) == {"一站"}


def test_what_a_contest_took_out_is_on_no_list(tmp_path: Path) -> None:
    contest = {"kpi_id": "generator_timeliness", "event_on": on("03-12"), "office_id": "O1", "raised_by": "E1",
               "raised_at": at("03-20 09:00"), "decided_by": "主任", "decided_at": at("03-21 09:00")}  # fmt: skip
    known = facts(
        tmp_path,
        *(OUTAGE | {"mains_outage_id": name} for name in ("M1", "M2", "M3")),
        contests=[
            contest | {"contest_id": "C1", "event_id": "M1", "decision": "upheld"},
            contest | {"contest_id": "C2", "event_id": "M2", "decision": "rejected"},
            contest | {"contest_id": "C3", "event_id": "M3", "decision": "upheld", "kpi_id": "site_outages"},
        ],
    )
    assert len(late_outages(known, MONTH)) == 2


def test_a_gap_names_its_nearest_site(tmp_path: Path) -> None:
    gap = {"gap_id": "G1", "office_id": "O1", "nearest_site_id": "S1", "month_on": on("03-01"), "geometry": b""}
    rows = gaps(facts(tmp_path, coverage_gaps=[gap]), MONTH)
    assert rows["nearest_site_name"].tolist() == ["一站"]
    assert {"geometry", "month_on"}.isdisjoint(rows.columns)


def test_an_inspection_that_is_not_due_yet_is_on_no_list(tmp_path: Path) -> None:
    rows = [{"inspection_id": f"I{day}", "due_on": on(f"03-{day}")} for day in (10, 11, 12)]
    known = facts(tmp_path, inspections=[*rows, rows[0] | {"inspection_id": "done", "done_at": at("03-09 10:00")},
                                         rows[0] | {"inspection_id": "shut", "accessible": False}])  # fmt: skip
    found = undone_inspections(known, MONTH, at("03-12 00:30"))
    assert found["due_on"].tolist() == [on("03-10"), on("03-11")]
