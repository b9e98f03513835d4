"""A state on both databases, people, conditions, and a channel that can be told what to answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.channels import Message, Outcome
from ops_platform.alerting.desk import Desk
from ops_platform.alerting.groups import advance
from ops_platform.alerting.ledger import Changes, reconcile
from ops_platform.alerting.rota import Recipient
from ops_platform.alerting.rules import Condition
from ops_platform.settings import Settings
from ops_platform.state import ALERT_GROUP, EPISODE, METADATA, OUTBOX, State, open_state

NOW = datetime(2026, 3, 12, 5, 18, tzinfo=UTC)
LI = Recipient("E07", "李雷", "li@example.com", "13800000007")
HAN = Recipient("E08", "韩梅梅", "han@example.com", "13800000008")


def outage(
    site: str = "S001",
    office_id: str = "O1",
    deadline_min: float = 42,
    rule: str = "generator_leave_by",
    true_min: float = 0,
    suppressed: str = "",
) -> Condition:
    """Return a condition about an open mains outage: its deadline and since when it is true, in minutes from NOW."""
    return Condition(
        RULES[rule],
        site,
        office_id,
        {
            "site_name": f"{site} 站",
            "office_name": "前旗",
            "failed_at": (NOW - timedelta(hours=1)).isoformat(),
            "deadline_at": (NOW + timedelta(minutes=deadline_min)).isoformat(),
        },
        NOW + timedelta(minutes=true_min),
        site,
        suppressed,
    )


def inspection(site: str = "S001", due_on: str = "2026-03-09", rule: str = "inspection_overdue") -> Condition:
    """Return a condition about a planned inspection."""
    facts = {"site_name": f"{site} 站", "office_name": "前旗", "due_on": due_on}
    return Condition(RULES[rule], site, "O1", facts, NOW - timedelta(hours=1), site)


@dataclass
class Script:
    """A channel that answers as scripted, accepts once the script is at its end, and remembers what it was sent."""

    outcomes: list[Outcome] = field(default_factory=list)
    by: str = "staff_id"
    """What of a person is their address; empty: everybody is in one room."""
    name: str = "webhook"
    offices: tuple[str, ...] = ()
    per_minute: int | None = None
    deadline_s: float = 30.0
    hears_acknowledgement: bool = False
    holds_one_matter: bool = False
    sent: list[Message] = field(default_factory=list)
    during: Callable[[], object] = lambda: None

    def address(self, person: Recipient) -> str:
        """Return the address of a person."""
        return str(getattr(person, self.by)) if self.by else "room"

    def wants(self, office_id: str, severity: str) -> bool:
        """Take what it was set up for."""
        return bool(severity) and (not self.offices or office_id in self.offices)

    def send(self, message: Message) -> Outcome:
        """Answer the next of the script."""
        self.sent.append(message)
        self.during()
        return self.outcomes.pop(0) if self.outcomes else Outcome("accepted", "ok")


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> State:
    if request.param == "sqlite":
        return open_state(f"sqlite:///{tmp_path / 'state.db'}")
    return open_state(request.getfixturevalue("new_postgres_url")())


@pytest.fixture
def sqlite_state(tmp_path: Path) -> State:
    return open_state(f"sqlite:///{tmp_path / 'state.db'}")


def empty(state: State) -> None:
    """Take every row out."""
    with state.transaction() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())


BY = {"smtp": "email", "webhook": "staff_id", "room": ""}


def desk(
    people: Sequence[Recipient] = (LI,), channels: Sequence[str] = ("webhook",), settings: Settings | None = None
) -> Desk:
    """Return a desk with the same people on duty everywhere, each on their step."""

    def rota(_office_id: str, step: int) -> list[Recipient]:
        later = [person.step for person in people if person.step >= step]
        return [person for person in people if later and person.step == min(later)]

    scripts = {name: Script(by=BY[name], name=name) for name in channels}
    return Desk(rota, scripts, settings or Settings())


def evaluate(
    state: State,
    *conditions: Condition,
    rules: Sequence[str] = ("generator_leave_by",),
    people: Sequence[Recipient] = (LI,),
    channels: Sequence[str] = ("webhook",),
    settings: Settings | None = None,
    now: datetime = NOW,
) -> Changes:
    """Reconcile with the same people on duty everywhere."""
    every = timedelta(days=30)  # the jumps of these tests are believed
    return reconcile(state, rules, conditions, desk(people, channels, settings), now, every)


def pass_time(
    state: State,
    until: datetime,
    people: Sequence[Recipient] = (LI,),
    channels: Sequence[str] = ("webhook",),
    settings: Settings | None = None,
) -> None:
    """Let the ledger do what falls due up to a moment, each at its own."""
    due = sa.select(ALERT_GROUP.c.next_at).where(ALERT_GROUP.c.next_at <= until).order_by(ALERT_GROUP.c.next_at)
    while moments := state.rows(due.limit(1)):
        advance(state, desk(people, channels, settings), moments[0]["next_at"])


def outbox(state: State) -> list[dict[str, Any]]:
    return state.rows(sa.select(OUTBOX).order_by(OUTBOX.c.id))


def episodes(state: State) -> list[dict[str, Any]]:
    return state.rows(sa.select(EPISODE).order_by(EPISODE.c.id))
