"""Measures the alert ledger when very much is open, and the dispatcher's throughput.

    python benchmarks/alerts.py [URL of an empty PostgreSQL database]

SQLite is always measured. A tick is what a sensor does: conditions are built and reconciled. The naive alternative asks
the database about each condition in turn and writes each back, in one transaction.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.channels import Message, Outcome
from ops_platform.alerting.desk import Desk
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.ledger import reconcile
from ops_platform.alerting.rota import Recipient
from ops_platform.alerting.rules import Condition
from ops_platform.settings import Settings
from ops_platform.state import EPISODE, METADATA, State, open_state

OPEN, CHANGED, OFFICES, MESSAGES = 100_000, 100, 100, 2_000
RULE = "inspection_overdue"
BEGIN = datetime(2026, 3, 12, 1, tzinfo=UTC)
ON_DUTY = Recipient("E1", "E1", "e1@example.com", "")


class Taker:
    """A channel that accepts everything at once, so that what is measured is the outbox."""

    name, deadline_s, per_minute = "taker", 5.0, None

    def address(self, person: Recipient) -> str:
        """Return the staff id."""
        return person.staff_id

    def wants(self, office_id: str, severity: str) -> bool:
        """Take everything."""
        return bool(severity) or bool(office_id)

    def send(self, _message: Message) -> Outcome:
        """Accept."""
        return Outcome("accepted", "ok")


DESK = Desk(lambda _office, step: [ON_DUTY] if step == 1 else [], {"taker": Taker()}, Settings())


def conditions(count: int, changed: int = 0, offices: int = OFFICES) -> list[Condition]:
    """Build the conditions of a tick, of which some differ from those of the tick before."""
    day, rule = (BEGIN - timedelta(days=1)).date().isoformat(), RULES[RULE]
    return [
        Condition(
            rule, f"S{n:06}", f"O{n % offices}",
            {"site_name": f"S{n:06}", "office_name": f"O{n % offices}", "due_on": day, "note": int(n < changed)},
            BEGIN - timedelta(days=1), f"S{n:06}",
        )
        for n in range(count)
    ]  # fmt: skip


def tick(state: State, number: int, changed: int = 0) -> None:
    """Do what a sensor does once."""
    reconcile(state, [RULE], conditions(OPEN, changed), DESK, BEGIN + timedelta(seconds=30 * number))


def naive(state: State) -> None:
    """Ask about each condition in turn and write it back, as a ledger without a difference would."""
    by_fingerprint = sa.select(EPISODE.c.id).where(
        EPISODE.c.fingerprint == sa.bindparam("key"), EPISODE.c.resolved_at.is_(None)
    )
    write = EPISODE.update().where(EPISODE.c.id == sa.bindparam("number")).values(facts=sa.bindparam("said"))
    with state.transaction() as connection:
        for condition in conditions(OPEN):
            number = connection.execute(by_fingerprint, {"key": condition.fingerprint}).scalar_one()
            connection.execute(write, {"number": number, "said": dict(condition.facts)})


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measure_opening(url: str) -> None:
    """Fill the ledger and print what that takes."""
    state = open_state(url)
    print(f"  {OPEN:,} opened at once         {seconds(lambda: tick(state, 0)):6.2f} s", flush=True)
    print_memory()


def print_memory() -> None:
    """Print the most memory that this process ever had."""
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  largest memory of the process  {peak_mb:6.0f} MB", flush=True)


def measure_ticks(url: str) -> None:
    """Print what a tick takes; in a process of its own, whose memory is measured."""
    state = open_state(url)
    unchanged = sorted(seconds(lambda n=n: tick(state, n)) for n in range(1, 6))
    print(
        f"  tick, nothing changed          {unchanged[2]:6.2f} s (median of 5, slowest {unchanged[-1]:.2f})", flush=True
    )
    changed = sorted(seconds(lambda n=n: tick(state, n, CHANGED * (n % 2))) for n in range(7, 12))
    print(f"  tick, {CHANGED} changed              {changed[2]:6.2f} s (median of 5, slowest {changed[-1]:.2f})")
    print_memory()
    print(f"  naive alternative              {seconds(lambda: naive(state)):6.2f} s", flush=True)


def deliver(url: str) -> None:
    """Deliver all there is, as one dispatcher."""
    while drain(State(url), {"taker": Taker()}, lambda: BEGIN + timedelta(minutes=5), limit=MESSAGES).attempts:
        pass


def measure_delivery(url: str) -> None:
    """Print how many messages dispatchers deliver in a second."""
    state, fork = open_state(url), multiprocessing.get_context("fork")
    for dispatchers in (1, 2):
        with state.transaction() as connection:
            for table in reversed(METADATA.sorted_tables):
                connection.execute(table.delete())
        reconcile(state, [RULE], conditions(MESSAGES, offices=MESSAGES), DESK, BEGIN)
        processes = [fork.Process(target=deliver, args=(url,)) for _ in range(dispatchers)]

        def run(processes: Sequence[multiprocessing.process.BaseProcess] = processes) -> None:
            for process in processes:
                process.start()
            for process in processes:
                process.join()

        print(
            f"  {dispatchers} dispatcher(s)                {MESSAGES / seconds(run):6.0f} messages a second", flush=True
        )


def main() -> None:
    """Measure both databases."""
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{Path(folder) / 'state.db'}"}
        if len(sys.argv) > 1:
            urls["PostgreSQL"] = sys.argv[1]
        for name, url in urls.items():
            print(name, flush=True)
            for measure in (measure_opening, measure_ticks, measure_delivery):
                process = multiprocessing.get_context("spawn").Process(target=measure, args=(url,))
                process.start()
                process.join()


if __name__ == "__main__":
    main()
