"""The ledger: what is wrong now against what was. The difference is taken first and written in one transaction."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.desk import Desk
from ops_platform.alerting.groups import CLOCK_TOLERANCE, LEDGER, group_up, settle
from ops_platform.alerting.outbox import record
from ops_platform.alerting.rules import Condition
from ops_platform.state import ALERT_GROUP, EPISODE, EVALUATION, State

LONGEST_GAP = timedelta(minutes=10)
"""An evaluation that is later than the last one by more than this, or earlier by more than `CLOCK_TOLERANCE` (the clock
was set, or the evaluation was held up), is believed once a second, later one agrees. One that is earlier by less is not
applied: of two that overlap the older one must not undo the newer, and a clock set back so little soon catches up."""
_CHUNK = 10_000
"""Databases bound the number of parameters, and memory the rows that are opened at once."""


@dataclass(frozen=True)
class Changes:
    """What one evaluation did.

    Attributes
    ----------
    opened, resolved
        Fingerprints.
    kept
        How many episodes stand as they stood.
    enqueued
        Messages put into the outbox.
    unstaffed
        Rule and office of every group of which nobody could be told: nobody on duty, or on no channel in force.
    held
        The evaluation was not applied, because its moment is not believed.
    """

    opened: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    kept: int = 0
    enqueued: int = 0
    unstaffed: tuple[tuple[str, str], ...] = ()
    held: bool = False


class _Changed(NamedTuple):
    """An episode of which something has changed, and whether that may have to be told."""

    id: int
    group_id: int | None
    condition: Condition
    history: bool
    audible: bool


def reconcile(
    state: State,
    rules: Collection[str],
    conditions: Iterable[Condition],
    desk: Desk,
    now: datetime,
    every: timedelta = timedelta(minutes=1),
) -> Changes:
    """Bring the ledger in line with an evaluation of some rules; may be called again and at the same time by others.

    Every condition without open episode opens one, every open episode of the evaluated rules without condition is
    resolved. Then the groups that changed are carried along, see `ops_platform.alerting.groups`.

    Parameters
    ----------
    state
        The operational state.
    rules
        Ids of the rules evaluated; episodes of others are left alone.
    conditions
        All that was found true for these rules, or is about to become so.
    desk
        Who is told, over what, in which words.
    now
        Moment of the evaluation.
    every
        How long one evaluation usually is after the last.

    Raises
    ------
    ValueError
        If a rule is not known, or a condition is of a rule that was not evaluated.
    """
    found = {condition.fingerprint: condition for condition in conditions}
    if unknown := (set(rules) - RULES.keys()) | ({c.rule.id for c in found.values()} - set(rules)):
        raise ValueError(f"not among the rules evaluated: {', '.join(sorted(unknown))}")
    with state.transaction(LEDGER) as connection:
        watermarks = _believe(connection, rules, now, max(LONGEST_GAP, 3 * every))
        if watermarks is None:
            return Changes(held=True)
        gone, changed, fresh = _difference(connection, rules, found, watermarks)
        touched = _resolve(connection, gone, found, now)
        touched |= _change(connection, changed)
        _open(connection, fresh, watermarks, now)
        touched |= _inhibit(connection, rules)
        touched |= group_up(connection, rules, desk, now) | _due(connection, rules, now)
        outbox = settle(connection, touched, desk, now)
        return Changes(
            opened=tuple(condition.fingerprint for condition in fresh),
            resolved=tuple(row.fingerprint for row in gone),
            kept=len(found) - len(fresh),
            enqueued=outbox.enqueued,
            unstaffed=tuple(outbox.unstaffed),
        )


def _believe(
    connection: sa.Connection, rules: Collection[str], now: datetime, longest_gap: timedelta
) -> dict[str, datetime] | None:
    """Write the moment of an evaluation down; return each rule's watermark, or None where it is not believed."""
    query = sa.select(EVALUATION).where(EVALUATION.c.rule.in_(rules))
    last = {row["rule"]: row for row in connection.execute(query).mappings()}
    newest = max((row["at"] for row in last.values()), default=now)
    mine = EVALUATION.update().where(EVALUATION.c.rule.in_(rules))
    if -CLOCK_TOLERANCE <= now - newest < timedelta(0):
        return None
    if not timedelta(0) <= now - newest <= longest_gap:
        doubted = max((row["doubted_at"] for row in last.values() if row["doubted_at"]), default=now)
        if not timedelta(0) < now - doubted <= longest_gap:
            connection.execute(mine.values(doubted_at=now))
            return None
    connection.execute(mine.values(at=now, doubted_at=None))
    watermarks = {rule: now - RULES[rule].news_for for rule in rules}
    if fresh := [rule for rule in rules if rule not in last]:
        rows = [{"rule": rule, "at": now, "watermark_at": watermarks[rule]} for rule in fresh]
        connection.execute(EVALUATION.insert(), rows)
    return watermarks | {rule: max(row["watermark_at"], watermarks[rule]) for rule, row in last.items()}


