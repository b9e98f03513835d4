"""Cases 12 to 16 and 20: what stands for nothing, sentinels, lists, zero denominators, suspect values, positions."""

import pytest

from tests.intake.cases.builders import pm_file
from tests.intake.conftest import SITES, House
from tests.intake.test_mapping import save

COUNTERS = (
    "小区编号,开始时间,统计周期（秒）,TCH占用请求次数,TCH占用成功次数,TCH掉话次数,SDCCH占用请求次数,SDCCH溢出次数,"
    "数据可疑\n"
)
AT = "2026-03-01 08:00,3600"
SAYS_NOTHING = ["", '""', "-", "NA", "NA ", "NIL", "Not Exist", "无", "N/A", "NULL", "—"]


def counters(house: House) -> dict[str, dict[str, object]]:
    return {row["cell_id"]: row for row in house.facts("cell_counters", "2026-03-01").to_pylist()}


def cells(house: House) -> dict[str, dict[str, object]]:
    return {row["cell_id"]: row for row in house.facts("cells").to_pylist()}


def test_case_12_what_says_nothing_is_missing_where_it_may_be(house: House) -> None:
    head = "告警编号,基站编号,告警名称,告警等级,告警来源,告警时间,告警清除时间\n"
    rows = [f"A{at},S1,停电告警,{word},{word},2026-03-01 08:00,{word}\n" for at, word in enumerate(SAYS_NOTHING)]
    receipt = house.receive("alarms.csv", head + "".join(rows))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (len(SAYS_NOTHING), 0)
    stored = house.facts("alarms", "2026-03")
    for name in ("severity", "source", "cleared_at"):
        assert stored.column(name).null_count == len(SAYS_NOTHING)
    receipt = house.receive("k.csv", COUNTERS + f"C1,{AT},NA,-,NIL,无,Not Exist,\nC2,{AT},5,5,5,5,5,NA \n")
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 0)
    assert [counters(house)["C1"][name] for name in ("tch_attempts", "drops", "suspect")] == [None] * 3


def test_case_12_the_text_na_is_no_null_where_a_text_is_needed(empty_house: House) -> None:
    receipt = empty_house.receive("offices.csv", "单位编码,单位名称,单位英文名\nNA,无,NIL\nO2,,NULL\n")
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 1)
    assert empty_house.facts("offices").to_pylist()[0]["office_id"] == "NA"
    [row] = empty_house.aside()
    assert (row["line"], row["column"]) == (3, "office_name"), "an empty cell is missing"


def test_case_12_what_one_source_writes_for_nothing_its_mapping_names(house: House) -> None:
    save(
        house,
        "feed: cells\nfile: tower*\nmissing: [No TX in Site, 0/Grill]\ncolumns:\n  cell_id: Cell\n  site_id: Site\n"
        "  technology: {constant: LTE}\n  cell_name: {header: Operator, missing: 27203}\n"
        "  antenna_height_m: Height\n  azimuth_deg: {header: Azimuth, missing: -1}\n",
    )
    text = (
        "Cell,Site,Operator,Height,Azimuth\nT1,S1,27203,No TX in Site,-1.0\nT2,S1,Vodafone,0/Grill,90\nT3,S1,x,30,-2\n"
    )
    receipt = house.receive("tower.csv", text)
    found = cells(house)
    assert [found["T1"][name] for name in ("cell_name", "antenna_height_m", "azimuth_deg")] == [None] * 3
    assert [found["T2"][name] for name in ("cell_name", "antenna_height_m", "azimuth_deg")] == ["Vodafone", None, 90.0]
    assert receipt.rows_quarantined == 1, "what it does not name is judged like any value"


def test_case_12_a_position_of_minus_one_is_told_and_can_be_named_missing(house: House) -> None:
    offices = "单位编码,单位名称,单位英文名,驻地纬度,驻地经度\n"
    receipt = house.receive("o.csv", offices + "O2,乙,B,-1.0,-1.0\n")
    assert receipt.rows_accepted == 1, "one degree south of the equator is a place, unless the source says otherwise"
    save(
        house,
        "feed: offices\nfile: o2*\ncolumns: {office_id: 单位编码, office_name: 单位名称, office_name_en: 单位英文名, "
        "latitude: {header: 驻地纬度, missing: -1}, longitude: {header: 驻地经度, missing: -1}}\n",
    )
    house.receive("o2.csv", offices + "O3,丙,C,-1.0,-1.0\n")
    found = {row["office_id"]: row["latitude"] for row in house.facts("offices").to_pylist()}
    assert (found["O2"], found["O3"]) == (-1.0, None)


