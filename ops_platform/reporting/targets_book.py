"""Targets and weights as a workbook that a manager edits and drops back into the inbox."""

from datetime import date, datetime
from io import BytesIO

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from ops_platform.contracts import FEEDS, Contract
from ops_platform.kpi.catalogue import CATALOGUE

SPARE_ROWS = 200
"""Rows below the last that take new targets, with lists to choose from."""
NAME, SUM = "名称（参考）", "合计（参考）"
"""Columns that are read by people alone: the KPI's name, and what the weights of that office and day add up to."""
_NAME_WIDTH = 34


def targets_book(targets: pd.DataFrame, role_targets: pd.DataFrame) -> bytes:
    """Return a workbook with a sheet for each feed, under the headers by which intake knows them."""
    sink = BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True, "strings_to_formulas": False}) as book:
        day, bold = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True, "text_wrap": True})
        plain = book.add_format()
        for feed, rows in (("targets", targets), ("role_targets", role_targets)):
            contract = FEEDS[feed]
            sheet = book.add_worksheet("单位目标 Targets" if feed == "targets" else "岗位目标 Roles")
            _fill(sheet, contract, rows, {"date": day, "plain": plain, "bold": bold})
            _guide(sheet, contract, len(rows))
    return sink.getvalue()


def _fill(
    sheet: Worksheet, contract: Contract, rows: pd.DataFrame, formats: dict[str, xlsxwriter.format.Format]
) -> None:
    names = contract.schema.names
    sheet.write_row(0, 0, [*(column.zh for column in contract.columns), NAME, SUM], formats["bold"])
    ordered = rows.sort_values([*contract.key[1:], contract.key[0]]) if len(rows) else rows
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
                sheet.write(line, place, shown, formats["plain"])
        kpi = CATALOGUE.get(row["kpi_id"])
        sheet.write_string(line, len(names), f"{kpi.zh} {kpi.en}" if kpi else "")
        sheet.write_formula(line, len(names) + 1, _sum_of(contract, line))
    for place, name in enumerate(names):
        if name.endswith("_on") or name == "effective_from":
            sheet.set_column(place, place, 12, formats["date"])
    sheet.set_column(0, 0, _NAME_WIDTH - 6)
    sheet.set_column(len(names), len(names), _NAME_WIDTH)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(rows), 1), len(names) + 1)


def _sum_of(contract: Contract, line: int) -> str:
    """Return the formula for what the weights of a row's key without its KPI add up to."""
    letters = {column.name: xl_col_to_name(place) for place, column in enumerate(contract.columns)}
    weights = letters["weight"]
    same = [f"${letters[name]}:${letters[name]},{letters[name]}{line + 1}" for name in contract.key[1:]]
    return f"=SUMIFS(${weights}:${weights},{','.join(same)})"


def _guide(sheet: Worksheet, contract: Contract, filled: int) -> None:
    """Let cells with a vocabulary be chosen from it."""
    for place, column in enumerate(contract.columns):
        if column.words:
            choices = [spellings[0] for spellings in column.words.values()]
            sheet.data_validation(1, place, filled + SPARE_ROWS, place, {"validate": "list", "source": choices})
