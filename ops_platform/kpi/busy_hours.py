"""The time-consistent busy hour of a month: of the whole network, and of each office by its own hours.

From the stored cell hours, thus of GSM. ITU-T E.500: the hour of the day, the same every day, whose traffic over the
days is the greatest.
"""

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from ops_platform.clock import epoch_s
from ops_platform.contracts.cells import CELL_DAYS, CELL_HOURS, RULE_COUNTERS
from ops_platform.facts import Facts
from ops_platform.kpi.cell_register import CellRegister

INTEGER = dt.Int64()
NETWORK = ""
"""Stands for the network in place of an office."""


def hours_of_day(cell_hours: ir.Table, cell_days: ir.Table, midnights: ir.Table) -> ir.Table:
    """Return the sums of each office's hours of the day over the days: ``office_id``, ``hour``, ``days``, the counters.

    Parameters
    ----------
    cell_hours
        Rows of the contract ``cell_hours``.
    cell_days
        Whose cells they are, as `ops_platform.kpi.cell_register.CellRegister` gives them.
    midnights
        ``day_on`` and ``midnight_h``, the hours from the epoch to its beginning.
    """
    owners = cell_days.select("cell_id", "day_on", "office_id")
    rows = cell_hours.inner_join(owners, ["cell_id", "day_on"]).inner_join(midnights, "day_on")
    rows = rows.mutate(hour=(rows.hour_number - rows.midnight_h).cast(INTEGER))
    return rows.group_by("office_id", "hour").agg(
        days=rows.day_on.nunique().cast(INTEGER), **{name: rows[name].sum().cast(INTEGER) for name in RULE_COUNTERS}
    )


def busy_hours(facts: Facts, month: str) -> pd.DataFrame:
    """Return the sums of every hour of the day in a month.

    Returns
    -------
    pandas.DataFrame
        ``office_id`` (`NETWORK` for all), ``hour``, ``days``, ``busiest`` (whether it is the time-consistent busy hour,
        of equals the earliest) and the sums of `RULE_COUNTERS`, in order.
    """
    engine = facts.warehouse.connect()
    keys = facts.warehouse.partitions(CELL_HOURS, month)
    if not keys:
        return pd.DataFrame(columns=["office_id", "hour", "days", "busiest", *RULE_COUNTERS])
    days = [date.fromisoformat(key) for key in keys]
    stored = facts.warehouse.table(engine, CELL_HOURS, keys)
    sums = hours_of_day(stored, CellRegister(facts).cell_days(engine, keys), ibis.memtable(_midnights(facts, days)))
    offices = engine.to_pyarrow(sums).to_pandas().fillna(0)
    by_hour = offices.groupby("hour", as_index=False)
    network = by_hour[list(RULE_COUNTERS)].sum().merge(by_hour["days"].max(), on="hour").assign(office_id=NETWORK)
    found = pd.concat([network, offices], ignore_index=True).sort_values(["office_id", "hour"], ignore_index=True)
    found["busiest"] = found.index.isin(found.groupby("office_id")["traffic_chs"].idxmax())
    return found


def _midnights(facts: Facts, days: Sequence[date]) -> pa.Table:
    hours = [epoch_s(day, facts.zone) // 3600 for day in days]
    return pa.table({"day_on": pa.array(days, CELL_DAYS.schema.field("day_on").type), "midnight_h": hours})
