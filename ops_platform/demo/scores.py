"""The true scores of branch and offices, and each office's year: what targets and assessments make of true values."""

from datetime import date
from itertools import groupby
from math import ceil

from ops_platform.demo.books import Books, Row

SHARES = {"monthly": 0.7, "key_work": 0.2, "inspection_tour": 0.1}
"""What of the year each component weighs: the house's choice."""
FULL = 100.0
EVERY_OFFICE = "*"


def score_rows(kpis: list[Row], books: Books) -> list[Row]:
    """Return the true total score of the branch and every office in each closed month, with the offices' ranks.

    Parameters
    ----------
    kpis
        The true values, as `ops_platform.demo.truth.kpi_rows` gives them.
    """
    rows = []
    mine = sorted((row for row in kpis if row["level"] in {"branch", "office"}), key=_subject)
    for (month, level, office_id), values in groupby(mine, _subject):
        scored = [(_goal(books, row["kpi_id"], office_id, month), row["value"]) for row in values]
        known = [(goal["weight"], _score(goal, value)) for goal, value in scored if goal and value is not None]
        total = sum(weight * score for weight, score in known) / sum(weight for weight, _ in known)
        rows.append({"month": month, "level": level, "office_id": office_id, "score": total})
    return [row | {"rank": _rank(row, rows)} for row in rows]


def year_rows(scores: list[Row], books: Books) -> list[Row]:
    """Return every office's composite score of the year so far at the end of each closed month.

    Parameters
    ----------
    scores
        Result of `score_rows`.
    """
    rows = []
    for last in (row for row in scores if row["level"] == "office"):
        month, office_id = last["month"], last["office_id"]
        monthly = [("monthly", row["score"]) for row in scores if _so_far(row["month"], month, row, office_id)]
        given = [
            (row["kind"], row["score"])
            for row in books.rows["assessments"]
            if _so_far(f"{row['assessed_on']:%Y-%m}", month, row, office_id)
        ]
        means = {kind: _mean(kind, monthly + given) for kind in SHARES}
        known = {kind: mean for kind, mean in means.items() if mean is not None}
        share = sum(SHARES[kind] for kind in known)
        composite = sum(SHARES[kind] * mean for kind, mean in known.items()) / share
        rows.append({"month": month, "office_id": office_id, "composite": composite, "share_pct": 100 * share} | means)
    return rows


def _so_far(when: str, month: str, row: Row, office_id: str) -> bool:
    """Say whether a row is an office's and of a month of the same year that is not after the one asked for."""
    return row["office_id"] == office_id and f"{month[:4]}-01" <= when <= month


def _mean(kind: str, given: list[tuple[str, float]]) -> float | None:
    found = [score for one, score in given if one == kind]
    return sum(found) / len(found) if found else None


def _subject(row: Row) -> tuple[str, str, str]:
    return row["month"], row["level"], row["office_id"]


def _rank(row: Row, rows: list[Row]) -> int | None:
    if row["level"] == "branch":
        return None
    rivals = [one for one in rows if (one["month"], one["level"]) == (row["month"], "office")]
    return 1 + [one["score"] > row["score"] for one in rivals].count(True)


def _goal(books: Books, kpi_id: str, office_id: str, month: str) -> Row | None:
    """Return the target in force on the first of a month: the office's own before everybody's, the newest first."""
    first = date.fromisoformat(f"{month}-01")
    for whose in (office_id, EVERY_OFFICE):
        found = [
            row
            for row in books.rows["targets"]
            if (row["kpi_id"], row["office_id"]) == (kpi_id, whose) and row["effective_from"] <= first
        ]
        if found:
            return max(found, key=lambda row: row["effective_from"])
    return None


def _score(goal: Row, value: float) -> float:
    """Return the points of 100; a ladder's KPIs are all such that more is better."""
    if goal["scoring"] == "linear":
        points = (value - goal["baseline"]) / (goal["challenge"] - goal["baseline"]) * FULL
    else:
        steps = ceil(round(max(goal["target"] - value, 0.0) / goal["ladder_step"], 9))
        points = FULL - steps * goal["ladder_points"]
    return float(min(max(points, 0.0), FULL))
