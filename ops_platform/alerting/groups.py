"""Groups of episodes carried along: what is due is decided, written down and enqueued, in one transaction."""

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.desk import Desk
from ops_platform.alerting.escalation import Decision, Group, Member, decide, escalate_after
from ops_platform.alerting.outbox import Outbox, record
from ops_platform.alerting.rules import Rule
from ops_platform.alerting.wording import urgency
from ops_platform.policy import Ladder
from ops_platform.settings import Settings
from ops_platform.state import ALERT_GROUP, EPISODE, State

LEDGER = 6324
"""The number under which work on the ledger is done one at a time."""
CLOCK_TOLERANCE = timedelta(minutes=1)
"""A moment further ahead than this lies in the future."""
NOBODY_AGAIN = timedelta(minutes=1)
"""Where nobody could be told, it is tried again this much later."""
AUDITED_AFTER = timedelta(minutes=20)
"""What was to be told this long ago, and is not planned any more, was overlooked."""
_AT_ONCE = 200
_MOST_TURNS = 4
_STANDING = sa.or_(EPISODE.c.resolved_at.is_(None), EPISODE.c.end_told.is_(False))
_AUDIBLE = EPISODE.c.history.is_(False), EPISODE.c.suppressed == "", EPISODE.c.inhibited_by == 0
_LOG = logging.getLogger(__name__)

Row = Mapping[str, Any]


def advance(state: State, desk: Desk, now: datetime, limit: int = _AT_ONCE) -> int:
    """Carry along the groups for which something is due by the passing of time; return how many there were.

    May run in several processes at once, and at the same time as evaluations.

    Parameters
    ----------
    state
        The operational state.
    desk
        Who is told, over what, in which words.
    now
        The moment.
    limit
        Most groups to carry along.
    """
    ahead = ALERT_GROUP.c.told_at > now + CLOCK_TOLERANCE, ALERT_GROUP.c.closed_at.is_(None)
    due = sa.select(ALERT_GROUP.c.id).where(sa.or_(ALERT_GROUP.c.next_at <= now, sa.and_(*ahead)))
    due = due.order_by(ALERT_GROUP.c.next_at).limit(limit)
    if not state.rows(due):  # mostly; then nobody is made to wait
        return 0
    with state.transaction(LEDGER) as connection:
        ids = list(connection.execute(due).scalars())
        settle(connection, ids, desk, now)
        return len(ids)


def audit(state: State, desk: Desk, now: datetime) -> list[int]:
    """Look for what should have been told by now and is not planned to be, and tell it; return the groups where it was.

    The plan of a group is its ``next_at``, which every change makes anew. This looks at the episodes instead, so that a
    plan that was lost for whatever reason (a hand in the database, a version that erred) loses no alert.

    Parameters
    ----------
    state, desk, now
        As of `advance`.
    """
    late = now - AUDITED_AFTER
    overlooked = sa.or_(
        sa.and_(EPISODE.c.state == "open", EPISODE.c.told_at.is_(None), EPISODE.c.opened_at < late, *_AUDIBLE),
        sa.and_(EPISODE.c.state == "acked", EPISODE.c.ack_until < late),
        sa.and_(EPISODE.c.state == "pending", EPISODE.c.true_at < late),
        sa.and_(EPISODE.c.state == "resolved", EPISODE.c.end_told.is_(False), EPISODE.c.resolved_at < late),
    )
    stalled = sa.or_(ALERT_GROUP.c.next_at.is_(None), ALERT_GROUP.c.next_at > now)
    missed = sa.or_(overlooked, ALERT_GROUP.c.escalate_at < late)
    query = (
        sa.select(ALERT_GROUP.c.id)
        .join(EPISODE, EPISODE.c.group_id == ALERT_GROUP.c.id)
        .where(ALERT_GROUP.c.closed_at.is_(None), stalled, missed)
        .distinct()
    )
    if not state.rows(query):
        return []
    with state.transaction(LEDGER) as connection:
        ids = connection.execute(query).scalars().all()
        found = [group_id for group_id in ids if settle(connection, [group_id], desk, now).enqueued]
    for group_id in found:
        _LOG.error("alert group %s was overlooked and is told now", group_id)
    return found


