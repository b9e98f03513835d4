"""Quarantine: release after what was missing has arrived, and never over a later correction."""

import pytest
import sqlalchemy as sa

from ops_platform.intake import quarantine
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
    counts = quarantine.summary(house.state)
    assert sum(count.rows for count in counts) == 3
    assert (counts[0].feed, counts[0].column, counts[0].rows, counts[0].file_name) == ("alarms", "site_id", 2, "a.csv")
