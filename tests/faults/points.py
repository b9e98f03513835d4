"""kill -9 before and after each step of each process, one process at a time."""

import signal
from collections.abc import Iterator, Sequence
from datetime import timedelta

from tests.faults.checker import Count, check
from tests.faults.processes import POINTS, WHEN, Crash, Kind
from tests.faults.stage import Database, Result, Stage, staged
from tests.faults.story import START, Matter, Story, Trial

MINUTE = timedelta(minutes=1)
LASTS = 5 * MINUTE
APART = 12 * MINUTE
NOT_AT_THE_END = ("episode insert", "group insert")
"""What is not done when a matter ends."""
Step = tuple[Kind, Crash]
STEPS: tuple[Step, ...] = tuple(
    (kind, Crash(point, when)) for kind, points in POINTS.items() for point in points for when in WHEN
)


def killed_at_points(database: Database, steps: Sequence[Step] = STEPS) -> Iterator[Result]:
    """Yield for each step what became of a matter of which the telling, and the end, was broken off there."""
    with staged(database, Trial.standing_at(START), Story(())) as stage:
        for number, (kind, crash) in enumerate(steps):
            fault = f"kill -9 {crash.when} {crash.point}, {kind}"
            yield Result(fault, database.name, _one(stage, number, kind, crash))


def _one(stage: Stage, number: int, kind: Kind, crash: Crash) -> Count:
    opens = START + number * APART
    matter = Matter(f"point-{number:04}", f"O{number}", opens, opens + LASTS)
    story, count = Story((matter,), ahead=timedelta(0)), len(stage.receiver.accepted)
    for moment in (matter.opens, matter.ends):
        stage.at(Trial.standing_at(moment), story)
        if kind != "evaluator":
            stage.live("evaluator")
        reached = stage.go(kind, crash) == -signal.SIGKILL
        assert reached or (crash.point in NOT_AT_THE_END and moment == matter.ends), f"{kind} did not come to {crash}"
        stage.at(Trial.standing_at(moment + timedelta(seconds=5)))
        if kind != "evaluator":
            stage.live("dispatcher")  # whose lease has not ended
        stage.settle()
    return check(story, stage.receiver.accepted[count:])