def test_case_13_sentinels_of_measurements(house: House) -> None:
    """RSRP -200 in 73 rows, PINGAVG `-` in 98 %, `?`: here in the columns of cells that may be empty."""
    head = "小区编号,基站编号,制式,参考信号功率,天线挂高\n"
    rows = [f"R{at},S1,4G,{-200 if at < 73 else 15.2},{30 if at % 50 == 0 else '-'}\n" for at in range(200)]
    receipt = house.receive("drive.csv", head + "".join(rows))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (127, 73)
    assert all("-200" in row["reason"] and "超出范围" in row["reason"] for row in house.aside())
    save(
        house,
        "feed: cells\nfile: named*\nmissing: ['?']\ncolumns: {cell_id: 小区编号, site_id: 基站编号, technology: 制式, "
        "reference_power_dbm: {header: 参考信号功率, missing: -200}, antenna_height_m: 天线挂高}\n",
    )
    receipt = house.receive("named.csv", head + "".join(rows) + "R200,S1,4G,-200.0,?\n")
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (201, 0)
    stored = house.facts("cells")
    found = {row["cell_id"]: row["reference_power_dbm"] for row in stored.to_pylist()}
    assert (found["R0"], found["R199"], found["R200"]) == (None, 15.2, None)
    assert stored.column("antenna_height_m").drop_null().to_pylist() == [30.0] * 4


def test_case_13_an_index_of_a_handful_of_tickets_stays_beside_its_counts(empty_house: House) -> None:
    """Sercomtel's monthly index is 4.17 or 0 because its denominators are small: it is kept as any other."""
    head = "发布机构,运营商,指标项,月份,数值\n"
    rows = "A,Sercomtel,index,2014-01,4.17\nA,Sercomtel,tickets,2014-01,24\nA,Sercomtel,index,2014-02-01,0\n"
    receipt = empty_house.receive("figures.csv", head + rows.replace("2014-01,", "2014-01-01,"))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (3, 0)
    assert sorted(empty_house.facts("published_figures").column("value").to_pylist()) == [0.0, 4.17, 24.0]


def test_case_14_a_list_in_a_cell_is_no_number_until_a_mapping_says_what_is_taken(house: House) -> None:
    head = "小区编号,基站编号,制式,信道数,电下倾角,天线挂高\n"
    lists = ['"1,1"', '"2,2"', '"6,5"', '"3HP , 3HP"', '"86,87,2"', '"1,12,345"']
    rows = [f"L{at},S1,4G,{cell},3,30.5\n" for at, cell in enumerate(lists)] + ['T,S1,2G,"1,234",3,30.5\n']
    receipt = house.receive("c.csv", head + "".join(rows))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, len(lists))
    assert cells(house)["T"]["channels"] == 1234, "thousands are told from lists"
    assert {row["column"] for row in house.aside()} == {"channels"}
    tilt = house.receive("t.csv", head + 'M1,S1,4G,2,"2,2",30.5\n')
    assert tilt.rows_quarantined == 1
    assert "decimal_comma: true 或 false" in house.aside()[-1]["reason"], "two and two, or two and a fifth?"
    save(
        house,
        "feed: cells\nfile: m*\ncolumns: {cell_id: 小区编号, site_id: 基站编号, technology: 制式, "
        "channels: {header: 信道数, of_list: sum}, electrical_tilt_deg: {header: 电下倾角, of_list: first}}\n",
    )
    house.receive("m.csv", head + 'M1,S1,4G,"1,1","2,2",\nM2,S1,4G,"6,5",3,\n')
    found = cells(house)
    assert [(found[name]["channels"], found[name]["electrical_tilt_deg"]) for name in ("M1", "M2")] == [
        (2, 2.0), (11, 3.0),
    ]  # fmt: skip


def test_case_14_a_histogram_of_a_pm_file_is_no_number_and_an_empty_result_is_none(house: House) -> None:
    values = {"C1": ["86,87,2", "9"], "C2": ["", "8"]}
    receipt = house.receive("pm.xml", pm_file(values))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 1)
    assert (counters(house)["C2"]["tch_attempts"], counters(house)["C2"]["tch_seizures"]) == (None, 8)
    [row] = house.aside()
    assert (row["column"], row["value"]) == ("tch_attempts", "86,87,2")
    receipt = house.receive("pm2.xml", pm_file({"C1": ["1,234", "9"]}))
    assert receipt.rows_quarantined == 1, "of a PM file nobody writes thousands"


def test_case_15_counts_over_a_zero_denominator_are_kept_and_no_rate_is_made(house: House) -> None:
    """Drops with no successful assignment: a rate would be infinite. A published 0 is not the same as nothing."""
    text = COUNTERS + f"C1,{AT},4,0,3,0,0,\nC2,{AT},4,4,1,,,\n"
    receipt = house.receive("top30.csv", text)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 0)
    found = counters(house)
    assert (found["C1"]["drops"], found["C1"]["tch_seizures"]) == (3, 0)
    assert (found["C1"]["sdcch_attempts"], found["C2"]["sdcch_attempts"]) == (0, None)