def _difference(
    connection: sa.Connection,
    rules: Collection[str],
    found: Mapping[str, Condition],
    watermarks: Mapping[str, datetime],
) -> tuple[list[sa.Row[Any]], list[_Changed], list[Condition]]:
    """Return what stands and is not found, what has changed of it, and what is found and does not stand.

    Very much may stand, so that rows are looked at as they come, and of those that stand as they stood none is kept.
    What was history only by a clock that ran ahead is news again once the clock is right.
    """
    awaited = _awaited(connection, rules)
    gone, changed, fresh = [], [], dict(found)
    for row in _standing(connection, rules):
        condition = fresh.pop(row.fingerprint, None)
        if condition is None:
            gone.append(row)
            continue
        history = bool(row.history) and condition.true_at < watermarks[row.rule]
        moved = row.id in awaited and awaited[row.id] != condition.true_at
        audible = moved or row.suppressed != condition.suppressed or row.history != history
        if audible or row.facts_hash != _hash(condition) or row.office_id != condition.office_id:
            changed.append(_Changed(row.id, row.group_id, condition, history, audible))
    return gone, changed, list(fresh.values())


def _standing(connection: sa.Connection, rules: Collection[str]) -> Iterable[sa.Row[Any]]:
    """Return what stands of some rules: very many rows, so no column that a tick can do without."""
    columns = ("id", "fingerprint", "rule", "subject", "office_id", "group_id", "suppressed", "facts_hash", "history")
    query = sa.select(*(EPISODE.c[name] for name in columns), EPISODE.c.told_at.is_not(None).label("told"))
    standing = query.where(EPISODE.c.rule.in_(rules), EPISODE.c.resolved_at.is_(None))
    return connection.execute(standing.execution_options(yield_per=_CHUNK))


def _awaited(connection: sa.Connection, rules: Collection[str]) -> dict[int, datetime]:
    """Return the pending episodes of some rules with the moment at which each was to become true."""
    query = sa.select(EPISODE.c.id, EPISODE.c.true_at)
    pending = query.where(EPISODE.c.rule.in_(rules), EPISODE.c.state == "pending", EPISODE.c.resolved_at.is_(None))
    return {row[0]: row[1] for row in connection.execute(pending)}


def _resolve(
    connection: sa.Connection, gone: Sequence[sa.Row[Any]], found: Mapping[str, Condition], now: datetime
) -> set[int]:
    """Resolve what is gone; of what was never told, or has got worse, the end is not told either."""
    if not gone:
        return set()
    rows = []
    for row in gone:
        worse = found.get(f"{RULES[row.rule].worsens_to}:{row.subject}")
        superseded = worse is not None and worse.true_at <= now
        rows.append({"gone": row.id, "quietly": superseded or not row.told})
    update = EPISODE.update().where(EPISODE.c.id == sa.bindparam("gone"))
    connection.execute(update.values(state="resolved", resolved_at=now, end_told=sa.bindparam("quietly")), rows)
    record(connection, [row.id for row in gone], "resolved", now)
    return {row.group_id for row in gone if row.group_id}


