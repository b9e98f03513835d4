"""What happens to the processes' surroundings while they work: the database, the disk, each other."""

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa

from tests.faults.checker import Count
from tests.faults.processes import Crash, start
from tests.faults.running import MINUTE, SPEED, Work, at_work, judge
from tests.faults.stage import Database, Result, staged
from tests.faults.story import START, Matter, Story, Trial, one_each

LASTS = 4 * MINUTE
STALE = 3 * MINUTE
"""A disturbance may hold up what is told so long."""
DISTURBED_S = 2.5
FILES_OF = 40_000
"""Bytes: shared memory of SQLite's log, and a few pages."""


def disturbances(database: Database) -> Iterator[Result]:
    """Yield what became of matters that opened and ended while something was wrong."""
    faults: dict[str, Callable[[Work], None]] = {
        "lock holder on the database": _hold_lock,
        "disk full": _fill_disk,
    }
    if database.server:
        faults["immediate restart of the server"] = _restart
    for fault, disturb in faults.items():
        yield Result(fault, database.name, _disturbed(database, disturb))
    yield Result("two daemons and two dispatchers", database.name, _disturbed(database, _nothing, 2, 2))
    stops = {"between claim and send": Crash("commit of the claim", "after", by=signal.SIGSTOP),
             "between send and mark": Crash("send", "after", by=signal.SIGSTOP)}  # fmt: skip
    for where, crash in stops.items():
        yield Result(f"dispatcher stopped {where} until its lease is over", database.name, _stopped(database, crash))


def _disturbed(database: Database, disturb: Callable[[Work], None], evaluators: int = 1, dispatchers: int = 1) -> Count:
    matters = [
        matter
        for n in range(5)
        for matter in one_each(4, START + MINUTE + n * timedelta(seconds=25), LASTS, f"wave{n}site")
    ]
    story = Story(tuple(matters))
    with staged(database, Trial(time.time(), SPEED), story) as stage:
        with at_work(stage, evaluators, dispatchers) as work:
            for minutes in (1.3, 2.6, 5.4):
                work.wait_until(START + minutes * MINUTE)
                disturb(work)
            work.wait_until(START + 7.5 * MINUTE)
        return judge(stage, story, stale=STALE, ladder=False)


def _nothing(_work: Work) -> None:
    """Let them be."""


def _restart(work: Work) -> None:
    server = work.stage.database.server
    assert server
    server.stop()
    server.start()


def _hold_lock(work: Work) -> None:
    with work.stage.state.transaction() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("LOCK TABLE outbox, episode IN ACCESS EXCLUSIVE MODE"))
        time.sleep(DISTURBED_S)


def _fill_disk(work: Work) -> None:
    """Let no file of the processes grow; a server says so by an error of the statement, SQLSTATE 53100."""
    if work.stage.database.server:
        _run(work, "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
                   "'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$")  # fmt: skip
        for table in ("outbox", "attempt", "episode_event"):
            _run(work, f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION full_disk()")
        time.sleep(DISTURBED_S)
        _run(work, "DROP FUNCTION full_disk CASCADE")
        return
    limits = {}
    for chain in work.chains:
        if chain.process and chain.process.pid:
            limits[chain.process.pid] = resource.prlimit(chain.process.pid, resource.RLIMIT_FSIZE)
    for pid, (_, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (FILES_OF, hard))
    time.sleep(DISTURBED_S)
    for pid, limit in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


def _run(work: Work, statement: str) -> None:
    """Run a statement; again where the database ended it as one of two that waited for each other."""
    for _ in range(20):
        with suppress(sa.exc.OperationalError), work.stage.state.engine.begin() as connection:
            connection.execute(sa.text(statement))
            return
        time.sleep(0.1)
    raise TimeoutError(f"the database did not take {statement}")


def _stopped(database: Database, crash: Crash) -> Count:
    """Stop a dispatcher for longer than its lease, let another deliver, and let the first go on."""
    opens = START + timedelta(seconds=5)
    story = Story((Matter("stopped-0001", "O1", opens, START + timedelta(hours=1)),))
    with staged(database, Trial.standing_at(opens), story) as stage:
        stage.live("evaluator")
        stage.at(Trial(time.time() - 1, 10.0))
        first = start("dispatcher", stage.site, crash)
        _wait(lambda: first.pid is not None and _is_stopped(first.pid))
        second = start("dispatcher", stage.site)
        _wait(lambda: any(message.repeat for message in stage.receiver.accepted))
        os.kill(first.pid or 0, signal.SIGCONT)
        time.sleep(1.0)
        for process in (first, second):
            process.terminate()
            process.join(30)
        return judge(stage, story, ladder=False)


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not until():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.02)


def _is_stopped(pid: int) -> bool:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[0] == "T"
