"""The ledger: what is wrong now against what was, in one transaction; what is new is put into the outbox, once."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from ops_platform.alerting.rota import NOBODY, Recipient
from ops_platform.alerting.rules import RULES, Condition
from ops_platform.alerting.wording import NOBODY_ON_DUTY, Kind, most_urgent_first, write
from ops_platform.settings import Settings
from ops_platform.state import EPISODE, EPISODE_EVENT, OUTBOX, OUTBOX_EPISODE, State

CLOCK_TOLERANCE = timedelta(minutes=1)
"""An evaluation this much older than the newest one is not believed: the clock went back, or it was held up."""
_LOCK = 6324
_CHUNK = 10_000

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
    channels: Collection[str],
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
        Names of the channels in force.
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
        outbox = _Outbox(connection, tuple(channels), settings, now)
        unstaffed = outbox.tell_raised(_untold(connection, rules), rota)
        outbox.tell_resolved(gone)
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
        _record(connection, connection.execute(insert, rows).scalars(), "opened", now)
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
    _record(connection, (row["id"] for row in gone), "resolved", now)


def _record(connection: sa.Connection, episode_ids: Iterable[int], kind: str, now: datetime, detail: str = "") -> None:
    rows = [{"episode_id": episode_id, "at": now, "kind": kind, "detail": detail} for episode_id in episode_ids]
    connection.execute(EPISODE_EVENT.insert(), rows)


class _Outbox:
    """The outbox within one evaluation."""

    def __init__(self, connection: sa.Connection, channels: Sequence[str], settings: Settings, now: datetime) -> None:
        self.connection, self.channels, self.settings, self.now = connection, channels, settings, now
        self.keys: set[str] = set()

    @property
    def enqueued(self) -> int:
        """How many messages were put in."""
        return len(self.keys)

    def tell_raised(
        self, untold: Iterable[tuple[Row, bool]], rota: Callable[[str], Sequence[Recipient]]
    ) -> list[tuple[str, str]]:
        """Enqueue a message for each rule, office, recipient and channel; return the groups that reached no person."""
        unstaffed = []
        ordered = sorted(untold, key=lambda pair: (pair[0]["rule"], pair[0]["office_id"]))
        for (rule, office_id), pairs in groupby(ordered, key=lambda pair: (pair[0]["rule"], pair[0]["office_id"])):
            group = list(pairs)
            reached = [(person, channel) for person in rota(office_id) for channel in self._reaching(person)]
            for person, channel in reached:
                self._enqueue("raised", rule, [row for row, _ in group], person, channel)
            if not reached:
                unstaffed.append((rule, office_id))
                fresh = [row for row, heard in group if not heard]
                for channel in self._reaching(NOBODY) if fresh else ():
                    self._enqueue("raised", rule, fresh, NOBODY, channel)
        return unstaffed

    def tell_resolved(self, gone: Sequence[Row]) -> None:
        """Tell those who were told that it was raised."""
        episodes = {row["id"]: row for row in gone}
        groups: dict[tuple[str, str, str, Recipient], list[Row]] = defaultdict(list)
        for episode_id, channel, payload in self._told(list(episodes)):
            row = episodes[episode_id]
            groups[row["rule"], row["office_id"], channel, Recipient(**payload["recipient"])].append(row)
        for (rule, _, channel, person), rows in groups.items():
            self._enqueue("resolved", rule, rows, person, channel)

    def _reaching(self, person: Recipient) -> list[str]:
        return [channel for channel in self.channels if person.address(channel)]

    def _told(self, episode_ids: Sequence[int]) -> Iterator[tuple[int, str, Row]]:
        query = sa.select(OUTBOX_EPISODE.c.episode_id, OUTBOX.c.channel, OUTBOX.c.payload).join(OUTBOX)
        for start in range(0, len(episode_ids), _CHUNK):
            among = OUTBOX_EPISODE.c.episode_id.in_(episode_ids[start : start + _CHUNK])
            raised = query.where(OUTBOX.c.kind == "raised", among).order_by(OUTBOX.c.id)
            yield from (tuple(row) for row in self.connection.execute(raised))

    def _enqueue(self, kind: Kind, rule: str, rows: Sequence[Row], person: Recipient, channel: str) -> None:
        episodes = most_urgent_first(RULES[rule], rows)
        ids = [episode["id"] for episode in episodes]
        key = _key(kind, ids, person, channel)
        if key in self.keys:  # two people who share an address
            return
        self.keys.add(key)
        text = write(kind, rule, episodes, self.now, self.settings)
        unstaffed = kind == "raised" and person.step == NOBODY.step
        note = "\n" + NOBODY_ON_DUTY.in_language(self.settings.language) if unstaffed else ""
        message = {
            "key": key,
            "kind": kind,
            "step": person.step,
            "channel": channel,
            "recipient": person.address(channel),
            "title": text.title,
            "body": text.body + note,
            "payload": {
                "kind": kind,
                "rule": rule,
                "severity": RULES[rule].severity,
                "office_id": episodes[0]["office_id"],
                "recipient": asdict(person),
                "episodes": [
                    {
                        "id": episode["id"],
                        "subject": episode["subject"],
                        "opened_at": episode["opened_at"].isoformat(),
                        "facts": episode["facts"],
                    }
                    for episode in episodes
                ],
            },
            "state": "pending",
            "created_at": self.now,
            "due_at": self.now,
        }
        outbox_id = self.connection.execute(OUTBOX.insert().returning(OUTBOX.c.id), message).scalar_one()
        links = [{"outbox_id": outbox_id, "episode_id": episode_id} for episode_id in ids]
        self.connection.execute(OUTBOX_EPISODE.insert(), links)
        _record(self.connection, ids, "enqueued", self.now, f"{kind} {channel} {person.staff_id}")


def _key(kind: Kind, episode_ids: Iterable[int], person: Recipient, channel: str) -> str:
    identity = [kind, sorted(episode_ids), person.step, person.address(channel), channel]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()
