"""What is behind a figure, as a table for the terminal, in both languages."""

from collections.abc import Hashable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ops_platform.kpi.definition import Kpi
from ops_platform.kpi.measures import COUNTS
from ops_platform.reporting import formats, words


def evidence_tables(kpi: Kpi, rows: pd.DataFrame, title: str, zone: ZoneInfo) -> Iterator[RenderableType]:
    """Yield what a figure is, its sums, and every row behind them.

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
    if not kpi.weights:
        value = sums["numerator"] / sums["denominator"] * kpi.scale if sums["denominator"] else None
        yield Text(
            f"{formats.amount(sums['numerator'])} / {formats.amount(sums['denominator'])} = "
            f"{formats.with_unit(kpi, value)}   "
            + "   ".join(f"{_two(*words.word(name))} {formats.amount(sums[name])}" for name in COUNTS[2:])
        )
    # A count that no row has says nothing; the two sums always stand.
    shown = [name for name in rows.columns if name not in COUNTS[2:] or rows[name].any()]
    table = Table()
    for name in shown:
        table.add_column(Text("\n".join(words.column(name))))
    for row in formats.records(rows[shown]):
        table.add_row(*(Text(_cell(name, value, zone)) for name, value in row.items()))
    yield table


def _cell(name: Hashable, value: Any, zone: ZoneInfo) -> str:
    return formats.amount(value) if name in COUNTS else formats.cell(value, zone)


def _two(zh: str, en: str) -> str:
    return f"{zh} {en}"
