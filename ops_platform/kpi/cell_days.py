"""Counters become cell days: sums over the local day and over the cell's own busy hour.

Written once in Ibis with integers only, by the rules that keep DuckDB and Spark equal to the last bit.
"""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd

from ops_platform.clock import day_bounds
from ops_platform.contracts.derived import BUSY_HOUR_SUMS, CELL_DAYS
from ops_platform.facts import Facts
from ops_platform.maintenance.network_service import sites_in_service

DAY_SUMS = ("erab_releases", "erab_abnormal_releases", "prb_used", "prb_available")
LAST_HOUR = 23
INTEGER = dt.Int64()
_BOUNDS = ibis.schema({"day_on": "date", "starts_s": "int64", "ends_s": "int64"})


def cells_in_service(facts: Facts, days: Sequence[date]) -> pd.DataFrame:
    """Return one row per cell and day in service: ``cell_id``, ``site_id``, owners, ``technology``, ``channels``."""
    sites = facts.whole("sites")
    in_service = sites_in_service(sites, facts.whole("acceptance_tests"), days)
    cells = facts.whole("cells")[["cell_id", "site_id", "technology", "channels", "in_service_on"]]
    rows = in_service.merge(cells, on="site_id").merge(sites[["site_id", "office_id", "staff_id"]], on="site_id")
    opened = pd.to_datetime(rows["in_service_on"])
    return rows[opened.isna() | (opened <= pd.to_datetime(rows["day_on"]))].drop(columns="in_service_on")


def cell_days(counters: ir.Table, cells: ir.Table, days: Sequence[date], zone: ZoneInfo) -> ir.Table:
    """Return the cell days of the given local days.

    Parameters
    ----------
    counters
        Rows of the contract ``cell_counters`` of these days.
    cells
        Result of `cells_in_service` for these days. A cell without any row gets a cell day with no usable seconds.
    days
        Business-local dates.

    Returns
    -------
    ibis.expr.types.Table
        Columns of the contract ``cell_days``.
    """
    midnights = [(day, *(int(moment.timestamp()) for moment in day_bounds(day, zone))) for day in days]
    bounds = ibis.memtable(pd.DataFrame(midnights, columns=["day_on", "starts_s", "ends_s"]), schema=_BOUNDS)
    at_s = counters.period_start_at.epoch_seconds().cast(INTEGER)
    placed = counters.join(bounds, [bounds.starts_s <= at_s, at_s < bounds.ends_s])
    into_day_s = placed.period_start_at.epoch_seconds().cast(INTEGER) - placed.starts_s
    placed = placed.mutate(hour=ibis.least(into_day_s // 3600, LAST_HOUR).cast(INTEGER))
    suspect = placed.suspect.fill_null(ibis.literal(value=False))
    usable = placed.filter(~suspect)
    sums = {name: usable[name].sum().cast(INTEGER) for name in (*BUSY_HOUR_SUMS, *DAY_SUMS)}
    hours = usable.group_by("cell_id", "day_on", "hour").agg(usable_s=usable.period_s.sum().cast(INTEGER), **sums)
    # The busiest hour, the earliest on ties, as one argmax over integers.
    load = ibis.coalesce(hours.traffic_chs, hours.prb_used, 0)
    rank = load * (LAST_HOUR + 1) + LAST_HOUR - hours.hour
    busy = hours.group_by("cell_id", "day_on").agg(
        usable_s=hours.usable_s.sum().cast(INTEGER),
        busy_hour=hours.hour.argmax(rank),
        **{f"busy_{name}": hours[name].argmax(rank) for name in BUSY_HOUR_SUMS},
        **{name: hours[name].sum().cast(INTEGER) for name in DAY_SUMS},
    )
    doubtful = placed.filter(suspect).group_by("cell_id", "day_on")
    doubtful = doubtful.agg(suspect_s=lambda row: row.period_s.sum().cast(INTEGER))
    joined = cells.left_join(busy, ["cell_id", "day_on"]).drop("cell_id_right", "day_on_right")
    joined = joined.left_join(doubtful, ["cell_id", "day_on"]).drop("cell_id_right", "day_on_right")
    filled = joined.mutate(usable_s=joined.usable_s.fill_null(0), suspect_s=joined.suspect_s.fill_null(0))
    return filled.select(CELL_DAYS.schema.names)
