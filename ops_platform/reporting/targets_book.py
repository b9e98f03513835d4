"""Targets and weights as a workbook that a manager edits and drops back into the inbox."""

from collections.abc import Mapping
from datetime import date, datetime
from io import BytesIO

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from ops_platform.contracts import FEEDS, Contract
from ops_platform.contracts.base import Column
from ops_platform.kpi.catalogue import CATALOGUE

SPARE_ROWS = 200
"""Rows below the last that take new targets, with lists to choose from."""
NAME, SUM = "名称（参考）", "合计（参考）"
"""Columns that are read by people alone: the KPI's name, and what the weights of that office and day add up to."""
_NAME_WIDTH = 46
HELP: Mapping[str, tuple[str, str]] = {
    "kpi_id": ("名称见右侧参考列", "The name stands on the right"),
    "office_id": ("* 表示全部单位", "* means every office"),
    "effective_from": ("自此日起的整月按本行", "Whole months from this day on"),
    "weight": ("每单位、每岗位合计 100", "Those of an office or role add up to 100"),
    "baseline": ("线性：此值得 0 分", "Linear: no points here"),
    "challenge": ("线性：此值得满分", "Linear: full marks here"),
    "ladder_step": ("扣分：每差这么多", "Ladder: for every so much short"),
    "ladder_points": ("扣分：扣这么多分", "Ladder: so many points less"),
}
"""What to know of a column before it is filled in."""


def targets_book(targets: pd.DataFrame, role_targets: pd.DataFrame) -> bytes:
    """Return a workbook with a sheet for each feed, under the headers by which intake knows them."""
    sink = BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True, "strings_to_formulas": False}) as book:
        font = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
        formats = {
            "head": book.add_format({**font, "bold": True, "text_wrap": True, "align": "center", "bg_color": "#14303F",
                                     "font_color": "#FFFFFF"}),
            "date": book.add_format({**font, "num_format": "yyyy-mm-dd", "align": "center"}),
            "plain": book.add_format({**font, "align": "center"}),
            "left": book.add_format(font),
            "read": book.add_format({**font, "font_color": "#5B6875", "bg_color": "#F5F6F4"}),
        }  # fmt: skip
        for feed, rows in (("targets", targets), ("role_targets", role_targets)):
            contract = FEEDS[feed]
            sheet = book.add_worksheet("单位目标 Targets" if feed == "targets" else "岗位目标 Roles")
            _fill(sheet, contract, rows, formats)
            _guide(sheet, contract, len(rows))
            _page(sheet, len(rows), len(contract.columns) + 2)
    return sink.getvalue()


def _fill(
    sheet: Worksheet, contract: Contract, rows: pd.DataFrame, formats: dict[str, xlsxwriter.format.Format]
) -> None:
    names = contract.schema.names
    sheet.write_row(0, 0, [*(column.zh for column in contract.columns), NAME, SUM], formats["head"])
    sheet.set_row(0, 32)
    ordered = rows.sort_values([*contract.key[1:], contract.key[0]]) if len(rows) else rows
    sums = ordered.groupby(list(contract.key[1:]))["weight"].transform("sum").tolist()
    for line, row in enumerate(ordered[names].to_dict("records"), 1):
        for place, column in enumerate(contract.columns):
            value = row[column.name]
            if pd.isna(value):
                continue
            if isinstance(value, date):
                at = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a spreadsheet's day has no zone
                sheet.write_datetime(line, place, at, formats["date"])
            else:
                shown = column.words[value][0] if column.words else value
                sheet.write(line, place, shown, formats["plain" if place else "left"])
        kpi = CATALOGUE.get(row["kpi_id"])
        sheet.write_string(line, len(names), f"{kpi.zh} {kpi.en}" if kpi else "", formats["read"])
        # With its result beside it, for readers that do not calculate.
        sheet.write_formula(line, len(names) + 1, _sum_of(contract, line), formats["read"], sums[line - 1])
    for place, name in enumerate(names):
        is_date = name.endswith("_on") or name == "effective_from"
        sheet.set_column(place, place, 12 if is_date else 11, formats["date" if is_date else "plain"])
    sheet.set_column(0, 0, 31, formats["left"])
    sheet.set_column(len(names), len(names), _NAME_WIDTH, formats["left"])
    sheet.set_column(len(names) + 1, len(names) + 1, 9, formats["plain"])
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(rows), 1), len(names) + 1)


def _sum_of(contract: Contract, line: int) -> str:
    """Return the formula for what the weights of a row's key without its KPI add up to."""
    letters = {column.name: xl_col_to_name(place) for place, column in enumerate(contract.columns)}
    weights = letters["weight"]
    same = [f"${letters[name]}:${letters[name]},{letters[name]}{line + 1}" for name in contract.key[1:]]
    return f"=SUMIFS(${weights}:${weights},{','.join(same)})"


def _guide(sheet: Worksheet, contract: Contract, filled: int) -> None:
    """Say in both languages what belongs into the chosen cell, and let those with a vocabulary be chosen from it."""
    for place, column in enumerate(contract.columns):
        told = {
            "input_title": column.zh,
            "input_message": "\n".join(filter(None, (_english(column), *HELP.get(column.name, ())))),
        }
        choices = [spellings[0] for spellings in column.words.values()] if column.words else []
        rule = {"validate": "list", "source": choices} if choices else {"validate": "any"}
        sheet.data_validation(1, place, filled + SPARE_ROWS, place, rule | told)


def _english(column: Column) -> str:
    return column.en or column.name.replace("_", " ").capitalize()


def _page(sheet: Worksheet, rows: int, columns: int) -> None:
    """Lay a sheet out for A4 as wide as the page, its header on every page."""
    sheet.print_area(0, 0, max(rows, 1), columns - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&R&P / &N")
