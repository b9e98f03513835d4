"""Cases 5 to 8: what stands around a table, headers that change, units in headers, sheets that reach too far."""

import io
import re
import zipfile
from datetime import date

import pytest
import xlsxwriter

from tests.intake.cases.builders import csv_of, ods, xlsx
from tests.intake.conftest import House
from tests.intake.test_mapping import save
from tests.intake.test_packaged_mappings import CELL_PARAMETERS

TITLE = [["Indicadores de Desempenho no Atendimento"], [], ["SMP"], [], ["fonte: Anatel"], [], [], []]
IDA = ["GRUPO ECONÔMICO", "VARIÁVEL"]


def cells_of(house: House) -> dict[str, dict[str, object]]:
    return {row["cell_id"]: row for row in house.facts("cells").to_pylist()}


def test_case_05_a_header_in_row_9_below_titles(empty_house: House) -> None:
    rows = [*TITLE, [*IDA, date(2014, 1, 1)], ["CLARO", "Quantidade de reclamações", 27953]]
    receipt = empty_house.receive("SMP2014.ods", ods({"SMP": rows}))
    assert (receipt.feed, receipt.rows_accepted, receipt.rows_quarantined) == ("published_figures", 1, 0)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_case_05_titles_units_row_totals_footers_and_empty_columns(house: House, kind: str) -> None:
    width = ["", " "]
    rows = [
        ["Major disturbances"], [], ["2026"], [], [],
        ["小区编号", "基站编号", "制式", "天线挂高", "方位角", *width],
        ["", "", "", "(ft)", "(deg)", *width],
        ["C7", "S1", "4G", "100", "0", "", " "],
        ["C8", "S2", "4G", "200", "360", "", " "],
        ["合计", "", "", "300", "", "", " "],
        ["Total", "2", "", "300", "", "", " "],
        ["查询区间：2026-03-01 至 2026-03-31"],
    ]  # fmt: skip
    padded = [[*row, *[""] * (7 - len(row))] for row in rows]
    content = xlsx({"x": padded}) if kind == "xlsx" else "".join(",".join(row) + "\n" for row in padded).encode()
    receipt = house.receive(f"cells.{kind}", content)
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (2, 2, 0), receipt.finding
    assert {name: cells_of(house)[name]["antenna_height_m"] for name in ("C7", "C8")} == {"C7": 30.48, "C8": 60.96}
    for told in ("10 '合计'", "11 'Total'", "12 '查询区间：2026-03-01 至 2026-03-31'"):
        assert told in receipt.finding
    assert "未使用的列" not in receipt.finding, "a column without header and content is no column"


TRAFFIC = (
    "feed: cell_counters\nfile: 话务*\ncolumns:\n  cell_id: [eNodeB ID, 小区]\n  period_start_at: 日期\n"
    "  period_s: {constant: 86400}\n  traffic_chs: {header: 全天话务量*, unit: header}\n"
)


def test_case_06_the_unit_in_a_header_changes_from_sheet_to_sheet(house: House) -> None:
    """No feed stores 全天流量 yet; traffic in Erl on one sheet and in channel-seconds on others is the same."""
    save(house, TRAFFIC)
    book = {
        "1日": [["小区", "日期", "全天话务量ERL"], ["C1", "2026-03-01", 2]],
        "2日": [["小区", "日期", "全天话务量信道秒"], ["C1", "2026-03-02", 7200]],
    }
    receipt = house.receive("话务.xlsx", xlsx(book))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 0), receipt.finding
    found = [house.facts("cell_counters", f"2026-03-0{day}").column("traffic_chs").to_pylist() for day in (1, 2)]
    assert found == [[7200], [7200]]


@pytest.mark.parametrize(
    "header", ["eNodeB ID", "eNodeBID", "eNodeB ID ", "eNodeB\xa0ID", "ENODEB\u3000ID", "\ufeffeNodeB ID"]
)
def test_case_06_blanks_of_every_kind_and_case_in_a_header_do_not_matter(house: House, header: str) -> None:
    save(house, TRAFFIC)
    text = f"{header},日期,全天话务量\u200b（ERL）\nC1,2026-03-01,2\n"
    assert house.receive("话务.csv", text).rows_accepted == 1