def test_case_16_suspect_values_are_kept_and_marked(house: House) -> None:
    """Two measValues of an Ericsson file, and the standard's own examples, are suspect and have values all the same."""
    receipt = house.receive("pm.xml", pm_file({"C1": ["10", "9"], "C2": ["20", "8"]}, suspect=["C2"]))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 0)
    found = counters(house)
    assert [(found[name]["tch_attempts"], found[name]["suspect"]) for name in ("C1", "C2")] == [(10, False), (20, True)]


def test_case_16_a_table_may_say_suspect_as_well(house: House) -> None:
    receipt = house.receive("k.csv", COUNTERS + f"C1,{AT},4,4,1,,,是\nC2,{AT},4,4,1,,,suspect\n")
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 1)
    assert (counters(house)["C1"]["suspect"], counters(house)["C1"]["drops"]) == (True, 1)
    assert "不是“是”或“否” / neither yes nor no" in house.aside()[0]["reason"]


SITE_HEAD = SITES.split("\n", maxsplit=1)[0]


def positions(house: House) -> dict[str, tuple[float, float]]:
    return {row["site_id"]: (row["latitude"], row["longitude"]) for row in house.facts("sites").to_pylist()}


def test_case_20_decimal_comma_and_degrees_minutes_seconds_in_one_table(house: House) -> None:
    head = SITE_HEAD.replace(",", ";")
    rest = ";农村;A;否;2020-01-01\n"
    text = f"{head}\nF1;一;O1;45,820556;4,662778{rest}F2;二;O1;45°49'14.002N;4°39'46.001E{rest}"
    receipt = house.receive("anfr.csv", text.encode("utf-8-sig"))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 0)
    assert positions(house)["F2"] == pytest.approx(positions(house)["F1"], abs=1e-6)


def test_case_20_one_cell_with_both_coordinates_is_taken_apart(house: House) -> None:
    columns = (
        "site_id: 号, site_name: 号, office_id: {constant: O1}, area_class: {constant: rural}, "
        "priority: {constant: c}, fixed_generator: {constant: no}, in_service_on: {constant: 2020-01-01}"
    )
    north, east = r"{header: Position, extract: '^(\S+N)'}", r"{header: Position, extract: '(\S+E)$'}"
    save(house, f"feed: sites\nfile: anfr*\ncolumns: {{{columns}, latitude: {north}, longitude: {east}}}\n")
    house.receive("anfr.csv", "号;Position\nF1;45°49'14.002N 4°39'46.001E\n")
    assert positions(house)["F1"] == pytest.approx((45.820556, 4.662778), abs=1e-6)


def test_case_20_feet_of_a_state_plane_are_told_and_become_degrees_by_their_system(house: House) -> None:
    text = f"{SITE_HEAD}\nN1,一,O1,416621,1310994,农村,A,否,2020-01-01\n"
    receipt = house.receive("ny.csv", text)
    assert receipt.rows_quarantined == 1
    assert "超出范围 -90 … 90" in house.aside()[0]["reason"]
    names = zip(["site_id", "site_name", "office_id", "latitude", "longitude", "area_class", "priority",
                 "fixed_generator", "in_service_on"], SITE_HEAD.split(","), strict=True)  # fmt: skip
    columns = ", ".join(f"{ours}: {theirs}" for ours, theirs in names)
    save(house, f"feed: sites\nfile: named*\ncrs: EPSG:2263\ncolumns: {{{columns}}}\n")
    house.receive("named.csv", text + "\n")
    assert positions(house)["N1"] == pytest.approx((41.303, -72.851), abs=0.3)


def test_case_20_longitude_may_come_first_and_swapped_columns_are_told(house: House) -> None:
    first = SITE_HEAD.replace("纬度,经度", "经度,纬度")
    house.receive("a.csv", f"{first}\nL1,一,O1,113.02,23.1,农村,A,否,2020-01-01\n")
    house.receive("b.csv", f"{SITE_HEAD}\nL2,二,O1,23.1,113.02,农村,A,否,2020-01-01\n")
    assert positions(house)["L1"] == positions(house)["L2"] == (23.1, 113.02)
    receipt = house.receive("c.csv", f"{SITE_HEAD}\nL3,三,O1,113.02,23.1,农村,A,否,2020-01-01\n")
    assert receipt.rows_quarantined == 1
    assert (house.aside()[0]["column"], house.aside()[0]["value"]) == ("latitude", "113.02")


def test_case_20_an_azimuth_of_0_and_of_360_are_both_north(house: House) -> None:
    text = "小区编号,基站编号,制式,方位角\nZ1,S1,4G,0\nZ2,S1,4G,360\nZ3,S1,4G,361\n"
    receipt = house.receive("c.csv", text)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 1)
    assert [cells(house)[name]["azimuth_deg"] for name in ("Z1", "Z2")] == [0.0, 360.0]
