"""Processes at work at the same time, in a trial whose time runs, while things happen to them."""

import multiprocessing
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from ops_platform.alerting.rules import AHEAD
from tests.faults.checker import SHARED_WAITS, Count, check
from tests.faults.processes import POINTS, WHEN, Crash, Kind, start
from tests.faults.stage import LONGEST_S, Database, Stage, staged
from tests.faults.story import START, Driven, Matter, Story, Trial

SPEED = 10.0
"""Seconds of the trial in one of the wall: a lease of 21 s is over in two."""
MINUTE = timedelta(minutes=1)
FIRST_AT = START + timedelta(seconds=10)
KILL_EVERY_S = 5.0
"""Seconds of the trial from one kill to the next, where there are many,"""
RUNNING: tuple[Kind, ...] = ("evaluator", "dispatcher", "dispatcher")
"""of these."""
SETTLING = (0.0, 30.0, 60.0, 90.0, 300.0, 600.0, 960.0)
"""After a trial all is carried to its end at these moments, when leases and waits are over."""


def history(chance: random.Random, sites: int, lasts: timedelta) -> Story:
    """Return a story in which matters open and end at random; some sites share an office, the others have their own."""
    matters = []
    for n in range(sites):
        shared = n % 6 == 0
        at = FIRST_AT + timedelta(seconds=chance.uniform(0, 240))
        while at < START + lasts:
            until = at + timedelta(seconds=chance.uniform(330, 1100))
            office = "O-shared" if shared else f"O-{n:04}"
            matters.append(Matter(f"site-{n:04}", office, at, until, shared=shared))
            # The next is found so long ahead, and of those that share messages the end is told so long after.
            at = until + AHEAD + timedelta(seconds=chance.uniform(60, 600)) + (SHARED_WAITS if shared else timedelta(0))
    return Story(tuple(matters))


@dataclass
class Chain:
    """A process and those that follow it when it has died.

    Parameters
    ----------
    plan
        Gives for each where it dies, and after how many seconds of work it is killed if it has not; neither: it lives.
    died
        Called after each death.
    """

    stage: Stage
    kind: Kind
    plan: Callable[[], tuple[Crash | None, float | None]]
    died: Callable[[], object] = lambda: None
    killed: int = 0
    process: BaseProcess | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def _live(self) -> None:
        while not self._stop.is_set():
            crash, lives_s = self.plan()
            ready, told = multiprocessing.Pipe(duplex=False)
            self.process = process = start(self.kind, self.stage.site, crash, ready=told)
            told.close()
            with suppress(EOFError):  # it may have died before
                ready.poll(LONGEST_S) and ready.recv()
            ready.close()
            begun = time.monotonic()
            while process.is_alive() and not self._stop.is_set():
                if lives_s is not None and time.monotonic() - begun > lives_s:
                    process.kill()
                process.join(0.02)
            if process.is_alive():  # stopped, as at the end of a service
                process.kill() if self.kind == "evaluator" else process.terminate()
                process.join(30)
            else:
                self.killed += process.exitcode == -signal.SIGKILL
                self.died()

    def end(self) -> None:
        """Stop it, and wait until it has."""
        self._stop.set()
        self._thread.join()


def unharmed() -> tuple[None, None]:
    """Plan a process that lives."""
    return None, None


@dataclass(frozen=True)
class Work:
    """A stage with processes at work on it."""

    stage: Stage
    chains: list[Chain]

    def wait_until(self, moment: datetime) -> None:
        """Wait until a moment of the trial."""
        while self.stage.site.trial.now() < moment:
            time.sleep(0.02)


@contextmanager
def at_work(stage: Stage, evaluators: int = 1, dispatchers: int = 1) -> Iterator[Work]:
    """Run some processes that live, while the context lasts."""
    kinds: tuple[tuple[Kind, int], ...] = (("evaluator", evaluators), ("dispatcher", dispatchers))
    work = Work(stage, [Chain(stage, kind, unharmed) for kind, number in kinds for _ in range(number)])
    try:
        yield work
    finally:
        for chain in work.chains:
            chain.end()


def judge(stage: Stage, story: Story, **how: bool | timedelta) -> Count:
    """Carry everything to its end without any fault, and hold what arrived against the story up to now."""
    now = stage.site.trial.now()
    whole = story.cut(now)
    for seconds in SETTLING:
        stage.at(Trial.standing_at(now + timedelta(seconds=seconds)), whole)
        for kind in ("evaluator", "dispatcher"):
            stage.live(kind)
    counted = check(whole, stage.receiver.accepted, **how)  # type: ignore[arg-type]
    return counted + Count(lost=stage.unfinished())


def killed_at_random(
    database: Database, seed: int, kills: int, sites: int = 30, every_s: float = KILL_EVERY_S
) -> tuple[Count, int]:
    """Kill evaluators and dispatchers while matters open and end; return what it came to and how many were killed.

    The trial's time passes with the deaths, and only once all was done that was due at its moment: on a slow machine
    more of them die at one moment, and what nobody lived long enough to tell is not taken for lost.

    Parameters
    ----------
    seed
        Of the story, of where each process dies and of when.
    kills
        How many at least.
    sites
        How many take part.
    every_s
        Seconds of the trial from one kill to the next.
    """
    lasts = timedelta(seconds=kills * every_s)
    story = history(random.Random(seed), sites, lasts)
    with TemporaryDirectory(prefix="ops-clock-") as folder:
        clock = Driven(Path(folder) / "clock")
        clock.drive(0.0)
        with staged(database, clock, story) as stage:
            begun = time.monotonic()
            stage.go("evaluator")
            whole_s = time.monotonic() - begun
            moments, driving = count(1), threading.Lock()

            def died() -> None:
                with driving:
                    if stage.is_caught_up():
                        clock.drive(next(moments) * every_s)

            chains = [
                Chain(stage, kind, _deaths(kind, random.Random(f"{seed} {n}"), whole_s), died)
                for n, kind in enumerate(RUNNING)
            ]
            while sum(chain.killed for chain in chains) < kills or clock.now() < START + lasts:
                time.sleep(0.1)
            for chain in chains:
                chain.end()
            return judge(stage, story), sum(chain.killed for chain in chains)


def _deaths(kind: Kind, chance: random.Random, whole_s: float) -> Callable[[], tuple[Crash | None, float | None]]:
    """Plan half of the deaths around a step, at whatever message, and the others at any moment.

    ``whole_s`` is what the life of a process that does its work once takes on this machine.
    """

    def plan() -> tuple[Crash | None, float]:
        lives_s = chance.uniform(0.1, 2.0) * whole_s
        if chance.random() < 0.5:
            return None, lives_s
        return Crash(chance.choice(POINTS[kind]), chance.choice(WHEN), chance.randint(1, 4)), 4.0 * whole_s

    return plan
