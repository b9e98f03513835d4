"""Identity: who is meant by what others write, the nearest of what nobody knows, and the order in which things come."""

import itertools
import shutil
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.intake import identity
from ops_platform.intake.quarantine import release
from ops_platform.intake.receive import receive_all
from ops_platform.settings import Settings
from ops_platform.state import QUARANTINE, open_state
from ops_platform.warehouse import Warehouse
from tests.intake.conftest import NOW, OFFICES, SITES, House

OFFICES_OF_NORTH = (
    ("D01", "达曼胡尔", "Damanhour"), ("D02", "萨达特", "Sadat"), ("D03", "塞得港", "Port Said"),
    ("D04", "法古斯", "Faqus"), ("D05", "三角洲南", "Delta South"), ("D06", "三角洲北", "Delta North"),
    ("D07", "坦塔", "Tanta"), ("D08", "苏伊士", "Suez"), ("D09", "伊斯梅利亚", "Ismailia"),
    ("D10", "班哈", "Banha"), ("D11", "南海", "Nanhai"), ("D12", "扎加齐格", "Zagazig"),
)  # fmt: skip
SPELLINGS = {
    "D01": ("Damanhour", "Damnhour"), "D02": ("SADAT", "Sadat", "sadat"), "D03": ("Port Said", "PORTSAID"),
    "D04": ("FAQOUS", "Faqus"), "D05": ("Delta South ", "Delta\u00a0South"), "D06": ("ＤＥＬＴＡ　ＮＯＲＴＨ", "d06"),
    "D07": ("Tanta", "坦塔"), "D08": ("SUEZ",), "D09": ("Ismailia", "Ismailya"), "D10": ("banha",),
    "D11": ("FS南海", "南海"), "D12": ("zagazig",),
}  # fmt: skip
ALIASES = (
    "别名类别,别名,对应编号,别名来源,别名说明\n分公司,Damnhour,D01,,\n"
    "offices,FAQOUS,D04,NOC,\n单位,Ismailya,D09,,\n单位,FS南海,D11,,网格\n"
)
PARTS = "单位编码,备件编码,备件名称,库存数量,最低库存,盘点日期\n"
ALARMS = "告警编号,基站编号,告警名称,告警时间,告警清除时间\n"


def parts(names: list[str]) -> str:
    return PARTS + "".join(f"{name},P{n},模块,1,1,2026-03-01\n" for n, name in enumerate(names))


def north(house: House) -> None:
    rows = "".join(f"{key},{zh},{en}\n" for key, zh, en in OFFICES_OF_NORTH)
    assert house.receive("offices.csv", "单位编码,单位名称,单位英文名\n" + rows).rows_accepted == 12


def test_twenty_two_spellings_of_twelve_offices_are_twelve_offices(empty_house: House) -> None:
    north(empty_house)
    assert empty_house.receive("aliases.csv", ALIASES).rows_accepted == 4
    written = [spelling for spellings in SPELLINGS.values() for spelling in spellings]
    assert len(written) == 22
    receipt = empty_house.receive("parts.csv", parts(written))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (22, 0)
    facts = empty_house.facts("spare_parts").to_pylist()
    found = {row["part_id"]: row["office_id"] for row in facts}
    meant = [key for key, spellings in SPELLINGS.items() for _ in spellings]
    assert [found[f"P{n}"] for n in range(22)] == meant


def test_the_receipt_says_what_was_taken_for_what_and_how_often(house: House) -> None:
    receipt = house.receive("a.csv", ALARMS + "".join(f"A{n},一站,停电告警,2026-03-01 00:0{n},\n" for n in range(3)))
    assert receipt.rows_accepted == 3
    assert "site_id '一站' = S1 (3)" in receipt.finding
    assert "recognised by alias or name" in receipt.finding


def test_rows_that_are_set_aside_for_another_reason_are_not_counted_as_recognised(house: House) -> None:
    rows = "A1,一站,停电告警,2026-03-01 00:01,\nA2,一站,停电告警,yesterday,\n"
    receipt = house.receive("a.csv", ALARMS + rows)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 1)
    assert "site_id '一站' = S1 (1)" in receipt.finding


def test_a_name_of_two_sites_is_nobodys(house: House) -> None:
    house.receive("more.csv", SITES + "S3,一站,O1,30.3,110.3,农村,A,否,2020-01-01\n")
    receipt = house.receive("a.csv", ALARMS + "A1,一站,停电告警,2026-03-01 00:01,\n")
    assert receipt.rows_quarantined == 1
    [row] = house.state.rows(sa.select(QUARANTINE))
    assert row["problem"] == "reference"
    assert "nearest are S1 一站, S3 一站" in row["reason"]


def test_two_keys_that_differ_only_in_case_stay_two(house: House) -> None:
    house.receive("more.csv", SITES + "s1,三站,O1,30.3,110.3,农村,A,否,2020-01-01\n")
    house.receive("a.csv", ALARMS + "A1,s1,停电告警,2026-03-01 00:01,\nA2,S1,停电告警,2026-03-01 00:01,\n")
    assert house.facts("alarms", "2026-03")["site_id"].to_pylist() == ["s1", "S1"]
    assert house.receive("b.csv", ALARMS + "A3,S 1,停电告警,2026-03-01 00:01,\n").rows_quarantined == 1


