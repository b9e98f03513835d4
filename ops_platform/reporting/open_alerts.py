"""The open alerts as people read them: group by group, the most urgent first, in both languages and business time."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ops_platform.alerting.escalation import Decision
from ops_platform.alerting.groups import is_silent
from ops_platform.alerting.rules import Rule, Words
from ops_platform.alerting.standing import OpenGroup, open_groups
from ops_platform.alerting.wording import MOST_LINES, SEVERITY, Said, Writing, said_of
from ops_platform.clock import local_midnight
from ops_platform.platform import Platform
from ops_platform.reporting import markdown
from ops_platform.reporting.alert_words import NOTHING, Names, apart, two, when
from ops_platform.settings import Settings

Row = Mapping[str, Any]
AGES: Sequence[tuple[Words, timedelta]] = (
    (Words("15 分钟内", "under 15 min"), timedelta(minutes=15)),
    (Words("1 小时内", "under 1 h"), timedelta(hours=1)),
    (Words("4 小时内", "under 4 h"), timedelta(hours=4)),
    (Words("1 天内", "under 1 day"), timedelta(days=1)),
    (Words("更久", "longer"), timedelta.max),
)
STATES: Mapping[str, Words] = {
    "open": Words("未认领", "Open"),
    "acked": Words("已认领", "Acked"),
    "pending": Words("将至", "Expected"),
    "silent": Words("不通知", "Silent"),
}
NO_ALERTS = Words("没有未解除的告警。", "Nothing is open.")
_HEADERS = ("编号 No.", "对象 Of what", "自何时 Since", "剩余 Time left", "状态 State")


@dataclass(frozen=True)
class Line:
    """One alert.

    Attributes
    ----------
    number
        Of the episode.
    name, said
        Of what, and the sentence that a message says of it.
    since
        Since when it is true, or from when it will be; business-local.
    left, state
        How long is left or gone since; who has it, or why nobody is told.
    kind
        Key of `STATES`.
    """

    number: int
    name: Words
    said: Words
    since: str
    left: Words
    state: Words
    kind: str


@dataclass(frozen=True)
class Section:
    """The alerts that are told together.

    Attributes
    ----------
    severity, heading, office, unit
        What they are, whose, and what is counted.
    told, then
        How far the ladder was climbed, and what happens next and when.
    lines
        The most urgent of them, at most `MOST_LINES`.
    kinds
        How many of all there are of each key of `STATES`.
    """

    severity: str
    heading: Words
    office: Words
    unit: Words
    told: Words
    then: Words
    lines: tuple[Line, ...]
    kinds: Counter[str]

    @property
    def total(self) -> int:
        """How many there are."""
        return self.kinds.total()

    @property
    def count(self) -> Words:
        """How many there are, in words."""
        return Words(f"{self.total} {self.unit.zh}", f"{self.unit.en}: {self.total}")


def open_sections(platform: Platform, now: datetime) -> list[Section]:
    """Return the open alerts of an installation; they and their order are of `standing.open_groups`."""
    return sections_of(open_groups(platform.state, platform.settings), platform, now)


def sections_of(groups: Sequence[OpenGroup], platform: Platform, now: datetime) -> list[Section]:
    """Return groups of open episodes in words; those of one rule and office that fare alike as one."""
    names = Names(platform.facts, groups)
    alike: dict[object, Section] = {}
    for section in (_section_of(one, names, platform.settings, now) for one in groups):
        key = section.heading, section.office, section.told, section.then
        former = alike.get(key)
        alike[key] = _together(former, section) if former else section
    return list(alike.values())


def _together(first: Section, second: Section) -> Section:
    lines = (*first.lines, *second.lines)[:MOST_LINES]
    return replace(first, lines=lines, kinds=first.kinds + second.kinds)


def _section_of(one: OpenGroup, names: Names, settings: Settings, now: datetime) -> Section:
    """Return a group of open episodes in words."""
    in_words = _in_words(one.rule, settings, now)
    lines = tuple(_line(one.rule, row, in_words(row), names, settings, now) for row in one.episodes[:MOST_LINES])
    zh, en = in_words(one.episodes[0])
    return Section(
        one.rule.severity,
        one.rule.heading,
        Words(zh.office, en.office),
        one.rule.unit,
        _told(one, settings, now),
        _then(one.foreseen, one.group, settings, now),
        lines,
        Counter(map(_kind, one.episodes)),
    )


def summary(sections: Sequence[Section], ages: Mapping[str, Counter[str]]) -> str:
    """Return how many alerts are open by state and age, a column for each severity, as a table in Markdown."""
    kinds = {severity: sum((one.kinds for one in sections if one.severity == severity), Counter[str]())
             for severity in SEVERITY}  # fmt: skip
    rows = [["合计 All", *(str(count.total()) for count in kinds.values())]]
    rows += [[two(word), *(str(count[kind]) for count in kinds.values())] for kind, word in STATES.items()]
    rows += [[two(word), *(str(ages[severity][word.en]) for severity in SEVERITY)] for word, _ in AGES]
    return markdown.table(["告警 Alerts", *map(two, SEVERITY.values())], rows)


def by_age(groups: Sequence[OpenGroup], now: datetime) -> dict[str, Counter[str]]:
    """Return, for each severity, how many episodes that are true have been so for how long."""
    counts: dict[str, Counter[str]] = {severity: Counter() for severity in SEVERITY}
    for one in groups:
        for row in one.episodes:
            if row["state"] != "pending":
                age = now - (row["true_at"] or row["opened_at"])
                counts[one.rule.severity][next(word.en for word, limit in AGES if age < limit)] += 1
    return counts


def board(sections: Sequence[Section]) -> str:
    """Return the open alerts group by group in Markdown; of a storm the most urgent, the rest counted."""
    if not sections:
        return two(NO_ALERTS)
    return "\n\n".join(_section_text(one) for one in sections)


def title_of(one: Section) -> str:
    """Return what a group is, whose and how many, in both languages on one line of Markdown."""
    heading = f"【{two(SEVERITY[one.severity])}】{two(one.heading)}"
    return markdown.safe(" · ".join([heading, two(one.office), apart(one.count)]))


def _section_text(one: Section) -> str:
    rows = [[f"#{line.number}", two(line.name), line.since, apart(line.left), apart(line.state)]
            for line in one.lines]  # fmt: skip
    course = "  \n".join(apart(words) for words in (one.told, one.then))
    more = one.total - len(rows)
    rest = f"\n\n… 另有 {more} 条 / and {more} more" if more > 0 else ""
    return f"**{title_of(one)}**\n\n{course}\n\n{markdown.table(list(_HEADERS), rows)}{rest}"


def _in_words(rule: Rule, settings: Settings, now: datetime) -> Callable[[Row], tuple[Said, Said]]:
    writings = Writing("zh", now, settings), Writing("en", now, settings)

    def said(row: Row) -> tuple[Said, Said]:
        zh, en = (said_of(rule, row, writing) for writing in writings)
        return zh, en

    return said


def _line(
    rule: Rule, row: Row, said: tuple[Said, Said], names: Names, settings: Settings, now: datetime
) -> Line:  # fmt: skip
    zh, en = said
    since = row["true_at"] or row["opened_at"]
    # What is true of a whole day began at its midnight, of which nobody needs to be told.
    whole_day = since == local_midnight(since.astimezone(settings.zone).date(), settings.zone)
    return Line(
        row["id"],
        _name(rule, row, zh.name, en.name),
        Words(zh.line, en.line),
        f"{since.astimezone(settings.zone):%m-%d}" if whole_day else when(since, settings, now),
        Words(zh.left, en.left) if zh.left else NOTHING,
        _state(row, names, settings, now),
        _kind(row),
    )


def _kind(row: Row) -> str:
    return "silent" if is_silent(row) else str(row["state"])


def _name(rule: Rule, row: Row, zh: str, en: str) -> Words:
    """Return the name of what an episode is of; an office has one in each language."""
    english = row["facts"].get("office_name_en")
    return Words(zh, english if rule.name == "office_name" and english else en)


def _state(row: Row, names: Names, settings: Settings, now: datetime) -> Words:
    if row["history"]:
        return Words("发现时已久，仅记录", "old when found, recorded only")
    if row["suppressed"]:
        end = names.work_ends_at(row["suppressed"])
        until = when(end, settings, now) if end else ""
        return Words(
            f"计划施工 {row['suppressed']}" + (f"，静默至 {until}" if until else "，静默"),
            f"planned work {row['suppressed']}, silent" + (f" until {until}" if until else ""),
        )
    if row["inhibited_by"]:
        cause = names.cause(row["inhibited_by"])
        return Words(f"被 {cause.zh} 抑制", f"explained by {cause.en}")
    if row["state"] == "pending":
        at = when(row["true_at"], settings, now)
        return Words(f"{at} 到时成立", f"becomes true at {at}")
    if row["state"] == "acked":
        who, until = names.person(row["acked_by"]), when(row["ack_until"], settings, now) if row["ack_until"] else ""
        return Words(f"{who} 已认领" + (f"，至 {until}" if until else ""),
                     f"acknowledged by {who}" + (f" until {until}" if until else ""))  # fmt: skip
    told = Words("未认领", "not acknowledged")
    return told if row["told_at"] else Words("未认领，尚未通知", "not acknowledged, nobody told yet")


def _told(one: OpenGroup, settings: Settings, now: datetime) -> Words:
    group = one.group
    if not group["told_at"]:
        return Words("尚未通知", "Nobody was told yet")
    at, step, again = when(group["told_at"], settings, now), group["step"], group["repeats"]
    steps = max(step, group["ladder"]["steps"])  # where nobody stands on a ladder's steps, those beyond are told
    return Words(
        f"已通知到第 {step} 级（共 {steps} 级），最近一次 {at}" + (f"，已再次提醒 {again} 次" if again else ""),
        f"Told up to step {step} of {steps}, last at {at}" + (f", reminders: {again}" if again else ""),
    )


def _then(foreseen: Decision | None, group: Row, settings: Settings, now: datetime) -> Words:
    what = _foreseen(foreseen) if foreseen else None
    if what is None or not group["next_at"]:
        return Words("不会再通知，除非情况变化", "Nothing more is told unless something changes")
    if group["next_at"] <= now:
        return Words(f"下一步：即刻，{what.zh}", f"Next: at once, {what.en}")
    at = when(group["next_at"], settings, now)
    return Words(f"下一步：{at} {what.zh}", f"Next: at {at}, {what.en}")


def _foreseen(decision: Decision) -> Words | None:
    step = decision.to_step
    tellings = {
        "raised": Words("通知第 1 级", "step 1 is told"),
        "grown": Words("通知新增的", "what is new is told"),
        "escalated": Words(f"升级到第 {step} 级", f"step {step} is told"),
        "repeated": Words("全部再次提醒", "all are reminded"),
        "expired": Words("认领到期，重新通知", "the acknowledgement ends, step 1 is told again"),
    }
    if decision.tell in tellings:
        return tellings[decision.tell]
    if decision.expire:
        return Words("认领到期", "the acknowledgement ends")
    if decision.wake:
        return Words("到时成立", "it becomes true")
    return Words("告知已解除的", "what was resolved is told") if decision.tell_end else None
