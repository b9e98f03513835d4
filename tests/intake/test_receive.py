"""Receipts: conservation, idempotence, corrections, refusals, and what a crash leaves behind."""

import os
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from ops_platform.contracts import FEEDS
from ops_platform.intake import archive, receive
from ops_platform.state import QUARANTINE, RECEIPT
from tests.intake.conftest import CELLS, NOW, OFFICES, SITES, House

ALARMS = "告警编号,基站编号,告警名称,告警时间,告警清除时间\n"
COUNTERS = "小区编号,开始时间,统计周期（秒）,TCH占用请求次数\n"


def test_alarms_land_in_their_local_month(house: House) -> None:
    receipt = house.receive(
        "alarms.csv",
        ALARMS + "A1,S1,停电告警,2026-02-28 23:59,2026-03-01 00:10\nA2,S1,停电告警,2026-03-01 00:01,2026-03-01 00:09\n",
    )
    assert receipt.partitions == ("2026-02", "2026-03")
    assert receipt.months == ("2026-02", "2026-03")
    [row] = house.facts("alarms", "2026-02").to_pylist()
    assert row["raised_at"] == datetime(2026, 2, 28, 15, 59, tzinfo=UTC)
    assert house.facts("alarms", "2026-03").schema == FEEDS["alarms"].schema


def test_open_alarm_concerns_every_month_to_now_and_none_before_the_first(house: House) -> None:
    receipt = house.receive("alarms.csv", ALARMS + "A1,S1,停电告警,2025-11-03 08:00,\n")
    assert receipt.partitions == ("2025-11",)
    assert receipt.months == ("2026-01", "2026-02", "2026-03")


@pytest.mark.parametrize(
    ("raised", "column"),
    [
        ("2024-12-31 23:59", ["raised_at"]),  # the installation's first month is 2026-01
        ("2025-01-01 00:00", []),
        ("2027-03-31 23:59", []),  # it is 2026-03
        ("2027-04-01 00:00", ["raised_at"]),
    ],
)
def test_rows_far_from_the_installations_months_are_set_aside(house: House, raised: str, column: list[str]) -> None:
    receipt = house.receive("alarms.csv", ALARMS + f"A1,S1,停电告警,{raised},\n")
    assert receipt.rows_accepted + len(column) == 1
    aside = house.state.rows(sa.select(QUARANTINE))
    assert [row["column"] for row in aside] == column
    assert all("OPS_FIRST_MONTH" in row["reason"] for row in aside)


@pytest.mark.parametrize(
    ("due", "accepted"), [("2024-12-31", 0), ("2025-01-01", 1), ("2027-03-31", 1), ("2027-04-01", 0)]
)
def test_dates_far_from_the_installations_months_are_set_aside(house: House, due: str, accepted: int) -> None:
    header = "作业编号,单位编码,作业内容,要求完成日期\n"
    assert house.receive("plan.csv", header + f"W1,O1,清洁滤网,{due}\n").rows_accepted == accepted


def test_feeds_without_partitions_touch_no_month(house: House) -> None:
    receipt = house.receive("offices.csv", OFFICES + "O2,乙县,B\n")
    assert (receipt.partitions, receipt.months) == (("",), ())
    assert house.facts("offices")["office_id"].to_pylist() == ["O1", "O2"]


def test_lingering_rows_concern_later_months(house: House) -> None:
    header = "投诉编号,单位编码,客户编号,客户类别,投诉原因,投诉受理时间,投诉办结时间\n"
    receipt = house.receive("c.csv", header + "K1,O1,X,普通客户,掉话,2026-02-20 08:00,2026-02-20 09:00\n")
    assert receipt.months == ("2026-02", "2026-03")


def test_the_same_bytes_twice_are_a_no_op(house: House) -> None:
    first = house.receive("a.csv", ALARMS + "A1,S1,停电告警,2026-03-01 00:01,\n")
    again = house.receive("renamed.csv", ALARMS + "A1,S1,停电告警,2026-03-01 00:01,\n")
    assert (again.id, again.repeated, first.repeated) == (first.id, True, False)
    assert len(house.warehouse.arrivals(FEEDS["alarms"], "2026-03")) == 1


def test_later_receipt_corrects_earlier_one_by_key_and_keeps_it_readable(house: House) -> None:
    house.receive("a.csv", ALARMS + "A1,S1,停电告警,2026-03-01 00:01,\nA2,S2,停电告警,2026-03-01 00:01,\n")
    correction = house.receive("b.csv", ALARMS + "A1,S1,停电告警,2026-03-01 00:01,2026-03-01 02:00\n")
    rows = house.facts("alarms", "2026-03").to_pylist()
    assert [(row["alarm_id"], row["cleared_at"] is None) for row in rows] == [("A1", False), ("A2", True)]
    assert len(house.warehouse.arrivals(FEEDS["alarms"], "2026-03")) == 2
    assert correction.partitions == ("2026-03",)


