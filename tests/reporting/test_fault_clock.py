"""The clock of faults as it is stored and read."""

from pathlib import Path

import pandas as pd

from ops_platform.contracts.outages import FAULT_CLOCK
from ops_platform.facts import Facts, as_frame
from ops_platform.maintenance.fault_clock import fault_clock
from ops_platform.policy import FaultPolicy, RepairLimit
from ops_platform.reporting.fault_clock import board, calendar_note, clock_table
from tests.maintenance.builders import Row, at, store

NOW = at("03-20 00:00")
OVERDUE = {"fault_id": "F1", "occurred_at": at("03-01 08:30"), "repeat_dispatches": 2}


def rows_of(root: Path, *faults: Row, policy: FaultPolicy | None = None) -> tuple[pd.DataFrame, Facts]:
    """Return the stored rows."""
    facts = store(
        root,
        offices=[{"office_name": "甲县", "office_name_en": "County A"}],
        sites=[{"site_name": "一站"}],
        faults=list(faults),
    )
    table = clock_table(fault_clock(facts, policy or FaultPolicy(), NOW))
    assert table.schema == FAULT_CLOCK.schema
    return as_frame(table), facts


def test_what_is_left_is_written_as_on_work_orders(tmp_path: Path) -> None:
    rows, _ = rows_of(tmp_path, OVERDUE, {"fault_id": "F2", "occurred_at": at("03-19 12:10"), "limit_days": 7.0})
    assert rows["remaining"].tolist() == ["超16天15时30分", "6天12时10分"]
    assert rows["repeat_dispatches"].tolist()[0] == 2
    assert pd.isna(rows["repeat_dispatches"][1])


def test_no_fault_makes_an_empty_table(tmp_path: Path) -> None:
    rows, facts = rows_of(tmp_path)
    assert rows.empty
    assert board(rows, facts).count("\n") == 1, "a header and no row"


def test_people_read_names_local_times_and_headers_in_both_languages(tmp_path: Path) -> None:
    header, _, first = board(*rows_of(tmp_path, OVERDUE)).splitlines()
    assert "剩余时长 Remaining" in header
    assert "时限 Limit" in header
    assert "| 一站 | 甲县 County A |" in first
    assert "2026-03-03 08:30" in first, "half past eight in Shanghai"


def test_holidays_that_are_not_published_are_said_in_both_languages(tmp_path: Path) -> None:
    rows, _ = rows_of(tmp_path / "known", OVERDUE)
    assert calendar_note(rows) == ""
    working = FaultPolicy(repair_limits=(RepairLimit(count="working_days", limit=3650),))
    far, _ = rows_of(tmp_path / "far", OVERDUE, policy=working)
    assert "1 个工单" in calendar_note(far)
    assert str(far["limit_at"][0].year) in calendar_note(far)
    assert "only weekends are taken as free" in calendar_note(far)
