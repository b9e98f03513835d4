"""What changed since a month was published, and why, in both languages: for the UI and the command line."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from ops_platform.facts import Facts
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.restatement import Difference
from ops_platform.reporting import formats
from ops_platform.reporting.published_words import WHY
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.words import Words, word

LINES_SHOWN = 40
_LEVELS = {"branch": 0, "office": 1, "contractor": 2, "person": 3}


def told(lines: pd.DataFrame, offices: pd.DataFrame) -> pd.DataFrame:
    """Return lines of a restatement for people: whose, which KPI and figure, before, after, why; the branch first.

    Parameters
    ----------
    lines
        Columns of the contract ``restatements``. People are told by their number.
    """
    by_id = {row["office_id"]: row for row in formats.records(offices)}

    def who(row: pd.Series) -> Words:
        office = by_id.get(row["office_id"])
        if row["level"] == "branch":
            return word("branch")
        if row["level"] == "office" and office is not None:
            return str(office["office_name"]), formats.text(office, "office_name_en")
        name = row["staff_id"] or row["contractor"] or row["office_id"]
        return name, name

    ordered = lines.assign(_level=lines["level"].map(_LEVELS)).sort_values("_level", kind="stable")
    shown = [
        {
            "who": who(row),
            "kpi": (CATALOGUE[row["kpi_id"]].zh, CATALOGUE[row["kpi_id"]].en) if row["kpi_id"] else word("total_score"),
            "figure": word(row["figure"]),
            "before": formats.amount(formats.known(row["before"])),
            "after": formats.amount(formats.known(row["after"])),
            "why": _causes(row["why"]),
            "receipts": row["receipts"],
        }
        for _, row in ordered.iterrows()
    ]
    return pd.DataFrame(shown, columns=["who", "kpi", "figure", "before", "after", "why", "receipts"])


def _causes(why: str) -> Words:
    told = [WHY[one] for one in why.split()]
    return "、".join(zh for zh, _ in told), ", ".join(en for _, en in told)


def restated_rows(report: MonthReport) -> list[dict[Hashable, Any]]:
    """Return the lines of a restatement that the page of a month shows: those of the branch and the offices."""
    if report.restated.empty:
        return []
    lines = report.restated
    return formats.records(told(lines[lines["level"].isin(["branch", "office"])], report.offices))


def difference_tables(found: Difference, facts: Facts) -> dict[str, pd.DataFrame]:
    """Return what differs as tables by name: lines, receipts that arrived since, definitions, house rules, subjects."""
    lines = told(found.lines, facts.whole("offices")).head(LINES_SHOWN)
    both = ["who", "kpi", "figure", "why"]
    lines = lines.assign(**{name: lines[name].map(lambda words: formats.two(*words)) for name in both})
    receipts = pd.DataFrame(found.receipts, columns=["id", "feed", "file_name", "received_at", "rows_accepted"])
    receipts["received_at"] = [formats.moment(moment, facts.zone) for moment in receipts["received_at"]]
    rules = pd.DataFrame([(name, str(before), str(after)) for name, before, after in found.policy],
                         columns=["rule", "before", "after"])  # fmt: skip
    tables = {
        "lines": lines, "receipts": receipts, "definitions": found.definitions, "rules": rules,
        "subjects": found.subjects,
    }  # fmt: skip
    return {name: table for name, table in tables.items() if len(table)}
