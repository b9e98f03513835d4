"""What a message says: title and body in the reader's language, times business-local, the most urgent first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.escalation import Why
from ops_platform.alerting.rules import Rule, Words, due_of
from ops_platform.settings import Language, Settings

Kind = Literal["raised", "acknowledged", "resolved"]
Episode = Mapping[str, Any]
"""A row of the episode table."""

SEVERITY = {"critical": Words("紧急", "Critical"), "major": Words("重要", "Major"), "minor": Words("一般", "Minor")}
POSSIBLE_REPEAT = "[可能重复 / possible repeat] "
"""Set before the title where an earlier attempt ended without an answer; the dispatcher does not know the language."""
NOBODY_ON_DUTY = Words("注意：该单位当前无人值班。", "Note: nobody is on duty for this office.")
MOST_LINES = 20
"""A message names so many episodes and counts the others: nobody reads more on a phone."""

_RESOLVED = Words("已解除", "Resolved")
_ACKNOWLEDGED = Words("{who} 已认领", "Acknowledged by {who}")
_RESOLVED_LINE = Words(
    "{name}：{opened_at} 告警，{resolved_at} 解除", "{name}: raised {opened_at}, resolved {resolved_at}"
)
_WHY: Mapping[Why, Words] = {
    "grown": Words("更新", "Update"),
    "escalated": Words("升级：无人认领", "Escalated: not acknowledged"),
    "repeated": Words("再次提醒：无人认领", "Reminder: not acknowledged"),
    "expired": Words("认领已到期，问题仍在", "Acknowledgement ended, still the matter"),
    "handed_over": Words("转交给您", "Handed over to you"),
}
_MORE = Words(
    "另有 {count} {unit}未列出，见 Dagster 中的 open_alerts。", "{count} more {unit}, see open_alerts in Dagster."
)
_LEFT = Words("还剩 {span}", "{span} left")
_OVER = Words("已超 {span}", "{span} overdue")
_TODAY = Words("今天到期", "due today")
_LONGEST_FACT = 300


@dataclass(frozen=True)
class Text:
    """Title, body and last lines of one message; the last lines are what to do."""

    title: str
    body: str
    closing: str


@dataclass(frozen=True)
class Writing:
    """In which language, and when, something is written.

    Attributes
    ----------
    language
        The reader's.
    now
        The moment of writing.
    settings
        Time zone and the branch's name.
    """

    language: Language
    now: datetime
    settings: Settings


@dataclass(frozen=True)
class Said:
    """What is said of one episode.

    Attributes
    ----------
    name, office
        Of what, and whose it is.
    line
        A sentence with the facts.
    left
        How long is left, or how long it has passed; empty where nothing counts down.
    """

    name: str
    office: str
    line: str
    left: str


def urgency(rule: Rule, facts: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what orders the episodes of a rule, the smallest being the most urgent."""
    return (facts.get(rule.first) or 0 if rule.first else 0, due_of(rule.due, facts[rule.due]))


def most_urgent_first(rule: Rule, episodes: Iterable[Episode]) -> list[Episode]:
    """Return the episodes of a rule in the order in which they need a person."""
    return sorted(episodes, key=lambda episode: (*urgency(rule, episode["facts"]), episode["subject"]))


def time_left(due: date | datetime, writing: Writing) -> str:
    """Return how long is left until ``due``, or how long it has passed, in words.

    A date is counted in business-local days, a moment in whole minutes: rounded down while left, up once passed.
    """
    language, now = writing.language, writing.now
    if isinstance(due, datetime):
        minutes = (due - now) // timedelta(minutes=1)
        return (_LEFT if minutes >= 0 else _OVER).in_language(language).format(span=_minutes(abs(minutes), language))
    days = (due - now.astimezone(writing.settings.zone).date()).days
    if days == 0:
        return _TODAY.in_language(language)
    return (_LEFT if days > 0 else _OVER).in_language(language).format(span=_days(abs(days), language))


def time_of(moment: datetime, writing: Writing) -> str:
    """Return a moment as the reader's clock shows it, with the date where it is not today's."""
    local, today = (at.astimezone(writing.settings.zone) for at in (moment, writing.now))
    form = "%H:%M" if local.date() == today.date() else "%m-%d %H:%M" if local.year == today.year else "%Y-%m-%d %H:%M"
    return f"{local:{form}}"


def said_of(rule: Rule, episode: Episode, writing: Writing) -> Said:
    """Return what is said of one episode in a language at a moment."""
    fields = _fields(rule, episode, writing)
    also = [words for name, words in rule.also.items() if episode["facts"].get(name) is not None]
    template = "".join(words.in_language(writing.language) for words in (rule.line, *also))
    left = fields["left"] if rule.counts_down else ""
    return Said(fields["name"], fields["office"], template.format(**fields), left)


