"""The conditional formats that definitions ask for, in a workbook: red below one bound, blue above another."""

from collections.abc import Iterable

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from ops_platform.kpi.definition import Kpi


def add_bands(
    sheet: Worksheet, rows: tuple[int, int], columns: tuple[int, int], kpis: Iterable[Kpi], red: Format, blue: Format
) -> None:
    """Colour the values of the KPIs that have bounds.

    Parameters
    ----------
    rows
        First and last row of the figures, from 0.
    columns
        Column of the KPI's name, as the workbook writes it, and of its value.
    """
    name, value = (f"${xl_col_to_name(column)}{rows[0] + 1}" for column in columns)
    for kpi in kpis:
        mine = f'{name}="{kpi.zh} {kpi.en}",ISNUMBER({value})'
        for bound, style, sign in ((kpi.red_below, red, "<"), (kpi.blue_above, blue, ">")):
            if bound is not None:
                rule = {"type": "formula", "criteria": f"=AND({mine},{value}{sign}{bound:g})", "format": style}
                sheet.conditional_format(rows[0], columns[1], rows[1], columns[1], rule)
