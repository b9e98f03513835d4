"""Made-up counters of a month for `benchmarks/kpi.py`, in the order and in the files of intake's fold."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.clock import local_midnight
from ops_platform.contracts import FEEDS
from ops_platform.facts import Facts
from ops_platform.intake.fold import WHOLE_ROWS
from ops_platform.warehouse import Engine, Warehouse

ZONE = ZoneInfo("Asia/Shanghai")
MONTH = "2026-03"
DAYS = [date(2026, 3, 1) + timedelta(days=n) for n in range(31)]
QUARTERS = 96
COUNTERS = FEEDS["cell_counters"]
KINDS = ("GSM", "LTE", "NR")
CELLS_AT_ONCE = 10_000
MISSING, SUSPECT, LOST, BROKEN, BLOCKED = 0.02, 0.01, 0.01, 0.002, 0.001
"""Shares of the rows."""
MEANS = {
    "GSM": {
        "traffic_chs": 3200, "tch_attempts": 90, "tch_overflows": 2, "tch_seizures": 85, "handovers_in": 40, "drops": 2,
        "handovers_out_attempts": 45, "handovers_out": 42, "interference_samples": 400, "interference_high_samples": 40,
        "sdcch_attempts": 200, "sdcch_overflows": 2, "sdcch_seizures": 195,
    },
    "LTE": {
        "rrc_attempts": 900, "rrc_successes": 890, "s1_attempts": 880, "s1_successes": 875, "erab_attempts": 950,
        "erab_successes": 940, "erab_releases": 940, "erab_abnormal_releases": 6, "erab_session_s": 30_000,
        "dl_volume_kbit": 4_000_000, "dl_time_ms": 400_000, "prb_used": 40_000, "prb_available": 90_000,
    },
    "NR": {"erab_abnormal_releases": 3, "erab_session_s": 20_000, "prb_used": 60_000, "prb_available": 240_000},
}  # fmt: skip
"""Counters of a busy quarter-hour of each technology."""


def facts_of(root: Path, memory_mb: int = 256) -> Facts:
    """Return the facts below a root, over an engine that may hold so much."""
    return Facts(Warehouse(root, Engine(memory_mb=memory_mb)), ZONE)


def write_month(root: Path, cells: int, days: list[date] = DAYS) -> None:
    """Write registers and a month's counters of so many cells under a root, unless they are there."""
    warehouse = facts_of(root).warehouse
    if len(warehouse.partitions(COUNTERS)) >= len(days):
        return
    _write_registers(warehouse, cells)
    for day in days:
        rng = np.random.default_rng([cells, day.day])
        firsts = range(0, cells, CELLS_AT_ONCE)
        rows = pa.concat_tables(
            counters(rng, day, np.arange(first, min(first + CELLS_AT_ONCE, cells))) for first in firsts
        )
        if len(rows) > WHOLE_ROWS:
            warehouse.write_hours(COUNTERS, day.isoformat(), _hours(rows))
        else:
            warehouse.write(COUNTERS, rows, day.isoformat())


def _hours(rows: pa.Table) -> Iterator[tuple[int, pa.Table, str]]:
    hours = pc.divide(rows["period_start_at"].cast(pa.int64()), 3_600_000_000)
    first = pc.min(hours).as_py()
    for hour in range(24):
        yield hour, rows.filter(pc.equal(hours, first + hour)), "made up"


def counters(rng: np.random.Generator, day: date, numbers: np.ndarray) -> pa.Table:
    """Return a day's quarter-hours of some cells: two in a hundred rows missing, one suspect, one without counters."""
    cell, quarter = np.repeat(np.arange(len(numbers)), QUARTERS), np.tile(np.arange(QUARTERS), len(numbers))
    heard = rng.random(len(cell)) >= MISSING
    cell, quarter = cell[heard], quarter[heard]
    rows, start = len(cell), int(local_midnight(day, ZONE).timestamp()) * 1_000_000
    level = rng.integers(8, 256, len(numbers), dtype=np.int32)[cell]
    shape = (40 + 200 * np.exp(-(((np.arange(QUARTERS) - 80) / 18) ** 2))).astype(np.int32)[quarter]
    busy = (level * shape) >> 8
    kind, lost = numbers[cell] % len(KINDS), rng.random(rows) < LOST
    ids = pa.DictionaryArray.from_arrays(cell.astype(np.int32), pa.array([_cell(n) for n in numbers]))
    columns: dict[str, pa.Array] = {
        "cell_id": ids.cast(pa.string()),
        "period_start_at": pa.array(start + quarter * 900_000_000).cast(pa.timestamp("us", tz="UTC")),
        "period_s": pa.array(np.full(rows, 900)),
        "suspect": pa.array(rng.random(rows) < SUSPECT),
        "unavailable_auto_s": pa.array(np.where(rng.random(rows) < BROKEN, 300, 0)),
        "unavailable_manual_s": pa.array(np.where(rng.random(rows) < BLOCKED, 900, 0)),
    }
    for name in COUNTERS.schema.names:
        if name in columns:
            continue
        mean = np.array([MEANS[technology].get(name, 0) for technology in KINDS], np.int64)[kind]
        chance = rng.integers(0, 256, rows, dtype=np.int32)
        values = (mean * busy * chance) >> 15
        columns[name] = pa.array(values, mask=(mean == 0) | lost)
    return pa.table(columns).select(COUNTERS.schema.names).cast(COUNTERS.schema)


def _cell(number: int) -> str:
    return f"C{number:08d}"


def _write_registers(warehouse: Warehouse, cells: int) -> None:
    numbers = np.arange(cells)
    sites = np.arange((cells + 8) // 9)
    known = {
        "cells": {
            "cell_id": [_cell(n) for n in numbers],
            "site_id": [f"S{n // 9:07d}" for n in numbers],
            "technology": [KINDS[n % len(KINDS)] for n in numbers],
            "channels": [14 if n % len(KINDS) == 0 else None for n in numbers],
        },
        "sites": {
            "site_id": [f"S{n:07d}" for n in sites],
            "office_id": [f"O{n // 120:04d}" for n in sites],
            "staff_id": [f"E{n // 30:05d}" for n in sites],
            "in_service_on": [date(2020, 1, 1)] * len(sites),
        },
        "offices": {"office_id": [f"O{n:04d}" for n in range(len(sites) // 120 + 1)]},
    }
    for name, columns in known.items():
        contract = FEEDS[name]
        rows = len(next(iter(columns.values())))
        blank = {"string": "x", "float64": 1.0, "int64": 1, "boolean": False}
        whole = {
            column.name: pa.array(columns.get(column.name) or [None if column.nullable else blank[column.dtype]] * rows,
                                  column.arrow_type)
            for column in contract.columns
        }  # fmt: skip
        warehouse.write(contract, pa.table(whole, schema=contract.schema))
