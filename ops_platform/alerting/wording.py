"""What a message says: title and body in the reader's language, times business-local, the most urgent first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from ops_platform.alerting.rules import RULES, Rule, Words, due_of
from ops_platform.settings import Language, Settings

Kind = Literal["raised", "resolved"]
Episode = Mapping[str, Any]
"""A row of the episode table."""

SEVERITY = {"critical": Words("紧急", "Critical"), "major": Words("重要", "Major"), "minor": Words("一般", "Minor")}
POSSIBLE_REPEAT = "[可能重复 / possible repeat] "
"""Set before the title where an earlier attempt ended without an answer; the dispatcher does not know the language."""
NOBODY_ON_DUTY = Words("注意：该单位当前无人值班。", "Note: nobody is on duty for this office.")

_RESOLVED = Words("已解除", "Resolved")
_RESOLVED_LINE = Words(
    "{name}：{opened_at} 告警，{resolved_at} 解除", "{name}: raised {opened_at}, resolved {resolved_at}"
)
_LEFT = Words("还剩 {span}", "{span} left")
_OVER = Words("已超 {span}", "{span} overdue")
_TODAY = Words("今天到期", "due today")
_LONGEST_FACT = 300


@dataclass(frozen=True)
class Text:
    """Title and body of one message."""

    title: str
    body: str


def most_urgent_first(rule: Rule, episodes: Iterable[Episode]) -> list[Episode]:
    """Return the episodes of a rule in the order in which they need a person."""
    return sorted(episodes, key=lambda episode: (due_of(rule.due, episode["facts"][rule.due]), episode["subject"]))


def time_left(due: date | datetime, now: datetime, settings: Settings) -> str:
    """Return how long is left until ``due``, or how long it has passed, in words.

    A date is counted in business-local days, a moment in whole minutes: rounded down while left, up once passed.
    """
    language = settings.language
    if isinstance(due, datetime):
        minutes = (due - now) // timedelta(minutes=1)
        return (_LEFT if minutes >= 0 else _OVER).in_language(language).format(span=_minutes(abs(minutes), language))
    days = (due - now.astimezone(settings.zone).date()).days
    if days == 0:
        return _TODAY.in_language(language)
    return (_LEFT if days > 0 else _OVER).in_language(language).format(span=_days(abs(days), language))


def write(kind: Kind, rule_id: str, episodes: Sequence[Episode], now: datetime, settings: Settings) -> Text:
    """Return the message about episodes of one rule and one office.

    Parameters
    ----------
    kind
        Whether they were raised or resolved.
    rule_id
        Their rule.
    episodes
        Rows of the episode table, at least one, the most urgent first.
    now
        The moment of writing.
    settings
        Language, time zone and the branch's name.
    """
    rule, language = RULES[rule_id], settings.language
    line = rule.line if kind == "raised" else _RESOLVED_LINE
    lines = [
        f"#{episode['id']} " + line.in_language(language).format(**_fields(rule, episode, now, settings))
        for episode in episodes
    ]
    body = [*lines, rule.advice.in_language(language)] if kind == "raised" else lines
    mark = SEVERITY[rule.severity] if kind == "raised" else _RESOLVED
    title = _title(rule, episodes, _fields(rule, episodes[0], now, settings), kind, settings)
    mark_text = f"【{mark.zh}】" if language == "zh" else f"[{mark.en}] "
    return Text(mark_text + title, "\n".join(body))


def _title(rule: Rule, episodes: Sequence[Episode], first: Mapping[str, str], kind: Kind, settings: Settings) -> str:
    zh = settings.language == "zh"
    heading, name = rule.heading.in_language(settings.language), first["name"]
    left = first["left"] if kind == "raised" and rule.counts_down else ""
    tail = (f"，{left}" if zh else f", {left}") if left else ""
    if len(episodes) == 1:
        return f"{heading}：{name}{tail}" if zh else f"{heading}: {name}{tail}"
    unit, count, office = rule.unit.in_language(settings.language), len(episodes), first["office"]
    if kind == "resolved":
        return f"{heading}：{office} {count} {unit}" if zh else f"{heading}: {count} {unit} of {office}"
    if zh:
        return f"{heading}：{office} {count} {unit}，最急 {name}{tail}"
    return f"{heading}: {count} {unit} of {office}, most urgent {name}{tail}"


def _fields(rule: Rule, episode: Episode, now: datetime, settings: Settings) -> dict[str, str]:
    facts = {**episode["facts"], "opened_at": episode["opened_at"], "resolved_at": episode["resolved_at"]}
    fields = {name: _said(name, value, settings) for name, value in facts.items()}
    english = fields.get("office_name_en") or fields.get("office_name") or settings.branch_en
    fields["office"] = english if settings.language == "en" else fields.get("office_name") or settings.branch
    fields["name"] = fields[rule.name]
    fields["left"] = time_left(due_of(rule.due, facts[rule.due]), now, settings)
    return fields


def _said(name: str, value: Any, settings: Settings) -> str:
    if value is None:
        return ""
    if name.endswith("_at"):
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return f"{moment.astimezone(settings.zone):%Y-%m-%d %H:%M}"
    # Names come from files: a line break in a cell would break a mail header.
    return " ".join(str(value).split())[:_LONGEST_FACT]


def _minutes(minutes: int, language: Language) -> str:
    hours, rest = divmod(minutes, 60)
    if language == "zh":
        return f"{hours} 小时 {rest} 分钟" if hours else f"{rest} 分钟"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _days(days: int, language: Language) -> str:
    if language == "zh":
        return f"{days} 天"
    return f"{days} day" if days == 1 else f"{days} days"
