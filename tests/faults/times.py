"""Clocks that jump, evaluations that overlap, events out of order, and acknowledgements at the worst moment."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from ops_platform.alerting.acknowledge import acknowledge
from ops_platform.alerting.groups import advance
from ops_platform.alerting.rules import Condition
from tests.faults.checker import Count
from tests.faults.stage import Database, Result, Stage, staged
from tests.faults.story import START, STEP, Story, Trial, one_each
from tests.faults.virtual import Simulation

MINUTE = timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RACES = 25


def time_faults(database: Database) -> Iterator[Result]:
    """Yield what became of matters while time or order was wrong."""
    jumps = {"+1 h": HOUR, "-1 h": -HOUR, "+1 day": DAY, "-1 day": -DAY}
    trials: dict[str, Callable[[Stage], Count]] = {
        **{f"clock {name} for one tick, later for half an hour": _jumping(jump) for name, jump in jumps.items()},
        "overlapping evaluations, the older one last": _overlapping,
        "events duplicate, out of order, late; resolved before open": _disordered,
        "acknowledgement racing escalation": _racing("escalation"),
        "acknowledgement racing resolve": _racing("resolve"),
        "acknowledgement racing its own expiry": _racing("expiry"),
    }
    for fault, trial in trials.items():
        with staged(database, Trial.standing_at(START), Story(())) as stage:
            yield Result(fault, database.name, trial(stage))


def _jumping(jump: timedelta) -> Callable[[Stage], Count]:
    spike, begins, ends = START + 5 * MINUTE, START + 15 * MINUTE, START + 45 * MINUTE
    matters = (
        *one_each(3, START + MINUTE, 3 * HOUR, "standing"),
        *one_each(3, START + 16 * MINUTE, 2 * HOUR, "during"),
        *one_each(3, START + 2 * MINUTE, 30 * MINUTE, "ended"),
        *one_each(3, START + 60 * MINUTE, 2 * HOUR, "after"),
    )

    def trial(stage: Stage) -> Count:
        stage.at(stage.site.trial, Story(matters, ahead=timedelta(0)))
        wrong = lambda now: jump if now == spike or begins <= now < ends else timedelta(0)  # noqa: E731
        simulation = Simulation(stage, wrong=wrong)
        simulation.run(4 * HOUR)
        return simulation.judge(stale=6 * MINUTE)

    return trial


def _overlapping(stage: Stage) -> Count:
    matters = tuple(m for n in range(8) for m in one_each(3, START + (3 + n) * MINUTE, 7 * MINUTE, f"wave{n}site"))
    stage.at(stage.site.trial, Story(matters, ahead=timedelta(0)))

    def twice(simulation: Simulation, now: datetime) -> None:
        simulation.look(now)
        simulation.look(now - timedelta(seconds=20))

    simulation = Simulation(stage, evaluate=twice)
    simulation.run(30 * MINUTE)
    return simulation.judge()


def _disordered(stage: Stage) -> Count:
    """Report some matters late, some twice and in changing order, and some only when they are over."""
    seen = one_each(4, START + 2 * MINUTE, 30 * MINUTE, "twice")
    late = one_each(4, START + 12 * MINUTE, 30 * MINUTE, "late")
    over = one_each(4, START + 2 * MINUTE, 4 * MINUTE, "over")

    def find(now: datetime) -> Iterator[Condition]:
        standing = [matter for matter in seen if matter.opens <= now < matter.ends]
        standing += [matter for matter in late if matter.opens <= now < matter.ends]
        order = standing if now.minute % 2 else standing[::-1]
        for matter in (*order, *order[::-1]):
            since = matter.opens - 10 * MINUTE if matter in late else matter.opens
            yield replace(matter.condition(), true_at=since)
        # The clear of these comes first; when the raise is there, both are, and nothing stands.
        yield from (matter.condition() for matter in over if matter.opens <= now < matter.ends and now > matter.ends)

    stage.at(stage.site.trial, Story((*seen, *late)))
    simulation = Simulation(stage, find=find)
    simulation.run(50 * MINUTE)
    return simulation.judge()


def _racing(against: str) -> Callable[[Stage], Count]:
    opens = START + MINUTE

    def trial(stage: Stage) -> Count:
        lasts = {"expiry": 3 * HOUR}.get(against, 2 * STEP)
        matters = one_each(RACES, opens, lasts, "race")
        stage.at(stage.site.trial, Story(matters, ahead=timedelta(0)))
        simulation = Simulation(stage)
        simulation.run(2 * MINUTE)  # told, and the next step is at opens + STEP
        ids = _episodes(simulation)
        race_at = opens + STEP
        if against == "resolve":
            race_at = opens + lasts
        if against == "expiry":
            acknowledge(simulation.state, simulation.desk(simulation.now), ids, "P1", opens + 2 * MINUTE)
            race_at = opens + 2 * MINUTE + 2 * HOUR
        while simulation.now < race_at - timedelta(seconds=15):
            simulation.run(timedelta(0))
        _race(simulation, ids, race_at, against)
        simulation.now = race_at + timedelta(seconds=15)
        simulation.run(timedelta(hours=4) if against == "expiry" else 10 * MINUTE)
        told = simulation.judge(ladder=False)
        return told + Count(untrue=_told_after_acknowledgement(simulation))

    return trial


def _race(simulation: Simulation, ids: Sequence[int], at: datetime, against: str) -> None:
    """Acknowledge each from one thread while another does what it races with, as often as there are episodes."""

    def acknowledging() -> None:
        for number in ids:
            acknowledge(simulation.state, simulation.desk(at), [number], "P1", at)

    def other() -> None:
        for _ in ids:
            if against == "resolve":
                simulation.look(at)
            else:
                advance(simulation.state, simulation.desk(at), at, limit=1)

    threads = [threading.Thread(target=acknowledging), threading.Thread(target=other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _episodes(simulation: Simulation) -> list[int]:
    with simulation.state.engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT id FROM episode ORDER BY id")).scalars())


def _told_after_acknowledgement(simulation: Simulation) -> int:
    """Count what was enqueued for an episode while it was acknowledged, and episodes that are over and acknowledged."""
    told = 0
    with simulation.state.engine.connect() as connection:
        events = connection.execute(sa.text("SELECT episode_id, kind, detail FROM episode_event ORDER BY id")).all()
        acked: set[int] = set()
        for episode_id, kind, detail in events:
            if kind == "acknowledged":
                acked.add(episode_id)
            elif kind in {"ack_expired", "resolved"}:
                acked.discard(episode_id)
            told += kind == "enqueued" and episode_id in acked and not detail.startswith("resolved")
        stuck = sa.text("SELECT count(*) FROM episode WHERE resolved_at IS NOT NULL AND state <> 'resolved'")
        return told + int(connection.execute(stuck).scalar_one())
