"""What one evaluation puts into the outbox: who is told of which episodes, once, over which channels."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from ops_platform.alerting.channels import Channel
from ops_platform.alerting.rota import NOBODY, Recipient
from ops_platform.alerting.rules import RULES
from ops_platform.alerting.wording import NOBODY_ON_DUTY, Kind, Text, most_urgent_first, write
from ops_platform.settings import Settings
from ops_platform.state import EPISODE_EVENT, OUTBOX, OUTBOX_EPISODE

_CHUNK = 10_000

Row = Mapping[str, Any]


class Outbox:
    """The outbox within one transaction.

    Parameters
    ----------
    connection
        The transaction.
    channels
        The channels in force, by name.
    settings
        Language, time zone and the branch's name.
    now
        Moment of the evaluation.
    """

    def __init__(
        self, connection: sa.Connection, channels: Mapping[str, Channel], settings: Settings, now: datetime
    ) -> None:
        self.connection, self.channels, self.settings, self.now = connection, channels, settings, now
        self._keys: set[str] = set()

    @property
    def enqueued(self) -> int:
        """How many messages were put in."""
        return len(self._keys)

    def tell_raised(
        self, untold: Iterable[tuple[Row, bool]], rota: Callable[[str], Sequence[Recipient]]
    ) -> list[tuple[str, str]]:
        """Enqueue one message for each rule and office to every person on duty over every channel that reaches them.

        Parameters
        ----------
        untold
            Episodes of which no person was told, each with whether a channel heard of it without a person.
        rota
            Gives the people on duty of an office.

        Returns
        -------
        list of tuple
            Rule and office of every group of which no person could be told.
        """
        unstaffed = []
        ordered = sorted(untold, key=lambda pair: (pair[0]["rule"], pair[0]["office_id"]))
        for (rule, office_id), pairs in groupby(ordered, key=lambda pair: (pair[0]["rule"], pair[0]["office_id"])):
            group = list(pairs)
            reaching = partial(self._reaching, rule, office_id)
            reached = [(person, channel) for person in rota(office_id) for channel in reaching(person)]
            if reached:
                self._enqueue("raised", rule, [row for row, _ in group], reached)
                continue
            unstaffed.append((rule, office_id))
            fresh = [row for row, heard in group if not heard]
            if fresh:
                self._enqueue("raised", rule, fresh, [(NOBODY, channel) for channel in reaching(NOBODY)])
        return unstaffed

    def tell_resolved(self, gone: Sequence[Row]) -> None:
        """Tell those who were told that it was raised."""
        episodes = {row["id"]: row for row in gone}
        groups: dict[tuple[str, str, Recipient, str], list[Row]] = defaultdict(list)
        for episode_id, person, channel in self._told(list(episodes)):
            row = episodes[episode_id]
            groups[row["rule"], row["office_id"], person, channel].append(row)
        for (rule, _, person, channel), rows in groups.items():
            self._enqueue("resolved", rule, rows, [(person, channel)])

    def _reaching(self, rule: str, office_id: str, person: Recipient) -> list[str]:
        severity = RULES[rule].severity
        return [
            name
            for name, channel in self.channels.items()
            if channel.wants(office_id, severity) and channel.address(person)
        ]

    def _told(self, episode_ids: Sequence[int]) -> Iterator[tuple[int, Recipient, str]]:
        links: list[tuple[int, int]] = []
        query = sa.select(OUTBOX_EPISODE.c.episode_id, OUTBOX_EPISODE.c.outbox_id).join(OUTBOX)
        for some in _chunks(episode_ids):
            raised = query.where(OUTBOX.c.kind == "raised", OUTBOX_EPISODE.c.episode_id.in_(some))
            links += [(episode_id, outbox_id) for episode_id, outbox_id in self.connection.execute(raised)]
        whom: dict[int, tuple[Recipient, str]] = {}
        for some in _chunks(sorted({outbox_id for _, outbox_id in links})):
            messages = sa.select(OUTBOX.c.id, OUTBOX.c.payload, OUTBOX.c.channel).where(OUTBOX.c.id.in_(some))
            for outbox_id, payload, channel in self.connection.execute(messages):
                whom[outbox_id] = Recipient(**payload["recipient"]), channel
        for episode_id, outbox_id in sorted(links, key=lambda link: link[1]):
            yield episode_id, *whom[outbox_id]

    def _enqueue(self, kind: Kind, rule: str, rows: Sequence[Row], whom: Iterable[tuple[Recipient, str]]) -> None:
        episodes = most_urgent_first(RULES[rule], rows)
        ids = [episode["id"] for episode in episodes]
        text = write(kind, rule, episodes, self.now, self.settings)
        payload = _payload(kind, rule, episodes)
        for person, channel in whom:
            if channel not in self.channels:  # taken out of the settings since it was told
                continue
            address = self.channels[channel].address(person)
            key = _key(kind, ids, person.step, address, channel)
            if key in self._keys:  # two people who share an address
                continue
            self._keys.add(key)
            message = {
                "key": key,
                "kind": kind,
                "step": person.step,
                "channel": channel,
                "recipient": address,
                "title": text.title,
                "body": self._body(kind, text, person),
                "payload": payload | {"recipient": asdict(person)},
                "state": "pending",
                "created_at": self.now,
                "due_at": self.now,
            }
            outbox_id = self.connection.execute(OUTBOX.insert().returning(OUTBOX.c.id), message).scalar_one()
            links = [{"outbox_id": outbox_id, "episode_id": episode_id} for episode_id in ids]
            self.connection.execute(OUTBOX_EPISODE.insert(), links)
            record(self.connection, ids, "enqueued", self.now, f"{kind} {channel} {person.staff_id}")

    def _body(self, kind: Kind, text: Text, person: Recipient) -> str:
        if kind == "raised" and person == NOBODY:
            return f"{text.body}\n{NOBODY_ON_DUTY.in_language(self.settings.language)}"
        return text.body


def record(connection: sa.Connection, episode_ids: Iterable[int], kind: str, at: datetime, detail: str = "") -> None:
    """Add an event to the history of each of at least one episode."""
    events = [{"episode_id": episode_id, "at": at, "kind": kind, "detail": detail} for episode_id in episode_ids]
    connection.execute(EPISODE_EVENT.insert(), events)


def _payload(kind: Kind, rule: str, episodes: Sequence[Row]) -> dict[str, Any]:
    return {
        "kind": kind,
        "rule": rule,
        "severity": RULES[rule].severity,
        "office_id": episodes[0]["office_id"],
        "episodes": [
            {
                "id": episode["id"],
                "subject": episode["subject"],
                "opened_at": episode["opened_at"].isoformat(),
                "resolved_at": episode["resolved_at"].isoformat() if episode["resolved_at"] else None,
                "facts": episode["facts"],
            }
            for episode in episodes
        ],
    }


def _key(kind: Kind, episode_ids: Iterable[int], step: int, address: str, channel: str) -> str:
    identity = [kind, sorted(episode_ids), step, address, channel]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):  # databases bound the number of parameters
        yield ids[start : start + _CHUNK]
