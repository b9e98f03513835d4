"""What each option of a mapping does with the cells of a source."""

import pytest
import sqlalchemy as sa

from ops_platform.intake.quarantine import WAITING
from ops_platform.state import QUARANTINE
from tests.intake.conftest import House
from tests.intake.test_mapping import save

CELL = "feed: cells\nfile: '*.csv'\ncolumns:\n  cell_id: 小区\n  site_id: 站\n  technology: {constant: LTE}\n"
DURATIONS = """feed: battery_tests
file: '*.csv'
columns:
  test_id: 单
  site_id: {constant: S1}
  tested_at: {constant: 2026-03-02 09:00}
  load_a: {constant: "42"}
  duration_s: {header: "时长*"OPTION}
  ended_at_cut_off: {constant: "true"}
"""
POWERS = "A,S1,华为,40,,\nB,S1,中兴,46.0,,\nC,S1,诺基亚,40,,\nD,S1,,40,,\nE,S1,诺基亚,40W,,\n"
HEAD = "小区,站,厂家,功率,挂高,经纬\n"


def cells(house: House, mapping: str, text: str) -> dict[str, dict[str, object]]:
    """Receive a file under a mapping and return the cells by number."""
    save(house, mapping)
    house.receive("x.csv", text)
    return {row["cell_id"]: row for row in house.facts("cells").to_pylist()}


def reasons(house: House) -> list[str]:
    return [row["reason"] for row in house.state.rows(sa.select(QUARANTINE).where(WAITING))]


def test_a_unit_may_depend_on_another_column(house: House) -> None:
    mapping = CELL + "  power_dbm: {header: 功率, unit: {厂家: {华为: W, 中兴: dBm}}}\n"
    found = cells(
        house, mapping, HEAD + "A,S1,华为,40,,\nB,S1,中兴,46.0,,\nC,S1,诺基亚,40,,\nD,S1,,40,,\nE,S1,诺基亚,40W,,\n"
    )
    assert found["A"]["power_dbm"] == pytest.approx(46.0206, abs=1e-4)
    assert found["B"]["power_dbm"] == 46.0
    assert found["E"]["power_dbm"] == pytest.approx(46.0206, abs=1e-4), "the cell says its unit itself"
    assert not {"C", "D"} & set(found), "of another vendor nobody knows the unit"
    assert any("40 诺基亚" in reason for reason in reasons(house))


def test_a_unit_may_stand_in_the_header_or_be_given(house: House) -> None:
    text = "小区,站,挂高（ft）\nA,S1,100\n"
    by_header = cells(house, CELL + "  antenna_height_m: {header: 挂高*, unit: header}\n", text)
    assert by_header["A"]["antenna_height_m"] == pytest.approx(30.48)
    given = cells(house, CELL + "  antenna_height_m: {header: 挂高, unit: cm}\n", "小区,站,挂高\nA,S1,3000\n")
    assert given["A"]["antenna_height_m"] == pytest.approx(30.0)


def test_a_row_of_units_below_the_header_is_read_as_that(house: House) -> None:
    found = cells(house, CELL + "  antenna_height_m: 挂高\n", "小区,站,挂高\n,,(ft)\nA,S1,100\n")
    assert found["A"]["antenna_height_m"] == pytest.approx(30.48)
    receipt = house.receive("own.csv", "小区编号,基站编号,制式,天线挂高\n,,,ft\nB,S1,4G,10\n")
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 0)


def test_missing_lists_and_extraction(house: House) -> None:
    mapping = CELL.replace("site_id: 站", "site_id: {header: 站, extract: '\\((\\w+)\\)$'}") + (
        "  antenna_height_m: {header: 挂高, of_list: max, missing: ['0/Grill']}\n"
        "  azimuth_deg: {header: 功率, missing: -1}\n"
        "  cell_name: {header: 厂家, otherwise: 未知}\nmissing: [Not Known]\n"
    )
    text = '小区,站,厂家,功率,挂高\nA,狮山白沙桥LBBU1(S1),Not known,-1.0,"30,35"\nB,S1,n,90,0/Grill\n'
    found = cells(house, mapping, text)
    assert (found["A"]["site_id"], found["A"]["antenna_height_m"], found["A"]["azimuth_deg"]) == ("S1", 35.0, None)
    assert found["A"]["cell_name"] == "未知"
    assert (found["B"]["antenna_height_m"], found["B"]["azimuth_deg"]) == (None, 90.0)


