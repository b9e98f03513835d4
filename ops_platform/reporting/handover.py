"""The handover of a shift as people read it: one HTML page that needs nothing else, and the same as Markdown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from markupsafe import Markup

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.handover import Coming, Handover, Shift, What
from ops_platform.alerting.rules import Rule, Words
from ops_platform.alerting.wording import SEVERITY, Writing, said_of
from ops_platform.facts import Facts
from ops_platform.platform import Platform
from ops_platform.reporting import formats, markdown
from ops_platform.reporting.alert_words import NOTHING, Names, apart, office_words, two, when
from ops_platform.reporting.open_alerts import NO_ALERTS, Section, board, sections_of, title_of
from ops_platform.reporting.page import TEMPLATES, environment
from ops_platform.settings import Settings

FOLDER = "handover"
FIRST_LINES = 5
"""A group shows so many alerts at once, and the others when it is opened."""
MOST_ROWS = 60
WHAT: Mapping[What, Words] = {
    "due": Words("到期", "due"),
    "expected": Words("到时成立", "becomes true"),
    "ack_ends": Words("认领到期", "acknowledgement ends"),
}
TITLES: Mapping[str, Words] = {
    "title": Words("告警交接班", "Handover of alerts"),
    "duty": Words("谁在值班", "Who is on duty"),
    "open": Words("未解除的告警", "Open alerts"),
    "coming": Words("下一班将到期", "Coming up in the next shift"),
    "resolved": Words("本班已解除", "Resolved since the last change"),
    "load": Words("值班人员负荷", "Load per person on duty"),
    "silent": Words(
        "不通知的告警（计划施工、被抑制、仅记录）", "Told to nobody: planned work, explained, recorded only"
    ),
    "outgoing": Words("交班", "Outgoing"),
    "incoming": Words("接班", "Incoming"),
    "nobody": Words("无人值班", "nobody"),
    "none": Words("没有。", "None."),
}
SHORT: Mapping[str, Words] = {
    "open": Words("未解除", "Open"),
    "coming": Words("将到期", "Coming up"),
    "duty": Words("值班", "On duty"),
    "load": Words("负荷", "Load"),
    "resolved": Words("已解除", "Resolved"),
    "silent": Words("不通知", "Told to nobody"),
}
HEADERS: Mapping[str, Sequence[Words]] = {
    "duty": (Words("单位", "Office"), Words("级", "Step"), TITLES["outgoing"], TITLES["incoming"]),
    "coming": (Words("时间", "When"), Words("何事", "What"), Words("告警", "Alert"), Words("对象", "Of what"),
               Words("单位", "Office")),
    "resolved": (Words("解除", "Resolved"), Words("历时", "Lasted"), Words("告警", "Alert"), Words("对象", "Of what"),
                 Words("单位", "Office"), Words("认领人", "Acknowledged by")),
    "load": (Words("人员", "Person"), Words("单位", "Office"), Words("待认领", "Waiting for them"),
             Words("已认领在办", "In hand"), Words("本班消息", "Messages this shift"),
             Words("本班认领", "Acknowledged this shift")),
}  # fmt: skip

Row = tuple[Words, ...]


@dataclass(frozen=True)
class HandoverView:
    """A handover in words.

    Attributes
    ----------
    span, made
        The two shifts, and when it was made.
    tally
        How many are open and not acknowledged, acknowledged, expected; resolved since the last change.
    told, silent
        The open alerts, of which somebody is told and of which nobody is.
    tables
        Rows under the titles ``duty``, ``coming``, ``resolved``, ``load``; columns as in `HEADERS`.
    totals
        How many rows there are of those tables of which at most `MOST_ROWS` are shown.
    """

    span: Words
    made: str
    tally: Sequence[tuple[Words, int]]
    told: Sequence[Section]
    silent: Sequence[Section]
    tables: Mapping[str, Sequence[Row]]
    totals: Mapping[str, int]


def view_of(given: Handover, platform: Platform, now: datetime) -> HandoverView:
    """Return a handover in words, business-local, with the names of people and offices."""
    settings, names = platform.settings, Names(platform.facts, given.groups)
    sections = sections_of(given.groups, platform, now)
    told = [one for one in sections if one.kinds["silent"] < one.total]
    kinds = sum((one.kinds for one in told), Counter[str]())
    resolved = [row for row in given.resolved if row["rule"] in RULES]
    return HandoverView(
        _span(given.outgoing, given.incoming, settings),
        formats.moment(now, settings.zone),
        [
            (Words("未认领", "not acknowledged"), kinds["open"]),
            (Words("已认领", "acknowledged"), kinds["acked"]),
            (Words("将至", "expected"), kinds["pending"]),
            (Words("本班已解除", "resolved"), len(resolved)),
        ],
        told,
        [one for one in sections if one not in told],
        {
            "duty": _duty(given, platform.facts, names, settings, now),
            "coming": [_coming(one, settings, now) for one in given.coming[:MOST_ROWS]],
            "resolved": [_resolved(row, names, settings, now) for row in resolved[:MOST_ROWS]],
            "load": [
                (_same(names.person(one.staff_id)), names.office_of(one.staff_id), *(_same(str(count)) for count in
                 (one.waiting, one.holding, one.messages, one.acknowledged)))
                for one in sorted(given.loads, key=lambda one: (-one.waiting - one.holding, one.staff_id))
            ],
        },
        {"coming": len(given.coming), "resolved": len(resolved)},
    )  # fmt: skip


def file_name(incoming: Shift, settings: Settings) -> str:
    """Return the name of the page: date and time at which the incoming shift begins."""
    return f"{incoming.starts_at.astimezone(settings.zone):%Y-%m-%d-%H%M}.html"


def as_markdown(view: HandoverView) -> dict[str, str]:
    """Return the parts of a handover as Markdown, under the keys of `TITLES`, in the order of reading."""
    tally = " · ".join(f"{apart(word)}: **{count}**" for word, count in view.tally)
    return {
        "shift": f"{apart(view.span)}\n\n{tally}",
        "open": board(view.told),
        "coming": _table("coming", view),
        "duty": _table("duty", view),
        "load": _table("load", view),
        "resolved": _table("resolved", view),
        "silent": "\n".join(f"- {title_of(one)}" for one in view.silent) or two(TITLES["none"]),
    }


def as_page(view: HandoverView, settings: Settings) -> str:
    """Return a handover as one HTML page."""
    return (
        environment()
        .get_template("handover.html.j2")
        .render(
            view=view,
            settings=settings,
            titles=TITLES,
            short=SHORT,
            headers=HEADERS,
            severity=SEVERITY,
            nothing=NOTHING,
            no_alerts=NO_ALERTS,
            first_lines=FIRST_LINES,
            css=Markup(_read("style.css", "handover.css")),  # noqa: S704 - our own files
            script=Markup(_read("language.js", "handover.js")),  # noqa: S704 - our own files
        )
    )


def _read(*names: str) -> str:
    return "".join((TEMPLATES / name).read_text("utf-8") for name in names)


def _table(key: str, view: HandoverView) -> str:
    rows = view.tables[key]
    if not rows:
        return two(TITLES["none"])
    shown = [[apart(word) for word in row] for row in rows]
    left = view.totals.get(key, len(rows)) - len(rows)
    more = f"\n\n… 另有 {left} 条 / and {left} more" if left else ""
    return markdown.table([two(word) for word in HEADERS[key]], shown) + more


def _span(outgoing: Shift, incoming: Shift, settings: Settings) -> Words:
    begins, changes, ends = (
        f"{at.astimezone(settings.zone):%m-%d %H:%M}"
        for at in (outgoing.starts_at, incoming.starts_at, incoming.ends_at)
    )
    return Words(
        f"交班 {begins} 起，{changes} 接班，至 {ends}", f"shift since {begins}, handed over {changes}, until {ends}"
    )


def _duty(given: Handover, facts: Facts, names: Names, settings: Settings, now: datetime) -> list[Row]:
    rows: list[Row] = []
    for office in formats.records(facts.whole("offices").sort_values("office_id")):
        office_id, name = str(office["office_id"]), office_words(office)
        for step in range(1, settings.policy.alerts.ladder("critical", office_id).steps + 1):
            before, after = (_at_step(stints, office_id, step) for stints in (given.before, given.after))
            whole = max(now, given.incoming.starts_at), given.incoming.ends_at
            rows.append((
                name if step == 1 else _same(""), _same(str(step)),
                _people(before, names, settings, now, None), _people(after, names, settings, now, whole),
            ))  # fmt: skip
    return rows


def _at_step(stints: pd.DataFrame, office_id: str, step: int) -> pd.DataFrame:
    mine = stints[(stints["office_id"] == office_id) & (stints["step"] == step)]
    return mine.sort_values(["start", "staff_id"]).drop_duplicates()


def _people(
    stints: pd.DataFrame, names: Names, settings: Settings, now: datetime, whole: tuple[datetime, datetime] | None
) -> Words:
    """Return who stands at a step, with the times of those who do not stand there all along."""
    if stints.empty:
        return TITLES["nobody"]
    said = []
    for stint in stints.itertuples():
        partly = whole and (stint.start > whole[0] or stint.end < whole[1])
        span = f" {when(stint.start, settings, now)}–{when(stint.end, settings, now)}" if partly else ""
        said.append(names.person(stint.staff_id) + span)
    return _same(", ".join(dict.fromkeys(said)))


def _coming(one: Coming, settings: Settings, now: datetime) -> Row:
    at = one.at.astimezone(settings.zone)
    midnight = at.time() == datetime.min.time() and one.what == "due"
    moment = f"{at - timedelta(minutes=1):%m-%d} 24:00" if midnight else when(one.at, settings, now)
    return (_same(moment), WHAT[one.what], *_named(one.rule, one.episode, settings, now))


def _resolved(row: Mapping[str, Any], names: Names, settings: Settings, now: datetime) -> Row:
    lasted = (row["resolved_at"] - row["opened_at"]) // timedelta(minutes=1)
    by = names.person(row["acked_by"]) if row["acked_by"] else formats.NOTHING
    return (_same(when(row["resolved_at"], settings, now)), Words(f"{lasted} 分钟", f"{lasted} min"),
            *_named(RULES[row["rule"]], row, settings, now), _same(by))  # fmt: skip


def _named(rule: Rule, episode: Mapping[str, Any], settings: Settings, now: datetime) -> tuple[Words, Words, Words]:
    zh, en = (said_of(rule, episode, Writing(language, now, settings)) for language in ("zh", "en"))
    number = f"#{episode['id']}"
    return (Words(f"{number} {rule.heading.zh}", f"{number} {rule.heading.en}"), Words(zh.name, en.name),
            Words(zh.office, en.office))  # fmt: skip


def _same(text: str) -> Words:
    return Words(text, text)