def write_raised(why: Why, rule_id: str, episodes: Sequence[Episode], writing: Writing) -> Text:
    """Return the message that something is the matter.

    Parameters
    ----------
    why
        Why somebody is told now.
    rule_id
        The rule of the episodes.
    episodes
        Rows of the episode table, at least one, the most urgent first.
    writing
        Language and moment.
    """
    rule, language = RULES[rule_id], writing.language
    heading = _marked(SEVERITY[rule.severity].in_language(language), language)
    if why in _WHY:
        heading += _marked(_WHY[why].in_language(language), language)
    lines = [_line(rule, episode, writing) for episode in episodes[:MOST_LINES]]
    if left := len(episodes) - len(lines):
        lines.append(_MORE.in_language(language).format(count=left, unit=rule.unit.in_language(language)))
    title = heading + title_of(rule, episodes, writing)
    return Text(title, "\n".join(lines), rule.advice.in_language(language))


def title_of(rule: Rule, episodes: Sequence[Episode], writing: Writing) -> str:
    """Return what is the matter in one line, and how long is left; parameters as of `write_raised`."""
    first = _fields(rule, episodes[0], writing)
    tail = f"{_comma(writing.language)}{first['left']}" if rule.counts_down else ""
    return _title(rule, episodes, first, writing.language, most_urgent=True) + tail


def write_resolved(rule_id: str, episodes: Sequence[Episode], writing: Writing) -> Text:
    """Return the message that it is over; parameters as of `write_raised`."""
    rule, language = RULES[rule_id], writing.language
    lines = [_end_line(rule, episode, writing) for episode in episodes[:MOST_LINES]]
    if left := len(episodes) - len(lines):
        lines.append(_MORE.in_language(language).format(count=left, unit=rule.unit.in_language(language)))
    title = _title(rule, episodes, _fields(rule, episodes[0], writing), language, most_urgent=False)
    return Text(_marked(_RESOLVED.in_language(language), language) + title, "\n".join(lines), "")


def write_acknowledged(who: str, rule_id: str, episodes: Sequence[Episode], writing: Writing) -> Text:
    """Return the message that a person has taken it on; parameters as of `write_raised`."""
    rule, language = RULES[rule_id], writing.language
    title = _title(rule, episodes, _fields(rule, episodes[0], writing), language, most_urgent=False)
    return Text(_marked(_ACKNOWLEDGED.in_language(language).format(who=who), language) + title, "", "")


def line_of(rule: Rule, episode: Episode, writing: Writing) -> str:
    """Return what is said about one episode: what is the matter, or that it is over."""
    if episode["resolved_at"] is None:
        return _line(rule, episode, writing)
    return _end_line(rule, episode, writing)


def _end_line(rule: Rule, episode: Episode, writing: Writing) -> str:
    said = _fields(rule, episode, writing)
    return f"#{episode['id']} {_RESOLVED_LINE.in_language(writing.language).format(**said)}"


def _line(rule: Rule, episode: Episode, writing: Writing) -> str:
    return f"#{episode['id']} {said_of(rule, episode, writing).line}"


def _title(
    rule: Rule, episodes: Sequence[Episode], first: Mapping[str, str], language: Language, *, most_urgent: bool
) -> str:
    heading, name = rule.heading.in_language(language), first["name"]
    zh = language == "zh"
    if len(episodes) == 1:
        return f"{heading}：{name}" if zh else f"{heading}: {name}"
    unit, count, office = rule.unit.in_language(language), len(episodes), first["office"]
    title = f"{heading}：{office} {count} {unit}" if zh else f"{heading}: {count} {unit} of {office}"
    if most_urgent:
        title += f"，最急 {name}" if zh else f", most urgent {name}"
    return title


def _fields(rule: Rule, episode: Episode, writing: Writing) -> dict[str, str]:
    settings = writing.settings
    facts = {**episode["facts"], "opened_at": episode["opened_at"], "resolved_at": episode["resolved_at"]}
    fields = {name: _said(name, value, writing) for name, value in facts.items()}
    english = fields.get("office_name_en") or fields.get("office_name") or settings.branch_en
    fields["office"] = english if writing.language == "en" else fields.get("office_name") or settings.branch
    fields["name"] = fields[rule.name]
    fields["left"] = time_left(due_of(rule.due, facts[rule.due]), writing)
    return fields


def _said(name: str, value: Any, writing: Writing) -> str:
    if value is None:
        return ""
    if name.endswith("_at"):
        return time_of(value if isinstance(value, datetime) else datetime.fromisoformat(value), writing)
    # Names come from files: a line break in a cell would break a mail header.
    return " ".join(str(value).split())[:_LONGEST_FACT]


def _marked(mark: str, language: Language) -> str:
    return f"【{mark}】" if language == "zh" else f"[{mark}] "


def _comma(language: Language) -> str:
    return "，" if language == "zh" else ", "


def _minutes(minutes: int, language: Language) -> str:
    hours, rest = divmod(minutes, 60)
    if language == "zh":
        return f"{hours} 小时 {rest} 分钟" if hours else f"{rest} 分钟"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _days(days: int, language: Language) -> str:
    if language == "zh":
        return f"{days} 天"
    return f"{days} day" if days == 1 else f"{days} days"
