"""Bytes to cells: encodings, delimiters, title rows, line numbers, workbooks."""

import io
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

import openpyxl
import pytest
import sqlalchemy as sa

from ops_platform.errors import PermanentError
from ops_platform.intake.cells import Sheet
from ops_platform.intake.check import Incoming
from ops_platform.intake.identify import identify
from ops_platform.intake.readers import sheets
from ops_platform.intake.reshape import incoming
from ops_platform.intake.workbooks import cell_text
from ops_platform.settings import Settings
from ops_platform.state import QUARANTINE
from tests.intake.conftest import House

ZONE = Settings().zone
OFFICE = "单位编码,单位名称,单位英文名\nO1,甲县,County A\n"


def offered(name: str, data: bytes) -> list[Sheet]:
    path = Path(mkdtemp()) / "file"
    path.write_bytes(data)
    return sheets(name, path, memory_mb=64)


def rows_of(name: str, data: bytes) -> Incoming:
    [plan] = identify(name, offered(name, data))
    batch, *_ = plan.sheet.batches(plan.last, list(plan.positions.values()))
    return incoming(plan, batch.text(), ZONE)


def read(name: str, data: bytes) -> tuple[str, dict[str, list[str | None]], list[int]]:
    rows = rows_of(name, data)
    return rows.contract.name, {key: column.to_pylist() for key, column in rows.columns.items()}, rows.line.to_pylist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_encoding_delimiter_and_line_end(encoding: str, delimiter: str, newline: str) -> None:
    text = OFFICE.replace(",", delimiter).replace("\n", newline)
    feed, columns, line = read("x.csv", text.encode(encoding))
    assert feed == "offices"
    assert columns == {"office_id": ["O1"], "office_name": ["甲县"], "office_name_en": ["County A"]}
    assert line == [2]


def test_wrong_encoding_names_file_and_byte() -> None:
    with pytest.raises(PermanentError, match=r"bad\.csv.*byte 3\b"):
        offered("bad.csv", b"a,b\xff\xff\n1,2\n")


def test_title_rows_blank_lines_and_trailing_empty_columns() -> None:
    text = "报表,,,,\n导出时间 2026-03-01,,,,\n\n单位编码,单位名称,单位英文名,,\n\nO1,甲县,A,, \n,,,,\nO2,乙县,B,,\n"
    feed, columns, line = read("x.csv", text.encode())
    assert feed == "offices"
    assert columns["office_id"] == ["O1", "O2"]
    assert line == [6, 8]


def test_lines_are_those_of_the_file_where_cells_hold_line_breaks() -> None:
    text = '单位编码,单位名称,单位英文名\nO1,"甲\n县",A\nO2,乙县\nO3,丙县,"C\n\nC"\nO4,丁县,D\n'
    rows = rows_of("x.csv", text.encode())
    assert rows.line.to_pylist() == [2, 5, 8]
    assert [(broken.line, broken.text) for broken in rows.broken] == [(4, "O2,乙县")]


def test_header_is_recognised_with_other_brackets_case_and_blanks() -> None:
    feed, columns, _ = read("x.csv", "CELL_id,基站编号 ,制式,频段(MHz)\nC1,S1,2G,900\n".encode())
    assert feed == "cells"
    assert columns["band_mhz"] == ["900"]


def test_missing_columns_are_named_with_the_nearest_feed() -> None:
    with pytest.raises(PermanentError, match=r"lacks 单位英文名 \(office_name_en\); the nearest feed is offices"):
        identify("x.csv", offered("x.csv", "单位编码,单位名称\nO1,甲县\n".encode()))


def test_unknown_headers_are_refused() -> None:
    with pytest.raises(PermanentError, match="none of its headers is known"):
        identify("x.csv", offered("x.csv", b"a,b\n1,2\n"))


def test_empty_file_is_refused() -> None:
    with pytest.raises(PermanentError, match=r"x\.csv is empty"):
        offered("x.csv", b"\n  \n")


def test_unused_columns_become_a_note() -> None:
    [plan] = identify("x.csv", offered("x.csv", "单位编码,单位名称,单位英文名,备注\nO1,甲,A,x\n".encode()))
    assert "columns not used: 备注" in plan.notes[0]


def test_workbook_with_title_dates_and_numbers(house: House) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["告警清单"])
    sheet.append(["告警编号", "基站编号", "告警名称", "告警时间", "告警清除时间"])
    sheet.append([1001, "S1", "停电告警", datetime(2026, 3, 1, 8, 26), "2026/3/1 9:00:05"])  # noqa: DTZ001
    content = io.BytesIO()
    book.save(content)
    receipt = house.receive("alarms.xlsx", content.getvalue())
    assert (receipt.feed, receipt.rows_accepted) == ("alarms", 1)
    [row] = house.facts("alarms", "2026-03").to_pylist()
    assert row["alarm_id"] == "1001"
    assert f"{row['raised_at']:%d %H:%M:%S} {row['cleared_at']:%d %H:%M:%S}" == "01 00:26:00 01 01:00:05"


