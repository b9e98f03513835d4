"""What of a month's scorecard is not known: KPIs with a target and no value, and shares of data that never came."""

import pandas as pd

MISSING_SHARE = 0.1
"""House: above it a value stands on too little."""


def gaps_of(cards: pd.DataFrame) -> pd.DataFrame:
    """Return what is incomplete at the branch and its offices.

    Parameters
    ----------
    cards
        Rows of the contract ``scorecards`` of one month.

    Returns
    -------
    pandas.DataFrame
        Columns ``level``, ``office_id``, ``kpi_id``, ``kind`` (``nothing``: not a row arrived for a KPI that has a
        target; ``missing``: more than `MISSING_SHARE` of what should be known is not) and ``missing_pct``.
    """
    rows = cards[cards["level"].isin(["branch", "office"]) & cards["target"].notna()]
    counted = rows[["numerator", "denominator", "excluded", "suspect", "missing"]].abs().sum(axis=1)
    due = rows["denominator"] + rows["missing"]
    share = rows["missing"] / due.where(due > 0)
    rows = rows.assign(missing_pct=100 * share, kind=pd.Series(pd.NA, index=rows.index, dtype="object"))
    rows.loc[share > MISSING_SHARE, "kind"] = "missing"
    rows.loc[counted == 0, "kind"] = "nothing"
    found = rows.dropna(subset="kind")[["level", "office_id", "kpi_id", "kind", "missing_pct"]]
    return found.sort_values(["kind", "kpi_id", "office_id"], ascending=[False, True, True], ignore_index=True)
