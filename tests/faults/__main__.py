"""Run every fault on both databases and print what it came to: ``make faults``, or ``python -m tests.faults [SEED]``.

Ends with status 1 where a telling was lost, repeated without a mark, or untrue.
"""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import astuple
from secrets import randbelow

from tests.faults.channels import channel_faults
from tests.faults.checker import NAMES
from tests.faults.disturbed import disturbances
from tests.faults.points import killed_at_points
from tests.faults.running import killed_at_random
from tests.faults.sizes import size_faults
from tests.faults.stage import Database, Result
from tests.faults.times import time_faults
from tests.postgres import is_installed, postgres_server

KILLS = 600
"""At random, on each database."""


def random_kills(database: Database, seed: int) -> Iterator[Result]:
    """Yield what became of a branch whose processes were killed at random."""
    count, killed = killed_at_random(database, seed, KILLS)
    yield Result(f"kill -9 at random, {killed} times", database.name, count)


def run_all(database: Database, seed: int) -> list[Result]:
    """Run every fault on a database, saying what each came to."""
    parts: tuple[Callable[[], Iterable[Result]], ...] = (
        lambda: killed_at_points(database),
        lambda: random_kills(database, seed),
        lambda: disturbances(database),
        lambda: channel_faults(database),
        lambda: time_faults(database),
        lambda: size_faults(database),
    )
    results = []
    for part in parts:
        for result in part():
            say(result)
            results.append(result)
    return results


def say(result: Result) -> None:
    """Print a line of the table."""
    figures = " | ".join(f"{figure:>10,}" for figure in astuple(result.count))
    broken = "" if result.count.is_kept else "  <-- the promise is broken"
    print(f"{result.fault:<62} | {result.database:<10} | {figures}{broken}", flush=True)


def main() -> int:
    """Run everything; return the status with which to end."""
    logging.disable(logging.CRITICAL)  # what the platform has to say about faults
    seed, begun = int(sys.argv[1]) if len(sys.argv) > 1 else randbelow(1_000_000), time.monotonic()
    print(f"seed {seed}\n\n{'fault':<62} | {'database':<10} | " + " | ".join(f"{name:>10}" for name in NAMES))
    with ExitStack() as servers:
        databases = [Database("SQLite")]
        if is_installed():
            databases.append(Database("PostgreSQL", servers.enter_context(postgres_server())))
        else:
            print("no PostgreSQL server is installed: SQLite alone")
        with ThreadPoolExecutor(len(databases)) as threads:
            results = [result for some in threads.map(lambda one: run_all(one, seed), databases) for result in some]
    broken = [result for result in results if not result.count.is_kept]
    print(f"\n{len(results)} trials in {time.monotonic() - begun:.0f} s, {len(broken)} broke the promise (seed {seed})")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
