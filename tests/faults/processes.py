"""Evaluators, dispatchers and run workers as processes of their own, which die where they are told to.

They are forked from a server that has imported everything, so that one is up within milliseconds. What makes them die
is put around the platform's functions and its statements here, inside the process; the platform knows nothing of it.
"""

import faulthandler
import logging
import multiprocessing
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from ops_platform.alerting import dispatcher, loops, service
from ops_platform.alerting.channels import channels_of
from ops_platform.alerting.evaluation import evaluate
from ops_platform.alerting.rules import Watch, Words
from ops_platform.alerting.watches import outages
from ops_platform.channel_settings import AlertSettings
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from ops_platform.state import ALERT_GROUP, State
from sensors.delivery import deliver_alerts
from tests.faults.story import PEOPLE, POLICY, START, Clock, Story, Trial
from tests.maintenance.builders import store

Kind = Literal["evaluator", "dispatcher", "run worker"]
When = Literal["before", "after"]
WHEN: tuple[When, When] = ("before", "after")
OFFICE = "HQ"
DEADLINE_S = 5.0
STATEMENTS = {
    "episode insert": r"INSERT INTO episode ",
    "group insert": r"INSERT INTO alert_group ",
    "outbox insert": r"INSERT INTO outbox ",
    "group update": r"UPDATE alert_group ",
    "claim": r"UPDATE outbox SET .*attempts=",
    "attempt write": r"INSERT INTO attempt ",
    "mark": r"UPDATE attempt ",
}
"""Where a process can die around a statement,"""
COMMITS = {
    "commit": r"(INSERT INTO|UPDATE) (evaluation|episode|alert_group) ",
    "commit of the claim": STATEMENTS["attempt write"],
    "commit of the mark": STATEMENTS["mark"],
}
"""or around the commit of a transaction with such a statement."""
_DELIVERY = ("claim", "attempt write", "commit of the claim", "send", "mark", "commit of the mark")
POINTS: dict[Kind, tuple[str, ...]] = {
    "evaluator": ("episode insert", "group insert", "outbox insert", "group update", "commit"),
    "dispatcher": _DELIVERY,
    "run worker": _DELIVERY,
}
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.faults.processes"])


@dataclass(frozen=True)
class Crash:
    """Where a process dies, or is stopped: around the so-manieth time that it comes to a point."""

    point: str
    when: When
    nth: int = 1
    by: signal.Signals = signal.SIGKILL


@dataclass(frozen=True)
class Timed(Platform):
    """An installation that lives in the time of a trial; its schema is up to date."""

    trial: Clock = field(default_factory=lambda: Trial(time.time()))

    @cached_property
    def state(self) -> State:
        """The relational state."""
        return State(self.settings.state)

    def now(self) -> datetime:
        """Return the moment of the trial."""
        return self.trial.now()


@dataclass(frozen=True)
class Site:
    """The installation of a trial, as it is handed to its processes.

    Attributes
    ----------
    home
        Its folder, with the rota in its warehouse.
    state_url, receiver_url
        Its database, and where its only channel leads.
    trial
        Its clock.
    story
        What its watch finds.
    """

    home: Path
    state_url: str
    receiver_url: str
    trial: Clock
    story: Story

    @property
    def platform(self) -> Timed:
        """The installation put together."""
        duty: Any = {"kind": "webhook", "url": self.receiver_url, "deadline_s": DEADLINE_S}
        settings = Settings(
            home=self.home,
            state_url=self.state_url,
            channels={"duty": duty},
            policy=POLICY,
            on_call_office=OFFICE,
            alerts=AlertSettings(port=0),
        )
        return Timed(settings, self.trial)

    @property
    def watch(self) -> Watch:
        """A watch that finds what the story says."""
        find: Callable[[Platform, datetime], Any] = lambda _platform, now: self.story.found(now)  # noqa: E731
        return Watch("trial", Words("", ""), outages.WATCH.rules, find, every_s=30)


def put_on_duty(home: Path) -> None:
    """Write the rota: one person on each step, for every office."""
    always = {"office_id": OFFICE, "starts_at": START.replace(year=2020), "ends_at": START.replace(year=2040)}
    rota = [always | {"step": n, "staff_id": person} for n, person in enumerate(PEOPLE, 1)]
    store(home / "warehouse", duty_rota=rota, staff=[{"staff_id": person} for person in PEOPLE])


