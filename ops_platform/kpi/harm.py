"""What counts against a KPI: how much of it there is, and what it takes from the value.

A value is what it would be if nothing had gone wrong, plus what events add to it or take from it, plus what exclusions
give back. House: an excluded event gives back what it would have cost had it counted as failed.
"""

import pandas as pd

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.definition import Kpi

_FULL = 100.0
COUNTED_APART = {"site_outages"}
"""KPIs whose excluded count is of the numerator's kind."""


def ideal(kpi: Kpi) -> float:
    """Return a KPI's value if nothing goes wrong: everything for a share that should be high, otherwise nothing."""
    return _FULL if kpi.better == "higher" and kpi.unit == "%" else 0.0


def has_ideal(kpi_id: str) -> bool:
    """Tell whether a KPI has a best value."""
    kpi = CATALOGUE[kpi_id]
    return kpi.better == "lower" or kpi.unit == "%"


def effects(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Return what events and exclusions add to values, and the harm behind them.

    Parameters
    ----------
    rows
        ``kpi_id``, ``value``, ``numerator``, ``denominator``, and ``granted``: what somebody's decision excluded.

    Returns
    -------
    dict of str to pandas.Series
        ``events`` and ``exclusions`` in the KPI's unit: with the ideal value they add up to the value. ``harm``: how
        many of the denominator's units failed, or how many of the numerator's there were; null where that says nothing.
    """
    kpis = [CATALOGUE[one] for one in rows["kpi_id"]]
    best = pd.Series([ideal(kpi) for kpi in kpis], index=rows.index, dtype=float)
    scale = pd.Series([kpi.scale for kpi in kpis], index=rows.index, dtype=float)
    simple = pd.Series([not kpi.weights for kpi in kpis], index=rows.index, dtype=bool)
    share, apart = simple & (best > 0), rows["kpi_id"].isin(COUNTED_APART)
    of_all = rows["denominator"] + rows["granted"].where(share, 0.0)
    gross = (rows["numerator"] + rows["granted"].where(apart, 0.0)) / of_all.where(of_all > 0) * scale
    gross = gross.where(share | apart, rows["value"]).where(rows["value"].notna())
    lower = pd.Series([kpi.better == "lower" for kpi in kpis], index=rows.index, dtype=bool)
    failed = rows["denominator"] * best / scale - rows["numerator"]
    harm = failed.where(share, rows["numerator"].where(simple & lower))
    return {"events": gross - best, "exclusions": rows["value"] - gross, "harm": harm.where(rows["value"].notna())}


def harmful(rows: pd.DataFrame, kpi: Kpi) -> pd.DataFrame:
    """Return the subjects that count against a KPI, most harmful first.

    Parameters
    ----------
    rows
        Measures of the KPI at one level, any number of days.

    Returns
    -------
    pandas.DataFrame
        Columns ``subject_id``, ``harm`` and ``share`` (of all harm); empty for a KPI that is no single division, or of
        which more is better and there is no most.
    """
    sums = rows.groupby("subject_id", as_index=False)[["numerator", "denominator"]].sum()
    sums = sums.assign(kpi_id=kpi.id, value=0.0, granted=0.0)
    found = sums.assign(harm=effects(sums)["harm"])[["subject_id", "harm"]]
    found = found[found["harm"] > 0].sort_values(["harm", "subject_id"], ascending=[False, True], ignore_index=True)
    return found.assign(share=found["harm"] / found["harm"].sum())
