"""The process behind ``ops dispatch``: delivers, carries along, and believes no jump of the clock at once."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import urllib3

from ops_platform.alerting.channels import Channel, Message, Outcome
from ops_platform.alerting.channels.alertmanager import AlertmanagerChannel
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.evaluation import desk_of
from ops_platform.alerting.ledger import reconcile
from ops_platform.alerting.service import DOUBT_S, LONGEST_JUMP, SteadyClock, beat, in_words, run
from ops_platform.alerting.watches.delivery import DISPATCH
from ops_platform.alerting.web import server
from ops_platform.channel_settings import AlertmanagerSettings, AlertSettings
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from ops_platform.state import EPISODE, HEARTBEAT, State
from tests.alerting import pages
from tests.alerting.conftest import NOW, Script, evaluate, outage, outbox
from tests.alerting.provider import free_port, ok, provider
from tests.maintenance.builders import at, store

ROTA = {"office_id": "O1", "step": 1, "staff_id": "E07", "starts_at": at("03-01 00:00"), "ends_at": at("04-01 00:00")}

WAITING = urllib3.Retry(50, backoff_factor=0.02, allowed_methods=None)


def installation(state: State, home: Path) -> Platform:
    """Return an installation over a state, whose clock stands at NOW."""
    store(home / "warehouse", duty_rota=[ROTA], staff=[{"staff_id": "E07", "staff_name": "李雷"}])
    return Platform(Settings(home=home, state_url=state.url, frozen_at=NOW, alerts=AlertSettings(port=0)))


@contextmanager
def running(platform: Platform, channels: Mapping[str, Channel]) -> Iterator[None]:
    """Have the process's work done in a thread, and have it stopped at the end."""
    stop = threading.Event()
    loop = threading.Thread(target=run, args=(platform, channels, stop))
    loop.start()
    try:
        yield
    finally:
        stop.set()
        loop.join(30)
    assert not loop.is_alive()


class Stuck(Script):
    """A channel that never answers within the test."""

    released = threading.Event()

    def send(self, message: Message) -> Outcome:
        """Wait to be released."""
        self.released.wait()
        return super().send(message)


def test_a_dead_channel_holds_up_no_other_and_stopping_finishes_what_is_under_way(state: State, tmp_path: Path) -> None:
    evaluate(state, outage(), channels=("smtp", "webhook"))
    quick, stuck = Script(), Stuck()
    with running(installation(state, tmp_path), {"smtp": stuck, "webhook": quick}):
        wait_until(lambda: len(quick.sent) == 1)
        Stuck.released.set()
    assert {row["state"] for row in outbox(state)} == {"sent"}


def test_without_a_channel_it_says_so_and_stops_when_told(
    sqlite_state: State, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stop = threading.Event()
    stop.set()
    run(installation(sqlite_state, tmp_path), {}, stop)
    assert "OPS_CHANNELS__" in caplog.text


def test_what_falls_due_is_told_and_sent_without_any_evaluation(state: State, tmp_path: Path) -> None:
    evaluate(state, outage(), now=NOW - timedelta(minutes=1))
    channel = Script()
    with running(installation(state, tmp_path), {"webhook": channel}):
        wait_until(lambda: len(channel.sent) == 1)
    assert channel.sent[0].recipient == "E07"
    assert state.rows(sa.select(HEARTBEAT)) == [{"name": DISPATCH, "beat_at": NOW}]


def test_processes_that_start_together_beat_together(state: State) -> None:
    for name in map(str, range(10)):
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _, name=name: beat(state, name, NOW), range(8)))
    assert len(state.rows(sa.select(HEARTBEAT))) == 10


def test_a_jump_of_the_clock_is_believed_once_it_has_stood_by_it() -> None:
    wall, elapsed = [NOW], [0.0]
    clock = SteadyClock(lambda: wall[0], lambda: elapsed[0])

    def after(seconds: float, jump: timedelta = timedelta(0)) -> bool:
        elapsed[0] += seconds
        wall[0] += timedelta(seconds=seconds) + jump
        return clock.now() is not None

    assert after(0)
    assert after(7200), "a long pause is no jump"
    assert after(1, LONGEST_JUMP)
    for day in (timedelta(days=1), timedelta(days=-1)):
        assert not after(1, day)
        assert not after(DOUBT_S - 1)
        assert after(1)
    assert not after(1, timedelta(days=1))
    assert after(1, timedelta(days=-1)), "it was put right"
    assert not after(DOUBT_S + 1, timedelta(days=1))