def settle(connection: sa.Connection, group_ids: Collection[int], desk: Desk, now: datetime) -> Outbox:
    """Decide for some groups and carry the decisions out, within a transaction of `LEDGER`; return the outbox used."""
    outbox = Outbox(connection, desk, now)
    for group in _groups(connection, group_ids):
        if group["rule"] in RULES:  # a rule that is declared no more tells nobody
            _settle(connection, group, desk, outbox, now)
    return outbox


def is_silent(episode: Row) -> bool:
    """Tell whether nobody is to be told of an episode now: it is history, suppressed or inhibited."""
    return bool(episode["history"] or episode["suppressed"] or episode["inhibited_by"])


def decided(group: Row, episodes: Iterable[Row], settings: Settings, now: datetime) -> Decision:
    """Return what a group needs at a moment, be it now or ahead.

    Parameters
    ----------
    group
        Row of the group.
    episodes
        Rows of its episodes that are not resolved, and of those whose end must still be told.
    settings
        Time zone and policy.
    now
        The moment.
    """
    return decide(_standing(group), _as_members(group, episodes), settings.policy.alerts, settings.zone, now)


def group_up(connection: sa.Connection, rules: Collection[str], desk: Desk, now: datetime) -> set[int]:
    """Put the open episodes of some rules that are in no group into theirs; return the ids of these groups."""
    query = sa.select(EPISODE.c.id, EPISODE.c.rule, EPISODE.c.office_id, EPISODE.c.facts).where(
        EPISODE.c.rule.in_(rules), EPISODE.c.resolved_at.is_(None), EPISODE.c.group_id.is_(None)
    )
    members: dict[str, list[Row]] = {}
    for row in map(dict, connection.execute(query).mappings()):
        members.setdefault(_key(RULES[row["rule"]], row), []).append(row)
    if not members:
        return set()
    open_ones = sa.select(ALERT_GROUP.c.key, ALERT_GROUP.c.id).where(ALERT_GROUP.c.closed_at.is_(None))
    known = {row.key: row.id for row in connection.execute(open_ones)}
    fresh = [_new_group(key, rows[0], desk, now) for key, rows in members.items() if key not in known]
    if fresh:
        insert = ALERT_GROUP.insert().returning(ALERT_GROUP.c.key, ALERT_GROUP.c.id)
        known |= {row.key: row.id for row in connection.execute(insert, fresh)}
    update = EPISODE.update().where(EPISODE.c.id == sa.bindparam("member")).values(group_id=sa.bindparam("into"))
    into = [{"member": row["id"], "into": known[key]} for key, rows in members.items() for row in rows]
    connection.execute(update, into)
    return {known[key] for key in members}


def _key(rule: Rule, episode: Row) -> str:
    return "|".join([rule.id, episode["office_id"], *(str(episode["facts"].get(name)) for name in rule.group_by)])


def _new_group(key: str, episode: Row, desk: Desk, now: datetime) -> dict[str, Any]:
    policy = desk.settings.policy
    ladder = policy.alerts.ladder(RULES[episode["rule"]].severity, episode["office_id"])
    return {
        "key": key,
        "rule": episode["rule"],
        "office_id": episode["office_id"],
        "ladder": ladder.model_dump(mode="json"),
        "policy_version": policy.version,
        "opened_at": now,
    }


def _groups(connection: sa.Connection, ids: Collection[int]) -> list[dict[str, Any]]:
    found = sa.select(ALERT_GROUP).where(ALERT_GROUP.c.id == sa.bindparam("wanted"))
    return [dict(connection.execute(found, {"wanted": group_id}).mappings().one()) for group_id in sorted(ids)]


def _settle(connection: sa.Connection, group: dict[str, Any], desk: Desk, outbox: Outbox, now: datetime) -> None:
    """Decide and act until there is nothing more to do at this moment, and write down when there is."""
    _set_back(group, now)
    next_at = None
    for _ in range(_MOST_TURNS):
        episodes = _members(connection, group["id"])
        decision = decided(group, episodes.values(), desk.settings, now)
        next_at = decision.next_at
        _wake(connection, decision, now)
        if decision.tell_end or (decision.close and not group["closed_at"]):
            _tell_end(connection, group, episodes, decision, outbox)
        if decision.close:
            group |= {"closed_at": now, "escalate_at": None}
        if decision.tell and not _tell(connection, group, episodes, decision, outbox, now):
            again = now + NOBODY_AGAIN
            next_at = min(next_at, again) if next_at else again
            break
        if not (decision.tell or decision.tell_end):
            break
    changed = ("tellings", "told_at", "step", "repeats", "escalate_at", "closed_at")
    values = {name: group[name] for name in changed} | {"next_at": next_at}
    connection.execute(ALERT_GROUP.update().where(ALERT_GROUP.c.id == group["id"]).values(**values))


