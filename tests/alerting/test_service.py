"""The process behind ``ops dispatch``: delivers, carries along, and believes no jump of the clock at once."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ops_platform.alerting.channels import Channel, Message, Outcome
from ops_platform.alerting.service import DOUBT_S, LONGEST_JUMP, SteadyClock, run
from ops_platform.alerting.watches.delivery import DISPATCH
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from ops_platform.state import HEARTBEAT, State
from tests.alerting.conftest import NOW, Script, evaluate, outage, outbox
from tests.maintenance.builders import at, store

ROTA = {"office_id": "O1", "step": 1, "staff_id": "E07", "starts_at": at("03-01 00:00"), "ends_at": at("04-01 00:00")}


def installation(state: State, home: Path) -> Platform:
    """Return an installation over a state, whose clock stands at NOW."""
    store(home / "warehouse", duty_rota=[ROTA], staff=[{"staff_id": "E07", "staff_name": "李雷"}])
    return Platform(Settings(home=home, state_url=state.url, frozen_at=NOW))


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