def test_correction_concerns_the_months_of_what_it_replaces(house: House) -> None:
    house.receive("a.csv", ALARMS + "A1,S1,停电告警,2026-01-05 08:00,\n")
    correction = house.receive("b.csv", ALARMS + "A1,S1,停电告警,2026-01-05 08:00,2026-01-05 09:00\n")
    assert correction.partitions == ("2026-01",)
    assert correction.months == ("2026-01", "2026-02", "2026-03")


def test_correction_that_moves_a_key_takes_it_from_its_old_month(house: House) -> None:
    done = "2026-03-02 02:00"
    house.receive("a.csv", ALARMS + f"A1,S1,停电告警,2026-02-27 08:00,{done}\nA2,S1,停电告警,2026-02-27 08:00,{done}\n")
    moved = house.receive("b.csv", ALARMS + f"A1,S1,停电告警,2026-03-01 08:00,{done}\n")
    assert moved.partitions == ("2026-02", "2026-03")
    assert moved.months == ("2026-02", "2026-03")
    assert house.facts("alarms", "2026-02")["alarm_id"].to_pylist() == ["A2"]
    assert house.facts("alarms", "2026-03")["alarm_id"].to_pylist() == ["A1"]
    again = house.receive("c.csv", ALARMS + f"A1,S2,停电告警,2026-03-01 08:00,{done}\n")
    assert again.partitions == ("2026-03",)
    back = house.receive(
        "d.csv", ALARMS + f"A1,S2,停电告警,2026-02-26 08:00,{done}\nA3,S2,停电告警,2026-03-01 08:00,{done}\n"
    )
    assert back.partitions == ("2026-02", "2026-03")
    assert house.facts("alarms", "2026-02")["alarm_id"].to_pylist() == ["A1", "A2"]
    assert house.facts("alarms", "2026-03")["alarm_id"].to_pylist() == ["A3"]


def test_counters_are_split_by_local_day(house: House) -> None:
    receipt = house.receive("c.csv", COUNTERS + "C1,2026-03-02 00:00,3600,5\nC1,2026-03-01 23:00,3600,4\n")
    assert (receipt.partitions, receipt.months) == (("2026-03-01", "2026-03-02"), ("2026-03",))
    assert house.facts("cell_counters", "2026-03-02")["tch_attempts"].to_pylist() == [5]


def test_every_bad_row_is_kept_with_line_column_value_and_both_languages(house: House) -> None:
    receipt = house.receive(
        "sites.csv",
        SITES.split("\n")[0]
        + "\nS3,三站,O1,95.5,110,农村,A,否,2020-01-01\nS4,四站,O9,30,110,月球,A,大概,01/02/2020\n"
        + "S5,,O1,30,110,农村,A,否,2020-01-01\n"
        + "S6,六站\n",
    )
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (4, 0, 4)
    assert (receipt.partitions, receipt.status) == ((), "accepted")
    rows = house.state.rows(sa.select(QUARANTINE).order_by(QUARANTINE.c.line))
    assert [(row["line"], row["column"], row["value"]) for row in rows] == [
        (2, "latitude", "95.5"), (3, "office_id", "O9"), (4, "site_name", ""), (5, "", "S6,六站"),
    ]  # fmt: skip
    assert "超出范围 -90 … 90 / outside -90 … 90" in rows[0]["reason"]
    for part in (
        "未知县分公司（营业部）",
        "unknown office 'O9'",
        "不在词表内",
        "neither yes nor no",
        "day_first: true or false",
    ):
        assert part in rows[1]["reason"]
    assert "缺少必填值 / a required value is missing" in rows[2]["reason"]
    assert "9 cells expected, 2 found" in rows[3]["reason"]
    assert rows[1]["row"]["site_name"] == "四站"


def test_references_are_unknown_while_their_feed_is_empty(empty_house: House) -> None:
    receipt = empty_house.receive("cells.csv", CELLS)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (0, 2)


