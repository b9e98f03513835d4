"""Counters become cell hours, and these cell days: sums over the local day and over the cell's own busy hour.

Written once in Ibis with integers only, by the rules that keep DuckDB and Spark equal to the last bit.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.clock import MOST_HOURS, epoch_s
from ops_platform.contracts import FEEDS
from ops_platform.contracts.cells import BUSY_HOUR_SUMS, CELL_DAYS, CELL_HOURS, DAY_SUMS
from ops_platform.facts import Facts
from ops_platform.kpi.cell_register import CellRegister
from ops_platform.kpi.quarter_hours import LAST_HOUR, day_sums

INTEGER = dt.Int64()


def write_cell_days(facts: Facts, days: Sequence[date], told: Callable[[int, date], None] | None = None) -> int:
    """Compute and store the cell hours and cell days of some local days; return how many cell days.

    Parameters
    ----------
    told
        Called after each day with how many are stored, and which was the last.
    """
    register = CellRegister(facts)
    marks = register.marks(days)
    total = 0
    with ThreadPoolExecutor(facts.warehouse.threads) as kernels:
        by_kernel = kernels.map(lambda day: _write_summed(facts, register, day, marks[day]), days)
        for number, (day, rows) in enumerate(zip(days, by_kernel, strict=True), 1):
            # One at a time: the engine may hold only so much.
            total += _write_computed(facts, register, day, marks[day]) if rows is None else rows
            if told is not None:
                told(number, day)
    return total


def _write_summed(facts: Facts, register: CellRegister, day: date, mark: str) -> int | None:
    """Write a day by the kernel; None where the kernel cannot."""
    warehouse, key, midnight_s = facts.warehouse, day.isoformat(), epoch_s(day, facts.zone)
    if not warehouse.embedded:
        return None
    sums = day_sums(warehouse.files(FEEDS["cell_counters"], [key]), midnight_s)
    if sums is None:
        return None
    # One after the other: a province's day is large.
    warehouse.write(CELL_HOURS, _of_hours(sums.hours(), day, midnight_s), key)
    cells = register.table([day])
    warehouse.write(CELL_DAYS, _of_cells(sums.cells(), cells), key, mark)
    # What Arrow holds back of one day for the next is never what it needs, and adds up.
    pa.default_memory_pool().release_unused()
    return len(cells)


def _write_computed(facts: Facts, register: CellRegister, day: date, mark: str) -> int:
    """Write a day by the expressions: on Spark, and where counters do not lie in the order that the kernel needs."""
    warehouse, key = facts.warehouse, day.isoformat()
    engine = warehouse.connect()
    counters = warehouse.table(engine, FEEDS["cell_counters"], [key])
    hours = engine.create_table("hours", hour_sums(counters, day, facts.zone), overwrite=True)
    warehouse.store(engine, CELL_HOURS, kept_hours(hours, day, facts.zone), key)
    return warehouse.store(engine, CELL_DAYS, _days(hours, ibis.memtable(register.table([day]))), key, mark)


def _of_hours(sums: pa.Table, day: date, midnight_s: int) -> pa.Table:
    number = pc.add(sums["hour"], midnight_s // 3600)
    return sums.append_column("day_on", pa.repeat(day, len(sums))).append_column("hour_number", number)


def _of_cells(sums: pa.Table, cells: pa.Table) -> pa.Table:
    """Return the cell days of cells in service; a cell that was not heard of has no usable seconds."""
    place = pc.index_in(cells["cell_id"], sums["cell_id"])
    rows = pa.table({name: cells[name] for name in cells.schema.names})
    for name in sums.schema.names[1:]:
        found = sums[name].take(place)
        rows = rows.append_column(name, found.fill_null(0) if name in {"usable_s", "suspect_s"} else found)
    return rows


def kept_hours(hours: ir.Table, day: date, zone: ZoneInfo) -> ir.Table:
    """Return of the sums of a day's hours what worst-cell rules ask for: columns of the contract ``cell_hours``."""
    kept = hours.filter(hours.tch_seizures.notnull())
    midnight_s = epoch_s(day, zone)
    kept = kept.mutate(day_on=ibis.literal(day), hour_number=midnight_s // 3600 + kept.hour)
    return kept.select(CELL_HOURS.schema.names)


def cell_days(counters: ir.Table, cells: ir.Table, day: date, zone: ZoneInfo) -> ir.Table:
    """Return the cell days of one local day.

    Parameters
    ----------
    counters
        Rows of the contract ``cell_counters`` of that day.
    cells
        The cells in service that day (`CellRegister`). A cell without any row gets a cell day with no usable seconds.
    day
        Business-local date.

    Returns
    -------
    ibis.expr.types.Table
        Columns of the contract ``cell_days``.
    """
    return _days(hour_sums(counters, day, zone), cells)


def hour_sums(counters: ir.Table, day: date, zone: ZoneInfo) -> ir.Table:
    """Sum counters to hours of the day: what is suspect is in no sum but ``suspect_s``."""
    into_day_s = counters.period_start_at.epoch_seconds().cast(INTEGER) - epoch_s(day, zone)
    counters = counters.mutate(
        hour=(into_day_s // 3600).cast(INTEGER),
        suspect=counters.suspect.fill_null(ibis.literal(value=False)),
    )
    usable = ~counters.suspect
    return counters.group_by("cell_id", "hour").agg(
        usable_s=counters.period_s.sum(where=usable).cast(INTEGER),
        suspect_s=counters.period_s.sum(where=counters.suspect).cast(INTEGER),
        **{name: counters[name].sum(where=usable).cast(INTEGER) for name in (*BUSY_HOUR_SUMS, *DAY_SUMS)},
    )


def _days(hours: ir.Table, cells: ir.Table) -> ir.Table:
    # The busiest hour, the earliest on ties, as one argmax over integers.
    # Without traffic or resource blocks there is no telling which hour was busy.
    loaded = hours.mutate(load=ibis.coalesce(hours.traffic_chs, hours.prb_used)).filter(lambda row: row.load.notnull())
    rank = loaded.load * MOST_HOURS + MOST_HOURS - 1 - loaded.hour
    busy = loaded.group_by("cell_id").agg(
        busy_hour=ibis.least(loaded.hour.argmax(rank), LAST_HOUR).cast(INTEGER),
        **{f"busy_{name}": loaded[name].argmax(rank) for name in BUSY_HOUR_SUMS},
    )
    whole = hours.group_by("cell_id").agg(
        **{name: hours[name].sum().cast(INTEGER) for name in ("usable_s", "suspect_s", *DAY_SUMS)}
    )
    rows = cells
    for part in (whole, busy):
        rows = rows.left_join(part, "cell_id").drop("cell_id_right")
    rows = rows.mutate(usable_s=rows.usable_s.fill_null(0), suspect_s=rows.suspect_s.fill_null(0))
    return rows.mutate(channels=rows.channels.cast(INTEGER)).select(CELL_DAYS.schema.names)
