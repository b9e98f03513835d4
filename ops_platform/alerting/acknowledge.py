"""A person takes a matter on, or hands it over to another: nothing more is told unless that ends or it gets worse."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from ops_platform.alerting.desk import Desk
from ops_platform.alerting.escalation import escalate_after
from ops_platform.alerting.groups import LEDGER, settle
from ops_platform.alerting.links import use
from ops_platform.alerting.outbox import Outbox, record
from ops_platform.alerting.rota import Recipient
from ops_platform.errors import PermanentError
from ops_platform.policy import Ladder
from ops_platform.state import ALERT_GROUP, EPISODE, State

Row = Mapping[str, Any]


def acknowledge(
    state: State,
    desk: Desk,
    episode_ids: Collection[int],
    who: str,
    now: datetime,
    note: str = "",
    *,
    false_alarm: bool = False,
    take_over: bool = True,
    by_link: str = "",
) -> list[int]:
    """Note that a person has taken episodes on; return those that are theirs now.

    Parameters
    ----------
    state
        The operational state.
    desk
        Who is told, over what, in which words.
    episode_ids
        The episodes; what is resolved already is passed over.
    who
        Staff id, or another name, of the person.
    now
        The moment. How long the acknowledgement lasts is on the ladder of the episode's group.
    note
        What the person says.
    false_alarm
        The person found nothing the matter.
    take_over
        Whether that which somebody else has taken on becomes theirs too. If not, their word is noted, and no more.
    by_link
        Key of the message whose link they use; then nothing is done twice.

    Raises
    ------
    PermanentError
        If there is no such episode, or nobody is named.
    LinkRefusedError
        If they have used the link for this before.
    """
    if not who.strip():
        raise PermanentError("say who acknowledges / 请说明认领人")
    with state.transaction(LEDGER) as connection:
        if by_link:
            use(connection, by_link, who, "take_over" if take_over else "acknowledge", now)
        taken: list[int] = []
        word = "false alarm" if false_alarm else ""
        for group, episodes in _by_group(connection, episode_ids):
            others = {} if take_over else _of_others(episodes, who)
            for number, first in others.items():
                record(connection, [number], "acknowledged", now, _said(f"{who}, after {first}", word, note))
            ids = [row["id"] for row in episodes if row["id"] not in others]
            if not ids:
                continue
            until = now + timedelta(minutes=Ladder.model_validate(group["ladder"]).ack_min)
            values = {"state": "acked", "acked_at": now, "acked_by": who, "ack_until": until}
            if false_alarm:
                values["false_alarm"] = True
            connection.execute(EPISODE.update().where(EPISODE.c.id.in_(ids)).values(**values))
            record(connection, ids, "acknowledged", now, _said(who, word, note))
            outbox = settle(connection, [group["id"]], desk, now)
            if not _is_heard(connection, group["id"]):
                outbox.withdraw(group["id"])
                outbox.tell_acknowledged(group, episodes, who)
            taken += ids
        return taken


def hand_over(
    state: State,
    desk: Desk,
    episode_ids: Collection[int],
    who: str,
    to: Recipient,
    now: datetime,
    note: str = "",
    *,
    by_link: str = "",
) -> list[int]:
    """Give episodes to another person, who is told and has as long as a step to acknowledge; return those given.

    Raises
    ------
    PermanentError
        If there is no such episode, nobody gives it, or no channel reaches the person.
    LinkRefusedError
        If they have used the link, the message of whose key is ``by_link``, for this before.
    """
    if not who.strip():
        raise PermanentError("say who hands over / 请说明移交人")
    with state.transaction(LEDGER) as connection:
        if by_link:
            use(connection, by_link, who, "hand_over", now)
        given = []
        for group, episodes in _by_group(connection, episode_ids):
            ids = [row["id"] for row in episodes]
            if not Outbox(connection, desk, now).hand_over(group, episodes, to):
                raise PermanentError(f"no alert channel reaches {to.name} ({to.staff_id}) / 没有渠道可以通知此人")
            values = {
                "state": "open",
                "acked_by": "",
                "ack_until": None,
                "told_at": sa.func.coalesce(EPISODE.c.told_at, now),
            }
            connection.execute(EPISODE.update().where(EPISODE.c.id.in_(ids)).values(**values))
            record(connection, ids, "handed_over", now, _said(f"{who} to {to.staff_id}", note))
            step = max(group["step"], 1)
            waits = {"tellings": group["tellings"] + 1, "told_at": now, "step": step,
                     "escalate_at": escalate_after(Ladder.model_validate(group["ladder"]), step, 0, now)}  # fmt: skip
            connection.execute(ALERT_GROUP.update().where(ALERT_GROUP.c.id == group["id"]).values(**waits))
            settle(connection, [group["id"]], desk, now)
            given += ids
        return given


def _by_group(connection: sa.Connection, episode_ids: Collection[int]) -> Iterator[tuple[Row, Sequence[Row]]]:
    """Yield the open ones among some episodes with the row of their group."""
    query = sa.select(EPISODE).where(EPISODE.c.id.in_(episode_ids)).order_by(EPISODE.c.group_id, EPISODE.c.id)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    if missing := set(episode_ids) - {row["id"] for row in rows}:
        raise PermanentError(f"there is no alert {', '.join(map(str, sorted(missing)))} / 没有这个编号的告警")
    open_ones = [row for row in rows if row["resolved_at"] is None]
    for group_id, some in groupby(open_ones, key=lambda row: row["group_id"]):
        group = sa.select(ALERT_GROUP).where(ALERT_GROUP.c.id == group_id)
        yield dict(connection.execute(group).mappings().one()), list(some)


def _of_others(episodes: Sequence[Row], who: str) -> dict[int, str]:
    """Return the numbers of what somebody else has taken on, with the staff id of each."""
    return {row["id"]: row["acked_by"] for row in episodes if row["state"] == "acked" and row["acked_by"] != who}


def _said(*parts: str) -> str:
    return ": ".join(part for part in parts if part)


def _is_heard(connection: sa.Connection, group_id: int) -> bool:
    """Tell whether a group has an episode of which somebody is still to be told."""
    query = sa.select(EPISODE.c.id).where(EPISODE.c.group_id == group_id, EPISODE.c.state.in_(["open", "pending"]))
    return connection.execute(query.limit(1)).first() is not None
