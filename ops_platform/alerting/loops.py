"""Work that is done again and again, and the signs that it still is."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ops_platform.state import HEARTBEAT, State

IDLE_S = 1.0
ALIVE_S = 30.0
"""A loop is alive that last did its work so long ago, beyond what its interval and its longest work explain."""
_AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError)
_LOG = logging.getLogger(__name__)


@dataclass
class Loop:
    """Some work of a process.

    Attributes
    ----------
    name
        What it does.
    work
        Does it once; returns whether there is more of it at once.
    every_s
        Seconds between one time and the next.
    longest_s
        Seconds that it may take.
    """

    name: str
    work: Callable[[], bool]
    every_s: float = IDLE_S
    longest_s: float = 0.0
    _ran: float = field(default_factory=time.monotonic, init=False)

    @property
    def age_s(self) -> float:
        """Seconds since the work was last done, or since the start."""
        return time.monotonic() - self._ran

    @property
    def alive(self) -> bool:
        """Whether the work is done as it should be."""
        return self.age_s <= ALIVE_S + self.every_s + self.longest_s

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop. Where the database is away it is waited for."""
        while not stop.is_set():
            more = False
            try:
                more = self.work()
                self._ran = time.monotonic()
            except _AWAY as error:
                _LOG.warning("%s: the operational state cannot be reached, trying again: %s", self.name, error.orig)
            if not more:
                stop.wait(self.every_s)


def health(loops: Sequence[Loop], state: State) -> dict[str, Any]:
    """Return whether loops run and the state can be read, with the age of each loop in seconds."""
    try:
        state.rows(sa.select(HEARTBEAT.c.name).limit(1))
        reachable = True
    except _AWAY:
        reachable = False
    return {
        "healthy": reachable and all(loop.alive for loop in loops),
        "state_reachable": reachable,
        "loops": {loop.name: {"age_s": round(loop.age_s, 1), "alive": loop.alive} for loop in loops},
    }
