"""One alert's whole history in words: what happened, who was told over what, what the providers answered."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.rules import Words
from ops_platform.alerting.wording import SEVERITY, Writing, said_of
from ops_platform.errors import PermanentError
from ops_platform.platform import Platform
from ops_platform.reporting import formats, markdown
from ops_platform.reporting.alert_words import Names, apart, two
from ops_platform.state import ATTEMPT, EPISODE, EPISODE_EVENT, OUTBOX, OUTBOX_EPISODE, State

Row = Mapping[str, Any]
EVENTS: Mapping[str, Words] = {
    "opened": Words("成立", "found true"),
    "expected": Words("预计将成立", "expected"),
    "enqueued": Words("消息入队", "message enqueued"),
    "sent": Words("已送达渠道", "accepted by the channel"),
    "dead": Words("放弃发送", "message given up"),
    "acknowledged": Words("认领", "acknowledged"),
    "ack_expired": Words("认领到期", "acknowledgement ended"),
    "handed_over": Words("转交", "handed over"),
    "resolved": Words("解除", "resolved"),
}
EPISODE_STATES: Mapping[str, Words] = {
    "pending": Words("将至", "expected"),
    "open": Words("未认领", "not acknowledged"),
    "acked": Words("已认领", "acknowledged"),
    "resolved": Words("已解除", "resolved"),
}
MESSAGE_STATES: Mapping[str, Words] = {
    "pending": Words("待发", "waiting"),
    "claimed": Words("发送中", "being sent"),
    "sent": Words("已送达", "accepted"),
    "dead": Words("已放弃", "given up"),
    "withdrawn": Words("已撤回", "withdrawn"),
}
OUTCOMES: Mapping[str, Words] = {
    "started": Words("进行中", "under way"),
    "accepted": Words("接受", "accepted"),
    "permanent": Words("拒绝", "refused for good"),
    "retry": Words("稍后重试", "to be tried again"),
    "in_doubt": Words("无明确答复", "no clear answer"),
}
_WHY: Mapping[str, Words] = {
    "raised": Words("首次通知", "first told"),
    "grown": Words("有新增", "grown"),
    "escalated": Words("升级", "escalated"),
    "repeated": Words("再次提醒", "reminder"),
    "expired": Words("认领到期", "acknowledgement ended"),
    "handed_over": Words("转交", "handed over"),
    "acknowledged": Words("告知已认领", "told that it is acknowledged"),
    "resolved": Words("告知已解除", "told that it is resolved"),
}


def history(platform: Platform, number: int, now: datetime) -> str:
    """Return the whole history of one alert in Markdown, in both languages and business time.

    Parameters
    ----------
    platform
        The installation.
    number
        Of the alert, as in its messages.
    now
        The moment from which the time left is counted.

    Raises
    ------
    PermanentError
        If there is no alert of this number.
    """
    state = platform.state
    found = state.rows(sa.select(EPISODE).where(EPISODE.c.id == number))
    if not found:
        raise PermanentError(f"there is no alert {number} / 没有编号为 {number} 的告警")
    episode = found[0]
    names = Names(platform.facts)
    events = state.rows(
        sa.select(EPISODE_EVENT).where(EPISODE_EVENT.c.episode_id == number).order_by(EPISODE_EVENT.c.id)
    )
    messages = state.rows(
        sa.select(OUTBOX).join(OUTBOX_EPISODE).where(OUTBOX_EPISODE.c.episode_id == number).order_by(OUTBOX.c.id)
    )
    parts = [_head(episode, platform, now), _standing(episode, names, platform)]
    parts += _part(Words("经过", "What happened"), _events(events, names, platform))
    parts += _part(
        Words("消息与发送尝试", "Messages, and the attempts to send them"), _messages(state, messages, platform)
    )
    parts += _part(Words("同一对象的其他告警", "Earlier and later ones of the same"), _siblings(episode, platform))
    return "\n\n".join(part for part in parts if part)


def _head(episode: Row, platform: Platform, now: datetime) -> str:
    rule = RULES.get(episode["rule"])
    if rule is None:  # declared no more
        return f"# #{episode['id']} {episode['rule']} {episode['subject']}"
    said = [said_of(rule, episode, Writing(language, now, platform.settings)) for language in ("zh", "en")]
    title = f"# #{episode['id']} 【{two(SEVERITY[episode['severity']])}】{two(rule.heading)}"
    return f"{title}\n\n{markdown.safe(said[0].line)}\n\n{markdown.safe(said[1].line)}"


def _standing(episode: Row, names: Names, platform: Platform) -> str:
    """Return what the episode is at the moment, one fact a line."""
    lines = [
        (Words("状态", "State"), apart(EPISODE_STATES[episode["state"]])),
        (Words("规则", "Rule"), f"{episode['rule']} · {episode['subject']}"),
        *_moments(episode, platform),
    ]
    if episode["acked_by"]:
        lines.append((Words("认领人", "Acknowledged by"), names.person(episode["acked_by"])))
    if episode["history"]:
        lines.append((Words("仅记录", "Recorded only"), "发现时已久 / old when it was found"))
    if episode["suppressed"]:
        lines.append((Words("计划施工静默", "Silent, planned work"), episode["suppressed"]))
    if episode["inhibited_by"]:
        cause = sa.select(EPISODE.c.rule).where(EPISODE.c.id == episode["inhibited_by"])
        heading = RULES[platform.state.rows(cause)[0]["rule"]].heading
        lines.append((Words("被抑制于", "Explained by"), f"#{episode['inhibited_by']} {two(heading)}"))
    if episode["false_alarm"]:
        lines.append((Words("误报", "False alarm"), "✓"))
    return "\n".join(f"- {two(name)}: {value}" for name, value in lines)


def _moments(episode: Row, platform: Platform) -> Iterable[tuple[Words, str]]:
    for column, words in (
        ("true_at", Words("自何时", "True since")),
        ("opened_at", Words("发现", "Found")),
        ("told_at", Words("首次通知", "First told")),
        ("ack_until", Words("认领至", "Acknowledged until")),
        ("resolved_at", Words("解除", "Resolved")),
    ):
        if episode[column]:
            yield words, _at(episode[column], platform)


def _events(events: Sequence[Row], names: Names, platform: Platform) -> str:
    return "\n".join(
        f"- {_at(row['at'], platform)} {two(EVENTS.get(row['kind'], Words(row['kind'], '')))}"
        + _said(_detail(row, names))
        for row in events
    )


def _detail(event: Row, names: Names) -> str:
    """Return what an event says, with the name of whoever acted."""
    if event["kind"] not in {"acknowledged", "handed_over"}:
        word, blank, rest = str(event["detail"]).partition(" ")
        return (apart(_WHY[word]) if word in _WHY else word) + blank + rest
    who, colon, note = str(event["detail"]).partition(": ")
    return re.sub(r"[^\s,]+", lambda word: names.person(word[0]), who) + colon + note


def _messages(state: State, messages: Sequence[Row], platform: Platform) -> str:
    """Return the messages, each with the attempts to send it below."""
    query = sa.select(ATTEMPT).where(ATTEMPT.c.outbox_id.in_([row["id"] for row in messages])).order_by(ATTEMPT.c.id)
    attempts = state.rows(query)
    lines = []
    for row in messages:
        lines.append(_message(row, platform))
        lines += [_attempt(one, platform) for one in attempts if one["outbox_id"] == row["id"]]
    return "\n".join(lines)


def _message(row: Row, platform: Platform) -> str:
    why = _WHY.get(row["payload"].get("why", ""), Words(row["kind"], row["kind"]))
    people = ", ".join(person["name"] for person in row["payload"].get("people", ()))
    parts = [
        f"{_at(row['created_at'], platform)} {apart(why)}",
        f"第 {row['step']} 级 / step {row['step']}",
        markdown.safe(f"{row['channel']} → {people} ({row['recipient']})"),
        apart(MESSAGE_STATES[row["state"]]) + (f" {_at(row['sent_at'], platform)}" if row["sent_at"] else ""),
    ]
    if row["in_doubt"] and row["attempts"] > 1:
        parts.append("可能重复 / possible repeat")
    return f"- **{row['id']}** " + " · ".join(parts)


def _attempt(row: Row, platform: Platform) -> str:
    ended = _at(row["ended_at"], platform) if row["ended_at"] else formats.NOTHING
    return f"    - {_at(row['started_at'], platform)} – {ended} {apart(OUTCOMES[row['outcome']])}" + _said(
        row["answer"]
    )


def _siblings(episode: Row, platform: Platform) -> str:
    """Return the other episodes of the same rule and subject."""
    same = EPISODE.c.fingerprint == episode["fingerprint"], EPISODE.c.id != episode["id"]
    rows = [
        [
            f"#{row['id']}",
            str(row["generation"]),
            apart(EPISODE_STATES[row["state"]]),
            _at(row["opened_at"], platform),
            _at(row["resolved_at"], platform) if row["resolved_at"] else formats.NOTHING,
        ]
        for row in platform.state.rows(sa.select(EPISODE).where(*same).order_by(EPISODE.c.generation))
    ]
    header = ["编号 No.", "第几次 Generation", "状态 State", "发现 Found", "解除 Resolved"]
    return markdown.table(header, rows) if rows else ""


def _part(title: Words, text: str) -> list[str]:
    return [f"## {two(title)}", text] if text else []


def _said(text: str) -> str:
    return f": {markdown.safe(text)}" if text else ""


def _at(moment: datetime, platform: Platform) -> str:
    return f"{moment.astimezone(platform.settings.zone):%Y-%m-%d %H:%M:%S}"
