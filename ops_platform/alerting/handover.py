"""What one shift hands over to the next, as it stands in the ledger and on the rota. Reads, never writes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pandas as pd
import sqlalchemy as sa

from ops_platform.alerting.groups import is_silent
from ops_platform.alerting.rota import rota_between
from ops_platform.alerting.rules import Rule
from ops_platform.alerting.standing import OpenGroup, due_at, open_groups
from ops_platform.alerting.tellings import PEOPLE, TOLD, tellings
from ops_platform.platform import Platform
from ops_platform.state import EPISODE, EPISODE_EVENT, OUTBOX, State

LATE = timedelta(hours=1)
"""So long after a change of shifts it is still the one that is handed over."""

Row = Mapping[str, Any]
What = Literal["due", "expected", "ack_ends"]


@dataclass(frozen=True)
class Shift:
    """A span of time between two changes, in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Coming:
    """Something that falls into the next shift: a time limit, an expected alert, the end of an acknowledgement."""

    at: datetime
    what: What
    rule: Rule
    episode: Row


@dataclass(frozen=True)
class Load:
    """What one person has to do with alerts.

    Attributes
    ----------
    waiting
        Open alerts of which the person was told and that nobody has acknowledged.
    holding
        Alerts that the person has acknowledged and that stand.
    messages, acknowledged
        Messages to the person, and alerts acknowledged by them, since the last change.
    """

    staff_id: str
    waiting: int = 0
    holding: int = 0
    messages: int = 0
    acknowledged: int = 0


@dataclass(frozen=True, eq=False)
class Handover:
    """What one shift hands over to the next.

    Attributes
    ----------
    outgoing, incoming
        The shifts.
    groups
        What is open, the most urgent first.
    resolved
        Rows of the episodes that somebody was told of and that were resolved since the outgoing shift began.
    coming
        What falls into the time up to the end of the incoming shift, the earliest first.
    before, after
        Who is on duty before the change, and in the incoming shift: ``office_id``, ``step``, ``staff_id``, ``start``,
        ``end``.
    loads
        Of each of these people, by staff id.
    """

    outgoing: Shift
    incoming: Shift
    groups: Sequence[OpenGroup]
    resolved: Sequence[Row]
    coming: Sequence[Coming]
    before: pd.DataFrame
    after: pd.DataFrame
    loads: Sequence[Load]


def shift_at(changes: Sequence[time], zone: ZoneInfo, moment: datetime) -> Shift:
    """Return the shift in which a moment lies.

    Parameters
    ----------
    changes
        Business-local times of a day, in order, at least one.
    zone
        The business time zone.
    moment
        Aware; that of a change lies in the shift which then begins.
    """
    today = moment.astimezone(zone).date()
    days = (today + timedelta(days=n) for n in (-1, 0, 1))
    edges = [datetime.combine(day, at, tzinfo=zone).astimezone(UTC) for day in days for at in changes]
    starts_at = max(edge for edge in edges if edge <= moment)
    return Shift(starts_at, min(edge for edge in edges if edge > moment))


def handover(platform: Platform, now: datetime) -> Handover:
    """Return what is handed over at the change of shifts that comes next, or came within the last hour."""
    settings, state = platform.settings, platform.state
    changes, zone = settings.policy.alerts.shift_changes, settings.zone
    outgoing = shift_at(changes, zone, now - LATE)
    incoming = shift_at(changes, zone, outgoing.ends_at)
    groups = open_groups(state, settings)
    rota = rota_between(platform, outgoing.starts_at, incoming.ends_at)
    last = min(now, outgoing.ends_at - timedelta(minutes=1))
    before = rota.stints(last, last + timedelta(minutes=1))
    after = rota.stints(max(now, incoming.starts_at), incoming.ends_at)
    people = sorted({*before["staff_id"], *after["staff_id"]})
    return Handover(
        outgoing,
        incoming,
        groups,
        resolved_since(state, outgoing.starts_at),
        sorted(_coming(groups, zone, now, incoming.ends_at), key=lambda one: (one.at, one.episode["id"])),
        before,
        after,
        _loads(state, people, outgoing.starts_at),
    )


def resolved_since(state: State, since: datetime) -> list[Row]:
    """Return the rows of the episodes that somebody was told of and that were resolved since a moment, newest first."""
    query = sa.select(EPISODE).where(EPISODE.c.resolved_at >= since, EPISODE.c.told_at.is_not(None))
    return list(state.rows(query.order_by(EPISODE.c.resolved_at.desc(), EPISODE.c.id)))


def _coming(groups: Sequence[OpenGroup], zone: ZoneInfo, now: datetime, until: datetime) -> Iterator[Coming]:
    for one in groups:
        for row in one.episodes:
            if is_silent(row):
                continue
            due = due_at(one.rule, row, zone)
            if row["state"] == "pending":
                yield Coming(row["true_at"], "expected", one.rule, row)
            elif one.rule.counts_down and now <= due <= until:
                yield Coming(due, "due", one.rule, row)
            if row["state"] == "acked" and row["ack_until"] and now <= row["ack_until"] <= until:
                yield Coming(row["ack_until"], "ack_ends", one.rule, row)


def _loads(state: State, people: Sequence[str], since: datetime) -> list[Load]:
    waiting: dict[str, set[int]] = {}
    for episode_id, who, _ in tellings(state, sa.and_(EPISODE.c.resolved_at.is_(None), EPISODE.c.state == "open")):
        waiting.setdefault(who, set()).add(episode_id)
    sent = state.rows(sa.select(PEOPLE).where(TOLD, OUTBOX.c.created_at >= since))
    messages = Counter(person["staff_id"] for row in sent for person in row["people"])
    acks = sa.select(EPISODE_EVENT.c.episode_id, EPISODE_EVENT.c.detail).where(
        EPISODE_EVENT.c.kind == "acknowledged", EPISODE_EVENT.c.at >= since
    )
    taken = Counter(
        who for who, _ in {(row["detail"].partition(": ")[0], row["episode_id"]) for row in state.rows(acks)}
    )
    held = sa.select(EPISODE.c.acked_by, sa.func.count().label("held")).where(
        EPISODE.c.resolved_at.is_(None), EPISODE.c.state == "acked"
    )
    holding = {row["acked_by"]: row["held"] for row in state.rows(held.group_by(EPISODE.c.acked_by))}
    return [
        Load(who, len(waiting.get(who, ())), holding.get(who, 0), messages[who], taken[who]) for who in people
    ]  # fmt: skip
