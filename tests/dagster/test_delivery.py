"""What Dagster does with alerts itself: acknowledge from the UI, and deliver while ``ops dispatch`` is silent."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from ops_platform.alerting.service import beat
from ops_platform.alerting.watches.delivery import DISPATCH, DISPATCHER_SILENT_AFTER
from ops_platform.state import ALERT_GROUP, EPISODE, EPISODE_EVENT, OUTBOX
from tests.alerting.conftest import evaluate, outage
from tests.dagster.conftest import House

NOW = datetime(2026, 3, 12, 5, 18, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def waiting(house: House) -> House:
    """Return an installation where a message waits since NOW."""
    evaluate(house.platform.state, outage("S1"), outage("S2"), now=NOW)
    return house


def requested(house: House, after: timedelta) -> list[tuple[str, str | None]]:
    return [(job, request.run_key) for job, request in house.at(NOW + after).tick("deliver_while_dispatch_is_silent")]


def test_while_dispatch_lives_dagster_delivers_nothing(waiting: House) -> None:
    beat(waiting.platform.state, DISPATCH, NOW)
    assert requested(waiting, DISPATCHER_SILENT_AFTER) == []
    after = DISPATCHER_SILENT_AFTER + SECOND
    assert requested(waiting, after) == [("deliver_alerts", "2026-03-12T05:20")]


def test_where_dispatch_never_lived_dagster_delivers(waiting: House) -> None:
    assert requested(waiting, SECOND) == [("deliver_alerts", "2026-03-12T05:18")]


def test_one_run_a_minute(waiting: House) -> None:
    keys = {key for second in (1, 30, 41, 42, 60) for _, key in requested(waiting, second * SECOND)}
    assert keys == {"2026-03-12T05:18", "2026-03-12T05:19"}


def test_where_nothing_is_due_no_run_is_started(house: House, waiting: House) -> None:
    with house.platform.state.transaction() as connection:
        connection.execute(OUTBOX.update().values(due_at=NOW + timedelta(hours=1)))
        connection.execute(ALERT_GROUP.update().values(next_at=NOW + timedelta(hours=1)))
    assert requested(waiting, timedelta(minutes=10)) == []
    assert requested(waiting, timedelta(hours=1)) != []
    with house.platform.state.transaction() as connection:
        connection.execute(OUTBOX.update().values(state="sent"))
    assert requested(waiting, timedelta(hours=1)) != [], "an escalation is due"
    with house.platform.state.transaction() as connection:
        connection.execute(ALERT_GROUP.update().values(next_at=None))
    assert requested(waiting, timedelta(hours=1)) == []


def test_alerts_are_acknowledged_from_the_ui(waiting: House) -> None:
    house, state = waiting.at(NOW + SECOND), waiting.platform.state
    first, second = (row["id"] for row in state.rows(sa.select(EPISODE).order_by(EPISODE.c.id)))
    config = {"episodes": [first], "who": "E07", "note": "在路上", "false_alarm": True}
    job = house.defs.resolve_job_def("acknowledge_alerts")
    run = job.execute_in_process({"ops": {"take_on": {"config": config}}}, instance=house.instance)
    assert run.success
    states = {row["id"]: (row["state"], row["acked_by"], row["false_alarm"]) for row in state.rows(sa.select(EPISODE))}
    assert states == {first: ("acked", "E07", True), second: ("open", "", False)}
    (said,) = state.rows(sa.select(EPISODE_EVENT).where(EPISODE_EVENT.c.kind == "acknowledged"))
    assert said["detail"] == "E07: false alarm: 在路上"


def test_the_job_says_how_in_both_languages(house: House) -> None:
    described = house.defs.resolve_job_def("acknowledge_alerts").description or ""
    for part in ("认领告警", "Acknowledge alerts", "episodes", "who", "note", "false_alarm", "take_on"):
        assert part in described
