"""All faults on one database, in an order in which what is small comes first."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple

from tests.faults.channels import channel_faults
from tests.faults.disturbed import disturbances
from tests.faults.points import killed_at_points
from tests.faults.running import killed_at_random
from tests.faults.sizes import size_faults
from tests.faults.stage import Database, Result
from tests.faults.times import time_faults
from tests.faults.tokens import link_faults

KILLS = 600
"""At random, on each database."""


def random_kills(database: Database, seed: int) -> Iterator[Result]:
    """Yield what became of a branch whose processes were killed at random."""
    count, killed = killed_at_random(database, seed, KILLS)
    yield Result(f"kill -9 at random, {killed} times", database.name, count)


def run_all(database: Database, seed: int) -> list[Result]:
    """Run every fault on a database, saying what each came to."""
    logging.disable(logging.CRITICAL)  # what the platform has to say about faults
    parts: tuple[Callable[[], Iterable[Result]], ...] = (
        lambda: killed_at_points(database),
        lambda: random_kills(database, seed),
        lambda: disturbances(database),
        lambda: channel_faults(database),
        lambda: time_faults(database),
        lambda: link_faults(database),
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
