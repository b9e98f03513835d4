"""The sheet that says what moved each total score: one row per office and KPI, one column per part, live totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlsxwriter.utility import xl_rowcol_to_cell

from ops_platform.contracts.insight import PARTS
from ops_platform.reporting import formats, words
from ops_platform.reporting.formats import known
from ops_platform.reporting.moves import moves

if TYPE_CHECKING:
    from ops_platform.reporting.workbook import Writer

MOVES = "变化 Moves"
_ENGLISH = {"definition": "Definition", "before": "Events before", "now": "Events now",
            "exclusions": "Exclusions", "target": "Targets", "weight": "Weights"}  # fmt: skip
_FIRST_PART = 3


def write_moves(writer: Writer) -> None:
    """Write the sheet: of each office its KPIs, the largest move first, and the total beside the change it explains."""
    sheet = writer.book.add_worksheet(MOVES)
    top = writer.begin(sheet, MOVES)
    total = _FIRST_PART + len(PARTS)
    headers = [words.word("office"), words.word("kpi"), words.word("events"),
               *((zh, _ENGLISH[part]) for part, (zh,) in PARTS.items()), words.word("points"),
               words.word("change")]  # fmt: skip
    writer.headers(sheet, top, headers, (30, 46, 78, *([12] * len(PARTS)), 12, 12))
    changes = writer.report.score_changes
    points = {(row["office_id"], row["kpi_id"], row["part"]): float(row["points"])
              for row in formats.records(changes[changes["basis"] == "last_month"]) if row["points"]}  # fmt: skip
    row = top + 1
    for standing in (writer.view.standing(("branch", "", "", "")), *writer.view.office_standings()):
        scored = {kpi_id for office, kpi_id, _ in points if office == standing.who[1]}
        found = [one for one in moves(changes, writer.view.kpis, standing.who[1]) if one.kpi.id in scored]
        first = row
        for move in found:
            sheet.write_string(row, 0, writer.office(standing.who), writer.plain)
            sheet.write_string(row, 1, f"{move.kpi.zh} {move.kpi.en}", writer.plain)
            sheet.write_string(row, 2, " / ".join(text for text in move.events if text), writer.plain)
            for place, part in enumerate(PARTS, start=_FIRST_PART):
                sheet.write_number(row, place, points.get((standing.who[1], move.kpi.id, part), 0.0), writer.points)
            span = f"{xl_rowcol_to_cell(row, _FIRST_PART)}:{xl_rowcol_to_cell(row, total - 1)}"
            sheet.write_formula(row, total, f"=SUM({span})", writer.points, move.points)
            row += 1
        if found:
            sheet.write_string(row, 0, writer.office(standing.who), writer.strong)
            sheet.write_string(row, 1, " ".join(words.word("total")), writer.strong)
            for place in range(_FIRST_PART, total + 1):
                span = f"{xl_rowcol_to_cell(first, place)}:{xl_rowcol_to_cell(row - 1, place)}"
                kept = sum(points.get((standing.who[1], move.kpi.id, part), 0.0) for move in found
                           for part in ([list(PARTS)[place - _FIRST_PART]] if place < total else PARTS))  # fmt: skip
                sheet.write_formula(row, place, f"=SUM({span})", writer.total, kept)
            change = known(standing.change)
            if change is not None:
                sheet.write_number(row, total + 1, change, writer.total)
            row += 1
    last = max(row - 1, top + 1)
    sheet.autofilter(top, 0, last, total + 1)
    sheet.freeze_panes(top + 1, 2)
    sheet.conditional_format(top + 1, total, last, total, {"type": "cell", "criteria": "<", "value": -0.005,
                                                           "format": writer.bad})  # fmt: skip
    sheet.conditional_format(top + 1, total, last, total, {"type": "cell", "criteria": ">", "value": 0.005,
                                                           "format": writer.good})  # fmt: skip
    writer.page(sheet, top, last, total + 2)