def test_repeated_rows_and_contradicting_rows(house: House) -> None:
    receipt = house.receive(
        "c.csv",
        COUNTERS + "C1,2026-03-01 08:00,3600,4\nC2,2026-03-01 08:00,3600,7\nC1,2026-03-01 08:00,3600,4\n"
        "C2,2026-03-01 8:00,3600,9\nC2,2026-03-01 08:00,3600,x\n",
    )
    assert (receipt.rows_read, receipt.rows_accepted) == (5, 2)
    assert (receipt.rows_quarantined, receipt.rows_duplicate) == (2, 1)
    rows = house.state.rows(sa.select(QUARANTINE).order_by(QUARANTINE.c.line))
    assert [row["line"] for row in rows] == [3, 6]
    assert "lines 3 and 5 share a key, but differ in tch_attempts" in rows[0]["reason"]
    assert house.facts("cell_counters", "2026-03-01")["tch_attempts"].to_pylist() == [4, 9]


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\x00\xff\xfe\xff\xff", b"", b"<a/>", b"PK\x03\x04zzz"])
def test_refused_file_leaves_a_receipt_and_its_bytes_and_nothing_else(house: House, content: bytes) -> None:
    receipt = house.receive("strange.bin", content)
    assert receipt.status == "refused"
    assert "strange.bin" in receipt.finding
    assert "/" in receipt.finding
    kept = house.settings.archive / receipt.sha256[:2] / f"{receipt.sha256}.bin"
    assert kept.read_bytes() == content
    assert house.receive("strange.bin", content).status == "refused"
    assert len(house.state.rows(sa.select(RECEIPT).where(RECEIPT.c.status == "refused"))) == 1


def test_files_that_others_refer_to_come_first_and_one_bad_file_stops_no_other(empty_house: House) -> None:
    paths = [
        empty_house.file(name, content)
        for name, content in {
            "1.csv": COUNTERS + "C1,2026-03-01 08:00,3600,4\n", "2.csv": CELLS, "3.csv": "x\n1\n", "4.csv": SITES,
            "5.csv": OFFICES,
        }.items()
    ]  # fmt: skip
    receipts = receive.receive_all(paths, empty_house.warehouse, empty_house.state, empty_house.settings, NOW)
    assert [(receipt.feed, receipt.status) for receipt in receipts] == [
        ("", "refused"), ("offices", "accepted"), ("sites", "accepted"), ("cells", "accepted"),
        ("cell_counters", "accepted"),
    ]  # fmt: skip
    assert sum(receipt.rows_quarantined for receipt in receipts) == 0


@pytest.mark.parametrize(
    "step", ["receive.check", "staging.Staging.settle", "staging.Staging.publish", "receive.commit"]
)
def test_crash_after_any_step_is_healed_by_receiving_again(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    house.receive("a.csv", ALARMS + "A1,S1,停电告警,2026-02-27 08:00,2026-03-02 02:00\n")
    inbox = house.settings.inbox
    inbox.mkdir(parents=True)
    (inbox / "b.csv").write_text(ALARMS + "A1,S1,停电告警,2026-03-01 08:00,2026-03-02 02:00\n", encoding="utf-8")
    [path] = archive.claim(inbox, stable_s=0)
    with monkeypatch.context() as broken:

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        broken.setattr(f"ops_platform.intake.{step}", die)
        with pytest.raises(KeyboardInterrupt):
            receive.receive(path, house.warehouse, house.state, house.settings, NOW)
    assert [row["status"] for row in house.state.rows(sa.select(RECEIPT.c.status).order_by(RECEIPT.c.id))][
        -1
    ] == "reading"
    [again] = archive.claim(inbox, stable_s=0)
    receipt = receive.receive(again, house.warehouse, house.state, house.settings, NOW)
    assert (receipt.status, receipt.partitions) == ("accepted", ("2026-02", "2026-03"))
    assert house.facts("alarms", "2026-02").num_rows == 0
    assert house.facts("alarms", "2026-03").num_rows == 1
    assert not list((inbox / ".claimed").iterdir())
    assert not house.state.rows(sa.select(RECEIPT).where(RECEIPT.c.status == "reading"))


def test_claim_takes_whole_files_only(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in ("old.csv", "young.csv", "half.csv.part", ".hidden"):
        (inbox / name).write_text(name)
    long_ago = time.time() - 60
    for name in ("old.csv", "half.csv.part", ".hidden"):
        os.utime(inbox / name, (long_ago, long_ago))
    assert [path.name for path in archive.claim(inbox)] == ["old.csv"]
    assert sorted(path.name for path in inbox.iterdir()) == [".claimed", ".hidden", "half.csv.part", "young.csv"]
    (inbox / "old.csv").write_text("another")
    assert len(archive.claim(inbox, stable_s=0)) == 2  # the other old.csv waits for its turn


def test_dates_in_the_past_of_a_frozen_clock_are_all_right(house: House) -> None:
    header = "巡检编号,基站编号,巡检人工号,计划开始日期,计划完成日期,是否可进站,是否抽检\n"
    staff = house.receive("staff.csv", "工号,姓名,单位编码,岗位\nE1,甲,O1,维护员\n")
    receipt = house.receive("i.csv", header + "I1,S1,E1,2026-03-01,2026-03-31,是,否\n")
    assert (staff.status, receipt.partitions, receipt.months) == ("accepted", ("2026-03",), ("2026-03",))
    assert house.facts("inspections", "2026-03")["due_on"].to_pylist() == [date(2026, 3, 31)]
