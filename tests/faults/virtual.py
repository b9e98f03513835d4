"""Trials in virtual time: the platform's own functions in this process, over a real database and real channels."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ops_platform.alerting.channels import Channel, channels_of
from ops_platform.alerting.desk import Desk
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.groups import advance
from ops_platform.alerting.ledger import Changes, reconcile
from ops_platform.alerting.rota import Recipient
from ops_platform.alerting.rules import Condition
from ops_platform.alerting.service import SteadyClock
from ops_platform.alerting.watches import outages
from ops_platform.policy import Policy
from ops_platform.settings import Settings
from tests.faults.checker import Count, check
from tests.faults.stage import Stage
from tests.faults.story import PEOPLE, POLICY, START, Story

TICK = timedelta(seconds=15)
EVERY_S = 30
ATTEMPT_S = 0.3
"""An attempt is broken off so soon, because it is waited for in real time."""
ADDRESSES = tuple(f"{person.lower()}@example.com" for person in PEOPLE)
RULES_LOOKED_AT = tuple(rule.id for rule in outages.WATCH.rules)


def webhook(stage: Stage, **more: Any) -> dict[str, Any]:
    """Return the settings of a channel to the receiver."""
    return {"kind": "webhook", "url": stage.receiver.url, "deadline_s": ATTEMPT_S, **more}


def on_duty(people: Sequence[str] = PEOPLE) -> list[Recipient]:
    """Return people on the steps of the ladder."""
    return [Recipient(name, name, f"{name.lower()}@example.com", "", step) for step, name in enumerate(people, 1)]


@dataclass
class Simulation:
    """An installation whose minutes pass as fast as it works.

    Attributes
    ----------
    stage
        Its database and receiver.
    channels
        Settings of its channels, by name; none: a webhook to the receiver.
    wrong
        How far its clock is wrong at a moment.
    find
        What is found at a moment, by its own clock.
    duty
        Who is on duty at a moment.
    begin
        Called at the beginning of each tick.
    """

    stage: Stage
    channels: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    wrong: Callable[[datetime], timedelta] = lambda _now: timedelta(0)
    find: Callable[[datetime], Iterable[Condition]] | None = None
    duty: Callable[[datetime], Sequence[Recipient]] = lambda _now: on_duty()
    begin: Callable[[datetime], None] = lambda _now: None
    rules: Sequence[str] = RULES_LOOKED_AT
    policy: Policy = POLICY
    evaluate: Callable[["Simulation", datetime], object] = lambda self, now: self.look(now)

    def __post_init__(self) -> None:
        self.state = self.stage.state
        self.settings = Settings(channels=dict(self.channels or {"duty": webhook(self.stage)}), policy=self.policy)
        self._channels: dict[str, Channel] = channels_of(self.settings)
        self.now = START
        self._clock = SteadyClock(lambda: self.now + self.wrong(self.now), self._elapsed_s)

    def _elapsed_s(self) -> float:
        return (self.now - START).total_seconds()

    def desk(self, now: datetime) -> Desk:
        """Return who is told at a moment."""
        people = self.duty(now)

        def rota(_office: str, step: int) -> list[Recipient]:
            reached = min((person.step for person in people if person.step >= step), default=0)
            return [person for person in people if person.step == reached]

        return Desk(rota, self._channels, self.settings)

    def look(self, now: datetime) -> Changes:
        """Evaluate once what is found at a moment."""
        find = self.find or self.stage.site.story.found
        return reconcile(self.state, self.rules, find(now), self.desk(now), now + self.wrong(now),
                         timedelta(seconds=EVERY_S))  # fmt: skip

    def run(self, lasts: timedelta, tick: timedelta = TICK) -> None:
        """Let time pass."""
        self.stage.receiver.now = lambda: self.now
        end = self.now + lasts
        while self.now <= end:
            self.begin(self.now)
            if (self.now - START).total_seconds() % EVERY_S == 0:
                self.evaluate(self, self.now)
            believed = self._clock.now()
            if believed:
                advance(self.state, self.desk(self.now), believed)
            drain(self.state, self._channels, lambda: self.now + self.wrong(self.now), limit=2000)
            self.now += tick

    def judge(self, story: Story | None = None, **how: Any) -> Count:
        """Hold what arrived against the story."""
        return check(story or self.stage.site.story, self.stage.receiver.accepted, **how)
