"""What an alert rule is, the watch that looks for what it speaks of, and a condition found true."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ops_platform.platform import Platform
from ops_platform.policy import Severity
from ops_platform.settings import Language

Fact = str | int | float | bool | None

_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, allow_nan=False)

AHEAD = timedelta(minutes=10)
"""What becomes true by the passing of time alone is found this long before, so that it is told at its moment."""


@dataclass(frozen=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the text in this language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, eq=False)
class Rule:
    """One reason to tell somebody.

    Attributes
    ----------
    id
        Name of the rule, as in docs/definitions.md.
    severity
        How soon a person must act; it decides the ladder, see `ops_platform.policy.AlertPolicy`.
    heading
        What is the matter, in a few words.
    unit
        What is counted when several are told in one message.
    line
        Template of what is said about one episode. Fields are the facts, with times business-local, ``office`` and
        ``left``.
    advice
        What to do.
    name
        The fact by which the subject is called.
    due
        The fact after which episodes are ordered, the earliest being the most urgent.
    facts
        Facts that a condition of the rule must bring.
    also
        What is added to the line where a fact is known that not every condition has.
    first
        A whole number among the facts that is ordered before ``due``, the smallest first.
    counts_down
        Whether the time left to ``due``, or gone since, belongs into the title.
    worsens_to
        Rule that takes over when the same subject gets worse; then this one ends without a message.
    group_by
        Facts that, beside rule and office, part what is told in one message.
    gather_s
        How long a new group waits for more of the same before it is told.
    inhibited_by
        Rules whose open episode at the same site keeps this one from being told.
    not_over
        The fact that names a channel over which it cannot be told, because that is what is the matter.
    news_for
        What has been true for longer when it is found is written down and told to nobody.
    """

    id: str
    severity: Severity
    heading: Words
    unit: Words
    line: Words
    advice: Words
    name: str
    due: str
    facts: tuple[str, ...]
    also: Mapping[str, Words] = field(default_factory=dict)
    first: str = ""
    counts_down: bool = True
    worsens_to: str = ""
    group_by: tuple[str, ...] = ()
    gather_s: int = 0
    inhibited_by: tuple[str, ...] = ()
    not_over: str = ""
    news_for: timedelta = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Condition:
    """Something found true at an evaluation, or about to become so.

    Attributes
    ----------
    rule
        The rule.
    subject
        Site, outage, office or run that it is about; with the rule it makes the fingerprint.
    office_id
        Office whose people on duty are told; empty for a matter of the whole branch.
    facts
        What the message says, flat: times as ISO 8601 with offset under ``*_at``, dates under ``*_on``. What changes by
        the passing of time alone (minutes left) does not belong here; it is worked out when the message is written.
    true_at
        Since when it is true, or when it will be (at most `AHEAD` from now).
    site_id
        Where it is, for inhibition and planned work; empty where it is at no site.
    suppressed
        Why nobody is to be told although it is true, for instance the number of planned work; empty otherwise.

    Raises
    ------
    ValueError
        If a fact that the rule needs is missing or malformed, or ``true_at`` has no time zone.
    """

    rule: Rule
    subject: str
    office_id: str
    facts: Mapping[str, Fact]
    true_at: datetime
    site_id: str = ""
    suppressed: str = ""
    text: str = field(init=False, repr=False, compare=False)
    """The facts as they are stored."""

    def __post_init__(self) -> None:
        facts = self.facts
        if missing := [name for name in self.rule.facts if facts.get(name) is None]:
            raise ValueError(f"condition {self.fingerprint} lacks {', '.join(missing)}")
        for name, value in facts.items():
            if value is not None and name[-3:] in {"_at", "_on"}:
                due_of(name, value)
        if self.true_at.tzinfo is None:
            raise ValueError(f"condition {self.fingerprint}: {self.true_at} has no time zone")
        object.__setattr__(self, "text", canonical(facts))

    @property
    def fingerprint(self) -> str:
        """Rule and subject: one open episode for each."""
        return f"{self.rule.id}:{self.subject}"


@dataclass(frozen=True)
class Watch:
    """Rules that are evaluated together, because one look at the facts answers them all.

    Attributes
    ----------
    name
        Name of the sensor that evaluates it.
    says
        What it looks for.
    rules
        The rules of which it finds every condition.
    find
        Returns all that is true at a moment, or will be within `AHEAD`.
    every_s
        How often it is evaluated.
    """

    name: str
    says: Words
    rules: tuple[Rule, ...]
    find: Callable[[Platform, datetime], Iterable[Condition]]
    every_s: int


def canonical(facts: Mapping[str, Fact]) -> str:
    """Return facts as the one JSON text under which they are stored and compared.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    return _CANONICAL.encode(dict(facts))


def due_of(name: str, value: Fact) -> date | datetime:
    """Return the date (``*_on``) or the aware moment (``*_at``) that a fact states.

    Raises
    ------
    ValueError
        If it states neither, or a moment without offset.
    """
    if name.endswith("_on"):
        return date.fromisoformat(str(value))
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(f"{name} = {value} has no offset")
    return moment
