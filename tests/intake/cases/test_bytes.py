"""Cases 1 to 4: encodings and line ends, kinds of workbook, XML that is not quite, wrappers and file names."""

import gzip
import io
import zipfile
from itertools import product

import pytest

from tests.intake.cases.builders import csv_of, ods, pm_file, xls, xlsx
from tests.intake.conftest import House
from tests.intake.test_mapping import save
from tests.intake.test_packaged_mappings import CELL_PARAMETERS, WORK_ORDERS

ALARMS = "告警编号,基站编号,告警名称,告警时间,告警清除时间\n"
HISTORY = ALARMS + "A1,S1,停电告警,2026-03-01 08:00:00,2026-03-01 09:00:00\nA2,S2,小区退出服务,2026-03-02 08:00:00,\n"
SITES_OF_EXPORT = (
    "基站编号,基站名称,单位编码,纬度,经度,区域类型,基站等级,是否具备固定油机,入网日期\n"
    "S7,七站（新）,O1,45.820556,4.662778,农村,A,否,2020-01-02\n"
)


def quoted_with_decimal_comma(text: str) -> str:
    """Write a table as European exports do: `;`, every field quoted, decimal comma."""
    rows = [line.split(",") for line in text.splitlines()]
    cells = [[cell.replace(".", ",") if cell.replace(".", "", 1).isdigit() else cell for cell in row] for row in rows]
    return "".join(";".join(f'"{cell}"' for cell in row) + "\n" for row in cells)


@pytest.mark.parametrize(
    ("name", "encoding", "line_end"),
    [
        ("历史告警查询（2026年3月）[中兴].csv", "gb18030", "\n"),
        ("邻区【FDD】(1).csv", "utf-8-sig", "\n"),
        ("UPC LTE.csv", "utf-8", "\r\n"),
    ],
)
def test_case_01_encodings_line_ends_and_chinese_file_names(
    house: House, name: str, encoding: str, line_end: str
) -> None:
    receipt = house.receive(name, HISTORY.replace("\n", line_end).encode(encoding))
    assert (receipt.feed, receipt.rows_accepted, receipt.rows_quarantined) == ("alarms", 2, 0)
    assert receipt.file_name == name
    kinds = house.facts("alarms", "2026-03").column("kind").to_pylist()
    assert kinds == ["mains_failure", "cell_down"]


def test_case_01_the_same_content_in_two_corpora_gives_the_same_rows(house: House) -> None:
    house.receive("基站.csv", SITES_OF_EXPORT.encode("gb18030"))
    chinese = house.facts("sites").to_pylist()
    european = quoted_with_decimal_comma(SITES_OF_EXPORT).encode("utf-8-sig")
    receipt = house.receive("sites.csv", european.replace(b"\n", b"\r\n"))
    assert (receipt.rows_accepted, receipt.repeated) == (1, False)
    assert house.facts("sites").to_pylist() == chinese
    assert [row["latitude"] for row in chinese if row["site_id"] == "S7"] == [45.820556]


def test_case_01_a_mapping_knows_a_file_by_a_name_with_brackets(house: House) -> None:
    save(
        house, 'feed: alarms\nfile: "告警[中兴]*.csv"\ncolumns: {alarm_id: 号, site_id: 站, kind: 名, raised_at: 时}\n'
    )
    text = "号,站,名,时\nA1,S1,停电告警,2026-03-01 08:00\n"
    assert house.receive("告警[中兴]3月.csv", text.encode("gb18030")).rows_accepted == 1
    assert house.receive("告警中3月.csv", text + "\n").status == "refused", "a bracket stands for itself"


