"""What a message tells now: its episodes as they stand, who has them, and who may take them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.desk import Desk
from ops_platform.alerting.rota import Recipient
from ops_platform.alerting.rules import Words
from ops_platform.alerting.watches.places import people
from ops_platform.alerting.web.words import WORDS
from ops_platform.alerting.wording import SEVERITY, Writing, line_of, most_urgent_first, time_of, title_of
from ops_platform.platform import Platform
from ops_platform.settings import Language
from ops_platform.state import ALERT_GROUP, EPISODE, OUTBOX_EPISODE, State

LISTED = 100
"""The page names so many episodes and counts the others."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One episode: what is the matter, its state (``open``, ``acked``, ``resolved``), and the state in words."""

    line: str
    state: str
    said: str


@dataclass(frozen=True)
class View:
    """What the page shows.

    Attributes
    ----------
    title, severity, severity_word, at, summary, advice
        Texts; ``at`` is the moment of looking.
    items
        The first episodes, the most urgent first, those that are over last.
    more
        How many are not among the items.
    joined
        How many of the same group stand that the message does not tell.
    standing
        Whether any is not over.
    open
        How many nobody has taken on.
    holders
        Names of those who have, but for the only person to whom the message went.
    people
        To whom it went.
    on_duty
        To whom it can be handed over.
    number
        Of the most urgent episode.
    """

    title: str
    severity: str
    severity_word: str
    at: str
    summary: str
    advice: str
    items: Sequence[Item]
    more: int
    joined: int
    standing: bool
    open: int
    holders: str
    people: Sequence[Recipient]
    on_duty: Sequence[Recipient]
    number: int


def recipients(message: Row) -> list[Recipient]:
    """Return the people to whom a message went."""
    return [Recipient(**person) for person in message["payload"]["people"]]


def told_in(state: State, message: Row) -> list[dict[str, Any]]:
    """Return the episodes that a message tells, as they stand."""
    query = sa.select(EPISODE).join(OUTBOX_EPISODE).where(OUTBOX_EPISODE.c.outbox_id == message["id"])
    return state.rows(query)


def others_on_duty(state: State, desk: Desk, message: Row) -> list[Recipient]:
    """Return the people on duty at any step of a message's group, but for the only one to whom it went."""
    (group,) = state.rows(sa.select(ALERT_GROUP).where(ALERT_GROUP.c.id == message["group_id"]))
    sent_to = recipients(message)
    found = desk.on_duty(group["office_id"], range(1, group["ladder"]["steps"] + 1))
    return [person for person in found if [person.staff_id] != [one.staff_id for one in sent_to]]


def view_of(platform: Platform, desk: Desk, message: Row, language: Language, now: datetime) -> View:
    """Return what the page of a message shows at a moment."""
    rule, writing = RULES[message["payload"]["rule"]], Writing(language, now, platform.settings)
    told = most_urgent_first(rule, told_in(platform.state, message))
    over = [row for row in told if row["resolved_at"]]
    standing = [row for row in told if not row["resolved_at"]]
    sent_to = recipients(message)
    names = {str(staff_id): str(name) for staff_id, name in people(platform.facts).items()}
    names |= {person.staff_id: person.name for person in sent_to}
    acked = [row for row in standing if row["state"] == "acked"]
    holders = dict.fromkeys(row["acked_by"] for row in acked if [row["acked_by"]] != [p.staff_id for p in sent_to])
    say = partial(_say, writing, names)
    counts = {"count_open": len(standing) - len(acked), "count_taken": len(acked), "count_over": len(over)}
    return View(
        title=title_of(rule, standing or over, writing),
        severity=rule.severity,
        severity_word=SEVERITY[rule.severity].in_language(language),
        at=time_of(now, writing),
        summary=_summary(counts, told[0], say, len({row["acked_by"] for row in acked}), language),
        advice=rule.advice.in_language(language),
        items=[
            Item(line_of(rule, row, writing), row["state"], say(_STATES.get(row["state"], "item_open"), row))
            for row in [*standing, *over][:LISTED]
        ],
        more=max(len(told) - LISTED, 0),
        joined=_joined(platform.state, message),
        standing=bool(standing),
        open=len(standing) - len(acked),
        holders=_listed((names.get(who, who) for who in holders), language),
        people=sent_to,
        on_duty=others_on_duty(platform.state, desk, message) if standing else [],
        number=told[0]["id"],
    )


_STATES = {"acked": "item_taken", "resolved": "item_over"}


def _say(writing: Writing, names: Mapping[str, str], word: str, row: Row, **count: int) -> str:
    """Return a word about an episode, filled with who has it and since when."""
    fields = {"who": names.get(row["acked_by"], row["acked_by"])}
    moments = {"at": row["acked_at"], "until": row["ack_until"]}
    fields |= {name: time_of(moment, writing) for name, moment in moments.items() if moment}
    return WORDS[word].in_language(writing.language).format(**fields, **count)


def _summary(counts: Mapping[str, int], first: Row, say: Callable[..., str], takers: int, language: Language) -> str:
    """Return how the episodes stand in one line; ``first`` is one of them, and of all where they stand alike."""
    there = [name for name, count in counts.items() if count]
    if there == ["count_open"]:
        return say("nobody_yet", first)
    if there == ["count_taken"] and takers == 1:
        return say("taken", first)
    if there == ["count_over"]:
        return say("all_over", first)
    return Words("，", ", ").in_language(language).join(say(name, first, count=counts[name]) for name in there)


def _joined(state: State, message: Row) -> int:
    told = sa.select(OUTBOX_EPISODE.c.episode_id).where(OUTBOX_EPISODE.c.outbox_id == message["id"])
    heard = EPISODE.c.suppressed == "", EPISODE.c.inhibited_by == 0, EPISODE.c.history.is_(False)
    query = sa.select(sa.func.count().label("joined")).where(
        EPISODE.c.group_id == message["group_id"],
        EPISODE.c.state.in_(["open", "acked"]),
        EPISODE.c.id.not_in(told),
        *heard,
    )
    return int(state.rows(query)[0]["joined"])


def _listed(names: Iterable[str], language: Language) -> str:
    return Words("、", ", ").in_language(language).join(names)