def test_a_renamed_cell_is_found_by_its_old_number(house: House) -> None:
    assert house.receive("aliases.csv", "别名类别,别名,对应编号\n小区,C1-OLD,C1\n").rows_accepted == 1
    header = "小区编号,period_start_at,period_s,drops\n"
    receipt = house.receive("counters.csv", header + "c1-old,2026-03-01 08:00,3600,2\n")
    assert receipt.rows_accepted == 1
    assert house.facts("cell_counters", "2026-03-01")["cell_id"].to_pylist() == ["C1"]


def test_a_corrected_alias_replaces_the_earlier_one(house: House) -> None:
    house.receive("aliases1.csv", "别名类别,别名,对应编号\n基站,总站,S1\n")
    house.receive("aliases2.csv", "别名类别,别名,对应编号\n基站,总站,S2\n")
    house.receive("a.csv", ALARMS + "A1,总站,停电告警,2026-03-01 00:01,\n")
    assert house.facts("alarms", "2026-03")["site_id"].to_pylist() == ["S2"]


def test_an_alias_of_nothing_is_set_aside(house: House) -> None:
    receipt = house.receive("aliases.csv", "别名类别,别名,对应编号\n基站,总站,S9\n单位,总站,S1\n基站,老站,S1\n")
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 2)
    rows = house.state.rows(sa.select(QUARANTINE).order_by(QUARANTINE.c.line))
    assert "unknown site 'S9', nearest are S1 一站, S2 二站" in rows[0]["reason"]
    assert "unknown office 'S1'" in rows[1]["reason"]


def test_an_unknown_site_is_told_with_its_nearest_and_what_to_do(house: House) -> None:
    house.receive("more.csv", SITES + "S-101,东站,O1,30.3,110.3,农村,A,否,2020-01-01\n")
    house.receive("a.csv", ALARMS + "A1,S-1O1,停电告警,2026-03-01 00:01,\nA2,xyzzy-77,停电告警,2026-03-01 00:01,\n")
    first, second = (row["reason"] for row in house.state.rows(sa.select(QUARANTINE).order_by(QUARANTINE.c.line)))
    assert "未知基站 'S-1O1'，最接近 S-101 东站" in first
    assert "send sites first, correct the number, or register an alias" in first
    assert "没有相近者" in second


def test_only_so_many_unknown_values_are_looked_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_MOST_VALUES", 2)
    house.receive("a.csv", ALARMS + "".join(f"A{n},S1{n},停电告警,2026-03-01 00:01,\n" for n in range(4)))
    reasons = [row["reason"] for row in house.state.rows(sa.select(QUARANTINE).order_by(QUARANTINE.c.line))]
    assert ["nearest are" in reason for reason in reasons] == [True, True, False, False]
    assert "too many different unknown values" in reasons[3]


def test_known_keys_are_never_compared(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "normal", lambda _: pytest.fail("compared"))
    values = pa.array(["S1", "S2", None])
    assert identity.Register("sites", house.warehouse).resolve(values.dictionary_encode().dictionary) is not None


FILES = {
    "offices.csv": OFFICES,
    "sites.csv": SITES,
    "aliases.csv": "别名类别,别名,对应编号\n基站,总站,S1\n基站,北站,S2\n",
    "alarms.csv": ALARMS
    + "A1,总站,停电告警,2026-03-01 00:01,\nA2,二 站,停电告警,2026-03-02 00:01,\n"
    + "A1,S2,停电告警,2026-03-03 00:01,\n",
    "later.csv": ALARMS + "A2,北站,停电告警,2026-03-04 00:01,\nA3,S1,停电告警,2026-02-01 00:01,\n",
}  # fmt: skip


@settings(max_examples=40)
@given(order=st.permutations(list(FILES)), cuts=st.sets(st.integers(1, 4)))
def test_any_order_of_arrival_comes_to_the_same_facts(order: list[str], cuts: set[int]) -> None:
    # The two alarm files correct each other, so that only their own order counts.
    alarm_files = iter(["alarms.csv", "later.csv"])
    order = [next(alarm_files) if name in {"alarms.csv", "later.csv"} else name for name in order]
    folder = Path(mkdtemp())
    try:
        installation = Settings(home=folder)
        warehouse, state = Warehouse(installation.warehouse), open_state(installation.state)
        house = House(folder, installation, warehouse, state)
        for start, end in itertools.pairwise([0, *sorted(cuts), len(order)]):
            paths = [house.file(name, FILES[name]) for name in order[start:end]]
            receipts = receive_all(paths, warehouse, state, installation, NOW)
            release([receipt.feed for receipt in receipts], state, warehouse, installation, NOW)
        alarms = [row for month in ("2026-02", "2026-03") for row in house.facts("alarms", month).to_pylist()]
        assert [(row["alarm_id"], row["site_id"], row["raised_at"].day) for row in alarms] == [
            ("A3", "S1", 31), ("A1", "S2", 2), ("A2", "S2", 3),
        ]  # fmt: skip
    finally:
        shutil.rmtree(folder)