def _set_back(group: dict[str, Any], now: datetime) -> None:
    """Where somebody was told in the future, the clock has gone back since: the ladder's waits go back with it."""
    told_at, escalate_at = group["told_at"], group["escalate_at"]
    if told_at and told_at > now + CLOCK_TOLERANCE:
        group["told_at"] = now
        group["escalate_at"] = escalate_at and now + (escalate_at - told_at)


def _members(connection: sa.Connection, group_id: int) -> dict[int, dict[str, Any]]:
    query = sa.select(EPISODE).where(EPISODE.c.group_id == group_id, _STANDING).order_by(EPISODE.c.id)
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def _standing(group: Row) -> Group:
    rule = RULES[group["rule"]]
    return Group(
        rule.severity,
        rule.gather_s,
        Ladder.model_validate(group["ladder"]),
        group["told_at"],
        group["step"],
        group["repeats"],
        group["escalate_at"],
    )


def _as_members(group: Row, episodes: Iterable[Row]) -> list[Member]:
    rule = RULES[group["rule"]]
    return [
        Member(
            row["id"],
            row["state"],
            row["true_at"],
            urgency(rule, row["facts"]),
            silent=is_silent(row),
            told_at=row["told_at"],
            ack_until=row["ack_until"],
            resolved_at=row["resolved_at"],
        )
        for row in episodes
    ]


def _wake(connection: sa.Connection, decision: Decision, now: datetime) -> None:
    update = EPISODE.update().where(EPISODE.c.id == sa.bindparam("woken")).values(state="open")
    if decision.wake:
        connection.execute(update.values(opened_at=now), [{"woken": woken} for woken in decision.wake])
        record(connection, decision.wake, "opened", now)
    if decision.expire:
        connection.execute(update.values(ack_until=None), [{"woken": woken} for woken in decision.expire])
        record(connection, decision.expire, "ack_expired", now)


def _tell(
    connection: sa.Connection,
    group: dict[str, Any],
    episodes: Mapping[int, Row],
    decision: Decision,
    outbox: Outbox,
    now: datetime,
) -> bool:
    """Tell the audience of a decision; return whether a person could be told."""
    awake = {*decision.wake, *decision.expire}
    audience = [
        row for row in episodes.values() if (row["state"] == "open" or row["id"] in awake) and not is_silent(row)
    ]
    why = decision.tell or "raised"
    reached = outbox.tell(group, why, audience, decision.from_step, decision.to_step)
    if not reached:
        return False
    first_told = [row["id"] for row in audience if not row["told_at"]]
    if first_told:
        update = EPISODE.update().where(EPISODE.c.id == sa.bindparam("told"))
        connection.execute(update.values(told_at=now), [{"told": told} for told in first_told])
    group |= {"tellings": group["tellings"] + 1, "told_at": now}
    if why != "grown":
        repeats = group["repeats"] + 1 if why == "repeated" else group["repeats"] if why == "escalated" else 0
        ladder = Ladder.model_validate(group["ladder"])
        group |= {"step": reached, "repeats": repeats, "escalate_at": escalate_after(ladder, reached, repeats, now)}
    return True


def _tell_end(
    connection: sa.Connection, group: Row, episodes: Mapping[int, Row], decision: Decision, outbox: Outbox
) -> None:
    if decision.close:
        outbox.withdraw(group["id"])
    outbox.tell_end(group, [episodes[ended] for ended in decision.tell_end], closes=decision.close)
    update = EPISODE.update().where(EPISODE.c.id == sa.bindparam("ended")).values(end_told=True)
    if decision.tell_end:
        connection.execute(update, [{"ended": ended} for ended in decision.tell_end])
