"""The dead man's switch speaks for the whole chain, and nothing that it meets outside disturbs anything."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from ops_platform.alerting import heartbeat
from ops_platform.alerting.heartbeat import tell_outside
from ops_platform.alerting.loops import ALIVE_S, Loop
from ops_platform.channel_settings import AlertSettings
from ops_platform.platform import Platform
from ops_platform.state import EVALUATION, State
from tests.alerting.conftest import NOW, evaluate
from tests.alerting.pages import installation
from tests.alerting.provider import DROP_UNREAD, HANG, SECRET, TRICKLE, free_port, http, provider

OK = http("200 OK", body="OK")


def beating(state: State, home: Path, url: str, minutes: float = 1) -> Platform:
    """Return an installation that tells this address, seen so long after NOW."""
    alerts = AlertSettings(heartbeat_url=SecretStr(url), port=0)
    return installation(state, home, alerts=alerts, frozen_at=NOW + timedelta(minutes=minutes))


def test_all_is_well_while_loops_run_and_the_daemon_evaluates(state: State, tmp_path: Path) -> None:
    evaluate(state)
    with provider() as outside:
        outside.answer = OK
        assert tell_outside(beating(state, tmp_path, f"{outside.url}/ping/{SECRET}?a=1"), [Loop("work", lambda: False)])
        assert outside.head.startswith(f"POST /ping/{SECRET}?a=1 HTTP/1.1")
        assert outside.body["healthy"] is outside.body["daemon_evaluates"] is True


@pytest.mark.parametrize("what", ["no evaluation ever", "daemon silent", "loop dead", "state away"])
def test_anything_that_is_not_well_is_told_at_fail(sqlite_state: State, tmp_path: Path, what: str) -> None:
    work = Loop("work", lambda: False)
    with provider() as outside:
        outside.answer = OK
        platform = beating(sqlite_state, tmp_path, f"{outside.url}/ping/?a=1", 6 if what == "daemon silent" else 1)
        if what != "no evaluation ever":
            evaluate(sqlite_state)
        if what == "loop dead":
            work._ran -= 2 * ALIVE_S
        if what == "state away":
            with platform.state.transaction() as connection:
                connection.execute(sa.text("ALTER TABLE heartbeat RENAME TO away"))
        assert tell_outside(platform, [work])
        assert outside.head.startswith("POST /ping/fail?a=1 HTTP/1.1")


def test_what_the_dispatcher_evaluates_itself_is_no_sign_of_the_daemon(state: State, tmp_path: Path) -> None:
    with state.transaction() as connection:
        rows = [{"rule": rule, "at": NOW, "watermark_at": NOW} for rule in ("daemon_silent", "watch_silent")]
        connection.execute(EVALUATION.insert(), rows)
    with provider() as outside:
        outside.answer = OK
        tell_outside(beating(state, tmp_path, outside.url), [])
        assert outside.head.startswith("POST /fail ")


@pytest.mark.parametrize("answer", [http("500 No"), http("302 Found", "Location: /x"), DROP_UNREAD, TRICKLE, HANG])
def test_whatever_is_wrong_outside_is_told_in_the_log_without_the_address(
    sqlite_state: State,
    tmp_path: Path,
    answer: object,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heartbeat, "DEADLINE_S", 0.5)
    evaluate(sqlite_state)
    with provider() as outside:
        outside.answer = answer
        begun = time.monotonic()
        assert not tell_outside(beating(sqlite_state, tmp_path, f"{outside.url}/{SECRET}"), [])
        assert time.monotonic() - begun < 3
    assert "did not take the heartbeat" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("url", ["no address", "http://127.0.0.1:{port}/{secret}"])
def test_an_address_that_is_none_or_away_stops_nothing(
    sqlite_state: State, tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    address = url.format(port=free_port(), secret=SECRET)
    assert not tell_outside(beating(sqlite_state, tmp_path, address), [])
    assert caplog.text
    assert SECRET not in caplog.text


def test_a_file_that_is_missing_stops_nothing(
    sqlite_state: State, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    alerts = AlertSettings(heartbeat_url_file=tmp_path / "none", port=0)
    assert not tell_outside(installation(sqlite_state, tmp_path, alerts=alerts), [])
    assert "HEARTBEAT_URL_FILE" in caplog.text