def test_rows_are_kept_and_dropped_by_value_and_counted(house: House) -> None:
    save(house, CELL + "keep: {厂家: [华为, 中兴*]}\ndrop: {功率: 1周}\n")
    text = HEAD + "A,S1,华为,60,,\nB,S1,中兴通讯,60,,\nC,S1,诺基亚,60,,\nD,S1,华为,1周,,\nE,S1,,60,,\n"
    receipt = house.receive("x.csv", text)
    assert set(house.facts("cells").column("cell_id").to_pylist()) == {"A", "B", "C1", "C2"}
    assert "厂家 = 诺基亚 (1)" in receipt.finding
    assert "厂家 =  (1)" in receipt.finding
    assert "功率 = 1周 (1)" in receipt.finding


def test_a_table_without_header_is_read_by_number(house: House) -> None:
    mapping = (
        "feed: room_access\nfile: gate*\nheader_row: 0\ncolumns:\n  access_id: {template: '{1} {3}'}\n  site_id: 1\n"
        "  visitor: 2\n  purpose: {constant: 巡检}\n  entered_at: 3\n"
    )
    save(house, mapping)
    receipt = house.receive("gate.csv", "S1,甲,2026-04-14_03:03:53\nS2,乙,2026-03-14 02:10:44\n")
    assert (receipt.feed, receipt.rows_accepted) == ("room_access", 2)


def test_header_row_and_rows_below_it_may_be_given(house: House) -> None:
    mapping = CELL + "header_row: 3\nskip_rows: 1\n"
    found = cells(house, mapping, "小区,站\n旧,S1\n小区,站\ncell,site\nA,S1\n")
    assert set(found) == {"A", "C1", "C2"}


def test_a_form_says_place_and_time_above_its_table(house: House) -> None:
    text = (
        "巡检记录表,,,\n地点：S1,,巡检时间,2026-03-02\n"
        "序号,检查内容,检查情况(是/否),备注\n"
        "1,空调是否正常,是,\n2,电源线是否老化,否,换\n"
    )
    receipt = house.receive("巡检.csv", text)
    assert (receipt.feed, receipt.rows_accepted) == ("inspection_items", 2), receipt.finding
    rows = house.facts("inspection_items", "2026-03").to_pylist()
    assert [(row["inspection_id"], row["result"]) for row in rows] == [
        ("S1 2026-03-02", "ok"),
        ("S1 2026-03-02", "nok"),
    ]


def test_a_mark_in_one_of_several_columns_is_the_answer(house: House) -> None:
    form = "Site,S1,,,\nDate,2026-03-02,,,\nCode,Description,OK,NOK,NA\n"
    text = form + "101,Earthing,x,,\n102,Fuel,,√,\n103,UPS,,,1\n104,Rust,x,x,\n105,Door,,,\n"
    receipt = house.receive("form.csv", text)
    rows = house.facts("inspection_items", "2026-03").to_pylist()
    assert {row["item_code"]: row["result"] for row in rows} == {"101": "ok", "102": "nok", "103": "na"}
    assert receipt.rows_quarantined == 2
    assert any("ok + nok" in reason for reason in reasons(house)), "two answers are none"


def test_projected_and_obfuscated_positions_become_degrees(house: House) -> None:
    mapping = (
        "feed: settlements\nfile: '*.csv'\ncrs: EPSG:4547\ncolumns: {settlement_id: 号, settlement_name: 名, "
        "office_id: 县, latitude: Y, longitude: X, people: 人}\n"
    )
    save(house, mapping)
    house.receive("v.csv", "号,名,县,X,Y,人\nV1,村,O1,500000,3320113.398,10\nV2,庄,O1,?,3320113,10\n")
    [row] = house.facts("settlements").to_pylist()
    assert (row["longitude"], row["latitude"]) == (pytest.approx(114.0, abs=1e-6), pytest.approx(30.0, abs=1e-5))
    [reason] = reasons(house)
    assert "longitude" in reason


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  antenna_height_m: {header: 挂高, unit: kg}\n", "'kg' cannot be converted to m"),
        ("  antenna_height_m: {header: 挂高, template: x}\n", "needs exactly one of header, template"),
        ("  cell_name: {header: 名, extract: '('}\n", "columns.cell_name.extract: '(' is no regular expression"),
        (
            "  cell_name: {header: 名, extracts: x}\n",
            "columns.cell_name.extracts: there is no such option; try extract",
        ),
        ("time_zone: Europe/Saraevo\n", "there is no time zone 'Europe/Saraevo'; try Europe/Sarajevo"),
        ("crs: EPSG:1\n", "EPSG:1"),
        ("header_row: x\n", "header_row: Input should be a valid integer"),
    ],
)
def test_a_mistake_in_a_mapping_is_named_with_its_place(house: House, text: str, message: str) -> None:
    save(house, CELL + text)
    receipt = house.receive("x.csv", HEAD + "A,S1,,,,\n")
    assert receipt.status == "refused"
    assert message in receipt.finding


