"""Short previews in Markdown, for the metadata of assets."""

from collections.abc import Hashable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.clock import month_of
from ops_platform.reporting import formats, words
from ops_platform.reporting.column_names import column
from ops_platform.reporting.index_page import Index
from ops_platform.reporting.masking import NO_MASK, Mask
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.view import BRANCH, Figure, View


def scorecard(report: MonthReport) -> str:
    """Return the scorecard as a table: KPIs as rows, the branch and its offices as columns."""
    view = View(report)
    whos = [BRANCH, *(standing.who for standing in view.office_standings())]
    names = formats.named_offices(report.offices)
    header = [_word("kpi"), _word("target"), _word("branch"), *(names[who[1]] for who in whos[1:])]
    rows = []
    for kpi in view.kpis.values():
        figures = [view.figure(who, kpi) for who in whos]
        rows.append(
            [formats.two(kpi.zh, kpi.en), formats.target(kpi, figures[0].target), *(_mark(one) for one in figures)]
        )
    return table(header, rows)


def ranking(report: MonthReport) -> str:
    """Return the ranking of the offices as a table; of a month that still runs without ranks and flag."""
    view = View(report)
    names = formats.named_offices(report.offices)
    rows = []
    for standing in view.office_standings():
        change = "" if standing.change is None or report.running else f"{standing.change:+.1f}"
        score = formats.NOTHING if standing.score is None else f"{standing.score:.1f}"
        flag = f" · {_word('red_flag')}" if standing.rank == 1 and not report.running else ""
        place = _word("so_far_rank") if report.running else f"{standing.rank or formats.NOTHING}"
        rows.append([place, names[standing.who[1]] + flag, score, change])
    return table([_word("rank"), _word("office"), _word("score"), _word("since")], rows)


def rounded(frame: pd.DataFrame, digits: int = 1) -> pd.DataFrame:
    """Return a frame with its numbers rounded, and all else as it is."""
    return frame.round(dict.fromkeys(frame.select_dtypes("number"), digits))


def months(index: Index) -> str:
    """Return every month's ranking as a table: months as rows, offices as columns."""
    names = formats.named_offices(index.offices)
    cells = {(f"{row['month_on']:%Y-%m}", row["office_id"]): row for row in formats.records(index.rankings)
             if row["level"] == "office"}  # fmt: skip
    running = month_of(index.generated_at, index.zone)
    rows = []
    for month in sorted(index.files, reverse=True):
        shown = [_place(cells.get((month, office), {}), final=month < running) for office in names]
        rows.append([month, _word("published" if month in index.published else "not_published"), *shown])
    return table([_word("month"), "", *names.values()], rows)


def _place(row: Mapping[Hashable, Any], *, final: bool) -> str:
    score, rank = formats.known(row.get("score")), formats.known(row.get("rank"))
    if score is None or rank is None:
        return formats.NOTHING
    if not final:
        return f"{score:.1f} ({_word('so_far_rank')})"
    return f"{score:.1f} ({rank:.0f})" + (f" {_word('red_flag')}" if rank == 1 else "")


def frame_preview(
    frame: pd.DataFrame, zone: ZoneInfo, rows: int = 10, columns: int | None = None, mask: Mask = NO_MASK
) -> str:
    """Return the first rows of a frame as a table; moments in UTC are shown in business time.

    Parameters
    ----------
    frame
        Any frame; a column's Chinese and English name stands in its header.
    zone
        The business time zone.
    rows, columns
        How many at most; all columns where None.
    mask
        What hides the names of people in free text.
    """
    shown = frame.iloc[:rows, :columns]
    headers = [formats.two(*column(str(name))) for name in shown.columns]
    told = [[mask(text) for text in formats.cells(shown[name], zone)] for name in shown.columns]
    left = [f"{more:,} {zh} / and {more:,} more {en}{'s' * (more > 1)}"
            for more, zh, en in ((len(frame) - len(shown), "行", "row"),
                                 (len(frame.columns) - len(shown.columns), "列", "column")) if more]  # fmt: skip
    lines = [list(line) for line in zip(*told, strict=True)]
    return table(headers, lines) + "".join(f"\n\n… 另有 {one}" for one in left)


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table; whatever would break it or become markup is escaped."""
    lines = [header, ["---"] * len(header), *([safe(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _mark(figure: Figure) -> str:
    mark = {"met": "✓ ", "missed": "✗ "}.get(figure.state, "")
    return mark + formats.with_unit(figure.kpi, figure.value)


def _word(key: str) -> str:
    return formats.two(*words.word(key))


def safe(value: str) -> str:
    """Return a text of one line that does not break a table and is no markup."""
    value = value.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("\r", " ")
    return value.replace("&", "&amp;").replace("<", "&lt;")
