"""A feed is late by its own limit, and broken where its last file was refused or largely waits in quarantine."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ops_platform.alerting.rules import Condition
from ops_platform.alerting.watches import feeds
from ops_platform.platform import Platform
from ops_platform.policy import AlertPolicy
from ops_platform.state import QUARANTINE, RECEIPT
from tests.alerting.watches.told import installation, line, subjects
from tests.maintenance.builders import Row, at

NOW = at("03-12 11:00")


@pytest.fixture(params=["sqlite", "postgresql"])
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Platform:
    url = "" if request.param == "sqlite" else request.getfixturevalue("new_postgres_url")()
    return installation(tmp_path, state_url=url)


@pytest.fixture
def sqlite(tmp_path: Path) -> Platform:
    return installation(tmp_path)


def receive(platform: Platform, feed: str, received: str = "03-12 10:00", waiting: int = 0, **more: Any) -> int:
    """Note a file of a feed that was received with 100 rows, of which so many wait; return its receipt."""
    with platform.state.transaction() as connection:
        number = connection.execute(sa.select(sa.func.count()).select_from(RECEIPT)).scalar_one()
        row: Row = {
            "sha256": f"sha-{number}", "feed": feed, "file_name": f"{feed}_{number}.csv", "received_at": at(received),
            "status": "accepted", "rows_read": 100, "partitions": [], "months": [],
        }  # fmt: skip
        receipt = int(connection.execute(sa.insert(RECEIPT).values(row | more)).inserted_primary_key[0])
        for place in range(waiting, 0, -1):  # as a file read in parts may write them down
            bad: Row = {
                "receipt_id": receipt, "line": place + 1, "position": place, "column": "site_id", "value": "x",
                "reason": f"原因 {place} / reason {place}", "row": {},
            }  # fmt: skip
            connection.execute(sa.insert(QUARANTINE).values(bad))
    return receipt


def found(platform: Platform, now: datetime = NOW) -> list[Condition]:
    return list(feeds.find(platform, now))


def late(platform: Platform, now: datetime) -> list[tuple[str, str]]:
    return [pair for pair in subjects(found(platform, now)) if pair[0] == "feed_late"]


def test_a_feed_is_late_once_its_last_file_is_older_than_its_limit(platform: Platform) -> None:
    receive(platform, "alarms", "03-12 03:00")
    receive(platform, "alarms", "03-12 04:00")
    receive(platform, "sites", "01-01 04:00")  # of any age
    assert found(platform, at("03-12 09:49")) == []
    (condition,) = found(platform, at("03-12 09:50"))
    assert subjects([condition]) == [("feed_late", "alarms")]
    assert condition.true_at == at("03-12 10:00")
    assert condition.facts == {
        "feed_name": "告警 alarms", "file_name": "alarms_1.csv", "received_at": at("03-12 04:00").isoformat(),
        "late_at": at("03-12 10:00").isoformat(), "reaches_on": None,
    }  # fmt: skip
    assert condition.office_id == ""
    assert line(condition, "zh").startswith(
        "告警 alarms：最近一次收件 2026-03-11T20:00:00+00:00（alarms_1.csv），最迟应于"
    )
    assert "; its rows" not in line(condition, "en")


def test_a_feed_that_never_arrived_is_not_late(sqlite: Platform) -> None:
    receive(sqlite, "alarms", "01-01 04:00", status="refused", finding="不可读 / unreadable")
    assert late(sqlite, NOW) == []


def test_what_came_out_of_quarantine_or_is_being_read_did_not_arrive(sqlite: Platform) -> None:
    receive(sqlite, "alarms", "03-12 04:00")
    receive(sqlite, "alarms", "03-12 10:00", file_name="release")
    receive(sqlite, "alarms", "03-12 10:00", status="reading")
    assert late(sqlite, at("03-12 10:00")) == [("feed_late", "alarms")]


def test_files_that_only_repeat_old_days_are_no_news(tmp_path: Path) -> None:
    platform = installation(tmp_path, cell_counters=[{"period_start_at": at("03-10 23:45")}])
    receive(platform, "cell_counters", "03-13 01:00")
    # The day ended on 11 March at midnight; what follows it may come as late as a day and 26 hours after.
    assert late(platform, at("03-13 01:49")) == []
    (condition,) = found(platform, at("03-13 01:50"))
    assert condition.true_at == at("03-13 02:00")
    assert condition.facts["reaches_on"] == "2026-03-10"
    assert line(condition, "en").endswith("(left); its rows reach to 2026-03-10")


def test_rows_of_the_future_do_not_hide_that_nothing_comes(tmp_path: Path) -> None:
    rows: list[Row] = [{"period_start_at": at("03-10 23:45")}, {"period_start_at": at("03-20 23:45")}]
    platform = installation(tmp_path, cell_counters=rows)
    receive(platform, "cell_counters", "03-13 01:00")
    assert late(platform, at("03-13 01:50")) == [("feed_late", "cell_counters")]


def test_rows_of_today_are_news_although_days_before_are_missing(tmp_path: Path) -> None:
    rows: list[Row] = [{"period_start_at": at("03-08 23:45")}, {"period_start_at": at("03-13 00:15")}]
    platform = installation(tmp_path, cell_counters=rows)
    receive(platform, "cell_counters", "03-13 01:00")
    assert late(platform, at("03-13 01:50")) == []


def test_the_defaults_fit_daily_and_running_feeds() -> None:
    daily = {"cell_counters": 26.0, "measurement_reports": 26.0, "interconnect_counters": 26.0}
    assert AlertPolicy().feed_max_age_h == daily | {"alarms": 6.0, "alarm_events": 6.0}


def test_a_limit_is_of_a_feed_that_exists() -> None:
    with pytest.raises(ValueError, match="no such feed: alarm"):
        AlertPolicy(feed_max_age_h={"alarm": 1.0})


def test_a_refused_file_breaks_its_feed_until_the_next_is_accepted(platform: Platform) -> None:
    receive(platform, "faults", status="refused", finding="没有表头 / no header", rows_read=0)
    (condition,) = found(platform)
    assert subjects([condition]) == [("feed_broken", "faults")]
    assert condition.true_at == at("03-12 10:00")
    assert line(condition, "zh") == ("故障工单 faults：faults_0.csv（2026-03-12T02:00:00+00:00 收到）被拒收：没有表头")
    assert line(condition, "en") == (
        "故障工单 faults: faults_0.csv (received 2026-03-12T02:00:00+00:00) was refused: no header"
    )
    receive(platform, "inspections")
    assert subjects(found(platform)) == [("feed_broken", "faults")]
    receive(platform, "faults")
    assert found(platform) == []


def test_a_reason_that_does_not_part_into_two_languages_is_told_whole(sqlite: Platform) -> None:
    receive(sqlite, "faults", status="refused", finding="a / b：错 / a / b: wrong")
    (condition,) = found(sqlite)
    assert line(condition, "en").endswith("was refused: a / b：错 / a / b: wrong")


def test_a_file_that_is_being_read_says_nothing_yet(sqlite: Platform) -> None:
    receive(sqlite, "faults", status="refused", finding="x")
    receive(sqlite, "faults", status="reading")
    receive(sqlite, "faults", file_name="release")
    assert subjects(found(sqlite)) == [("feed_broken", "faults")]


@pytest.mark.parametrize(("waiting", "broken"), [(5, False), (6, True)])
def test_more_than_5_percent_in_quarantine_break_a_feed(sqlite: Platform, waiting: int, *, broken: bool) -> None:
    receive(sqlite, "faults", waiting=waiting)
    assert bool(found(sqlite)) == broken


def test_it_names_the_file_the_rows_and_the_first_reason(platform: Platform) -> None:
    receive(platform, "faults", waiting=50)
    receive(platform, "faults", waiting=8)
    (condition,) = found(platform)
    assert line(condition, "zh") == (
        "故障工单 faults：faults_1.csv（2026-03-12T02:00:00+00:00 收到）：100 行中 8 行被隔离，首个原因：第 2 行 原因 1"
    )
    assert line(condition, "en") == (
        "故障工单 faults: faults_1.csv (received 2026-03-12T02:00:00+00:00): 8 of 100 rows are in quarantine, "
        "the first reason: line 2, reason 1"
    )
    assert "ops intake explain" in condition.rule.advice.zh
    assert "quarantine" in condition.rule.advice.en


@pytest.mark.parametrize("column", ["released_at", "dismissed_at"])
def test_rows_that_were_released_or_dismissed_do_not_wait(sqlite: Platform, column: str) -> None:
    receive(sqlite, "faults", waiting=8)
    with sqlite.state.transaction() as connection:
        connection.execute(sa.update(QUARANTINE).where(QUARANTINE.c.line <= 4).values({column: NOW}))
    assert found(sqlite) == []


def test_a_file_of_no_known_feed_is_told_for_a_day(platform: Platform) -> None:
    receive(platform, "", file_name="报表.csv", status="refused", finding="无法识别 / not recognised")
    receive(platform, "alarms")
    (condition,) = found(platform)
    assert subjects([condition]) == [("feed_broken", "unrecognised")]
    assert condition.facts["file_name"] == "报表.csv"
    assert condition.facts["feed_name"] == "未识别 unrecognised"
    end = at("03-12 10:00") + timedelta(days=1)
    assert ("feed_broken", "unrecognised") in subjects(found(platform, end - timedelta(seconds=1)))
    assert ("feed_broken", "unrecognised") not in subjects(found(platform, end))


def test_a_file_that_is_recognised_when_it_comes_again_is_in_order(sqlite: Platform) -> None:
    receive(sqlite, "faults", file_name="报表.csv")
    receive(sqlite, "", file_name="报表.csv", status="refused", finding="x")
    assert len(found(sqlite)) == 1
    receive(sqlite, "faults", file_name="报表.csv", status="refused", finding="x")
    assert ("feed_broken", "unrecognised") in subjects(found(sqlite))
    receive(sqlite, "faults", file_name="报表.csv")
    assert found(sqlite) == []


def test_the_newest_unrecognised_file_is_told_that_has_not_come_again(sqlite: Platform) -> None:
    for name in ("a.csv", "b.csv"):
        receive(sqlite, "", file_name=name, status="refused", finding="x")
    receive(sqlite, "faults", file_name="b.csv")
    assert [condition.facts["file_name"] for condition in found(sqlite)] == ["a.csv"]


def test_nothing_received_is_nothing_the_matter(sqlite: Platform) -> None:
    assert found(sqlite) == []
    assert feeds.WATCH.every_s == 300
    assert {rule.severity for rule in feeds.WATCH.rules} == {"major"}
