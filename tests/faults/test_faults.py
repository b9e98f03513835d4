"""A short part of ``make faults``: kills, overlaps and bad answers lose nothing and repeat nothing without a mark."""

import signal
from collections.abc import Callable

import pytest

from tests.faults import channels, disturbed, sizes, times
from tests.faults.checker import Count
from tests.faults.points import STEPS, killed_at_points
from tests.faults.processes import Crash
from tests.faults.running import killed_at_random
from tests.faults.stage import Database, Stage, staged
from tests.faults.story import START, Story, Trial, one_each

SEED = 20260312
KILLS, KILL_EVERY_S = 12, 50.0
"""Few kills, far enough apart that matters become old enough to be held against what was told."""
SOME_STEPS = [
    ("evaluator", Crash("commit", "before")),
    ("dispatcher", Crash("commit of the claim", "after")),
    ("dispatcher", Crash("commit of the mark", "before")),
]
TRIALS: dict[str, Callable[[Stage], Count]] = {
    "storm": sizes._storm,
    "overlapping": times._overlapping,
    "no answer": channels._answering("drop after"),
    "acknowledged at the last moment": times._racing("escalation"),
}


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def database(request: pytest.FixtureRequest) -> Database:
    server = request.getfixturevalue("postgres") if request.param == "PostgreSQL" else None
    return Database(request.param, server)


@pytest.mark.parametrize("trial", TRIALS.values(), ids=TRIALS)
def test_in_virtual_time(trial: Callable[[Stage], Count], database: Database) -> None:
    story = Story(one_each(2, channels.OPENS, channels.LASTS, "channel"))
    with staged(database, Trial.standing_at(START), story) as stage:
        assert trial(stage).is_kept


def test_killed_around_a_step(database: Database) -> None:
    assert set(SOME_STEPS) <= set(STEPS)
    for result in killed_at_points(database, SOME_STEPS):
        assert result.count.is_kept, result


def test_killed_at_random(database: Database) -> None:
    count, killed = killed_at_random(database, SEED, KILLS, sites=24, every_s=KILL_EVERY_S)
    assert count.tried > 10
    assert killed >= KILLS
    assert count.is_kept, count


def test_stopped_for_longer_than_its_lease_it_sends_nothing(database: Database) -> None:
    crash = Crash("commit of the claim", "after", by=signal.SIGSTOP)
    assert disturbed._stopped(database, crash).is_kept