def start(
    kind: Kind, site: Site, crash: Crash | None = None, *, once: bool = False, ready: Connection | None = None
) -> BaseProcess:
    """Start a process.

    Parameters
    ----------
    kind
        What it does.
    site
        For which installation.
    crash
        Where it dies.
    once
        It ends after one evaluation, or once nothing is left to deliver; otherwise it goes on.
    ready
        Is told when the process begins its work.
    """
    process = _SERVER.Process(target=_live, args=(kind, site, crash, once, ready), daemon=True)
    process.start()
    return process


def _live(kind: Kind, site: Site, crash: Crash | None, once: bool, ready: Connection | None) -> None:  # noqa: FBT001
    faulthandler.enable()
    logging.disable(logging.CRITICAL)
    service.Loop = _quick  # type: ignore[assignment, misc]
    service._watch = lambda *_: False  # a trial has one watch, and dies on purpose
    sa.event.listen(sa.Engine, "connect", _impatient)
    if crash:
        _arm(crash)
        if crash.by == signal.SIGSTOP:  # it must not be stopped within another transaction
            service._carry_along = lambda *_: False
    if ready:
        ready.send(kind)
    {"evaluator": _evaluator, "dispatcher": _dispatcher, "run worker": _run_worker}[kind](site, once)


def _quick(name: str, work: Callable[[], bool], every_s: float = 0.02, longest_s: float = 0.0) -> loops.Loop:
    """Return a loop that hardly rests."""
    return loops.Loop(name, work, every_s, longest_s)


def _impatient(connection: Any, _record: Any) -> None:
    """Wait two seconds for a lock instead of thirty, so that a trial with a lock in it is over soon."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA busy_timeout = 2000")


def _evaluator(site: Site, once: bool) -> None:  # noqa: FBT001
    platform = site.platform
    channels = channels_of(platform.settings)
    while True:
        try:
            evaluate(platform, site.watch, channels, platform.now())
        except sa.exc.OperationalError:  # a tick that fails; the sensor's next one follows
            if once:
                raise
        if once:
            return
        time.sleep(0.1)


def _dispatcher(site: Site, once: bool) -> None:  # noqa: FBT001
    platform, stop = site.platform, threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    if once:
        threading.Thread(target=_stop_when_idle, args=(platform, stop), daemon=True).start()
    service.run(platform, channels_of(platform.settings), stop)


def _stop_when_idle(platform: Platform, stop: threading.Event) -> None:
    time.sleep(0.05)
    while platform.state.rows(_waiting(platform.now())):
        time.sleep(0.03)
    stop.set()


def _waiting(now: datetime) -> sa.Select[Any]:
    messages, groups = sa.exists().where(dispatcher.is_due(now)), sa.exists().where(ALERT_GROUP.c.next_at <= now)
    return sa.select(sa.literal(1).label("one")).where(sa.or_(messages, groups))


def _run_worker(site: Site, once: bool) -> None:  # noqa: FBT001
    """Do what the run of the Dagster job does, in the process of its run."""
    platform = site.platform
    while True:
        deliver_alerts.execute_in_process(resources={"platform": platform})
        if once and not platform.state.rows(_waiting(platform.now())):
            return


def _arm(crash: Crash) -> None:
    """Have this process die at a point."""
    passed, counting = 0, threading.Lock()

    def die_here(when: str) -> None:
        nonlocal passed
        if when != crash.when:
            return
        with counting:
            passed += 1
            if passed == crash.nth:
                os.kill(os.getpid(), crash.by)
                time.sleep(0.05)  # the signal is on its way

    if crash.point == "send":
        _around(dispatcher, "attempt", die_here)
        return
    pattern = re.compile(STATEMENTS.get(crash.point) or COMMITS[crash.point], re.DOTALL)
    this_thread = threading.local()

    def listener(when: str) -> Callable[..., None]:
        def around(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            if pattern.match(statement):
                this_thread.to_commit = True
                if crash.point in STATEMENTS:
                    die_here(when)

        return around

    sa.event.listen(sa.Engine, "before_cursor_execute", listener("before"))
    sa.event.listen(sa.Engine, "after_cursor_execute", listener("after"))
    if crash.point in COMMITS:
        _around(DefaultDialect, "do_commit", lambda when: die_here(when) if hasattr(this_thread, "to_commit") else None)


def _around(owner: Any, name: str, die_here: Callable[[str], None]) -> None:
    inner = getattr(owner, name)

    def around(*arguments: Any) -> Any:
        die_here("before")
        result = inner(*arguments)
        die_here("after")
        return result

    setattr(owner, name, around)
