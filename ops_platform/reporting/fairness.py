"""Contests and exclusions as the page of a month shows them."""

from collections.abc import Hashable
from typing import Any

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.definition import Kpi
from ops_platform.reporting import formats
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.view import Figure, View


def contest_rows(report: MonthReport) -> list[dict[Hashable, Any]]:
    """Return the contests of a month, what is open first; ``unknown`` is the state of one that names no event."""
    names = {kpi.id: (kpi.zh, kpi.en) for kpi in CATALOGUE.values()}
    return [
        row
        | {
            "kpi": names.get(row["kpi_id"], (row["kpi_id"], row["kpi_id"])),
            "state": row["state"] if row["found"] else "unknown",
            "decision_reason": formats.text(row, "decision_reason"),
        }
        for row in formats.records(report.contests)
    ]


def exclusion_rows(view: View) -> list[tuple[Kpi, list[Figure]]]:
    """Return the KPIs of which anything was left out, with the figure of each office in the order of the ranking."""
    offices = [standing.who for standing in view.office_standings()]
    rows = [(kpi, [view.figure(who, kpi) for who in offices]) for kpi in view.kpis.values()]
    return [(kpi, figures) for kpi, figures in rows if any(one.counts.get("excluded") for one in figures)]
