"""Cases 9 to 11: keys that repeat, names that others write otherwise, numbers inside a longer text."""

import pytest

from tests.intake.conftest import SITES, House
from tests.intake.test_mapping import save

SITE_HEAD = SITES.split("\n", maxsplit=1)[0] + "\n"
ALARM_HEAD = "告警编号,告警标识,基站编号,告警名称,告警时间\n"
HALLS = "测评编号,单位编码,测评日期,测评类别,测评项目,得分合计,样本数\n"


def site(key: str, name: str, where: str = "30.1,110.1") -> str:
    return f"{key},{name},O1,{where},农村,A,否,2020-01-01\n"


def test_case_09_a_key_with_two_names_stands_once_and_the_other_row_is_told(house: House) -> None:
    receipt = house.receive("sites.csv", SITE_HEAD + site("SC7", "Hill") + site("SC8", "Dale") + site("SC7", "Hill 2"))
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (3, 2, 1)
    names = {row["site_id"]: row["site_name"] for row in house.facts("sites").to_pylist()}
    assert names["SC7"] == "Hill 2", "the later row corrects the earlier"
    [row] = house.aside()
    assert (row["file_name"], row["line"], row["column"], row["value"]) == ("sites.csv", 2, "site_id", "SC7")
    assert "第 2 行与第 4 行主键相同而内容不同：site_name" in row["reason"]
    assert "lines 2 and 4 share a key, but differ in site_name" in row["reason"]
    assert row["row"]["site_name"] == "Hill"


def test_case_09_a_visit_list_repeats_sites_and_only_the_same_day_twice_is_told(house: House) -> None:
    """The power list: 305 repeated site codes, of which 18 have the same visit date."""
    save(
        house,
        "feed: room_access\nfile: power*\ncolumns:\n  access_id: {template: '{Site} {Visit}'}\n  site_id: Site\n"
        "  visitor: Team\n  purpose: Power\n  entered_at: Visit\n",
    )
    sites = "".join(site(f"P{number}", f"p{number}") for number in range(305))
    assert house.receive("sites.csv", SITE_HEAD + sites).rows_accepted == 305
    first = [f"P{number},2026-03-01,A,first\n" for number in range(305)]
    second = [f"P{number},2026-03-{'01' if number < 18 else '02'},B,second\n" for number in range(305)]
    receipt = house.receive("power.csv", "Site,Visit,Team,Power\n" + "".join(first + second))
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (610, 592, 18)
    assert all("differ in visitor, purpose" in row["reason"] for row in house.aside())


def test_case_09_shared_coordinates_are_no_repetition(house: House) -> None:
    """Of 1,474 stations 51 stand where another stands."""
    where = [f"{30 + number / 10_000:.4f},110.1" for number in range(1423)]
    rows = [site(f"K{number}", f"k{number}", where[number % 1423]) for number in range(1474)]
    receipt = house.receive("sites.csv", SITE_HEAD + "".join(rows))
    assert (receipt.rows_accepted, receipt.rows_quarantined, receipt.rows_duplicate) == (1474, 0, 0)


def test_case_09_alarms_are_told_apart_by_their_number_not_by_their_mark(house: House) -> None:
    """3,052 rows with as many numbers (告警编号) and 1,142 marks (告警标识)."""
    rows = [f"{5_000 + number},{number % 1142},S1,停电告警,2026-03-01 08:00\n" for number in range(3052)]
    receipt = house.receive("历史告警.csv", (ALARM_HEAD + "".join(rows)).encode("gb18030"))
    assert (receipt.rows_accepted, receipt.rows_quarantined, receipt.rows_duplicate) == (3052, 0, 0)
    assert "columns not used: 告警标识" in receipt.finding


AREAS = (
    "单位编码,单位名称,单位英文名\nE1,沙达特,Sadat\nE2,塞得港,Port Said\nE3,法库斯,Faqous\nE4,南三角洲,Delta South\n"
    "E5,南海,Nanhai\n"
)
ALIASES = "别名类别,别名,对应编号\n单位,FAQUS,E3\n单位,FS南海,E5\n"
WRITTEN = {
    "E1": ["SADAT", "Sadat", "sadat"], "E2": ["Port Said", "PORTSAID"], "E3": ["FAQOUS", "Faqus"],
    "E4": ["Delta South ", "DELTA SOUTH"], "E5": ["FS南海", "南海", "ＦＳ南海"],
}  # fmt: skip