def test_the_wrong_document_of_several_is_named(house: House) -> None:
    save(house, f"{CELL}---\n{CELL.replace('LTE', '4.5G')}")
    receipt = house.receive("x.csv", HEAD + "A,S1,,,,\n")
    assert "document 2" in receipt.finding
    assert "technology has no word 4.5G; try GSM, LTE, NR, UMTS" in receipt.finding


def test_a_mapping_that_lacks_a_needed_column_is_wrong(house: House) -> None:
    save(house, "feed: cells\ncolumns: {cell_id: 小区}\n")
    assert "cells needs the columns site_id, technology" in house.receive("x.csv", HEAD + "A,S1,,,,\n").finding


def test_an_own_mapping_comes_before_one_that_comes_along(house: House) -> None:
    columns = "{cell_id: GRUPO ECONÔMICO, site_id: VARIÁVEL, technology: {constant: LTE}}"
    save(house, f"feed: cells\nfile: SMP*\ncolumns: {columns}\n")
    receipt = house.receive("SMP2014.csv", "GRUPO ECONÔMICO,VARIÁVEL,2014-01\nA,S1,3\n")
    assert (receipt.feed, receipt.rows_accepted) == ("cells", 1)


def test_brackets_behind_a_header_are_rules_or_units(house: House) -> None:
    head = "小区编号（必填）,基站编号,制式（下拉选项）,天线挂高（英尺）,方位角（广东、广西必填，广西（4.5 or 2.75））"
    text = f"{head}\nA,S1,4G,100,90\n"
    receipt = house.receive("c.csv", text)
    row = next(row for row in house.facts("cells").to_pylist() if row["cell_id"] == "A")
    assert receipt.rows_quarantined == 0
    assert (row["antenna_height_m"], row["azimuth_deg"]) == (pytest.approx(30.48), 90.0)


@pytest.mark.parametrize(
    ("head", "below", "option", "hours"),
    [
        ("时长（分钟）", "", "", 3.0),
        ("时长（分钟）", "", ", unit: header", 3.0),
        ("时长", ",分钟\n", "", 3.0),
        ("时长", ",分钟\n", ", unit: header", 3.0),
        ("时长（分钟）", "", ", unit: h", 180.0),
    ],
)
def test_a_unit_that_the_table_tells_holds_under_a_mapping_too(
    house: House, head: str, below: str, option: str, hours: float
) -> None:
    save(house, DURATIONS.replace("OPTION", option))
    house.receive("x.csv", f"单,{head}\n{below}T1,180\n")
    [row] = house.facts("battery_tests", "2026-03").to_pylist()
    assert row["duration_s"] == hours * 3600


def test_where_a_mapping_counts_on_a_unit_that_is_not_told_the_rows_wait(house: House) -> None:
    save(house, DURATIONS.replace("OPTION", ", unit: header"))
    receipt = house.receive("x.csv", "单,时长\nT1,180\n")
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (0, 1)


def test_rows_without_a_value_can_be_dropped(house: House) -> None:
    found = cells(house, CELL + "drop: {站: ['']}\n", "小区,站\nC8,S1\nC9,\n")
    assert set(found) == {"C1", "C2", "C8"}


def test_a_file_that_brought_no_row_is_read_anew_under_a_corrected_mapping(house: House) -> None:
    text = "小区,站\nC8,BTS_S1\n"
    assert "C8" not in cells(house, CELL, text)
    prefix = CELL.replace("site_id: 站", "site_id: {header: 站, extract: 'BTS_(.*)'}")
    assert "C8" in cells(house, prefix, text)
