"""The measures of a subject over stored facts, looked up by KPI and by what a row is about."""

from datetime import datetime

import pandas as pd

from ops_platform.facts import Facts
from ops_platform.kpi.measures import COUNTS, month_measures
from ops_platform.policy import Policy
from tests.maintenance.builders import at

MONTH = "2026-03"
AS_OF = at("04-02 00:00")
Counts = tuple[float, float, float, float, float]
"""Numerator, denominator, excluded, suspect, missing."""


class Book:
    """Measures of one subject and month."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.rows = rows

    def of(self, kpi_id: str, subject_id: str | None = None, **where: object) -> Counts:
        """Return the sums of a KPI; nothing was counted where all are zero."""
        rows = self.rows[self.rows["kpi_id"] == kpi_id]
        for name, value in (where | ({"subject_id": subject_id} if subject_id else {})).items():
            rows = rows[rows[name] == value]
        sums = [float(rows[name].sum()) for name in COUNTS]
        return sums[0], sums[1], sums[2], sums[3], sums[4]


def book(subject: str, facts: Facts, month: str = MONTH, as_of: datetime = AS_OF, policy: Policy | None = None) -> Book:
    """Measure a subject."""
    rows = month_measures(subject, facts, month, policy or Policy(), as_of, by_subject=True)
    return Book(rows.to_pandas())