def test_case_10_areas_under_every_name_they_ever_had(empty_house: House) -> None:
    empty_house.receive("offices.csv", AREAS)
    empty_house.receive("aliases.csv", ALIASES)
    names = [(key, name) for key, written in WRITTEN.items() for name in written]
    rows = "".join(f"T{at},{name},2026-03-01,营业厅,环境,90,1\n" for at, (_, name) in enumerate(names))
    receipt = empty_house.receive("surveys.csv", HALLS + rows)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (len(names), 0)
    stored = {row["survey_id"]: row["office_id"] for row in empty_house.facts("service_surveys", "2026-03").to_pylist()}
    assert stored == {f"T{at}": key for at, (key, _) in enumerate(names)}
    assert "office_id 'Faqus' = E3 (1)" in receipt.finding, "what stood for another is told"


def test_case_10_no_area_is_not_guessed(empty_house: House) -> None:
    empty_house.receive("offices.csv", AREAS)
    names = ("", "无网格", "Faqoos")
    rows = "".join(f"T{at},{name},2026-03-01,营业厅,环境,90,1\n" for at, name in enumerate(names))
    receipt = empty_house.receive("surveys.csv", HALLS + rows)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (0, 3)
    blank, none, near = empty_house.aside()
    assert "缺少必填值 / a required value is missing" in blank["reason"]
    assert (none["line"], none["column"], none["value"]) == (3, "office_id", "无网格")
    assert "在 aliases 中登记别名" in none["reason"]
    assert "nearest are E3 法库斯" in near["reason"]


def test_case_10_an_operator_under_its_old_name(empty_house: House) -> None:
    text = "GRUPO ECONÔMICO;VARIÁVEL;2014-01\n"
    names = {"Claro": "Claro", "CLARO": "Claro", "TIM GSM": "TIM", "TIM": "TIM", "OI Celular": "Oi"}
    text += "".join(f"{name};variable {at};1\n" for at, name in enumerate(names))
    # By the mapping of the publisher, which knows its files by their names.
    save(
        empty_house,
        "feed: published_figures\nfile: SMP*\ncolumns:\n  publisher: {constant: ANATEL}\n  variable: VARIÁVEL\n"
        "  operator: {header: GRUPO ECONÔMICO, words: {Claro: CLARO, TIM: TIM GSM, Oi: OI Celular}}\n"
        "unpivot: {headers: '^2014', into: month_on, values: value}\n",
    )
    empty_house.receive("SMP2014.csv", text)
    figures = empty_house.facts("published_figures").to_pylist()
    assert [row["operator"] for row in sorted(figures, key=lambda row: row["variable"])] == list(names.values())


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        (r"^\d+_(\d+)_", "6_1881_0_夏北机房四楼[1881](夏北机房四楼"),
        (r"\[(\d+)\]", "6_1881_0_夏北机房四楼[1881](夏北机房四楼"),
        (r"\((\d+)\)$", "狮山白沙桥LBBU1(1881)"),
        (r"eNodeB=(\d+)", '"MCC=460,MNC=00,eNodeB=1881,CellId=49"'),
    ],
)
def test_case_11_a_key_inside_a_longer_text(house: House, pattern: str, written: str) -> None:
    house.receive("s.csv", SITE_HEAD + site("1881", "夏北"))
    save(
        house,
        "feed: alarms\nfile: ne*\ncolumns:\n  alarm_id: 号\n  raised_at: 时\n"
        f"  kind: {{header: 名, words: {{other: '*'}}}}\n  site_id: {{header: [网元, 邻小区], extract: '{pattern}'}}\n",
    )
    text = f"号,邻小区,名,时\nA1,{written},X2断链,2026-03-01 08:00\nA2,夏北机房[18,X2断链,2026-03-01 08:00\n"
    receipt = house.receive("ne.csv", text.encode("gb18030"))
    assert house.facts("alarms", "2026-03").column("site_id").to_pylist() == ["1881"]
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 1)
    [row] = house.aside()
    assert (row["line"], row["column"], row["value"]) == (3, "site_id", "夏北机房[18"), "what has no key in it stays"