def wait_until(true: Any, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not come true"
        time.sleep(0.02)


def test_what_is_configured_and_what_is_missing_is_said_in_words_without_secrets(tmp_path: Path) -> None:
    bare = "\n".join(in_words(Platform(Settings(home=tmp_path, alerts=AlertSettings(port=0))), {}))
    for setting in ("CHANNELS__<NAME>__KIND", "ALERTS__URL", "ALERTS__PORT", "ALERTS__HEARTBEAT_URL", "ON_CALL_OFFICE"):
        assert f"OPS_{setting}" in bare
    alerts = AlertSettings(url="https://ops.example", secret="geheim" * 4, heartbeat_url="https://hc.example/geheim")
    settings = Settings(home=tmp_path, alerts=alerts, on_call_office="O1", frozen_at=NOW)
    whole = "\n".join(in_words(Platform(settings), {"duty": Script()}))
    assert "missing" not in whole
    assert "geheim" not in whole
    for part in ("duty", "https://ops.example", "127.0.0.1:8646", "every minute", "stands still"):
        assert part in whole
    assert not (tmp_path / "link.key").exists()


def test_it_watches_the_sensors_and_shows_that_it_is_well(state: State, tmp_path: Path) -> None:
    evaluate(state, now=NOW - timedelta(minutes=6))
    port = free_port()
    channel = Script()
    with running(pages.installation(state, tmp_path, ("E07", 1), **page_at(port)), {"webhook": channel}):
        wait_until(lambda: len(channel.sent) == 1)
        answer = urllib3.request("GET", f"http://127.0.0.1:{port}/healthz", retries=WAITING)
    assert channel.sent[0].payload["rule"] == "daemon_silent"
    found = answer.json()
    assert (answer.status, found["healthy"]) == (200, True)
    assert found["loops"].keys() == {"deliver over webhook", "carry along", "audit", "watch the sensors"}


def test_who_gets_the_message_can_acknowledge_it_by_its_link(state: State, tmp_path: Path) -> None:
    port, channel = free_port(), Script()
    platform = pages.installation(state, tmp_path, ("E07", 1), **page_at(port))
    with running(platform, {"webhook": channel}):
        now = platform.now()
        reconcile(state, ["generator_leave_by"], [outage()], desk_of(platform, {"webhook": channel}, now), now)
        wait_until(lambda: len(channel.sent) == 1)
        link = channel.sent[0].closing.rpartition(" ")[2].rpartition("：")[2]
        assert link == channel.sent[0].payload["link"]
        assert urllib3.request("POST", link, body="act=acknowledge", redirect=False, retries=WAITING).status == 303
    (episode,) = state.rows(sa.select(EPISODE))
    assert (episode["state"], episode["acked_by"]) == ("acked", "E07")


def test_alertmanager_is_reminded_and_the_world_outside_is_told(sqlite_state: State, tmp_path: Path) -> None:
    evaluate(sqlite_state, outage(), channels=("room",))
    with provider() as alertmanager, provider() as outside:
        alertmanager.answer = outside.answer = ok({})
        duty = AlertmanagerChannel("room", AlertmanagerSettings(base_url=alertmanager.url))
        drain(sqlite_state, {"room": duty}, lambda: NOW)
        alerts = AlertSettings(port=0, heartbeat_url=outside.url)
        with running(pages.installation(sqlite_state, tmp_path, alerts=alerts), {"room": duty}):
            wait_until(lambda: len(alertmanager.heard) == 2 and len(outside.heard) == 1)
    assert outside.body["loops"].keys() == {
        "deliver over room", "remind room", "carry along", "audit", "watch the sensors", "tell outside",
    }  # fmt: skip


def test_a_port_that_is_taken_holds_up_nothing_and_is_served_once_it_is_free(
    sqlite_state: State, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_TAKEN_AGAIN_S", 0.1)
    evaluate(sqlite_state, outage())
    channel = Script()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        with running(pages.installation(sqlite_state, tmp_path, **page_at(port)), {"webhook": channel}):
            wait_until(lambda: len(channel.sent) == 1 and "OPS_ALERTS__PORT" in caplog.text)
            taken.close()
            assert urllib3.request("GET", f"http://127.0.0.1:{port}/healthz", retries=WAITING).status == 200


def page_at(port: int) -> dict[str, Any]:
    alerts = AlertSettings(url=f"http://127.0.0.1:{port}", secret=pages.SECRET, port=port)
    return {"alerts": alerts, "on_call_office": "O1"}
