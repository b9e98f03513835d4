"""Contests and exclusions as the page of a month shows them."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.definition import Kpi
from ops_platform.kpi.fairness import REASONS
from ops_platform.reporting import formats
from ops_platform.reporting.event_words import IN_SECONDS
from ops_platform.reporting.published_words import EXCLUDED_FOR
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.view import Figure, View
from ops_platform.reporting.words import Words

MOST_TOLD = 10
"""Contests that a check's description tells one by one."""


def kpi_name(kpi_id: str) -> Words:
    """Return what a KPI is called; its number where there is none."""
    kpi = CATALOGUE.get(kpi_id)
    return (kpi.zh, kpi.en) if kpi else (kpi_id, kpi_id)


def contest_rows(report: MonthReport) -> list[dict[Hashable, Any]]:
    """Return the contests of a month, what is open first; ``unknown`` is the state of one that names no event."""
    return [
        row
        | {
            "kpi": kpi_name(row["kpi_id"]),
            "state": row["state"] if row["found"] else "unknown",
            "decision_reason": formats.text(row, "decision_reason"),
            "site_name": formats.text(row, "site_name"),
        }
        for row in formats.records(report.contests)
    ]


def astray_words(astray: pd.DataFrame, offices: pd.DataFrame) -> Words:
    """Return which contests name no event that their KPI counts, and what to do, in Chinese and English.

    Parameters
    ----------
    astray
        Those rows of `ops_platform.kpi.fairness.contested_events` that were not found.
    """
    if astray.empty:
        return "每条申诉都指向一个计入考核的事件。", "Every contest names an event that counts."
    names, told = formats.office_names(offices), list[Words]()
    for row in formats.records(astray.head(MOST_TOLD)):
        kpi, office = kpi_name(row["kpi_id"]), names.get(row["office_id"], (row["office_id"], row["office_id"]))
        event, on = row["event_id"], row["event_on"]
        told.append((
            f"{row['contest_id']}（{office[0]}）：{kpi[0]}在 {on} 没有事件 {event}",
            f"{row['contest_id']} ({office[1]}): {kpi[1]} counts no event {event} on {on}",
        ))  # fmt: skip
    more = len(astray) - len(told)
    told += [(f"另有 {more} 条", f"{more} more")] if more else []
    return (
        "；".join(zh for zh, _ in told) + "。请单位核对事件编号与日期后重报。",
        "; ".join(en for _, en in told) + ". The office should check number and day, and send it again.",
    )


@dataclass(frozen=True)
class Exclusions:
    """What was left out of a KPI, office by office in the order of the ranking.

    Attributes
    ----------
    figures
        The figure beside which it stands.
    amounts
        How much, in all.
    reasons
        By reason in words, how much for it.
    """

    kpi: Kpi
    figures: list[Figure]
    amounts: list[str]
    reasons: list[tuple[Words, list[str]]]


def exclusion_rows(view: View) -> list[Exclusions]:
    """Return the KPIs of which anything was left out."""
    offices = [standing.who for standing in view.office_standings()]
    every = [(kpi, [view.figure(who, kpi) for who in offices]) for kpi in view.kpis.values()]
    by_reason = {
        (row["kpi_id"], row["reason"], row["office_id"]): row["excluded"]
        for row in formats.records(view.report.exclusions)
    }
    return [
        Exclusions(
            kpi,
            figures,
            [left_out(kpi, one.counts.get("excluded", 0.0)) for one in figures],
            [
                (EXCLUDED_FOR[reason], [left_out(kpi, by_reason.get((kpi.id, reason, who[1]), 0.0)) for who in offices])
                for reason in REASONS
                if any(key[:2] == (kpi.id, reason) for key in by_reason)
            ],
        )
        for kpi, figures in every
        if any(one.counts.get("excluded") for one in figures)
    ]


def left_out(kpi: Kpi, excluded: float) -> str:
    """Return how much was left out; seconds as hours."""
    return f"{formats.rounded(excluded / 3600, 1)} h" if kpi.id in IN_SECONDS else formats.amount(excluded)
