"""What happens in the world of a trial: matters that begin and end, and the clock by which they do."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.rules import AHEAD, Condition
from ops_platform.policy import AlertPolicy, Ladder, Policy

START = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
"""Nine in the morning of the business day: no quiet hours."""
STEP = timedelta(minutes=3)
POLICY = Policy(
    alerts=AlertPolicy(
        ladders=(
            Ladder(severity="critical", step_min=3, repeat_min=600),
            *(ladder for ladder in AlertPolicy().ladders if ladder.severity != "critical"),
        )
    )
)
"""A ladder short enough to be climbed within a trial."""
PEOPLE = ("P1", "P2", "P3")
"""Those on duty everywhere, by the step on which they stand."""


@dataclass(frozen=True)
class Trial:
    """The time of a trial, which may pass faster than on the wall.

    Attributes
    ----------
    begun
        Seconds of the wall's clock at `START`.
    speed
        Seconds of the trial in one of the wall.
    ahead
        How far the clock is wrong.
    """

    begun: float
    speed: float = 1.0
    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the moment of the trial."""
        return START + timedelta(seconds=self.speed * (time.time() - self.begun)) + self.ahead

    @classmethod
    def standing_at(cls, moment: datetime) -> "Trial":
        """Return a clock that stands still."""
        return cls(0.0, 0.0, moment - START)


@dataclass(frozen=True)
class Driven:
    """A clock that somebody drives, whom all processes read.

    Attributes
    ----------
    file
        Holds how many seconds have passed.
    """

    file: Path

    def now(self) -> datetime:
        """Return the moment of the trial."""
        return START + timedelta(seconds=float(self.file.read_text(encoding="ascii")))

    def drive(self, seconds: float) -> None:
        """Let so many seconds have passed."""
        beside = self.file.with_suffix(".new")
        beside.write_text(str(seconds), encoding="ascii")
        beside.replace(self.file)


class Clock(Protocol):
    """Tells the moment of a trial."""

    def now(self) -> datetime:
        """Return the moment."""
        ...


@dataclass(frozen=True)
class Matter:
    """A mains outage that needs a generator from one moment on until another."""

    site: str
    office: str
    opens: datetime
    ends: datetime
    rule: str = "generator_leave_by"
    shared: bool = False
    """Others of the same office are told in the same messages."""

    def condition(self, suppressed: str = "") -> Condition:
        """Return it as a watch would find it."""
        facts: dict[str, Any] = {
            "site_name": self.site,
            "office_name": "前旗",
            "failed_at": (self.opens - timedelta(hours=1)).isoformat(),
            "deadline_at": (self.opens + timedelta(minutes=42)).isoformat(),
        }
        return Condition(RULES[self.rule], self.site, self.office, facts, self.opens, self.site, suppressed)


@dataclass(frozen=True)
class Story:
    """All matters of a trial; at one site never two at a time.

    Attributes
    ----------
    matters
        In any order.
    ahead
        How long before its moment a matter is found.
    """

    matters: tuple[Matter, ...]
    ahead: timedelta = AHEAD

    def found(self, now: datetime) -> Iterator[Condition]:
        """Yield what a watch finds at a moment."""
        for matter in self.matters:
            if matter.opens - self.ahead <= now < matter.ends:
                yield matter.condition()

    def cut(self, at: datetime) -> "Story":
        """Return the story with everything over by a moment."""
        begun = (matter for matter in self.matters if matter.opens < at)
        return replace(self, matters=tuple(replace(matter, ends=min(matter.ends, at)) for matter in begun))


def one_each(count: int, opens: datetime, lasts: timedelta, name: str = "site") -> tuple[Matter, ...]:
    """Return matters that begin and end together, each at an office of its own."""
    return tuple(Matter(f"{name}-{n:04}", f"O-{name}-{n:04}", opens, opens + lasts) for n in range(count))


def sites_of(matters: Iterable[Matter]) -> set[str]:
    """Return the sites of matters."""
    return {matter.site for matter in matters}
