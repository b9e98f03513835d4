"""Quarantine: release after what was missing has arrived, and never over a later correction."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from ops_platform.errors import PermanentError
from ops_platform.intake import quarantine
from ops_platform.intake.overview import (
    dismissed_by_reason,
    quarantine_totals,
    recent_receipts,
    unbalanced_receipts,
    waiting_by_reason,
    worst_files,
    worst_values,
)
from ops_platform.state import QUARANTINE, RECEIPT
from tests.intake.conftest import CELLS, NOW, OFFICES, SITES, House

ALARMS = "告警编号,基站编号,告警名称,告警时间,告警清除时间\n"


def retry(house: House, feed: str | None = None) -> list[tuple[str, int]]:
    receipts = quarantine.retry(house.state, house.warehouse, house.settings, NOW, feed)
    return [(receipt.feed, receipt.rows_accepted) for receipt in receipts]


def test_rows_are_released_once_their_sites_are_known(empty_house: House) -> None:
    house = empty_house
    house.receive("offices.csv", OFFICES)
    alarms = house.receive("a.csv", ALARMS + "A1,S1,停电告警,2026-03-01 00:01,\nA2,S9,停电告警,2026-03-01 00:01,\n")
    house.receive("cells.csv", CELLS)
    assert alarms.rows_quarantined == 2
    assert retry(house) == []
    house.receive("sites.csv", SITES)
    assert retry(house) == [("cells", 2), ("alarms", 1)]
    assert house.facts("alarms", "2026-03")["alarm_id"].to_pylist() == ["A1"]
    assert house.facts("cells").num_rows == 2
    assert retry(house) == []
    released = house.state.rows(sa.select(QUARANTINE).where(QUARANTINE.c.released_at == NOW))
    assert len(released) == 3
    [receipt] = house.state.rows(sa.select(RECEIPT).where(RECEIPT.c.feed == "alarms", RECEIPT.c.file_name == "release"))
    assert (receipt["rows_read"], receipt["partitions"], receipt["months"]) == (1, ["2026-03"], ["2026-03"])


def test_only_the_named_feed_is_released(empty_house: House) -> None:
    empty_house.receive("offices.csv", OFFICES)
    empty_house.receive("cells.csv", CELLS)
    empty_house.receive("a.csv", ALARMS + "A1,S1,停电告警,2026-03-01 00:01,\n")
    empty_house.receive("sites.csv", SITES)
    assert retry(empty_house, "alarms") == [("alarms", 1)]


def test_a_later_correction_is_not_undone(empty_house: House) -> None:
    house = empty_house
    house.receive("offices.csv", OFFICES)
    house.receive("a.csv", ALARMS + "A1,S2,停电告警,2026-03-01 00:01,\n")
    house.receive("sites.csv", SITES)
    house.receive("b.csv", ALARMS + "A1,S1,停电告警,2026-03-01 00:01,\n")
    assert retry(house) == []
    assert house.facts("alarms", "2026-03")["site_id"].to_pylist() == ["S1"]
    [row] = house.state.rows(sa.select(QUARANTINE))
    assert "a later file has corrected this row" in row["reason"]


def test_the_later_line_of_the_same_file_stands(house: House) -> None:
    house.receive("a.csv", ALARMS + "A1,S3,停电告警,2026-03-01 00:01,\nA1,S1,停电告警,2026-03-01 00:02,\n")
    house.receive("b.csv", ALARMS + "A2,S1,停电告警,2026-03-01 00:02,\nA2,S3,停电告警,2026-03-01 00:01,\n")
    house.receive("sites.csv", SITES + "S3,三站,O1,30.3,110.3,农村,A,否,2020-01-01\n")
    assert retry(house) == [("alarms", 1)]
    assert house.facts("alarms", "2026-03")["site_id"].to_pylist() == ["S1", "S3"]


def test_crash_during_release_leaves_nothing_in_the_way(empty_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house = empty_house
    house.receive("offices.csv", OFFICES)
    house.receive("a.csv", ALARMS + "A1,S1,停电告警,2026-03-01 00:01,\n")
    house.receive("sites.csv", SITES)
    with monkeypatch.context() as broken:

        def die(*_: object) -> None:
            raise KeyboardInterrupt

        broken.setattr(quarantine, "commit", die)
        with pytest.raises(KeyboardInterrupt):
            retry(house)
    assert retry(house) == [("alarms", 1)]
    assert house.facts("alarms", "2026-03").num_rows == 1


def test_summary_counts_by_feed_column_and_reason(house: House) -> None:
    house.receive(
        "a.csv", ALARMS + "A1,S7,停电告警,2026-03-01 00:01,\nA2,S8,停电告警,x,\nA3,S9,停电告警,2026-03-01 00:01,\n"
    )
    counts = waiting_by_reason(house.state, NOW + timedelta(days=3))
    assert counts["rows"].to_list() == [3]
    first = counts.iloc[0]
    assert (first["feed"], first["column"], first["file_name"], first["days_waiting"]) == (
        "alarms",
        "site_id",
        "a.csv",
        3,
    )
    assert "unknown number or name" in first["kind"]
    assert "alias" in first["next_step"]


def release(house: House, *feeds: str) -> list[tuple[str, int]]:
    receipts = quarantine.release(feeds, house.state, house.warehouse, house.settings, NOW)
    return [(receipt.feed, receipt.rows_accepted) for receipt in receipts]


def test_what_arrives_releases_what_waited_for_it_in_turn(empty_house: House) -> None:
    house = empty_house
    house.receive("sites.csv", SITES)
    house.receive("cells.csv", CELLS)
    house.receive("a.csv", ALARMS + "A1,S1,停电告警,2026-03-01 00:01,\n")
    house.receive("offices.csv", OFFICES)
    assert release(house, "alarms") == []
    assert release(house, "offices") == [("sites", 2), ("cells", 2), ("alarms", 1)]


def test_an_alias_releases_the_rows_it_explains(house: House) -> None:
    house.receive("a.csv", ALARMS + "A1,总站,停电告警,2026-03-01 00:01,\nA2,分站,停电告警,2026-03-01 00:01,\n")
    house.receive("aliases.csv", "别名类别,别名,对应编号\n基站,总站,S1\n")
    assert release(house, "aliases") == [("alarms", 1)]
    assert house.facts("alarms", "2026-03")["site_id"].to_pylist() == ["S1"]
    assert quarantine_totals(house.state) == {"waiting": 1, "dismissed": 0, "released": 1}


def test_the_reason_keeps_up_with_what_is_known(empty_house: House) -> None:
    house = empty_house
    house.receive("offices.csv", OFFICES)
    house.receive("a.csv", ALARMS + "A1,S11,停电告警,2026-03-01 00:01,\n")
    house.receive("sites.csv", SITES)
    assert release(house, "sites") == []
    [row] = house.state.rows(sa.select(QUARANTINE))
    assert "nearest are S1 一站" in row["reason"]


def test_of_two_waiting_versions_the_later_stands_whichever_is_released_first(house: House) -> None:
    house.receive("a.csv", ALARMS + "A1,甲站,停电告警,2026-03-01 00:01,\n")
    house.receive("b.csv", ALARMS + "A1,乙站,停电告警,2026-02-01 00:01,\n")
    house.receive("aliases1.csv", "别名类别,别名,对应编号\n基站,甲站,S1\n")
    assert release(house, "aliases") == [("alarms", 1)]
    house.receive("aliases2.csv", "别名类别,别名,对应编号\n基站,乙站,S2\n")
    assert release(house, "aliases") == [("alarms", 1)]
    assert house.facts("alarms", "2026-03").num_rows == 0
    assert house.facts("alarms", "2026-02")["site_id"].to_pylist() == ["S2"]


def test_dismissed_rows_leave_the_list_stay_readable_and_come_back(house: House) -> None:
    receipt = house.receive(
        "a.csv", ALARMS + "A1,S7,停电告警,2026-03-01 00:01,\nA2,S8,停电告警,2026-03-01 00:01,\nA3,S9,停电告警,x,\n"
    )
    chosen = quarantine.Chosen("alarms", value="S7")
    assert quarantine.dismiss(quarantine.Chosen("cells", value="S7"), "not ours", "li", house.state, NOW) == 0
    assert quarantine.dismiss(chosen, "belongs to the next branch", "li", house.state, NOW) == 1
    assert quarantine.dismiss(chosen, "again", "wang", house.state, NOW) == 0
    assert quarantine_totals(house.state) == {"waiting": 2, "dismissed": 1, "released": 0}
    assert waiting_by_reason(house.state, NOW)["rows"].sum() == 2
    [shown] = dismissed_by_reason(house.state).to_dict("records")
    assert (shown["dismissed_why"], shown["dismissed_by"], shown["rows"]) == ("belongs to the next branch", "li", 1)
    assert shown["dismissed_at"] == NOW
    [row] = house.state.rows(sa.select(QUARANTINE).where(QUARANTINE.c.value == "S7"))
    assert row["row"]["alarm_id"] == "A1"
    house.receive("sites.csv", SITES + "S7,七站,O1,30.3,110.3,农村,A,否,2020-01-01\n")
    assert release(house, "sites") == []
    assert unbalanced_receipts(house.state).empty
    assert quarantine.restore(quarantine.Chosen("alarms", receipt=receipt.id, column="site_id"), house.state) == 1
    assert release(house, "sites") == [("alarms", 1)]


def test_a_dismissal_needs_its_reason(house: House) -> None:
    with pytest.raises(PermanentError, match="needs its reason"):
        quarantine.dismiss(quarantine.Chosen("alarms"), " ", "li", house.state, NOW)


def test_the_worst_values_and_files_come_first(house: House) -> None:
    rows = [f"A{n},S-999,停电告警,2026-03-01 00:01,\n" for n in range(5)]
    house.receive("a.csv", ALARMS + "".join(rows[:3]) + "B1,S-998,停电告警,2026-03-01 00:01,\n")
    house.receive("b.csv", ALARMS + "".join(rows[3:]))
    values = worst_values(house.state, NOW + timedelta(days=2))
    first = values.iloc[0]
    assert (first["value"], first["rows"], first["files"], first["days_waiting"]) == ("S-999", 5, 2, 2)
    assert worst_files(house.state, NOW)["file_name"].to_list() == ["a.csv", "b.csv"]


def test_refused_files_come_first_until_a_good_one_of_their_name_arrives(house: House) -> None:
    house.receive("bad.csv", "这不是,任何数据\n1,2\n")
    house.receive("a.csv", ALARMS + "A1,S1,停电告警,2026-03-01 00:01,\n")
    assert recent_receipts(house.state)["file_name"].to_list()[:2] == ["bad.csv", "a.csv"]
    house.receive("bad.csv", ALARMS + "A2,S1,停电告警,2026-03-01 00:01,\n")
    house.receive("c.csv", ALARMS + "A3,S1,停电告警,2026-03-01 00:01,\n")
    assert recent_receipts(house.state)["file_name"].to_list()[:2] == ["c.csv", "bad.csv"]