def test_broken_workbook_is_refused() -> None:
    with pytest.raises(PermanentError, match="does not open as a workbook"):
        offered("x.xlsx", b"PK\x03\x04 no zip")


def test_workbook_times_lose_the_noise_of_floating_days() -> None:
    assert cell_text(datetime(2026, 3, 1, 8, 25, 59, 999_900)) == "2026-03-01 08:26:00"  # noqa: DTZ001


def test_geojson_gives_properties_and_geometry() -> None:
    data = (
        b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"office_id": 7, '
        b'"office_name": "A", "office_name_en": "A"}, "geometry": {"type": "Point", "coordinates": [26.5, 58.25]}}]}'
    )
    feed, columns, line = read("x.geojson", data)
    assert (feed, line) == ("offices", [1])
    assert columns["office_id"] == ["7"]
    assert columns["area_wkt"] == ["POINT (26.5 58.25)"]


def workbook(**rows_of_sheet: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for name, rows in rows_of_sheet.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name.startswith("旧") else "visible"
    del book["Sheet"]
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


OFFICE_HEADER: list[object] = ["单位编码", "单位名称", "单位英文名"]


def test_every_visible_sheet_is_read_and_one_that_is_no_data_is_named(empty_house: House) -> None:
    data = workbook(
        甲=[[], OFFICE_HEADER, ["O1", "甲", "A"], [None, "乙", "B"], ["合计", 2]],
        旧=[OFFICE_HEADER, ["O9", "旧", "X"]],
        丙=[OFFICE_HEADER, ["O3", "丙", "C"], ["O1", "改", "A"], ["导出人：张三"]],
        工号=[["工号", "姓名", "单位编码", "岗位"], ["E1", "某", "O1", "维护员"]],
        说明=[["说明"], ["每月报送"]],
    )
    receipts = empty_house.receive_all(empty_house.file("x.xlsx", data))
    offices, staff = receipts
    assert [receipt.feed for receipt in receipts] == ["offices", "staff"]
    assert staff.rows_accepted == 1
    assert (offices.rows_read, offices.rows_accepted, offices.rows_quarantined) == (4, 2, 2)
    assert empty_house.facts("offices")["office_name"].to_pylist() == ["改", "丙"], "the later sheet stands"
    assert "sheets not recognised and not read: 说明" in offices.finding
    assert "totals or remarks, not data: 甲 5 '合计', 丙 4 '导出人：张三'" in offices.finding
    aside = empty_house.state.rows(sa.select(QUARANTINE).order_by(QUARANTINE.c.position))
    assert [(row["sheet"], row["line"], row["column"]) for row in aside] == [
        ("甲", 3, "office_id"), ("甲", 4, "office_id"),
    ]  # fmt: skip
    assert "3" in aside[0]["reason"]
    assert "丙" in aside[0]["reason"]


@pytest.mark.parametrize("last", ["x", None])
def test_runaway_used_range_ends_no_process(last: str | None) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["单位编码", "单位名称", "单位英文名"])
    sheet.append(["O1", "甲", "A"])
    sheet.cell(1_048_000, 16_000, last).number_format = "0.00"
    content = io.BytesIO()
    book.save(content)
    found = read("x.xlsx", content.getvalue())[1]["office_id"]
    assert found[0] == "O1"
    assert all(cell is None for cell in found[1:])


def test_totals_and_remarks_at_the_foot_are_told_and_not_set_aside(house: House) -> None:
    text = OFFICE + "合计,1,\nO2,乙县,B\n总计：,2,\n,,\n导出时间：2026-03-01,,\n制表人 某\n"
    receipt = house.receive("x.csv", text)
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (2, 2, 0)
    assert "3 '合计', 5 '总计：', 7 '导出时间：2026-03-01', 8 '制表人 某'" in receipt.finding


def test_a_lone_cell_above_other_rows_is_a_broken_row(house: House) -> None:
    receipt = house.receive("x.csv", "单位编码,单位名称,单位英文名\nO1,,\nO2,乙县,B\n")
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 1)


def test_wrong_bytes_far_into_a_file_name_the_lines(house: House) -> None:
    rows = "".join(f"O{n},甲县,County\n" for n in range(100))
    data = f"单位编码,单位名称,单位英文名\n{rows}".encode() + b"O100,\xff\xff,County\n"
    receipt = house.receive("x.csv", data * 2)
    assert receipt.status == "refused"
