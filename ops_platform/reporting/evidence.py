"""What is behind a figure, for the terminal, in both languages: event by event, what fell short first."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from rich.console import RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from ops_platform.kpi.definition import Kpi
from ops_platform.kpi.measures import COUNTS
from ops_platform.reporting import formats, words
from ops_platform.reporting.column_names import column

SECTIONS = {
    "short": ("计入分母而未达标", "in the denominator, not in the numerator"),
    "counted": ("计入分子", "in the numerator"),
    "excluded": ("剔除", "left out"),
    "missing": ("缺失", "missing"),
    "suspect": ("可疑", "suspect"),
}


def evidence_texts(kpi: Kpi, rows: pd.DataFrame, title: str, zone: ZoneInfo) -> Iterator[RenderableType]:
    """Yield what a figure is, its sums, and every row behind them under what it counts as.

    Parameters
    ----------
    kpi
        The KPI.
    rows
        Result of `ops_platform.kpi.explain.explain`.
    title
        Whose figure it is, and of which month.
    zone
        The business time zone, in which times are shown.
    """
    meaning = f"{kpi.zh} · {kpi.en}  v{kpi.version}\n{kpi.meaning_zh}\n{kpi.meaning_en}"
    yield Panel(Text(meaning), title=title)
    sums = rows[list(COUNTS)].sum()
    yield Text(_sum(kpi, sums), style="bold")
    section = _section(rows)
    for name, label in SECTIONS.items():
        chosen = rows[section == name]
        if len(chosen):
            yield Text(f"\n{formats.two(*label)} ({len(chosen)})", style="bold")
            for row in formats.records(chosen):
                yield from _event(kpi, row, zone)


def _section(rows: pd.DataFrame) -> pd.Series:
    found = pd.Series("suspect", index=rows.index)
    for name in ("missing", "excluded"):
        found = found.mask(rows[name] != 0, name)
    due = rows["denominator"] != 0
    return found.mask(due, "counted").mask(due & (rows["numerator"] < rows["denominator"]), "short")


def _sum(kpi: Kpi, sums: pd.Series) -> str:
    # A weighted KPI is no single division.
    value = sums["numerator"] / sums["denominator"] * kpi.scale if sums["denominator"] and not kpi.weights else None
    ratio = f"{formats.amount(sums['numerator'])} / {formats.amount(sums['denominator'])}"
    beside = "   ".join(f"{formats.two(*words.word(name))} {formats.amount(sums[name])}" for name in COUNTS[2:])
    return f"{ratio} = {formats.with_unit(kpi, value)}   {beside}"


def _event(kpi: Kpi, row: Mapping[Any, Any], zone: ZoneInfo) -> Iterator[RenderableType]:
    """Yield the event's name, and below it what is known of it and what it adds where that is not one."""
    event, *facts = kpi.evidence
    yield Text(f"  {formats.cell(row[event], zone)}  {formats.cell(row['day_on'], zone)}  {row['staff_id'] or ''}")
    told = [(formats.two(*column(fact)), formats.cell(row[fact], zone)) for fact in facts]
    told += [
        (formats.two(*words.word(count)), formats.amount(row[count])) for count in COUNTS if row[count] not in {0, 1}
    ]
    text = " · ".join(f"{label} {value}" for label, value in told if value != formats.NOTHING)
    yield Padding(Text(text, style="dim"), (0, 0, 0, 6))
