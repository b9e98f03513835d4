"""Sensors see that the dispatcher is silent and channels fail; the dispatcher sees that sensors are silent."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ops_platform.alerting.catalogue import RULES, WATCHDOG, WATCHES
from ops_platform.alerting.rules import Condition
from ops_platform.alerting.watches import delivery
from ops_platform.platform import Platform
from ops_platform.state import ATTEMPT, EVALUATION, HEARTBEAT, OUTBOX
from tests.alerting.watches.told import installation, line, subjects
from tests.maintenance.builders import Row, at

NOW = at("03-12 11:00")
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Platform:
    url = "" if request.param == "sqlite" else request.getfixturevalue("new_postgres_url")()
    return installation(tmp_path, state_url=url)


@pytest.fixture
def sqlite(tmp_path: Path) -> Platform:
    return installation(tmp_path)


def add(platform: Platform, table: sa.Table, *rows: Row) -> None:
    with platform.state.transaction() as connection:
        for row in rows:
            connection.execute(sa.insert(table).values(row))


def beat(platform: Platform, moment: datetime, name: str = "dispatch") -> None:
    add(platform, HEARTBEAT, {"name": name, "beat_at": moment})


def message(platform: Platform, number: int, channel: str = "smtp", state: str = "sent", due: datetime = NOW) -> None:
    add(
        platform, OUTBOX,
        {"id": number, "key": f"key-{number}", "kind": "raised", "step": 1, "channel": channel, "recipient": "E1",
         "title": "", "body": "", "payload": {}, "state": state, "created_at": due, "due_at": due},
    )  # fmt: skip


def attempts(platform: Platform, number: int, *outcomes: tuple[float, str]) -> None:
    """Note attempts of a message, each so many minutes before NOW, with what came of it."""
    for minutes, outcome in outcomes:
        ended = NOW - minutes * MINUTE
        add(
            platform, ATTEMPT,
            {"outbox_id": number, "fence": 1, "started_at": ended - SECOND, "ended_at": ended, "outcome": outcome,
             "answer": f"{outcome} {minutes:g}"},
        )  # fmt: skip


def found(platform: Platform, now: datetime = NOW) -> list[Condition]:
    return list(delivery.find(platform, now))


def evaluated(platform: Platform, **minutes: float) -> None:
    """Note when rules were evaluated last, in minutes before NOW."""
    rows = [{"rule": rule, "at": NOW - ago * MINUTE, "watermark_at": NOW} for rule, ago in minutes.items()]
    add(platform, EVALUATION, *rows)


def watched(platform: Platform, now: datetime = NOW) -> list[Condition]:
    return list(WATCHDOG.find(platform, now))


def test_a_dispatcher_is_silent_after_two_minutes_without_heartbeat(platform: Platform) -> None:
    beat(platform, NOW)
    beat(platform, NOW - 60 * MINUTE, "daemon")
    message(platform, 1, state="pending")
    message(platform, 2, state="claimed", due=NOW + 2 * MINUTE + SECOND)
    message(platform, 3, state="pending", due=NOW + 60 * MINUTE)
    message(platform, 4)
    assert found(platform, NOW + 2 * MINUTE) == []
    (condition,) = found(platform, NOW + 2 * MINUTE + SECOND)
    assert subjects([condition]) == [("dispatcher_silent", "dispatch")]
    assert condition.true_at == NOW + 2 * MINUTE
    told = "ops dispatch: last heartbeat at 2026-03-12T03:00:00+00:00, 2 messages wait to be sent"
    assert line(condition, "en") == told


def test_a_dispatcher_that_never_ran_is_not_silent(sqlite: Platform) -> None:
    assert found(sqlite) == []


def test_a_dead_letter_is_told_for_an_hour(platform: Platform) -> None:
    message(platform, 1, state="dead")
    attempts(platform, 1, (59, "retry"), (1, "permanent"))
    message(platform, 2, state="dead")
    attempts(platform, 2, (30, "permanent"))
    message(platform, 3)
    attempts(platform, 3, (0, "accepted"))
    message(platform, 4, "wecom")
    attempts(platform, 4, (0, "accepted"))
    (condition,) = found(platform)
    assert subjects([condition]) == [("delivery_failing", "smtp")]
    assert condition.facts == {
        "channel": "smtp", "dead": 2, "failures": None, "answer": "permanent 30",
        "failed_at": (NOW - 59 * MINUTE).isoformat(),
    }  # fmt: skip
    assert line(condition, "zh") == (
        "通道 smtp 自 2026-03-12T02:01:00+00:00 起有消息发送失败；2 条已放弃；服务商答复：permanent 30"
    )
    assert len(found(platform, NOW + 59 * MINUTE - SECOND)) == 1
    assert found(platform, NOW + 59 * MINUTE) == []


def test_a_channel_fails_once_nothing_was_accepted_for_five_minutes(platform: Platform) -> None:
    message(platform, 1, state="pending")
    attempts(platform, 1, (50, "retry"), (10, "accepted"), (5, "retry"), (2, "in_doubt"), (1, "permanent"))
    assert found(platform, NOW - SECOND) == []
    (condition,) = found(platform)
    assert condition.facts == {
        "channel": "smtp", "dead": None, "failures": 3, "answer": "permanent 1",
        "failed_at": (NOW - 5 * MINUTE).isoformat(),
    }  # fmt: skip
    assert condition.true_at == NOW - 5 * MINUTE
    assert line(condition, "en") == (
        "Channel smtp: messages fail since 2026-03-12T02:55:00+00:00; 3 attempts since, none accepted; "
        "the provider answered: permanent 1"
    )


def test_a_channel_that_never_accepted_anything_fails(sqlite: Platform) -> None:
    message(sqlite, 1, state="pending")
    attempts(sqlite, 1, (6, "retry"))
    message(sqlite, 2, "wecom")
    attempts(sqlite, 2, (1, "accepted"))
    assert subjects(found(sqlite)) == [("delivery_failing", "smtp")]


def test_a_channel_that_accepted_since_works(sqlite: Platform) -> None:
    message(sqlite, 1)
    attempts(sqlite, 1, (20, "retry"), (19, "accepted"), (19, "in_doubt"))
    assert found(sqlite) == []


def test_a_channel_that_was_not_tried_for_an_hour_is_no_longer_known_to_fail(sqlite: Platform) -> None:
    message(sqlite, 1, state="withdrawn")
    attempts(sqlite, 1, (60, "retry"))
    assert found(sqlite) == []
    assert len(found(sqlite, NOW - SECOND)) == 1


def test_an_attempt_under_way_is_no_failure(sqlite: Platform) -> None:
    message(sqlite, 1, state="claimed")
    started = {"outbox_id": 1, "fence": 1, "started_at": NOW - 10 * MINUTE, "outcome": "started"}
    add(sqlite, ATTEMPT, started)
    assert found(sqlite) == []


def test_the_daemon_is_silent_once_nothing_is_evaluated(platform: Platform) -> None:
    evaluated(platform, generator_late=0, generator_leave_by=1, inspection_overdue=2, worst_cell=50)
    assert watched(platform, NOW + 5 * MINUTE) == []
    (condition,) = watched(platform, NOW + 5 * MINUTE + SECOND)
    assert subjects([condition]) == [("daemon_silent", "daemon")]
    assert condition.true_at == NOW + 5 * MINUTE
    assert line(condition, "en") == (
        "dagster-daemon: last evaluation at 2026-03-12T03:00:00+00:00, no rule was evaluated since"
    )


def test_where_only_slow_watches_run_silence_is_three_of_their_intervals(sqlite: Platform) -> None:
    evaluated(sqlite, inspection_overdue=0)
    assert watched(sqlite, NOW + 15 * MINUTE) == []
    assert subjects(watched(sqlite, NOW + 15 * MINUTE + SECOND)) == [("daemon_silent", "daemon")]


def test_one_watch_that_stopped_while_others_go_on_is_told_alone(platform: Platform) -> None:
    evaluated(platform, generator_late=6, inspection_overdue=0)
    (condition,) = watched(platform)
    assert subjects([condition]) == [("watch_silent", "slow_outage_response")]
    assert condition.true_at == NOW - MINUTE
    assert line(condition, "en") == (
        "slow_outage_response: last evaluated at 2026-03-12T02:54:00+00:00, due every 30 s; others are"
    )


def test_a_watch_is_silent_only_after_its_limit(sqlite: Platform) -> None:
    evaluated(sqlite, generator_late=5, inspection_overdue=0)
    assert watched(sqlite) == []


def test_a_daemon_that_stops_is_one_matter(sqlite: Platform) -> None:
    evaluated(sqlite, generator_late=0, inspection_overdue=1, worst_cell=2, feed_late=3)
    assert subjects(watched(sqlite, NOW + 600 * MINUTE)) == [("daemon_silent", "daemon")]


def test_a_watch_that_was_never_evaluated_is_not_switched_on(sqlite: Platform) -> None:
    assert watched(sqlite) == []


def test_the_dispatcher_does_not_look_at_itself(sqlite: Platform) -> None:
    evaluated(sqlite, daemon_silent=0, watch_silent=0, run_failed=0)
    assert watched(sqlite, NOW + 600 * MINUTE) == []


def test_who_watches_what() -> None:
    assert WATCHES["dispatcher"].every_s == 60
    assert {rule.id for rule in WATCHES["dispatcher"].rules} == {"dispatcher_silent", "delivery_failing"}
    assert WATCHDOG.every_s == 30
    assert {rule.id for rule in WATCHDOG.rules} == {"daemon_silent", "watch_silent"}
    assert "watchdog" not in WATCHES
    assert {RULES[rule].severity for rule in ("dispatcher_silent", "daemon_silent", "delivery_failing")} == {"critical"}
    assert RULES["watch_silent"].severity == "major"
    # When the daemon comes back, the watches that it has not reached yet look as if they had stopped.
    assert RULES["watch_silent"].gather_s == 120
