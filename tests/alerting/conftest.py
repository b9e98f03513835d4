"""A state on both databases, people, conditions, and a channel that can be told what to answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from ops_platform.alerting.channels import Message, Outcome, Person, channels_of
from ops_platform.alerting.ledger import Changes, reconcile
from ops_platform.alerting.rota import Recipient
from ops_platform.alerting.rules import Condition
from ops_platform.channel_settings import SmtpSettings, WebhookSettings, WecomSettings
from ops_platform.settings import Settings
from ops_platform.state import EPISODE, METADATA, OUTBOX, State, open_state

NOW = datetime(2026, 3, 12, 5, 18, tzinfo=UTC)
LI = Recipient("E07", "李雷", "li@example.com", "13800000007")
HAN = Recipient("E08", "韩梅梅", "han@example.com", "13800000008")
IN_FORCE = channels_of(
    Settings(
        channels={
            "smtp": SmtpSettings(host="mail"),
            "webhook": WebhookSettings(url=SecretStr("http://127.0.0.1:9/")),
            "room": WecomSettings(key=SecretStr("k"), offices="O1", least_severity="critical"),
        }
    )
)


def outage(
    site: str = "S001", office_id: str = "O1", deadline_min: float = 42, rule: str = "generator_leave_by"
) -> Condition:
    """Return a condition about an open mains outage whose deadline is this many minutes from NOW."""
    return Condition(
        rule,
        site,
        office_id,
        {
            "site_name": f"{site} 站",
            "office_name": "前旗",
            "failed_at": (NOW - timedelta(hours=1)).isoformat(),
            "deadline_at": (NOW + timedelta(minutes=deadline_min)).isoformat(),
        },
    )


def inspection(site: str = "S001", due_on: str = "2026-03-09", rule: str = "inspection_overdue") -> Condition:
    """Return a condition about a planned inspection."""
    return Condition(rule, site, "O1", {"site_name": f"{site} 站", "office_name": "前旗", "due_on": due_on})


@dataclass
class Script:
    """A channel that answers as scripted, accepts once the script is at its end, and remembers what it was sent."""

    outcomes: list[Outcome] = field(default_factory=list)
    name: str = "script"
    deadline_s: float = 30.0
    per_minute: int | None = None
    sent: list[Message] = field(default_factory=list)
    during: Callable[[], object] = lambda: None

    def address(self, person: Person) -> str:
        """Return the staff id."""
        return person.staff_id

    def wants(self, *_: str) -> bool:
        """Want everything."""
        return True

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
    settings = settings or Settings()
    return reconcile(
        state, rules, conditions, lambda _office_id: people, {name: IN_FORCE[name] for name in channels}, settings, now
    )


def outbox(state: State) -> list[dict[str, Any]]:
    return state.rows(sa.select(OUTBOX).order_by(OUTBOX.c.id))


def episodes(state: State) -> list[dict[str, Any]]:
    return state.rows(sa.select(EPISODE).order_by(EPISODE.c.id))