def as_rows(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


ORDER = {
    "工单编号": "W1", "基站编号": "S1", "派单时间": "2026/3/1 8:26:22", "最迟结单时间": "2026/3/8 8:26",
    "是否交维": "是", "处理时限": "7天", "故障原因": "天馈驻波",
}  # fmt: skip
CELL = {
    "制式": "FDD", "eNodeBID": "S1", "CELL_NAME": "x", "CELL_ID": "1", "天线挂高": "35", "方位角": "120",
    "是否开通": "是", "厂家": "中兴",
}  # fmt: skip
KPI = "小区编号,开始时间,统计周期（秒）,TCH占用请求次数\nC1,2026-03-01 08:00:00,3600,5\n"


@pytest.mark.parametrize("kind", [xls, xlsx, ods])
def test_case_02_legacy_and_other_workbooks(house: House, kind: object) -> None:
    assert callable(kind)
    orders = [["工单查询结果"], *as_rows(csv_of(WORK_ORDERS, ORDER))]
    for name, rows, feed in (
        ("工单查询20260320", orders, "faults"),
        ("小区KPI", as_rows(KPI), "cell_counters"),
        ("工参", as_rows(csv_of(CELL_PARAMETERS, CELL)), "cells"),
    ):
        receipt = house.receive(f"{name}.{kind.__name__}", kind({"Sheet1": rows}))
        assert (receipt.feed, receipt.rows_accepted, receipt.rows_quarantined) == (feed, 1, 0), receipt.finding
    assert house.facts("cell_counters", "2026-03-01").column("tch_attempts").to_pylist() == [5]
    assert house.facts("faults", "2026-03").column("confirmed_cause").to_pylist() == ["antenna"]


def test_case_02_tabs_in_a_csv_with_a_trailing_tab_and_its_twin_as_workbook(house: House) -> None:
    text = KPI.replace(",", "\t").replace("\n", "\t\n")
    receipt = house.receive("rrc_data.csv", text)
    assert (receipt.feed, receipt.rows_accepted, receipt.rows_quarantined) == ("cell_counters", 1, 0)
    assert "TAB" not in receipt.finding
    rows = house.facts("cell_counters", "2026-03-01").to_pylist()
    twin = house.receive("rrc_data.xlsx", xlsx({"rrc_data": as_rows(KPI)}))
    assert (twin.rows_accepted, twin.repeated) == (1, False)
    assert house.facts("cell_counters", "2026-03-01").to_pylist() == rows, "the twin corrects nothing and adds nothing"


STYLE = '<?xml-stylesheet type="text/xsl" href="MeasDataCollection.xsl"?>\n'
LICENCE = "<!-- Licensed under the Apache License, Version 2.0\n    http://www.apache.org/licenses/ -->\n"
DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n'


TOPS = [DECLARED, STYLE + DECLARED, DECLARED + STYLE, DECLARED + LICENCE, LICENCE, ""]
SPACES = ["", ' xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"', ' xmlns="urn:other"']


def test_case_03_instructions_comments_and_namespaces_at_the_top(house: House) -> None:
    for number, (top, space) in enumerate(product(TOPS, SPACES)):
        receipt = house.receive("A20260301.xml", pm_file({"C1": [f"{number}", "9"]}, top=top, space=space))
        assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 0), (top, space, receipt.finding)
        assert house.facts("cell_counters", "2026-03-01").column("tch_attempts").to_pylist() == [number]


def test_case_03_a_placeholder_left_as_a_value_sets_its_row_aside(house: House) -> None:
    receipt = house.receive("pm.xml", pm_file({"C1": ["10", "9"], "C2": ["CTR_VALUE", "8"]}))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 1)
    [row] = house.aside()
    assert (row["file_name"], row["column"], row["value"]) == ("pm.xml", "tch_attempts", "CTR_VALUE")
    assert "不是整数 / not a whole number" in row["reason"]
    assert row["line"] == 7


def test_case_03_a_placeholder_left_as_a_time_refuses_the_file_with_its_line(house: House) -> None:
    receipt = house.receive("pm.xml", pm_file({"C1": ["10", "9"]}, end="ENDTIME"))
    assert receipt.status == "refused"
    for part in ("pm.xml", "ENDTIME", "第", "line"):
        assert part in receipt.finding


def zipped(name: str, content: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        package.writestr(name, content)
    return written.getvalue()


def test_case_04_wrappers_of_one_file_are_the_file(house: House) -> None:
    plain = pm_file({"C1": ["10", "9"]})
    name = "A20260301.0800+0800-0815+0800_SubNetwork=CountryNN,MeContext=MEC-Gbg-1.xml"
    first = house.receive(f"{name}.gz", gzip.compress(plain))
    assert (first.rows_accepted, first.file_name) == (1, f"{name}.gz/{name}")
    again = [house.receive(f"{name}.zip", zipped(name, plain)), house.receive(name, plain)]
    assert [receipt.repeated for receipt in again] == [True, True], "the same bytes, however they are wrapped"
    assert not list((house.settings.home / "scratch").iterdir()), "nothing is left of what was unpacked"


@pytest.mark.parametrize("mark", ["-", "_"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_case_04_one_report_under_two_names(house: House, mark: str, *, wrapped: bool) -> None:
    save(
        house,
        'feed: cell_counters\nfile: "FDD?LTE_MRO_*"\n'
        "columns: {cell_id: 小区, period_start_at: 时间, period_s: {constant: 3600}, prb_used: 用}\n",
    )
    name = f"FDD{mark}LTE_MRO_ZTE_OMC1_20260301080000.csv"
    text = "小区,时间,用\nC2,2026-03-01 08:00,7\n".encode("gb18030")
    receipt = house.receive(f"{name}.zip", zipped(name, text)) if wrapped else house.receive(name, text)
    assert (receipt.feed, receipt.rows_accepted) == ("cell_counters", 1), receipt.finding
