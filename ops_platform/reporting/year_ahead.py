"""What the year comes to so far, and what the month would score under next year's targets, office by office."""

from typing import Any

import pandas as pd

from ops_platform.contracts.scores import YEAR_SCORES
from ops_platform.facts import Facts
from ops_platform.kpi.targets import next_year, under_targets_of
from ops_platform.reporting import formats
from ops_platform.reporting.report import MonthReport

_FIGURES = ("composite", "monthly", "key_work", "inspection_tour", "score", "other_score")
_RANKS = ("rank", "score_rank", "other_score_rank")


def year_ahead(facts: Facts, cards: pd.DataFrame, month: str) -> pd.DataFrame:
    """Return the offices' composite scores of the year so far, and their totals now and under next year's targets.

    Parameters
    ----------
    cards
        The month's scorecard.
    """
    year = facts.month(YEAR_SCORES, month)
    totals = under_targets_of(facts, cards, month, next_year(month))
    totals = totals[(totals["kpi_id"] == "") & (totals["level"] == "office")]
    named = {"rank": "score_rank", "other_rank": "other_score_rank"}
    return year.merge(
        totals.rename(columns=named)[["office_id", "score", "other_score", *named.values()]], on="office_id"
    )


def year_ahead_rows(report: MonthReport) -> list[dict[str, Any]]:
    """Return the rows as the page shows them, the best year first."""
    if report.year_ahead.empty:
        return []
    ordered = report.year_ahead.sort_values(["rank", "office_id"])
    return [
        {"office_id": row["office_id"], "share_pct": row["share_pct"]}
        | {name: formats.known(row[name]) for name in _FIGURES}
        | {name: None if pd.isna(row[name]) else int(row[name]) for name in _RANKS}
        for row in formats.records(ordered)
    ]