def test_case_06_months_as_dates_and_as_text_and_sheets_of_any_name(empty_house: House) -> None:
    for year, sheet, month in ((2013, "SMP", date(2013, 1, 1)), (2014, "Móvel_Pessoal", date(2014, 1, 1)),
                               (2015, "plan1", "2015-01")):  # fmt: skip
        rows = [*TITLE, [*IDA, month], ["CLARO", "Quantidade de reclamações", year]]
        assert empty_house.receive(f"SMP{year}.ods", ods({sheet: rows})).rows_accepted == 1
    figures = empty_house.facts("published_figures").to_pylist()
    assert [(row["month_on"], row["value"]) for row in figures] == [(date(y, 1, 1), y) for y in (2013, 2014, 2015)]


def test_case_06_a_header_that_stands_twice_is_told_and_either_can_be_named(house: House) -> None:
    """The second 频段 of a 工参. Ids of MR objects (``0``, ``id``, ``MR.objectId``) are read with the MR."""
    text = "小区编号,基站编号,制式,频段（MHz）,频段（MHz）\nC7,S1,4G,1800,2100\n"
    receipt = house.receive("工参.csv", text)
    assert cells_of(house)["C7"]["band_mhz"] == 1800
    assert "频段（MHz） 重复（第 4, 5 列），读取第 4 列" in receipt.finding
    assert "stands over columns 4, 5; column 4 was read. A mapping may name 频段（MHz）#2" in receipt.finding
    columns = "{cell_id: 小区编号, site_id: 基站编号, technology: 制式, band_mhz: 频段（MHz）#2}"
    save(house, f"feed: cells\nfile: 二*\ncolumns: {columns}\n")
    receipt = house.receive("二.csv", text + "C8,S1,4G,900,800\n")
    assert cells_of(house)["C7"]["band_mhz"] == 2100
    assert "column 5 was read" in receipt.finding


def test_case_06_a_real_cell_workbook_repeats_a_header_that_nothing_uses(house: House) -> None:
    cell = {
        "制式": "FDD",
        "eNodeBID": "S1",
        "CELL_NAME": "x",
        "CELL_ID": "1",
        "天线挂高": "35",
        "方位角": "120",
        "是否开通": "是",
    }
    receipt = house.receive("工参.csv", csv_of(CELL_PARAMETERS, cell))
    assert CELL_PARAMETERS.count("频段") == 2
    assert receipt.rows_accepted == 1
    assert "重复" not in receipt.finding, "nobody chose between them"


def test_case_07_units_in_headers_and_in_cells(house: House) -> None:
    head = "小区编号,基站编号,制式,频段（MHz）,天线挂高（英尺）,小区功率(W)\n"
    cells = {"C4": "1800MHz", "C5": "1800Mhz", "C6": "1800MHZ", "C7": "1.8GHz", "C8": "1800"}
    text = (
        head + "".join(f"{name},S1,4G,{band},100,40W\n" for name, band in cells.items()) + "C9,S1,4G,1800,100,59.8W\n"
    )
    receipt = house.receive("c.csv", text)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (6, 0), receipt.finding
    found = cells_of(house)
    assert {found[name]["band_mhz"] for name in cells} == {1800.0}
    assert {found[name]["antenna_height_m"] for name in cells} == {30.48}
    assert found["C4"]["power_dbm"] == pytest.approx(46.0206, abs=1e-4)
    assert found["C9"]["power_dbm"] == pytest.approx(47.7670, abs=1e-4)
    head = "小区编号,开始时间,统计周期（小时）,TCH话务量（ERL）\n"
    text = head + "C1,2026-03-01 08:00,1,0.5\nC2,2026-03-01 08:00,1,0.25 Erl\n"
    assert house.receive("k.csv", text).rows_accepted == 2
    rows = house.facts("cell_counters", "2026-03-01").to_pylist()
    assert [(row["period_s"], row["traffic_chs"]) for row in rows] == [(3600, 1800), (3600, 900)]


