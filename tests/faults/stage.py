"""Where trials take place: a database, a receiver, and the processes between them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from ops_platform.alerting.dispatcher import is_due
from ops_platform.state import EVALUATION, OUTBOX, State, open_state
from tests.faults.checker import Count
from tests.faults.processes import Crash, Kind, Site, put_on_duty, start
from tests.faults.receiver import Receiver, receiving
from tests.faults.story import Clock, Story, Trial
from tests.postgres import PostgresServer

KINDS: tuple[Kind, ...] = ("evaluator", "dispatcher")
LONGEST_S = 180.0
"""No process of a trial that is to end by itself takes longer."""


@dataclass(frozen=True)
class Result:
    """What a fault came to on a database."""

    fault: str
    database: str
    count: Count


@dataclass(frozen=True)
class Database:
    """A kind of database, of which every trial has one of its own.

    Attributes
    ----------
    name
        ``SQLite`` or ``PostgreSQL``.
    server
        The server of the latter.
    """

    name: str
    server: PostgresServer | None = None

    def new_url(self, home: Path) -> str:
        """Return the URL of an empty one, with its schema."""
        url = self.server.new_database() if self.server else f"sqlite:///{home / 'state.db'}"
        open_state(url)
        return url


@dataclass
class Stage:
    """One installation on trial."""

    database: Database
    site: Site
    receiver: Receiver

    @property
    def state(self) -> State:
        """Its state."""
        return State(self.site.state_url)

    def at(self, trial: Clock, story: Story | None = None) -> None:
        """Let its clock be this one from now on, and its story."""
        self.site = replace(self.site, trial=trial, story=story or self.site.story)
        self.receiver.now = trial.now

    def go(self, kind: Kind, crash: Crash | None = None) -> int | None:
        """Have a process live until its end; return how it ended, a signal being negative."""
        process = start(kind, self.site, crash, once=True)
        process.join(LONGEST_S)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"{kind} {crash} did not end within {LONGEST_S:g} s")
        return process.exitcode

    def live(self, kind: Kind) -> None:
        """Have a process live to which nothing happens."""
        ended = self.go(kind)
        assert ended == 0, f"{kind} ended with {ended} without any fault"

    def settle(self, seconds: float = 25) -> None:
        """Evaluate and deliver once so much later, when every lease has ended."""
        self.at(Trial.standing_at(self.site.trial.now() + timedelta(seconds=seconds)))
        for kind in KINDS:
            self.live(kind)

    def is_caught_up(self) -> bool:
        """Tell whether an evaluation has come to its end at this moment, and nothing waits that is due."""
        now = self.site.trial.now()
        evaluated = sa.select(EVALUATION.c.rule).where(EVALUATION.c.at >= now)
        waiting = sa.select(OUTBOX.c.id).where(is_due(now))
        return bool(self.state.rows(evaluated.limit(1))) and not self.state.rows(waiting.limit(1))

    def unfinished(self) -> int:
        """Return how many messages are neither delivered, given up nor withdrawn."""
        query = sa.text("SELECT count(*) FROM outbox WHERE state IN ('pending', 'claimed')")
        with self.state.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())


@contextmanager
def staged(database: Database, trial: Clock, story: Story) -> Iterator[Stage]:
    """Set a stage up; nothing of it is left afterwards."""
    with tempfile.TemporaryDirectory(prefix="ops-faults-") as folder:
        home = Path(folder)
        put_on_duty(home)
        with receiving(home / "received.jsonl", trial.now) as receiver:
            yield Stage(database, Site(home, database.new_url(home), receiver.url, trial, story), receiver)
