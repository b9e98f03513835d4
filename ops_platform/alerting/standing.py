"""What stands in the ledger, by the groups in which it is told, the most urgent first. Reads, never writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.escalation import Decision
from ops_platform.alerting.groups import decided, is_silent
from ops_platform.alerting.rules import Rule, due_of
from ops_platform.alerting.wording import SEVERITY, most_urgent_first
from ops_platform.settings import Settings
from ops_platform.state import ALERT_GROUP, EPISODE, State

Row = Mapping[str, Any]
_RANK = {severity: rank for rank, severity in enumerate(SEVERITY)}
_NEEDS_SOMEBODY = {"open": 0, "pending": 1, "acked": 2}
_SILENT = 3


@dataclass(frozen=True)
class OpenGroup:
    """Open episodes that are told together.

    Attributes
    ----------
    rule
        Their rule.
    group
        Row of the group.
    episodes
        Rows of those that are not resolved: what nobody has taken on first, then by urgency.
    foreseen
        What will be decided at the group's next moment unless something changes; None where nothing will.
    """

    rule: Rule
    group: Row
    episodes: Sequence[Row]
    foreseen: Decision | None


def open_groups(state: State, settings: Settings) -> list[OpenGroup]:
    """Return what stands: by severity, first what needs somebody, then by its time limit; what nobody is told last."""
    members: dict[int, list[Row]] = {}
    standing = sa.or_(EPISODE.c.resolved_at.is_(None), EPISODE.c.end_told.is_(False))
    for row in state.rows(sa.select(EPISODE).where(standing).order_by(EPISODE.c.id)):
        members.setdefault(row["group_id"], []).append(row)
    groups = state.rows(sa.select(ALERT_GROUP).where(ALERT_GROUP.c.closed_at.is_(None)))
    found = [
        _open_group(group, members[group["id"]], settings)
        for group in groups
        if group["rule"] in RULES and any(row["resolved_at"] is None for row in members.get(group["id"], ()))
    ]
    return sorted(found, key=lambda one: _order(one, settings.zone))


def attention(episode: Row) -> int:
    """Return what orders episodes by how much they need somebody: open, expected, acknowledged, told to nobody."""
    return _SILENT if is_silent(episode) else _NEEDS_SOMEBODY[episode["state"]]


def due_at(rule: Rule, episode: Row, zone: ZoneInfo) -> datetime:
    """Return the time limit of an episode; that of a date is the end of the business-local day."""
    due = due_of(rule.due, episode["facts"][rule.due])
    return due if isinstance(due, datetime) else _end_of_day(due, zone)


def _open_group(group: Row, members: Sequence[Row], settings: Settings) -> OpenGroup:
    rule = RULES[group["rule"]]
    episodes = most_urgent_first(rule, (row for row in members if row["resolved_at"] is None))
    at = group["next_at"]
    foreseen = decided(group, members, settings, at) if at else None
    return OpenGroup(rule, group, sorted(episodes, key=attention), foreseen)


def _order(one: OpenGroup, zone: ZoneInfo) -> tuple[Any, ...]:
    first = one.episodes[0]
    needs = attention(first)
    return needs == _SILENT, _RANK[one.rule.severity], needs, due_at(one.rule, first, zone), one.group["id"]


def _end_of_day(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