def test_case_07_the_unit_of_a_column_depends_on_the_vendor(house: House) -> None:
    base = {"制式": "FDD", "eNodeBID": "S1", "CELL_NAME": "x", "天线挂高": "35", "方位角": "120", "是否开通": "是"}
    power = "小区功率（华为W，中兴DBM）"
    text = csv_of(
        CELL_PARAMETERS, base | {"CELL_ID": "1", "厂家": "华为", power: "40"},
        base | {"CELL_ID": "2", "厂家": "中兴", power: "46.0206"}, base | {"CELL_ID": "3", "厂家": "大唐", power: "40"},
    )  # fmt: skip
    receipt = house.receive("工参.csv", text)
    found = cells_of(house)
    assert found["S1-1"]["power_dbm"] == pytest.approx(found["S1-2"]["power_dbm"], abs=1e-4)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 1)
    [row] = house.aside()
    assert (row["column"], row["value"]) == ("power_dbm", "40 大唐"), "of that vendor nobody said the unit"


def test_case_07_seven_days_as_text_are_read_as_a_length_of_time(house: House) -> None:
    head = "小区编号,开始时间,统计周期（秒）,TCH掉话次数\n"
    receipt = house.receive("k.csv", head + "C1,2026-03-01,1天,5\nC2,2026-03-01,7天,5\n")
    assert house.facts("cell_counters", "2026-03-01").column("period_s").to_pylist() == [86_400]
    assert receipt.rows_quarantined == 1
    assert "超出范围 60 … 86400" in house.aside()[0]["reason"], "understood, and longer than a row may be"


def checklist() -> bytes:
    """Return a form of 9,412 columns that claims every cell, with hidden sheets, 700 merged cells and marks."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Checklist")
        sheet.write_row(0, 0, ["Site", "S1"])
        sheet.write_row(1, 0, ["Date", "2026-03-02"])
        sheet.write_row(2, 0, ["Code", "Description", "OK", "NOK", "NA"])
        sheet.write_row(2, 5, [f"x{column}" for column in range(9_407)])
        for item in range(350):
            row = 3 + 2 * item
            sheet.merge_range(row, 0, row + 1, 0, str(101 + item))
            sheet.merge_range(row, 5, row + 1, 6, "")
            sheet.write_row(row, 1, [f"item {item}"])
            sheet.write(row, 2 + item % 3, "√")
        hidden = book.add_worksheet("Lists")
        hidden.write_row(0, 0, ["小区编号", "基站编号", "制式"])
        hidden.write_row(1, 0, ["C9", "S1", "4G"])
        hidden.hide()
        book.add_worksheet("Secret").very_hidden()
    claimed = io.BytesIO()
    with zipfile.ZipFile(content) as written, zipfile.ZipFile(claimed, "w", zipfile.ZIP_DEFLATED) as package:
        for name in written.namelist():
            part = written.read(name)
            if name.endswith("sheet1.xml"):
                part, times = re.subn(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048545"', part)
                assert times == 1
            package.writestr(name, part)
    return claimed.getvalue()


def test_case_08_runaway_used_range_hidden_sheets_and_marks(house: House) -> None:
    receipt = house.receive("checklist.xlsx", checklist())
    assert receipt.feed == "inspection_items", receipt.finding
    rows = house.facts("inspection_items", "2026-03").to_pylist()
    answers = [row["result"] for row in sorted(rows, key=lambda row: row["item_code"])]
    assert answers == [("ok", "nok", "na")[item % 3] for item in range(350)]
    assert set(cells_of(house)) == {"C1", "C2"}, "a hidden sheet is not read"
    assert receipt.rows_read == receipt.rows_accepted + receipt.rows_quarantined + receipt.rows_duplicate
