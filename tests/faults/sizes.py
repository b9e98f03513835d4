"""Very many at once: storms, causes and silences that end in one, a full ledger, and years of history."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.rules import Condition
from tests.faults.checker import Count, check
from tests.faults.stage import Database, Result, Stage, staged
from tests.faults.story import START, Matter, Story, Trial, one_each
from tests.faults.virtual import RULES_LOOKED_AT, Simulation

MINUTE = timedelta(minutes=1)
SITES = 120
OPEN = 100_000
MONTHS = 36
STORM_AT = START + MINUTE


def size_faults(database: Database, sizes: tuple[int, int] = (OPEN, MONTHS)) -> Iterator[Result]:
    """Yield what became of very many.

    Parameters
    ----------
    sizes
        Episodes open at once, and months of history.
    """
    open_ones, months = sizes
    trials: dict[str, Callable[[Stage], Count]] = {
        f"storm of {SITES} sites": _storm,
        "cause that inhibits is lifted in a storm": _inhibition_lifted,
        "silence ends while the matter stands": _silence_ends,
        f"{open_ones:,} open": lambda stage: _full(stage, open_ones),
        f"{months} months replayed": lambda stage: _replayed(stage, months),
    }
    for fault, trial in trials.items():
        with staged(database, Trial.standing_at(START), Story(())) as stage:
            yield Result(fault, database.name, trial(stage))


def _storm_of(count: int, lasts: timedelta) -> tuple[Matter, ...]:
    """Return outages of one office within half a minute of each other."""
    return tuple(
        Matter(f"storm-{n:04}", "O1", STORM_AT + timedelta(seconds=30 * n / count), STORM_AT + lasts,
               "generator_not_dispatched")
        for n in range(count)
    )  # fmt: skip


def _storm(stage: Stage) -> Count:
    """One page for each recipient within 90 s; a second one counts as duplicated."""
    matters = _storm_of(SITES, 10 * MINUTE)
    stage.at(stage.site.trial, Story(matters, ahead=timedelta(0)))
    simulation = Simulation(stage)
    simulation.run(25 * MINUTE)
    pages = [m for m in stage.receiver.accepted if m.recipient == "P1" and m.why == "raised" and m.kind == "raised"]
    whole = [m for m in pages if len(m.sites) == SITES]
    return simulation.judge() + Count(lost=not whole, duplicated=max(len(pages) - 1, 0))


def _inhibition_lifted(stage: Stage) -> Count:
    """Sites that are down explain their cells; half of them recover while the cells stay bad."""
    lifted = STORM_AT + 5 * MINUTE
    explains = RULES[min(RULES["congestion"].inhibited_by)]
    sites = one_each(20, STORM_AT, 25 * MINUTE, "cause")

    def find(now: datetime) -> Iterator[Condition]:
        for n, matter in enumerate(sites):
            if STORM_AT <= now < matter.ends:
                yield _of(RULES["congestion"], f"cell-{n:04}", matter)
            if STORM_AT <= now < (lifted if n % 2 else matter.ends):
                yield _of(explains, matter.site, matter)

    rules = [explains.id, "congestion"]
    simulation = Simulation(stage, find=find, rules=rules)
    simulation.run(50 * MINUTE)
    told = [m for m in stage.receiver.accepted if any(site.startswith("cell") for site in m.sites)]
    cells = tuple(Matter(f"cell-{n:04}", f"O{n}", lifted, sites[n].ends) for n in range(1, 20, 2))
    return check(Story(cells), told, ladder=False)


def _of(rule: Any, subject: str, matter: Matter) -> Condition:
    """Return a condition of any rule, with the facts that it needs."""
    moment, day = matter.opens.isoformat(), matter.opens.date().isoformat()
    facts = {name: moment if name.endswith("_at") else day if name.endswith("_on") else 1 for name in rule.facts}
    named = {rule.name: subject, "site_name": subject, "office_name": matter.office}
    return Condition(rule, subject, matter.office, facts | named, matter.opens, matter.site)


def _silence_ends(stage: Stage) -> Count:
    ends = START + 10 * MINUTE
    matters = one_each(20, STORM_AT, timedelta(hours=1), "silent")

    def find(now: datetime) -> Iterator[Condition]:
        for matter in matters:
            if STORM_AT <= now < matter.ends:
                yield matter.condition("PW12" if now < ends else "")

    simulation = Simulation(stage, find=find)
    simulation.run(timedelta(hours=1, minutes=10))
    return simulation.judge(Story(tuple(replace(matter, opens=ends) for matter in matters)))


def _full(stage: Stage, count: int) -> Count:
    """Among very many open episodes of another rule, of 100 offices, new matters are told in time, and their ends."""
    overdue, since = RULES["inspection_overdue"], START - timedelta(days=9)
    said = {"office_name": "", "due_on": since.date().isoformat()}
    many = [
        Condition(overdue, name, f"O{n % 100}", said | {"site_name": name}, since, name)
        for n, name in enumerate(f"full-{number:06}" for number in range(count))
    ]
    matters = one_each(5, START + 2 * MINUTE, 6 * MINUTE, "new")
    stage.at(stage.site.trial, Story(matters, ahead=timedelta(0)))

    def find(now: datetime) -> list[Condition]:
        return [*many, *stage.site.story.found(now)]

    simulation = Simulation(stage, find=find, rules=[*RULES_LOOKED_AT, overdue.id])
    simulation.run(9 * MINUTE, tick=MINUTE)
    told = [m for m in stage.receiver.accepted if not any(site.startswith("full") for site in m.sites)]
    return check(stage.site.story, told, ladder=False)


def _replayed(stage: Stage, months: int) -> Count:
    """Files of past months arrive one after the other; every page of them is untrue."""
    tried = 0
    simulation = Simulation(stage, find=lambda _now: iter(found))
    found: list[Condition] = []
    for month in range(months):
        at = START - timedelta(days=31 * (months - month))
        matters = one_each(30, at, timedelta(hours=3), f"m{month:02}past")
        tried += len(matters)
        found[:] = [replace(matter.condition(), true_at=matter.opens) for matter in matters]
        simulation.run(MINUTE, tick=timedelta(seconds=30))
        found.clear()
        simulation.run(MINUTE, tick=timedelta(seconds=30))
    return Count(tried=tried, untrue=len(stage.receiver.accepted))