def _change(connection: sa.Connection, changed: Sequence[_Changed]) -> set[int]:
    """Write down what has changed of episodes that stand; return the groups that may have to tell something."""
    if changed:
        rows = [{"changed": one.id, "history": one.history, **_values(one.condition)} for one in changed]
        connection.execute(EPISODE.update().where(EPISODE.c.id == sa.bindparam("changed")), rows)
    return {one.group_id for one in changed if one.audible and one.group_id}


def _open(
    connection: sa.Connection, conditions: Sequence[Condition], watermarks: Mapping[str, datetime], now: datetime
) -> None:
    for start in range(0, len(conditions), _CHUNK):
        some = conditions[start : start + _CHUNK]
        before = _generations(connection, [condition.fingerprint for condition in some])
        rows = [
            {
                "rule": condition.rule.id,
                "subject": condition.subject,
                "fingerprint": condition.fingerprint,
                "generation": before.get(condition.fingerprint, 0) + 1,
                "site_id": condition.site_id,
                "severity": condition.rule.severity,
                "state": "pending" if condition.true_at > now else "open",
                "history": condition.true_at < watermarks[condition.rule.id],
                "opened_at": max(condition.true_at, now),
                **_values(condition),
            }
            for condition in some
        ]
        insert = EPISODE.insert().returning(EPISODE.c.id, EPISODE.c.state, sort_by_parameter_order=True)
        inserted = connection.execute(insert, rows).all()
        for state, kind in (("open", "opened"), ("pending", "expected")):
            record(connection, [row.id for row in inserted if row.state == state], kind, now)


def _generations(connection: sa.Connection, fingerprints: Sequence[str]) -> dict[str, int]:
    query = (
        sa.select(EPISODE.c.fingerprint, sa.func.max(EPISODE.c.generation))
        .where(EPISODE.c.fingerprint.in_(sa.bindparam("some", expanding=True)))
        .group_by(EPISODE.c.fingerprint)
    )
    return {row[0]: row[1] for row in connection.execute(query, {"some": fingerprints})}


def _inhibit(connection: sa.Connection, rules: Collection[str]) -> set[int]:
    """Note on open episodes which open one at the same site explains them; return the groups where that has changed."""
    touched: set[int] = set()
    for rule in RULES.values():
        if not rule.inhibited_by or not ({rule.id, *rule.inhibited_by} & set(rules)):
            continue
        cause = EPISODE.alias("cause")
        explains = cause.c.rule.in_(rule.inhibited_by), cause.c.site_id == EPISODE.c.site_id
        real = cause.c.resolved_at.is_(None), cause.c.state != "pending", EPISODE.c.site_id != ""
        by = sa.func.coalesce(sa.select(sa.func.min(cause.c.id)).where(*explains, *real).scalar_subquery(), 0)
        query = sa.select(EPISODE.c.id, EPISODE.c.group_id, by.label("by")).where(
            EPISODE.c.rule == rule.id, EPISODE.c.resolved_at.is_(None), EPISODE.c.inhibited_by != by
        )
        changed = connection.execute(query).all()
        if changed:
            update = EPISODE.update().where(EPISODE.c.id == sa.bindparam("changed"))
            rows = [{"changed": row.id, "by": row.by} for row in changed]
            connection.execute(update.values(inhibited_by=sa.bindparam("by")), rows)
        touched |= {row.group_id for row in changed if row.group_id}
    return touched


def _due(connection: sa.Connection, rules: Collection[str], now: datetime) -> set[int]:
    query = sa.select(ALERT_GROUP.c.id).where(ALERT_GROUP.c.rule.in_(rules), ALERT_GROUP.c.next_at <= now)
    return set(connection.execute(query).scalars())


def _values(condition: Condition) -> dict[str, Any]:
    return {
        "office_id": condition.office_id,
        "suppressed": condition.suppressed,
        "true_at": condition.true_at,
        "facts": dict(condition.facts),
        "facts_hash": _hash(condition),
    }


def _hash(condition: Condition) -> str:
    return hashlib.blake2b(condition.text.encode(), digest_size=8).hexdigest()
