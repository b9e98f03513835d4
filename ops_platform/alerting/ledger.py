"""The ledger: what is wrong now against what was, in one transaction; what is new is put into the outbox, once."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ops_platform.alerting.channels import Channel
from ops_platform.alerting.outbox import Outbox, record
from ops_platform.alerting.rota import NOBODY, Recipient
from ops_platform.alerting.rules import RULES, Condition
from ops_platform.settings import Settings
from ops_platform.state import EPISODE, OUTBOX, OUTBOX_EPISODE, State

CLOCK_TOLERANCE = timedelta(minutes=1)
"""An evaluation this much older than the newest one is not believed: the clock went back, or it was held up."""
_LOCK = 6324

Row = dict[str, Any]


@dataclass(frozen=True)
class Changes:
    """What one evaluation did.

    Attributes
    ----------
    opened, kept, resolved
        Fingerprints.
    enqueued
        Messages put into the outbox.
    unstaffed
        Rule and office of every group of which nobody could be told: nobody on duty, or on no channel in force.
    held
        The evaluation was older than one already made, and was not applied.
    """

    opened: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    enqueued: int = 0
    unstaffed: tuple[tuple[str, str], ...] = ()
    held: bool = False


def reconcile(
    state: State,
    rules: Collection[str],
    conditions: Iterable[Condition],
    rota: Callable[[str], Sequence[Recipient]],
    channels: Mapping[str, Channel],
    settings: Settings,
    now: datetime,
) -> Changes:
    """Bring the ledger in line with an evaluation of some rules; may be called again and at the same time by others.

    Every condition without open episode opens one, every open episode of the evaluated rules without condition is
    resolved. What opens for one rule and office is told in one message to every recipient on every channel. An episode
    of which no person could be told is told as soon as somebody can be.

    Parameters
    ----------
    state
        The operational state.
    rules
        Ids of the rules evaluated; episodes of others are left alone.
    conditions
        All that was found true for these rules.
    rota
        Gives the people on duty of an office, see `ops_platform.alerting.rota.on_duty`.
    channels
        The channels in force, by name.
    settings
        Language, time zone and the branch's name.
    now
        Moment of the evaluation.

    Raises
    ------
    ValueError
        If a rule is not known, or a condition is of a rule that was not evaluated.
    """
    found = {condition.fingerprint: condition for condition in conditions}
    if unknown := (set(rules) - RULES.keys()) | ({condition.rule for condition in found.values()} - set(rules)):
        raise ValueError(f"not among the rules evaluated: {', '.join(sorted(unknown))}")
    with state.transaction() as connection:
        _one_at_a_time(connection)
        newest = _newest(connection, rules)
        if newest and now < newest - CLOCK_TOLERANCE:
            return Changes(held=True)
        now = max(now, newest) if newest else now
        standing = {row["fingerprint"]: row for row in _open_episodes(connection, rules)}
        kept = [fingerprint for fingerprint in found if fingerprint in standing]
        gone = [row for fingerprint, row in standing.items() if fingerprint not in found]
        _resolve(connection, gone, now)
        _touch(connection, rules, [(standing[fingerprint], found[fingerprint]) for fingerprint in kept], now)
        opened = _open(connection, [found[fingerprint] for fingerprint in found if fingerprint not in standing], now)
        outbox = Outbox(connection, channels, settings, now)
        unstaffed = outbox.tell_raised(_untold(connection, rules), rota)
        outbox.tell_resolved([row for row in gone if f"{RULES[row['rule']].worsens_to}:{row['subject']}" not in found])
        return Changes(
            opened=tuple(opened),
            kept=tuple(kept),
            resolved=tuple(row["fingerprint"] for row in gone),
            enqueued=outbox.enqueued,
            unstaffed=tuple(unstaffed),
        )


def _one_at_a_time(connection: sa.Connection) -> None:
    # SQLite took the write lock at BEGIN. The unique indices would refuse a second episode anyway; the lock spares
    # evaluations from finding out.
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _newest(connection: sa.Connection, rules: Collection[str]) -> datetime | None:
    moments = connection.execute(
        sa.select(sa.func.max(EPISODE.c.seen_at), sa.func.max(EPISODE.c.resolved_at)).where(EPISODE.c.rule.in_(rules))
    ).one()
    return max((moment for moment in moments if moment), default=None)


def _open_episodes(connection: sa.Connection, rules: Collection[str]) -> list[Row]:
    query = sa.select(EPISODE).where(EPISODE.c.rule.in_(rules), EPISODE.c.resolved_at.is_(None)).order_by(EPISODE.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def _untold(connection: sa.Connection, rules: Collection[str]) -> list[tuple[Row, bool]]:
    """Return the open episodes that no person was told of, and whether a channel heard of each without a person."""
    told = (
        sa.select(OUTBOX_EPISODE.c.episode_id)
        .join(OUTBOX)
        .where(OUTBOX_EPISODE.c.episode_id == EPISODE.c.id, OUTBOX.c.kind == "raised")
    )
    query = (
        sa.select(EPISODE, told.exists().label("heard"))
        .where(EPISODE.c.rule.in_(rules), EPISODE.c.resolved_at.is_(None))
        .where(~told.where(OUTBOX.c.step > NOBODY.step).exists())
        .order_by(EPISODE.c.id)
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return [(row, row.pop("heard")) for row in rows]


def _open(connection: sa.Connection, conditions: Sequence[Condition], now: datetime) -> list[str]:
    rows = [
        {
            "rule": condition.rule,
            "subject": condition.subject,
            "fingerprint": condition.fingerprint,
            "office_id": condition.office_id,
            "severity": RULES[condition.rule].severity,
            "state": "open",
            "opened_at": now,
            "seen_at": now,
            "facts": dict(condition.facts),
        }
        for condition in conditions
    ]
    if rows:
        insert = EPISODE.insert().returning(EPISODE.c.id, sort_by_parameter_order=True)
        record(connection, connection.execute(insert, rows).scalars(), "opened", now)
    return [condition.fingerprint for condition in conditions]


def _touch(
    connection: sa.Connection, rules: Collection[str], kept: Sequence[tuple[Row, Condition]], now: datetime
) -> None:
    # Those gone are resolved by now, so all that is open was seen.
    seen = EPISODE.update().where(EPISODE.c.rule.in_(rules), EPISODE.c.resolved_at.is_(None)).values(seen_at=now)
    connection.execute(seen)
    changed = [
        {"changed_id": row["id"], "facts": dict(condition.facts), "office_id": condition.office_id}
        for row, condition in kept
        if row["facts"] != dict(condition.facts) or row["office_id"] != condition.office_id
    ]
    if changed:
        connection.execute(EPISODE.update().where(EPISODE.c.id == sa.bindparam("changed_id")), changed)


def _resolve(connection: sa.Connection, gone: Sequence[Row], now: datetime) -> None:
    if not gone:
        return
    update = EPISODE.update().where(EPISODE.c.id == sa.bindparam("gone_id")).values(state="resolved", resolved_at=now)
    connection.execute(update, [{"gone_id": row["id"]} for row in gone])
    for row in gone:
        row.update(state="resolved", resolved_at=now)
    record(connection, (row["id"] for row in gone), "resolved", now)
