"""The network's drop rate as percentiles of percentiles: what the poorer cells have on the poorer days.

Source: TRAI's amendment of 2017 to the regulations of 2009, Network_QSD and Network_QTD. A percentile is the smallest
value that at least so many per cent of the values do not exceed, so that its limit is kept by so many of them.
"""

from collections.abc import Iterator

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ops_platform.clock import first_day
from ops_platform.contracts.cells import CELL_DAYS, DROP_PERCENTILES
from ops_platform.facts import Facts, as_rows
from ops_platform.kpi.cell_register import CellRegister
from ops_platform.kpi.worst_cells import GSM
from ops_platform.policy.cells import Percentiles, WorstCellPolicy

BRANCH = ""


def drop_percentiles(facts: Facts, month: str, policy: WorstCellPolicy) -> pa.Table:
    """Return the percentiles of a month, of the branch and of its offices, from the stored cell days."""
    engine = facts.warehouse.connect()
    keys = facts.warehouse.partitions(CELL_DAYS, month)
    rates = engine.to_pyarrow(daily_rates(CellRegister(facts).cell_days(engine, keys))).to_pandas()
    groups = [(BRANCH, rates), *rates.groupby("office_id")] if len(rates) else []
    found = pd.DataFrame(
        [{"office_id": office_id} | row for office_id, mine in groups for row in _of_cells(mine, policy)],
        columns=DROP_PERCENTILES.schema.names,
    )
    return as_rows(DROP_PERCENTILES, found.assign(month_on=first_day(month)))


def daily_rates(cell_days: ir.Table) -> ir.Table:
    """Return ``office_id``, ``cell_id``, ``day_on`` and ``drop_pct``, of the busy hours that have a drop rate."""
    starts = cell_days.busy_tch_seizures + cell_days.busy_handovers_in
    rated = cell_days.filter(cell_days.technology == GSM, starts > 0, cell_days.busy_drops.notnull())
    starts = rated.busy_tch_seizures + rated.busy_handovers_in
    return rated.select("office_id", "cell_id", "day_on", drop_pct=100 * rated.busy_drops / starts)


def percentile(rule: Percentiles, rates: pd.DataFrame) -> float:
    """Return one percentile of percentiles of the daily drop rates of cells."""
    if rule.over == "cells":
        by, first, then = "cell_id", rule.days_pct, rule.cells_pct
    else:
        by, first, then = "day_on", rule.cells_pct, rule.days_pct
    ordered = rates.sort_values([by, "drop_pct"])
    sizes = ordered.groupby(by, sort=True).size().to_numpy()
    ends = np.cumsum(sizes)
    inner = ordered["drop_pct"].to_numpy()[ends - sizes + _place(sizes, first)]
    return float(np.sort(inner)[_place(np.array(len(inner)), then)])


def _place(sizes: npt.NDArray[np.int64], per_cent: int) -> npt.NDArray[np.int64]:
    """Return the place, from 0, of the smallest of sorted values that at least so many per cent do not exceed."""
    return -(-sizes * per_cent // 100) - 1


def _of_cells(rates: pd.DataFrame, policy: WorstCellPolicy) -> Iterator[dict[str, object]]:
    for rule in policy.network_percentiles:
        value = percentile(rule, rates)
        yield {
            "rule": rule.id, "cells_pct": rule.cells_pct, "days_pct": rule.days_pct, "value_pct": value,
            "limit_pct": rule.limit_pct, "met": value <= rule.limit_pct, "cells": rates["cell_id"].nunique(),
            "days": rates["day_on"].nunique(), "cell_days": len(rates),
        }  # fmt: skip
