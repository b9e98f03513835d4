"""Delivery: takes what is due from the outbox, attempts it, and writes down what became of it.

At least once: what a dead process had begun is attempted again when its lease ends, marked as a possible repeat.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

import sqlalchemy as sa

from ops_platform.alerting.channels import Channel, Message, Outcome, attempt
from ops_platform.alerting.outbox import record
from ops_platform.alerting.wording import POSSIBLE_REPEAT
from ops_platform.state import ALERT_GROUP, ATTEMPT, OUTBOX, OUTBOX_EPISODE, State

MAX_ATTEMPTS = 10
"""With the waits below a channel may be away for an hour before a message is given up."""
FIRST_WAIT_S = 15.0
LONGEST_WAIT_S = 900.0
LONGEST_RETRY_AFTER_S = 3600.0
"""What a provider asks for is granted up to here; a page that comes later than this helps nobody."""
UNHEARD_AGAIN = timedelta(minutes=30)
"""Where a ladder has ended and every message of it was given up, all are told again so much later."""
LEASE_MARGIN_S = 15.0
"""The lease outlasts the deadline of an attempt by this much, for the writing before and after it."""

_LOG = logging.getLogger(__name__)
_JITTER = SystemRandom()

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Delivered:
    """What became of the attempts made, counted."""

    sent: int = 0
    retried: int = 0
    dead: int = 0
    in_doubt: int = 0
    """Without an answer, to be tried again."""

    @property
    def attempts(self) -> int:
        """All of them."""
        return self.sent + self.retried + self.dead + self.in_doubt


def drain(state: State, channels: Mapping[str, Channel], now_fn: Callable[[], datetime], limit: int = 100) -> Delivered:
    """Attempt what is due, the longest due first.

    May run in several processes at once: a row belongs to one of them while its lease lasts.

    Parameters
    ----------
    state
        The operational state.
    channels
        Channels by name; rows of other channels are left alone.
    now_fn
        Tells the time.
    limit
        Most attempts to make.
    """
    counts = dict.fromkeys(("sent", "retried", "dead", "in_doubt"), 0)
    for _ in range(limit):
        row = _claim(state, channels, now_fn())
        if row is None:
            break
        channel = channels[row["channel"]]
        if row["attempts"] > MAX_ATTEMPTS:  # the last ones were broken off by the end of their process
            outcome = Outcome("permanent", "every attempt was broken off")
        elif now_fn() + timedelta(seconds=channel.deadline_s) > row["lease_until"]:
            continue  # this process was held up since; by the time it has sent, another may have
        else:
            outcome = attempt(channel, message_of(row))
        counts[_mark(state, row, outcome, now_fn())] += 1
    return Delivered(**counts)


def _claim(state: State, channels: Mapping[str, Channel], now: datetime) -> Row | None:
    """Take one due row under a lease and commit the attempt, so that it is known before anything leaves."""
    query = sa.select(OUTBOX).where(is_due(now)).order_by(OUTBOX.c.due_at, OUTBOX.c.id).limit(1)
    query = query.with_for_update(skip_locked=True, of=OUTBOX)
    with state.transaction() as connection:
        free = [name for name, channel in channels.items() if not _is_at_its_limit(connection, channel, now)]
        found = connection.execute(query.where(OUTBOX.c.channel.in_(free))).mappings().one_or_none()
        if found is None:
            return None
        row = dict(found)
        if row["state"] == "claimed":
            _close_broken_off(connection, row, now)
            row["in_doubt"] = True
        row["attempts"] += 1
        row["fence"] += 1
        row["lease_until"] = now + timedelta(seconds=channels[row["channel"]].deadline_s + LEASE_MARGIN_S)
        connection.execute(
            OUTBOX.update()
            .where(OUTBOX.c.id == row["id"])
            .values(
                state="claimed",
                fence=row["fence"],
                attempts=row["attempts"],
                in_doubt=row["in_doubt"],
                lease_until=row["lease_until"],
            )
        )
        attempt = {"outbox_id": row["id"], "fence": row["fence"], "started_at": now, "outcome": "started"}
        connection.execute(ATTEMPT.insert(), attempt)
        return row


def is_due(now: datetime) -> sa.ColumnElement[bool]:
    """Tell of a row of the outbox whether it may be attempted at a moment."""
    # What lies further ahead than anything is ever put off was written before the clock was set back.
    unreal = now + timedelta(seconds=LONGEST_RETRY_AFTER_S + LEASE_MARGIN_S)
    due = sa.or_(
        sa.and_(OUTBOX.c.state == "pending", sa.or_(OUTBOX.c.due_at <= now, OUTBOX.c.due_at > unreal)),
        sa.and_(OUTBOX.c.state == "claimed", sa.or_(OUTBOX.c.lease_until < now, OUTBOX.c.lease_until > unreal)),
    )
    return sa.and_(due, sa.not_(_overtakes()))


def _overtakes() -> sa.ColumnElement[bool]:
    """Tell of a row whether it says that a matter is taken on or over where its beginning is still to be said."""
    begun = OUTBOX.alias("begun")
    same = (getattr(begun.c, name) == OUTBOX.c[name] for name in ("group_id", "channel", "recipient"))
    unsaid = begun.c.kind == "raised", begun.c.state.in_(["pending", "claimed"]), begun.c.id < OUTBOX.c.id
    return sa.and_(OUTBOX.c.kind != "raised", sa.select(begun.c.id).where(*same, *unsaid).exists())


def _is_at_its_limit(connection: sa.Connection, channel: Channel, now: datetime) -> bool:
    """Tell whether as many attempts over a channel began in the last minute, by any process, as it allows."""
    if channel.per_minute is None:
        return False
    recent = ATTEMPT.c.started_at > now - timedelta(minutes=1), OUTBOX.c.channel == channel.name
    query = sa.select(sa.func.count()).select_from(ATTEMPT.join(OUTBOX)).where(*recent)
    return connection.execute(query).scalar_one() >= channel.per_minute


def _close_broken_off(connection: sa.Connection, row: Row, now: datetime) -> None:
    connection.execute(
        ATTEMPT.update()
        .where(ATTEMPT.c.outbox_id == row["id"], ATTEMPT.c.outcome == "started")
        .values(outcome="in_doubt", ended_at=now, answer="the process that made this attempt did not live to mark it")
    )


def message_of(row: Row) -> Message:
    """Return a row of the outbox as it goes out."""
    return Message(
        key=row["key"],
        recipient=row["recipient"],
        title=(POSSIBLE_REPEAT if row["in_doubt"] else "") + row["title"],
        body=row["body"],
        closing=row["closing"],
        payload=row["payload"],
        created_at=row["created_at"],
        possible_repeat=row["in_doubt"],
    )


def _mark(state: State, row: Row, outcome: Outcome, now: datetime) -> str:
    """Write down an outcome; returns the count it belongs to."""
    result = _result(outcome, row["attempts"])
    values: dict[str, Any] = {"lease_until": None, "in_doubt": row["in_doubt"] or outcome.kind == "in_doubt"}
    if result == "sent":
        values |= {"state": "sent", "sent_at": now}
    elif result == "dead":
        values |= {"state": "dead"}
    else:
        values |= {"state": "pending", "due_at": now + timedelta(seconds=_wait_s(row["attempts"], outcome.after_s))}
    with state.transaction() as connection:
        connection.execute(
            ATTEMPT.update()
            .where(ATTEMPT.c.outbox_id == row["id"], ATTEMPT.c.fence == row["fence"])
            .values(outcome=outcome.kind, ended_at=now, answer=outcome.answer)
        )
        own = (OUTBOX.c.id == row["id"], OUTBOX.c.state == "claimed", OUTBOX.c.fence == row["fence"])
        still_ours = connection.execute(OUTBOX.update().where(*own).values(**values)).rowcount == 1
        if still_ours and result in {"sent", "dead"}:
            query = sa.select(OUTBOX_EPISODE.c.episode_id).where(OUTBOX_EPISODE.c.outbox_id == row["id"])
            detail = f"{row['kind']} {row['channel']} {row['recipient']}: {outcome.answer}"
            record(connection, connection.execute(query).scalars().all(), result, now, detail)
        if still_ours and result == "dead":
            _move_on(connection, row, now)
    if still_ours and result == "dead":
        _LOG.error(
            "alert %s to %s over %s is given up: %s", row["id"], row["recipient"], row["channel"], outcome.answer
        )
    return result


def _move_on(connection: sa.Connection, row: Row, now: datetime) -> None:
    """Have somebody else told where a message was given up.

    The next step of the ladder is told at once where no other message of this step remains. Where the ladder has ended
    and there is an episode of which nobody has heard, all are told again later.
    """
    if row["kind"] != "raised":
        return
    alive = OUTBOX.c.kind == "raised", OUTBOX.c.state.in_(["pending", "claimed", "sent"])
    group = ALERT_GROUP.c.id == row["group_id"]
    of_step = sa.select(OUTBOX.c.id).where(*alive, OUTBOX.c.group_id == row["group_id"], OUTBOX.c.step == row["step"])
    if connection.execute(of_step.limit(1)).first() is None:
        climbing = ALERT_GROUP.update().where(group, ALERT_GROUP.c.escalate_at.is_not(None))
        connection.execute(climbing.values(escalate_at=now, next_at=now))
    heard = sa.select(OUTBOX_EPISODE.c.episode_id).join(OUTBOX).where(*alive, OUTBOX.c.group_id == row["group_id"])
    mine = sa.select(OUTBOX_EPISODE.c.episode_id).where(OUTBOX_EPISODE.c.outbox_id == row["id"])
    if connection.execute(mine.where(OUTBOX_EPISODE.c.episode_id.not_in(heard)).limit(1)).first() is not None:
        ended = ALERT_GROUP.update().where(
            group, ALERT_GROUP.c.escalate_at.is_(None), ALERT_GROUP.c.closed_at.is_(None)
        )
        again = now + UNHEARD_AGAIN
        connection.execute(ended.values(escalate_at=again, next_at=sa.func.coalesce(ALERT_GROUP.c.next_at, again)))


def _result(outcome: Outcome, attempts: int) -> str:
    if outcome.kind == "accepted":
        return "sent"
    if outcome.kind == "permanent" or attempts >= MAX_ATTEMPTS:
        return "dead"
    return "in_doubt" if outcome.kind == "in_doubt" else "retried"


def _wait_s(attempts: int, asked_s: float) -> float:
    wait_s = min(FIRST_WAIT_S * 2.0 ** (attempts - 1), LONGEST_WAIT_S) * _JITTER.uniform(1.0, 1.25)
    return max(wait_s, min(asked_s, LONGEST_RETRY_AFTER_S))
