"""An office's year: the monthly scores, key work and inspection tours weighed together (house)."""

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa

from ops_platform.clock import first_day, months_between
from ops_platform.contracts.scores import RANKINGS, YEAR_SCORES
from ops_platform.facts import Facts, as_frame
from ops_platform.policy import Policy


def year_scores(facts: Facts, month: str, policy: Policy) -> pa.Table:
    """Return the composite score of every office over the year up to a month.

    Each component is the mean of its scores: monthly total scores, key work, inspection tours. A component without any
    score takes its share out, and ``share_pct`` says so.

    Returns
    -------
    pyarrow.Table
        Columns of the contract ``year_scores``; ties share the better rank.
    """
    months = list(months_between(f"{month[:4]}-01", month))
    totals = as_frame(facts.warehouse.read(RANKINGS, months))
    monthly = totals[(totals["level"] == "office") & totals["score"].notna()].groupby("office_id")["score"]
    given = pd.concat([facts.month("assessments", one) for one in months])
    offices = facts.whole("offices")[["office_id"]].sort_values("office_id", ignore_index=True)
    rows = offices.assign(
        month_on=first_day(month),
        months=offices["office_id"].map(monthly.count()).fillna(0).astype("int64"),
        monthly=offices["office_id"].map(monthly.mean()),
        **{
            kind: offices["office_id"].map(given[given["kind"] == kind].groupby("office_id")["score"].mean())
            for kind in ("key_work", "inspection_tour")
        },
    )
    rows = composed(rows, {str(name): share for name, share in policy.scoring.composite.items()})
    return pa.Table.from_pandas(rows[YEAR_SCORES.schema.names], schema=YEAR_SCORES.schema, preserve_index=False)


def composed(rows: pd.DataFrame, shares: Mapping[str, float]) -> pd.DataFrame:
    """Return rows of component scores with ``composite``, ``share_pct`` and ``rank``."""
    scores = rows[list(shares)].astype("float64")
    known = scores.notna() * pd.Series(shares)
    total = known.sum(axis=1)
    composite = (scores * pd.Series(shares)).sum(axis=1) / total.where(total > 0)
    return rows.assign(composite=composite, share_pct=100 * total, rank=composite.rank(method="min", ascending=False))
