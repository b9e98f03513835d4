"""What is put into the outbox: who is told of which episodes, once, over which channels."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.desk import Desk
from ops_platform.alerting.escalation import Why
from ops_platform.alerting.rota import NOBODY, Recipient
from ops_platform.alerting.wording import (
    NOBODY_ON_DUTY,
    Kind,
    Text,
    Writing,
    most_urgent_first,
    write_acknowledged,
    write_raised,
    write_resolved,
)
from ops_platform.state import EPISODE, EPISODE_EVENT, OUTBOX, OUTBOX_EPISODE

MOST_IN_PAYLOAD = 200
"""Machines are told of so many episodes by name, and of the others by their count."""

Row = Mapping[str, Any]
Whom = tuple[str, str]
"""A channel and an address on it."""


class Outbox:
    """The outbox within one transaction.

    Parameters
    ----------
    connection
        The transaction.
    desk
        Who is told, over what, in which words.
    now
        The moment.
    """

    def __init__(self, connection: sa.Connection, desk: Desk, now: datetime) -> None:
        self.connection, self.desk, self.now = connection, desk, now
        self.enqueued = 0
        """How many messages were put in."""
        self.unstaffed: list[tuple[str, str]] = []
        """Rule and office of every group of which nobody could be told."""

    def tell(self, group: Row, why: Why, audience: Sequence[Row], from_step: int, to_step: int) -> int:
        """Enqueue one message for each address of the people on some steps of the ladder.

        Parameters
        ----------
        group
            Row of the group.
        why
            Why they are told.
        audience
            Rows of the episodes that are told, at least one.
        from_step, to_step
            The steps.

        Returns
        -------
        int
            The highest step that was reached; 0 where no person could be told. Then the machines and rooms that can be
            told without a person have been, once.
        """
        reached, whom = self._reach(group, audience, from_step, to_step)
        if whom:
            for (channel, address), people in whom.items():
                key = _key(group["id"], group["tellings"] + 1, channel, address)
                self._raise(group, why, audience, key, channel, address, people)
            return reached
        self.unstaffed.append((group["rule"], group["office_id"]))
        for channel, address in self._addresses(group, audience, [NOBODY]):
            key = _key(group["id"], sorted(row["id"] for row in audience), channel, address)
            if not self._is_in(key):
                self._raise(group, why, audience, key, channel, address, [NOBODY])
        return 0

    def hand_over(self, group: Row, episodes: Sequence[Row], to: Recipient) -> bool:
        """Tell one person that episodes of a group are now theirs; return whether an address reaches them."""
        whom = self._addresses(group, episodes, [to])
        for channel, address in whom:
            key = _key(group["id"], group["tellings"] + 1, channel, address)
            self._raise(group, "handed_over", episodes, key, channel, address, [to])
        return bool(whom)

    def tell_end(self, group: Row, ended: Sequence[Row], *, closes: bool) -> None:
        """Tell those who were told of a group that episodes of it are over.

        To whom a group is one matter the end of a part of it is none: they are told once, when the group closes, even
        where its last episode ends in silence.
        """
        rule = RULES[group["rule"]]
        for (channel, address), people in self._told(group["id"]).items():
            one_matter = self.desk.channels[channel].holds_one_matter
            episodes = most_urgent_first(rule, self._once_told(group["id"]) if one_matter else ended)
            if not episodes or (one_matter and not closes):
                continue
            text = write_resolved(
                rule.id, episodes, Writing(self.desk.language_of(people), self.now, self.desk.settings)
            )
            ids = sorted(row["id"] for row in episodes)
            key = _key(group["id"], ["end", *ids], channel, address)
            self._enqueue("resolved", group, episodes, key, channel, address, people, text, "resolved", "")

    def tell_acknowledged(self, group: Row, episodes: Sequence[Row], who: str) -> None:
        """Tell those who page by themselves that all of a group is taken on, once for each time that it was told."""
        rule = RULES[group["rule"]]
        episodes = most_urgent_first(rule, episodes)
        settings = self.desk.settings
        text = write_acknowledged(who, rule.id, episodes, Writing(settings.language, self.now, settings))
        for (channel, address), people in self._told(group["id"]).items():
            key = _key(group["id"], ["acknowledged", group["tellings"]], channel, address)
            if self.desk.channels[channel].hears_acknowledgement and not self._is_in(key):
                self._enqueue("acknowledged", group, episodes, key, channel, address, people, text, "acknowledged", "")

    def withdraw(self, group_id: int) -> int:
        """Take back what nobody has tried to send yet of a group; return how many messages that were.

        A message of which an attempt may have arrived stays, and so the end of the matter is told too.
        """
        mine = OUTBOX.c.group_id == group_id, OUTBOX.c.kind == "raised"
        waiting = OUTBOX.c.state == "pending", OUTBOX.c.in_doubt.is_(False)
        update = OUTBOX.update().where(*mine, *waiting).values(state="withdrawn")
        return self.connection.execute(update).rowcount

    def _reach(
        self, group: Row, audience: Sequence[Row], from_step: int, to_step: int
    ) -> tuple[int, dict[Whom, list[Recipient]]]:
        """Return the highest step reached and whom; steps on which nobody can be reached are passed over at once."""
        last = group["ladder"]["steps"]
        steps = [range(from_step, to_step + 1), *(range(step, step + 1) for step in range(to_step + 1, last + 1))]
        for some in steps:
            people = self.desk.on_duty(group["office_id"], some)
            if whom := self._addresses(group, audience, people):
                return max(some[-1], *(person.step for person in people)), whom
        # The ladder ends here: those who are on it are told again.
        people = self.desk.on_duty(group["office_id"], range(1, from_step))
        return last, self._addresses(group, audience, people)

    def _addresses(
        self, group: Row, audience: Sequence[Row], people: Iterable[Recipient]
    ) -> dict[Whom, list[Recipient]]:
        """Return who is reached at each address; people who share one share a message."""
        rule = RULES[group["rule"]]
        broken = {row["facts"].get(rule.not_over) for row in audience} if rule.not_over else set()
        whom: dict[Whom, list[Recipient]] = {}
        for person in people:
            for name, channel in self.desk.channels.items():
                address = channel.address(person)
                if address and name not in broken and channel.wants(group["office_id"], rule.severity):
                    whom.setdefault((name, address), []).append(person)
        return whom

    def _once_told(self, group_id: int) -> Sequence[Row]:
        """Return the episodes of a group of which somebody was told."""
        query = sa.select(EPISODE).where(EPISODE.c.group_id == group_id, EPISODE.c.told_at.is_not(None))
        return [dict(row) for row in self.connection.execute(query).mappings()]

    def _told(self, group_id: int) -> dict[Whom, list[Recipient]]:
        query = sa.select(OUTBOX.c.channel, OUTBOX.c.recipient, OUTBOX.c.payload).where(
            OUTBOX.c.group_id == group_id, OUTBOX.c.kind == "raised", OUTBOX.c.state.not_in(["withdrawn", "dead"])
        )
        return {
            (row.channel, row.recipient): [Recipient(**person) for person in row.payload["people"]]
            for row in self.connection.execute(query.order_by(OUTBOX.c.id))
            if row.channel in self.desk.channels
        }

    def _raise(
        self, group: Row, why: Why, audience: Sequence[Row], key: str, channel: str, address: str,
        people: Sequence[Recipient],
    ) -> None:  # fmt: skip
        rule = RULES[group["rule"]]
        episodes = most_urgent_first(rule, audience)
        language = self.desk.language_of(people)
        text = write_raised(why, rule.id, episodes, Writing(language, self.now, self.desk.settings))
        link = "" if people == [NOBODY] else self.desk.link(key)
        closing = [text.closing, self.desk.how_to_acknowledge(link, [row["id"] for row in episodes], language)]
        if people == [NOBODY]:
            closing = [text.closing, NOBODY_ON_DUTY.in_language(language)]
        text = Text(text.title, text.body, "\n".join(line for line in closing if line))
        self._enqueue("raised", group, episodes, key, channel, address, people, text, why, link)

    def _enqueue(
        self, kind: Kind, group: Row, episodes: Sequence[Row], key: str, channel: str, address: str,
        people: Sequence[Recipient], text: Text, why: str, link: str,
    ) -> None:  # fmt: skip
        payload = _payload(kind, why, group, episodes) | {"people": [asdict(p) for p in people], "link": link}
        message = {
            "key": key,
            "group_id": group["id"],
            "kind": kind,
            "step": max(person.step for person in people),
            "channel": channel,
            "recipient": address,
            "title": text.title,
            "body": text.body,
            "closing": text.closing,
            "payload": payload,
            "state": "pending",
            "created_at": self.now,
            "due_at": self.now,
        }
        outbox_id = self.connection.execute(OUTBOX.insert().returning(OUTBOX.c.id), message).scalar_one()
        ids = [episode["id"] for episode in episodes]
        links = [{"outbox_id": outbox_id, "episode_id": episode_id} for episode_id in ids]
        self.connection.execute(OUTBOX_EPISODE.insert(), links)
        record(self.connection, ids, "enqueued", self.now, f"{why} {channel} {address}")
        self.enqueued += 1

    def _is_in(self, key: str) -> bool:
        return self.connection.execute(sa.select(OUTBOX.c.id).where(OUTBOX.c.key == key)).first() is not None


def record(connection: sa.Connection, episode_ids: Collection[int], kind: str, at: datetime, detail: str = "") -> None:
    """Add an event to the history of each of some episodes."""
    events = [{"episode_id": episode_id, "at": at, "kind": kind, "detail": detail} for episode_id in episode_ids]
    if events:
        connection.execute(EPISODE_EVENT.insert(), events)


def _payload(kind: Kind, why: str, group: Row, episodes: Sequence[Row]) -> dict[str, Any]:
    return {
        "kind": kind,
        "why": why,
        "rule": group["rule"],
        "severity": RULES[group["rule"]].severity,
        "office_id": group["office_id"],
        "group_id": group["id"],
        "count": len(episodes),
        "episodes": [
            {
                "id": episode["id"],
                "subject": episode["subject"],
                "opened_at": episode["opened_at"].isoformat(),
                "resolved_at": episode["resolved_at"].isoformat() if episode["resolved_at"] else None,
                "facts": episode["facts"],
            }
            for episode in episodes[:MOST_IN_PAYLOAD]
        ],
    }


def _key(group_id: int, telling: int | Sequence[int | str], channel: str, address: str) -> str:
    return hashlib.sha256(json.dumps([group_id, telling, channel, address]).encode()).hexdigest()
