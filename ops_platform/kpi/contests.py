"""What an office contests: an event and a KPI, for a reason, with evidence; and what an approver decided.

An upheld contest takes the event out of both sums of its KPI and into its excluded count. Until it is decided the event
counts as it did, and is marked. A decision by whoever raised the contest is none.
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from ops_platform.contracts.events import CONTESTS
from ops_platform.facts import Facts
from ops_platform.kpi.definition import Kpi

OPEN, UPHELD, REJECTED = "open", "upheld", "rejected"


def contests(facts: Facts, month: str) -> pd.DataFrame:
    """Return what was contested of a month: the contract's columns and ``state``; of one event and KPI the latest.

    Returns
    -------
    pandas.DataFrame
        ``state`` is ``open`` until somebody else than who raised it has decided, then ``upheld`` or ``rejected``.
    """
    rows = facts.month(CONTESTS, month).sort_values(["raised_at", "contest_id"])
    latest = rows.drop_duplicates(["kpi_id", "event_id", "event_on"], keep="last")
    decided = latest["decision"].notna() & latest["decided_at"].notna() & latest["decided_by"].notna()
    by_another = decided & (latest["decided_by"] != latest["raised_by"])
    return latest.assign(state=np.where(by_another, latest["decision"], OPEN))


def with_contests(tables: Mapping[str, ir.Table], kpis: Sequence[Kpi], contested: pd.DataFrame) -> dict[str, ir.Table]:
    """Return the tables of KPIs with a column for each KPI of which an event is contested: the state of the contest.

    Parameters
    ----------
    contested
        Result of `contests`.
    """
    found = dict(tables)
    for kpi in kpis:
        mine = contested[contested["kpi_id"] == kpi.id]
        if len(mine) and kpi.table in found:
            found[kpi.table] = _marked(found[kpi.table], kpi, mine)
    return found


def left_out(kpi: Kpi, rows: ir.Table, counts: Mapping[str, ir.Value]) -> dict[str, ir.Value]:
    """Return what rows add to the counts of a KPI once what was upheld is moved from both sums to the excluded."""
    if not is_contested(kpi, rows):
        return dict(counts)
    out = rows[column_of(kpi)].fill_null("") == UPHELD
    nothing = ibis.literal(0.0)
    moved = {name: ibis.ifelse(out, nothing, value) for name, value in counts.items()}
    return moved | {"excluded": ibis.ifelse(out, counts["denominator"] + counts["excluded"], counts["excluded"])}


def is_contested(kpi: Kpi, rows: ir.Table) -> bool:
    """Tell whether the rows are marked because an event among them is contested for a KPI."""
    return column_of(kpi) in rows.columns


def column_of(kpi: Kpi) -> str:
    """Return the name of the column that marks the contested events of a KPI."""
    return f"contest_{kpi.id}"


def _marked(table: ir.Table, kpi: Kpi, mine: pd.DataFrame) -> ir.Table:
    frame = mine[["event_id", "event_on", "state"]].set_axis(["_event", "_on", column_of(kpi)], axis=1)
    schema = pa.schema([("_event", pa.string()), ("_on", pa.date32()), (column_of(kpi), pa.string())])
    states = ibis.memtable(pa.Table.from_pandas(frame, schema=schema, preserve_index=False))
    same = [table[kpi.event].cast("string") == states["_event"], table[kpi.day].cast("date") == states["_on"]]
    return table.left_join(states, same).drop("_event", "_on")
