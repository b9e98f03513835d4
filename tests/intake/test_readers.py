"""Bytes to cells: encodings, delimiters, title rows, line numbers, workbooks."""

import io
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

import openpyxl
import pytest

from ops_platform.errors import PermanentError
from ops_platform.intake.cells import Sheet
from ops_platform.intake.check import Incoming
from ops_platform.intake.mapping import identify, incoming
from ops_platform.intake.readers import sheets
from ops_platform.intake.workbooks import cell_text
from ops_platform.settings import Settings
from tests.intake.conftest import House

ZONE = Settings().zone
OFFICE = "单位编码,单位名称,单位英文名\nO1,甲县,County A\n"


def offered(name: str, data: bytes) -> list[Sheet]:
    path = Path(mkdtemp()) / "file"
    path.write_bytes(data)
    return sheets(name, path, memory_mb=64)


def rows_of(name: str, data: bytes) -> Incoming:
    [plan] = identify(name, offered(name, data))
    [batch] = plan.sheet.batches(plan.header, list(plan.positions.values()))
    return incoming(plan, batch.text(), ZONE)


def read(name: str, data: bytes) -> tuple[str, dict[str, list[str | None]], list[int]]:
    rows = rows_of(name, data)
    return rows.contract.name, {key: column.to_pylist() for key, column in rows.columns.items()}, rows.line.to_pylist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
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
    with pytest.raises(PermanentError, match=r"nearest is offices, which lacks 单位英文名 \(office_name_en\)"):
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


def test_hidden_sheets_are_not_data_and_a_second_visible_one_is_named() -> None:
    book = openpyxl.Workbook()
    for name, office in (("甲", "O1"), ("乙", "O2"), ("旧", "O9")):
        sheet = book.create_sheet(name)
        sheet.append([])
        sheet.append(["单位编码", "单位名称", "单位英文名"])
        sheet.append([office, name, name])
    del book["Sheet"]
    book["旧"].sheet_state = "hidden"
    content = io.BytesIO()
    book.save(content)
    rows = rows_of("x.xlsx", content.getvalue())
    assert (rows.columns["office_id"].to_pylist(), rows.line.to_pylist()) == (["O1"], [3])
    assert rows.notes == ["未读取的工作表：乙 / sheets not read, send them as files: 乙"]


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
    if last is None:  # a format without a value does not count
        assert read("x.xlsx", content.getvalue())[1]["office_id"] == ["O1"]
        return
    with pytest.raises(PermanentError, match=r"x\.xlsx, sheet1\.xml: the used range of 1048000 rows by 16000 columns"):
        offered("x.xlsx", content.getvalue())
