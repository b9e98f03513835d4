"""What the registers say of cells, and cell days by the registers of now."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ops_platform.clock import local_midnight
from ops_platform.contracts import FEEDS
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.facts import Facts
from ops_platform.kpi.cell_days import write_cell_days
from ops_platform.kpi.cell_register import CellRegister
from tests.maintenance.builders import ZONE, Row, on, store, table

DAYS = [on("03-10"), on("03-11"), on("03-12")]
SITES: list[Row] = [{"site_id": "S1"}, {"site_id": "S2"}]
CELLS: list[Row] = [
    {"cell_id": "a", "site_id": "S1", "channels": 14},
    {"cell_id": "b", "site_id": "S1", "channels": 7},
    {"cell_id": "c", "site_id": "S2", "channels": None, "technology": "LTE"},
]
Registers = dict[str, list[Row]]


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    counters = [
        {"cell_id": cell["cell_id"], "period_start_at": local_midnight(day, ZONE) + timedelta(hours=9), "drops": 3}
        for cell in CELLS
        for day in DAYS
    ]
    known = store(tmp_path, cells=CELLS, sites=SITES, cell_counters=counters)
    assert write_cell_days(known, DAYS) == 9
    return known


def owned(facts: Facts) -> list[dict[str, Any]]:
    engine = facts.warehouse.connect()
    rows = CellRegister(facts).cell_days(engine, [day.isoformat() for day in DAYS])
    return engine.to_pyarrow(rows.order_by("day_on", "cell_id")).to_pylist()


def changed(number: int, **columns: object) -> list[Row]:
    return [cell | (columns if index == number else {}) for index, cell in enumerate(CELLS)]


def test_days_are_as_they_were_summed_while_the_registers_say_the_same(facts: Facts) -> None:
    stored = {day: facts.warehouse.mark(CELL_DAYS, day.isoformat()) for day in DAYS}
    assert stored == CellRegister(facts).marks(DAYS)
    expected = sorted(facts.warehouse.read(CELL_DAYS).to_pylist(), key=lambda row: (row["day_on"], row["cell_id"]))
    assert owned(facts) == expected


def test_days_whose_counts_nobody_marked_are_joined_with_the_registers(facts: Facts) -> None:
    before = owned(facts)
    for day in DAYS:
        facts.warehouse.write(CELL_DAYS, facts.warehouse.read(CELL_DAYS, [day.isoformat()]), day.isoformat())
    assert [facts.warehouse.mark(CELL_DAYS, day.isoformat()) for day in DAYS] == ["", "", ""]
    assert owned(facts) == before


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({"cells": changed(0, channels=15)}, DAYS),
        ({"cells": changed(0, site_id="S2")}, DAYS),
        ({"cells": changed(2, technology="NR")}, DAYS),
        ({"cells": changed(1, in_service_on=DAYS[1])}, DAYS[:1]),
        ({"cells": [*CELLS, {"cell_id": "new", "in_service_on": DAYS[2]}]}, DAYS[2:]),
        ({"cells": CELLS[:2]}, DAYS),
        ({"sites": [SITES[0] | {"office_id": "O2"}, SITES[1]]}, DAYS),
        ({"sites": [SITES[0] | {"staff_id": "E2"}, SITES[1]]}, DAYS),
        ({"sites": [SITES[0] | {"retired_on": DAYS[1]}, SITES[1]]}, DAYS[1:]),
        ({"acceptance_tests": [{"site_id": "S2", "tested_on": DAYS[2], "passed": False}]}, DAYS[2:]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else str(len(value)),
)
def test_a_change_of_the_registers_counts_and_marks_the_days_that_it_concerns(
    facts: Facts, changes: Registers, days: list[date]
) -> None:
    marks, before = CellRegister(facts).marks(DAYS), owned(facts)
    for feed, rows in changes.items():
        facts.warehouse.write(FEEDS[feed], table(feed, *rows))
    register = CellRegister(facts)
    assert [day for day, mark in register.marks(DAYS).items() if mark != marks[day]] == days
    now = owned(facts)
    in_service = register.in_service(DAYS)
    assert [(row["cell_id"], row["day_on"]) for row in now] == sorted(
        zip(in_service["cell_id"], in_service["day_on"], strict=True), key=lambda pair: pair[::-1]
    )
    assert [row for row in now if row["day_on"] not in days] == [row for row in before if row["day_on"] not in days]
    assert now != before


def test_cells_in_service_asks_the_site_and_the_cell(tmp_path: Path) -> None:
    facts = store(
        tmp_path,
        sites=[{"in_service_on": on("03-11")}],
        cells=[{"cell_id": "a"}, {"cell_id": "b", "in_service_on": on("03-12")}],
    )
    rows = CellRegister(facts).in_service([on("03-10"), on("03-11"), on("03-12")])
    assert sorted(zip(rows["cell_id"], rows["day_on"], strict=True)) == [
        ("a", on("03-11")), ("a", on("03-12")), ("b", on("03-12")),
    ]  # fmt: skip


def test_a_day_is_as_long_as_its_clocks_make_it(tmp_path: Path) -> None:
    facts = store(tmp_path, ZoneInfo("Europe/Berlin"), sites=[{}], cells=[{}])
    days = [date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25)]
    assert CellRegister(facts).in_service(days)["day_s"].tolist() == [86_400, 82_800, 90_000]
