"""Workbooks as people leave them: merged cells, forgotten cells at the far corner, formulas nobody calculated."""

import io

import openpyxl
import pytest
import sqlalchemy as sa
import xlsxwriter

from ops_platform.state import QUARANTINE
from tests.intake.conftest import House

HEADER = ["单位编码", "单位名称", "单位英文名"]


def saved(book: openpyxl.Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def sheet_of(*rows: list[object]) -> tuple[openpyxl.Workbook, "openpyxl.worksheet.worksheet.Worksheet"]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    return book, sheet


def test_a_cell_merged_over_rows_stands_in_each_of_them(house: House) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 3, "居民点统计表")
        sheet.write_row(1, 0, ["单位编码", "居民点编码", "居民点名称", "人口", "纬度", "经度"])
        sheet.merge_range(2, 0, 3, 0, "O1")
        sheet.write_row(2, 1, ["V1", "一村", 10, 30.1, 110.1])
        sheet.write_row(3, 1, ["V2", "二村", 20, 30.2, 110.2])
        sheet.merge_range(4, 0, 5, 3, "制表人：某")
    receipt = house.receive("居民点.xlsx", content.getvalue())
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 0), receipt.finding
    assert house.facts("settlements").column("office_id").to_pylist() == ["O1", "O1"]


def test_a_header_merged_over_two_rows_is_found_in_the_lower(house: House) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for at, name in enumerate(["小区编号", "基站编号", "制式"]):
            sheet.merge_range(0, at, 1, at, name)
        sheet.merge_range(0, 3, 0, 4, "天线")
        sheet.write_row(1, 3, ["天线挂高", "方位角"])
        sheet.write_row(2, 0, ["C7", "S1", "4G", 35, 120])
    assert house.receive("工参.xlsx", content.getvalue()).rows_accepted == 1
    row = next(row for row in house.facts("cells").to_pylist() if row["cell_id"] == "C7")
    assert (row["antenna_height_m"], row["azimuth_deg"]) == (35.0, 120.0)


def test_a_forgotten_cell_at_the_far_corner_costs_no_memory(empty_house: House) -> None:
    book, sheet = sheet_of(HEADER, ["O1", "甲县", "A"], ["O2", "乙县", "B"])
    sheet.cell(1_048_545, 16_384, "x")
    receipt = empty_house.receive("x.xlsx", saved(book))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 0), receipt.finding
    assert "1048545 'x'" in receipt.finding


def test_thousands_of_columns_are_no_hindrance(empty_house: House) -> None:
    book, sheet = sheet_of(HEADER, ["O1", "甲县", "A"])
    for column in range(4, 9_412):
        sheet.cell(1, column, f"x{column}")
    assert empty_house.receive("x.xlsx", saved(book)).rows_accepted == 1


def test_a_formula_that_was_never_calculated_is_set_aside_with_what_to_do(empty_house: House) -> None:
    book, _ = sheet_of(
        [*HEADER, "驻地纬度"], ["O1", "=A2&B2", "A", 30], ["O2", "乙", "B", "=30+1"], ["O3", "丙", "C", 31]
    )
    receipt = empty_house.receive("x.xlsx", saved(book))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 2)
    aside = empty_house.state.rows(sa.select(QUARANTINE).order_by(QUARANTINE.c.line))
    assert [(row["column"], row["value"]) for row in aside] == [("office_name", "=A2&B2"), ("latitude", "=30+1")]
    assert all("open the file in a spreadsheet program and save it once" in row["reason"] for row in aside)


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "=HYPERLINK(A1)", "= 1*B2 (=A1)"])
def test_formulas_in_text_are_set_aside(empty_house: House, cell: str) -> None:
    expected = (0, 1) if not cell.startswith("= 1") else (1, 0)
    receipt = empty_house.receive("x.csv", f'单位编码,单位名称,单位英文名\nO1,"{cell}",A\n')
    assert (receipt.rows_accepted, receipt.rows_quarantined) == expected
