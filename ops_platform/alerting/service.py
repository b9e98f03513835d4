"""The process behind ``ops dispatch``: delivers, carries groups along as time passes, watches, and shows that it lives.

Everything it does is safe to be done by two of them at once, and by Dagster beside them.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import sqlalchemy as sa

from ops_platform.alerting.channels import Channel
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.evaluation import desk_of
from ops_platform.alerting.groups import advance
from ops_platform.alerting.watches.delivery import DISPATCH
from ops_platform.platform import Platform
from ops_platform.state import HEARTBEAT, State

IDLE_S = 1.0
LONGEST_JUMP = timedelta(minutes=10)
"""A clock that jumps further while the process runs is not believed before it has stood by it for"""
DOUBT_S = 30.0

_LOG = logging.getLogger(__name__)


class SteadyClock:
    """A clock that does not believe a jump at once.

    Parameters
    ----------
    wall
        Tells the time.
    elapsed
        Seconds of a clock that nobody sets.
    """

    def __init__(self, wall: Callable[[], datetime], elapsed: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._elapsed = wall, elapsed
        self._last: tuple[datetime, float] | None = None
        self._doubted_since: float | None = None

    def now(self) -> datetime | None:
        """Return the time, or None while a jump is not believed."""
        wall, elapsed = self._wall(), self._elapsed()
        if self._last:
            expected = self._last[0] + timedelta(seconds=elapsed - self._last[1])
            if abs(wall - expected) > LONGEST_JUMP:
                self._doubted_since = self._doubted_since or elapsed
                if elapsed - self._doubted_since < DOUBT_S:
                    return None
        self._last, self._doubted_since = (wall, elapsed), None
        return wall


def run(platform: Platform, channels: Mapping[str, Channel], stop: threading.Event) -> None:
    """Do the process's work until told to stop; what is under way then is finished and marked.

    Each channel has a thread of its own, so that a dead one holds up no other. Where the database is away it is waited
    for.
    """
    if not channels:
        _LOG.warning("no alert channel is configured (OPS_CHANNELS__<name>__kind); nothing will be delivered")
    state = platform.state
    clock = SteadyClock(platform.now)
    works: dict[str, Callable[[], bool]] = {
        f"deliver over {name}": _delivery(state, {name: channel}, platform.now) for name, channel in channels.items()
    }
    works["carry along"] = lambda: _carry_along(platform, channels, clock)
    with ThreadPoolExecutor(len(works), thread_name_prefix="dispatch") as threads:
        loops = [threads.submit(_loop, name, work, stop) for name, work in works.items()]
    for loop in loops:
        loop.result()


def beat(state: State, name: str, now: datetime) -> None:
    """Write down that a process lives."""
    with state.transaction() as connection:
        mine = HEARTBEAT.c.name == name
        if not connection.execute(HEARTBEAT.update().where(mine).values(beat_at=now)).rowcount:
            connection.execute(HEARTBEAT.insert(), {"name": name, "beat_at": now})


def _delivery(state: State, channels: Mapping[str, Channel], now_fn: Callable[[], datetime]) -> Callable[[], bool]:
    return lambda: drain(state, channels, now_fn, limit=1).attempts > 0


def _carry_along(platform: Platform, channels: Mapping[str, Channel], clock: SteadyClock) -> bool:
    now = clock.now()
    if now is None:
        _LOG.warning("the clock has jumped to %s; waiting to see whether it stays", platform.now())
        return False
    advanced = advance(platform.state, desk_of(platform, channels, now), now)
    beat(platform.state, DISPATCH, now)
    return advanced > 0


def _loop(name: str, work: Callable[[], bool], stop: threading.Event) -> None:
    """Do some work again and again, at once while there is more of it, until told to stop."""
    try:
        while not stop.is_set():
            try:
                if work():
                    continue
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                _LOG.warning("%s: the operational state cannot be reached, trying again: %s", name, error.orig)
            stop.wait(IDLE_S)
    finally:
        stop.set()  # a loop that fails takes the others with it, and the supervisor starts the process again
