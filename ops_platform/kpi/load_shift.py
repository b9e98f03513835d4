"""Where the traffic goes when a site is down: what its neighbours carried then beside what they usually carry.

House. Over the whole hours of a site outage, of GSM, whose hours are kept. What an hour usually carries is the median
of the same hour of the day over the month.
"""

from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from geo.spatial import neighbours
from ops_platform.clock import month_bounds
from ops_platform.contracts.cells import CELL_DAYS, CELL_HOURS, LOAD_SHIFT
from ops_platform.contracts.outages import SITE_OUTAGES
from ops_platform.facts import Facts, as_rows
from ops_platform.kpi.cell_register import CellRegister
from ops_platform.policy.cells import LoadShiftPolicy

HOUR_S = 3600
NORMAL_MAD = 1.4826
"""From the median absolute deviation to the standard deviation of what is normal."""


def load_shift(facts: Facts, month: str, policy: LoadShiftPolicy, as_of: datetime) -> pa.Table:
    """Return a row for each neighbour of each site that was down in a month, from the stored facts.

    Returns
    -------
    pyarrow.Table
        Columns of the contract ``load_shift``, the longest outages first.
    """
    pairs = _pairs(facts, month, policy, as_of)
    if pairs.empty:
        return LOAD_SHIFT.schema.empty_table()
    engine = facts.warehouse.connect()
    hours = engine.create_table("site_hours", _site_hours(engine, facts, month))
    usual = engine.create_table("usual", _usual(hours))
    named = pairs[["site_outage_id", "site_id", "neighbour_id", "first_hour", "end_hour"]]
    down = ibis.memtable(pa.Table.from_pandas(named, preserve_index=False))
    mine = engine.to_pyarrow(_during(down, hours, usual, "neighbour_id")).to_pandas()
    lost = engine.to_pyarrow(
        _lost(down.select("site_outage_id", "site_id", "first_hour", "end_hour").distinct(), usual)
    )
    rows = pairs.merge(mine, on=["site_outage_id", "neighbour_id"]).merge(
        lost.to_pandas(), on="site_outage_id", how="left"
    )
    return as_rows(LOAD_SHIFT, _judged(rows, policy))


def _pairs(facts: Facts, month: str, policy: LoadShiftPolicy, as_of: datetime) -> pd.DataFrame:
    """Return the outages that began in the month and lasted whole hours, each with every neighbour of its site."""
    _, end = month_bounds(month, facts.zone)
    down = facts.month(SITE_OUTAGES, month)
    up = down["up_at"].fillna(pd.Timestamp(as_of)).clip(upper=pd.Timestamp(min(end, as_of)))
    down = down.assign(first_hour=-(-_epoch_s(down["down_at"]) // HOUR_S), end_hour=_epoch_s(up) // HOUR_S)
    down = down.assign(hours=down["end_hour"] - down["first_hour"])
    down = down[down["hours"] >= policy.least_hours]
    sites = facts.whole("sites").dropna(subset=["latitude", "longitude"]).reset_index(drop=True)
    place, other, km = neighbours(sites, policy.neighbours, policy.within_km)
    near = pd.DataFrame(
        {
            "site_id": sites["site_id"].to_numpy()[place],
            "neighbour_id": sites["site_id"].to_numpy()[other],
            "neighbour_office_id": sites["office_id"].to_numpy()[other],
            "distance_km": km,
        }
    )
    return down.merge(near, on="site_id")


def _epoch_s(moments: pd.Series) -> pd.Series:
    return (moments - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(1, "s")


def _site_hours(engine: ibis.BaseBackend, facts: Facts, month: str) -> ir.Table:
    """Return the traffic of every site's hours in which it was heard, with the channels of the cells that were."""
    keys = facts.warehouse.partitions(CELL_DAYS, month)
    cells = CellRegister(facts).cell_days(engine, keys).select("cell_id", "day_on", "site_id", "channels")
    hours = facts.warehouse.table(engine, CELL_HOURS, keys).inner_join(cells, ["cell_id", "day_on"])
    hours = hours.filter(hours.traffic_chs.notnull(), hours.channels > 0)
    return hours.group_by("site_id", "hour_number").agg(
        traffic_chs=hours.traffic_chs.sum(),
        channels=hours.channels.sum(),
        attempts=hours.tch_attempts.sum(),
        overflows=hours.tch_overflows.sum(),
    )


def _usual(hours: ir.Table) -> ir.Table:
    """Return of each site and hour of the day what it usually carries, and how far that scatters."""
    of_day = hours.mutate(hour=hours.hour_number % 24)
    middle = of_day.group_by("site_id", "hour").agg(usual_chs=of_day.traffic_chs.median())
    both = of_day.inner_join(middle, ["site_id", "hour"])
    off = both.mutate(off=(both.traffic_chs - both.usual_chs).abs())
    scatter = off.group_by("site_id", "hour").agg(spread_chs=NORMAL_MAD * off.off.median())
    return middle.inner_join(scatter, ["site_id", "hour"])


def _during(down: ir.Table, hours: ir.Table, usual: ir.Table, by: str) -> ir.Table:
    """Return, of each outage and neighbour, its sums over the hours of the outage in which it was heard."""
    then = down.inner_join(
        hours,
        [down[by] == hours.site_id, hours.hour_number >= down.first_hour, hours.hour_number < down.end_hour],
        rname="_of_hour",
    )
    then = then.mutate(hour=then.hour_number % 24)
    known = then.inner_join(usual, [then[by] == usual.site_id, then.hour == usual.hour], rname="_usual")
    return known.group_by("site_outage_id", by).agg(
        heard_hours=known.count(),
        carried_chs=known.traffic_chs.sum(),
        usual_chs=known.usual_chs.sum(),
        variance=(known.spread_chs * known.spread_chs).sum(),
        available_chs=(known.channels * HOUR_S).sum(),
        attempts=known.attempts.sum(),
        overflows=known.overflows.sum(),
    )


def _lost(down: ir.Table, usual: ir.Table) -> ir.Table:
    """Return what each site that was down would have carried in those hours."""
    span = down.mutate(hour_number=ibis.range(down.first_hour, down.end_hour).unnest())
    span = span.mutate(hour=span.hour_number % 24)
    known = span.inner_join(usual, ["site_id", "hour"])
    return known.group_by("site_outage_id").agg(lost_chs=known.usual_chs.sum())


def _judged(rows: pd.DataFrame, policy: LoadShiftPolicy) -> pd.DataFrame:
    extra, hours = rows["carried_chs"] - rows["usual_chs"], rows["heard_hours"]
    load = 100 * rows["carried_chs"] / rows["available_chs"]
    congestion = 100 * rows["overflows"] / rows["attempts"].where(rows["attempts"] > 0)
    shifted = (extra > policy.spreads * np.sqrt(rows["variance"])) & (extra > 0)
    overloaded = (load > policy.load_over_pct) | (congestion > policy.congestion_over_pct)
    return rows.assign(
        usual_erl=rows["usual_chs"] / HOUR_S / hours,
        carried_erl=rows["carried_chs"] / HOUR_S / hours,
        extra_pct=100 * extra / rows["usual_chs"].where(rows["usual_chs"] > 0),
        lost_erl=rows["lost_chs"] / HOUR_S / rows["hours"],
        taken_pct=100 * extra / rows["lost_chs"].where(rows["lost_chs"] > 0),
        load_pct=load,
        congestion_pct=congestion,
        shifted=shifted,
        overloaded=shifted & overloaded,
    ).sort_values(["hours", "site_outage_id", "distance_km"], ascending=[False, True, True])
