"""An explanation of a file as tables for the terminal, in both languages."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ops_platform.intake.explain import Explanation
from ops_platform.reporting.masking import NO_MASK, Mask

_MOST_FINDINGS = 20


def explanation_tables(explanation: Explanation, zone: ZoneInfo, mask: Mask = NO_MASK) -> Iterator[RenderableType]:
    """Yield what was recognised, the columns, the first rows and the findings of one sheet.

    Parameters
    ----------
    explanation
        Of one sheet.
    zone
        The business time zone, in which times are shown.
    mask
        What hides the names of people in rows and findings.
    """
    feed = explanation.feed
    place = f"{explanation.source} · {explanation.sheet}" if explanation.sheet else explanation.source
    yield Panel(Text(f"{place}\n→ {feed.name}  {feed.zh}\n  {explanation.how}"), title="识别结果 / recognised")
    yield _columns(explanation)
    if explanation.absent:
        yield Text(f"文件中没有的列 / columns the file does not carry: {', '.join(explanation.absent)}\n")
    yield _rows(explanation, zone, mask)
    yield _findings(explanation, mask)
    for note in explanation.notes:
        yield Text(f"· {mask(note)}")


def _columns(explanation: Explanation) -> Table:
    table = _folding("文件中的列 / in the file", "成为 / becomes", "名称 / name", title="列 / columns")
    for header, name in explanation.columns:
        column = explanation.feed.column(name) if name in explanation.feed.schema.names else None
        unit = f" [{column.unit}]" if column and column.unit else ""
        table.add_row(Text(header), Text(name or "—"), Text(f"{column.zh}{unit}" if column else "未使用 / not used"))
    return table


def _rows(explanation: Explanation, zone: ZoneInfo, mask: Mask) -> Table:
    # Upright, because a feed has more columns than a terminal has room.
    table = _folding("列 / column", title="将存入的前几行 / first rows as they would be stored")
    rows = explanation.rows
    for number in range(len(rows)):
        table.add_column(str(number + 1), overflow="fold")
    if not rows:
        table.add_column("没有可存入的行 / no row could be stored")
        return table
    for name in rows[0]:
        values = [mask(_shown(row[name], zone)) for row in rows]
        if any(values):
            table.add_row(Text("行 / line" if name == "_line" else name), *(Text(value) for value in values))
    return table


def _findings(explanation: Explanation, mask: Mask) -> Table:
    table = _folding(
        "行数 / rows", "首行 / first line", "问题 / finding", title="将隔离的行 / rows that would be set aside"
    )
    for reason, count, line in explanation.findings[:_MOST_FINDINGS]:
        table.add_row(str(count), str(line), Text(mask(reason)))
    if len(explanation.findings) > _MOST_FINDINGS:
        table.add_row("…", "", f"+{len(explanation.findings) - _MOST_FINDINGS}")
    if not explanation.findings:
        table.add_row("0", "", "没有 / none")
    return table


def _folding(*headers: str, title: str) -> Table:
    """Return a table that breaks what is too wide for the terminal and cuts nothing off."""
    table = Table(title=title)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _shown(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)
