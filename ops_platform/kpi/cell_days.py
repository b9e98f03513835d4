"""Counters become cell hours, and these cell days: sums over the local day and over the cell's own busy hour.

Written once in Ibis with integers only, by the rules that keep DuckDB and Spark equal to the last bit.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.clock import local_midnight
from ops_platform.contracts import FEEDS
from ops_platform.contracts.cells import BUSY_HOUR_SUMS, CELL_DAYS, CELL_HOURS, DAY_SUMS
from ops_platform.facts import Facts
from ops_platform.kpi.quarter_hours import day_sums
from ops_platform.maintenance.network_service import sites_in_service

SERVICE = ["cell_id", "site_id", "office_id", "staff_id", "technology", "day_on", "day_s", "channels"]
LAST_HOUR = 23
HOURS = 25
"""A day has this many where clocks go back."""
INTEGER = dt.Int64()


def write_cell_days(facts: Facts, days: Sequence[date]) -> int:
    """Compute and store the cell hours and cell days of some local days, a day at a time; return how many cell days."""
    warehouse, rows = facts.warehouse, 0
    for day in days:
        key, midnight_s, cells = day.isoformat(), _epoch_s(day, facts.zone), service_table(facts, [day])
        files = warehouse.files(FEEDS["cell_counters"], [key])
        sums = day_sums(files, midnight_s) if warehouse.embedded else None
        if sums is None:
            rows += _write_computed(facts, day, cells)
            continue
        hours = sums.hours.append_column("day_on", pa.repeat(day, len(sums.hours)))
        number = pc.add(hours["hour"], midnight_s // 3600)
        warehouse.write(CELL_HOURS, hours.append_column("hour_number", number), key)
        warehouse.write(CELL_DAYS, _of_cells(sums.cells, cells), key)
        rows += len(cells)
    return rows


def _write_computed(facts: Facts, day: date, cells: pa.Table) -> int:
    """Write a day by the expressions: on Spark, and where counters do not lie in the order that the kernel needs."""
    warehouse, key = facts.warehouse, day.isoformat()
    engine = warehouse.connect()
    counters = warehouse.table(engine, FEEDS["cell_counters"], [key])
    hours = engine.create_table("hours", hour_sums(counters, day, facts.zone), overwrite=True)
    warehouse.store(engine, CELL_HOURS, kept_hours(hours, day, facts.zone), key)
    return warehouse.store(engine, CELL_DAYS, _days(hours, ibis.memtable(cells)), key)


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
    midnight_s = _epoch_s(day, zone)
    kept = kept.mutate(day_on=ibis.literal(day), hour_number=midnight_s // 3600 + kept.hour)
    return kept.select(CELL_HOURS.schema.names)


def cells_in_service(facts: Facts, days: Sequence[date]) -> pd.DataFrame:
    """Return one row per cell and day in service.

    Returns
    -------
    pandas.DataFrame
        Columns ``cell_id``, ``site_id``, ``office_id``, ``staff_id``, ``technology``, ``channels``, ``day_on``,
        ``day_s``.
    """
    rows = _site_days(facts, days).merge(_register(facts), on="site_id")
    opened = pd.to_datetime(rows["opened_on"])
    return rows[opened.isna() | (opened <= pd.to_datetime(rows["day_on"]))].drop(columns="opened_on")


def _site_days(facts: Facts, days: Sequence[date]) -> pd.DataFrame:
    """Return one row per site and day in service: ``site_id``, ``day_on``, ``day_s``."""
    rows = sites_in_service(facts.whole("sites"), facts.whole("acceptance_tests"), days)
    # Where clocks change a day is an hour longer or shorter.
    lengths = {day: _epoch_s(day + timedelta(days=1), facts.zone) - _epoch_s(day, facts.zone) for day in days}
    return rows.assign(day_s=rows["day_on"].map(lengths))


def _register(facts: Facts) -> pd.DataFrame:
    """Return the cells that are registered, with whose they are and when they were opened (null: with their site)."""
    cells = facts.whole("cells")[["cell_id", "site_id", "technology", "channels", "in_service_on"]]
    sites = facts.whole("sites")[["site_id", "office_id", "staff_id"]]
    return cells.rename(columns={"in_service_on": "opened_on"}).merge(sites, on="site_id")


def service_table(facts: Facts, days: Sequence[date]) -> pa.Table:
    """Return the cells in service, with the types of the contract ``cell_days`` also where there are none."""
    rows = cells_in_service(facts, days).sort_values("cell_id", kind="stable")
    return _typed(rows, SERVICE)


def _typed(rows: pd.DataFrame, columns: Sequence[str]) -> pa.Table:
    opened = pa.field("opened_on", pa.date32())
    schema = pa.schema([opened if name == opened.name else CELL_DAYS.schema.field(name) for name in columns])
    return pa.Table.from_pandas(rows[columns], schema=schema, preserve_index=False)


def owned_cell_days(engine: ibis.BaseBackend, facts: Facts, keys: Sequence[str]) -> ir.Table:
    """Return the cell days of some stored days (``YYYY-MM-DD``) as the registers know the cells now.

    Which cells were in service, whose they are and how many channels they have comes from the registers and not from
    the stored cell days, so that a corrected register counts without summing the counters again.
    """
    counted = facts.warehouse.table(engine, CELL_DAYS, keys)
    counted = counted.drop(*(name for name in SERVICE if name not in CELL_DAYS.key))
    days = [date.fromisoformat(key) for key in keys]
    open_sites = ibis.memtable(_typed(_site_days(facts, days), ["site_id", "day_on", "day_s"]))
    of_cell = [name for name in SERVICE if name not in {"day_on", "day_s"}]
    registered = ibis.memtable(_typed(_register(facts), [*of_cell, "opened_on"]))
    cells = registered.inner_join(open_sites, "site_id")
    cells = cells.filter(cells.opened_on.isnull() | (cells.opened_on <= cells.day_on)).select(SERVICE)
    rows = cells.left_join(counted, list(CELL_DAYS.key)).drop(*(f"{name}_right" for name in CELL_DAYS.key))
    return rows.mutate(usable_s=rows.usable_s.fill_null(0), suspect_s=rows.suspect_s.fill_null(0))


def cell_days(counters: ir.Table, cells: ir.Table, day: date, zone: ZoneInfo) -> ir.Table:
    """Return the cell days of one local day.

    Parameters
    ----------
    counters
        Rows of the contract ``cell_counters`` of that day.
    cells
        Result of `cells_in_service` for that day. A cell without any row gets a cell day with no usable seconds.
    day
        Business-local date.

    Returns
    -------
    ibis.expr.types.Table
        Columns of the contract ``cell_days``.
    """
    return _days(hour_sums(counters, day, zone), cells)


def _epoch_s(day: date, zone: ZoneInfo) -> int:
    return int(local_midnight(day, zone).timestamp())


def hour_sums(counters: ir.Table, day: date, zone: ZoneInfo) -> ir.Table:
    """Sum counters to hours of the day: what is suspect is in no sum but ``suspect_s``."""
    into_day_s = counters.period_start_at.epoch_seconds().cast(INTEGER) - _epoch_s(day, zone)
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
    rank = loaded.load * HOURS + HOURS - 1 - loaded.hour
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
