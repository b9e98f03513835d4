"""What became of a month's alerts, by rule, by office and by person.

House definitions, see docs/definitions.md. Every level is counted from the episodes themselves, so that shares are
ratios of sums and a percentile is one of all episodes of its row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import sqlalchemy as sa

from ops_platform.alerting.tellings import tellings
from ops_platform.clock import first_day, month_bounds
from ops_platform.contracts.alerting import ALERT_FIGURES, ALERT_PEOPLE
from ops_platform.state import ALERT_GROUP, EPISODE, EPISODE_EVENT, OUTBOX, OUTBOX_EPISODE, State

_LEVELS = {"branch": (), "office": ("office_id",), "rule": ("rule",), "rule_office": ("rule", "office_id")}
_OF = ["rule", "office_id"]
_SHARE = 0.9
_OF_EPISODES = (
    "episodes", "told", "history", "suppressed", "inhibited", "untold", "acknowledged", "ack_due", "ack_in_time",
    "ack_sum_min", "resolved", "resolve_sum_min", "false_alarms", "escalated",
)  # fmt: skip
_OF_MESSAGES = ("messages", "dead_letters", "possible_repeats")


@dataclass(frozen=True, eq=False)
class MonthOfAlerts:
    """What the ledger holds of a month.

    Attributes
    ----------
    episodes
        ``id``, ``rule``, ``office_id``, ``history``, ``suppressed``, ``inhibited_by``, ``opened_at``, ``told_at``,
        ``resolved_at``, ``false_alarm``, ``step_min`` (of its ladder), ``escalated``.
    acknowledgements
        ``episode_id``, ``at``, ``who``: of each episode the first.
    tellings
        ``episode_id``, ``staff_id``, ``at``: when each person was told of each episode first.
    messages
        ``rule``, ``office_id``, ``state``, ``in_doubt``, ``attempts``.
    """

    episodes: pd.DataFrame
    acknowledgements: pd.DataFrame
    tellings: pd.DataFrame
    messages: pd.DataFrame


def read_month(state: State, month: str, zone: ZoneInfo) -> MonthOfAlerts:
    """Return what the ledger holds of the episodes that were found in a business-local month.

    Messages are those that were put into the outbox in the month. What was expected and never came true is no episode.
    """
    start, end = month_bounds(month, zone)
    came = sa.or_(EPISODE.c.resolved_at.is_(None), EPISODE.c.resolved_at > EPISODE.c.opened_at,
                 EPISODE.c.told_at.is_not(None))  # fmt: skip
    mine = sa.and_(EPISODE.c.opened_at >= start, EPISODE.c.opened_at < end, EPISODE.c.state != "pending", came)
    return MonthOfAlerts(
        _episodes(state, mine), _acknowledgements(state, mine), _tellings(state, mine), _messages(state, start, end)
    )


def figures_by_rule(alerts: MonthOfAlerts, month: str, now: datetime) -> pd.DataFrame:
    """Return the month's figures at every level; columns of the contract ``alert_figures``.

    Parameters
    ----------
    alerts
        Result of `read_month`.
    month
        Business-local, ``YYYY-MM``.
    now
        The moment up to which is judged; an episode whose time to be acknowledged still runs is not due.
    """
    rows, messages = _judged(alerts, now), _counted(alerts.messages)
    levels = [_level(name, keys, rows, messages) for name, keys in _LEVELS.items()]
    figures = pd.concat([level for level in levels if len(level)] or levels, ignore_index=True)
    return figures.assign(
        month_on=first_day(month),
        ack_in_time_pct=100 * _ratio(figures["ack_in_time"], figures["ack_due"]),
        ack_mean_min=_ratio(figures["ack_sum_min"], figures["acknowledged"]),
        resolve_mean_min=_ratio(figures["resolve_sum_min"], figures["resolved"]),
    )[ALERT_FIGURES.schema.names]


def figures_by_person(alerts: MonthOfAlerts, month: str) -> pd.DataFrame:
    """Return who was told of how many episodes, acknowledged how many first, and how soon; parameters as above.

    Returns
    -------
    pandas.DataFrame
        Columns of the contract ``alert_people``, by staff id.
    """
    acks = alerts.acknowledgements.rename(columns={"who": "staff_id", "at": "acked_at"})
    both = acks.merge(alerts.tellings, on=["episode_id", "staff_id"], how="left")
    both["minutes"] = _minutes(both["acked_at"] - both["at"])
    people = pd.DataFrame(
        {
            "told": alerts.tellings.groupby("staff_id")["episode_id"].nunique(),
            "acknowledged": acks.groupby("staff_id")["episode_id"].nunique(),
            "ack_median_min": both.groupby("staff_id")["minutes"].median(),
        }
    )
    people = people.rename_axis("staff_id").reset_index().assign(month_on=first_day(month))
    counted = people.fillna({"told": 0, "acknowledged": 0}).astype({"told": "int64", "acknowledged": "int64"})
    return counted.sort_values("staff_id", ignore_index=True)[ALERT_PEOPLE.schema.names]


def _episodes(state: State, mine: sa.ColumnElement[bool]) -> pd.DataFrame:
    names = ["id", *_OF, "history", "suppressed", "inhibited_by", "opened_at", "told_at", "resolved_at", "false_alarm"]
    step_min = ALERT_GROUP.c.ladder["step_min"].as_integer().label("step_min")
    query = sa.select(*(EPISODE.c[name] for name in names), step_min)
    query = query.outerjoin(ALERT_GROUP, ALERT_GROUP.c.id == EPISODE.c.group_id).where(mine).order_by(EPISODE.c.id)
    rows = _frame(state, query, ["opened_at", "told_at", "resolved_at"])
    why = OUTBOX.c.payload["why"].as_string() == "escalated"
    further = sa.select(OUTBOX_EPISODE.c.episode_id).join(OUTBOX).where(why)
    escalated = sa.select(EPISODE.c.id).where(mine, EPISODE.c.id.in_(further))
    return rows.assign(escalated=rows["id"].isin([row["id"] for row in state.rows(escalated)]))


def _acknowledgements(state: State, mine: sa.ColumnElement[bool]) -> pd.DataFrame:
    query = sa.select(EPISODE_EVENT.c.episode_id, EPISODE_EVENT.c.at, EPISODE_EVENT.c.detail.label("who"))
    query = query.join(EPISODE).where(mine, EPISODE_EVENT.c.kind == "acknowledged")
    rows = _frame(state, query.order_by(EPISODE_EVENT.c.id), ["at"]).drop_duplicates("episode_id")
    # Who it was stands first in what the event says, before a note.
    return rows.assign(who=[who.partition(": ")[0] for who in rows["who"]]).astype({"who": "str"})


def _tellings(state: State, mine: sa.ColumnElement[bool]) -> pd.DataFrame:
    rows = pd.DataFrame(tellings(state, mine), columns=["episode_id", "staff_id", "at"])
    rows = rows.drop_duplicates(["episode_id", "staff_id"]).astype({"episode_id": "int64", "staff_id": "str"})
    return rows.assign(at=pd.to_datetime(rows["at"], utc=True))


def _messages(state: State, start: datetime, end: datetime) -> pd.DataFrame:
    columns = (ALERT_GROUP.c.rule, ALERT_GROUP.c.office_id, OUTBOX.c.state, OUTBOX.c.in_doubt, OUTBOX.c.attempts)
    query = sa.select(*columns).join(ALERT_GROUP, ALERT_GROUP.c.id == OUTBOX.c.group_id)
    in_month = OUTBOX.c.created_at >= start, OUTBOX.c.created_at < end, OUTBOX.c.state != "withdrawn"
    return _frame(state, query.where(*in_month), [])


def _frame(state: State, query: sa.Select[Any], moments: Sequence[str]) -> pd.DataFrame:
    rows = pd.DataFrame(state.rows(query), columns=[column.name for column in query.selected_columns])
    numbers = dict.fromkeys(rows.columns.intersection(["id", "episode_id", "attempts", "inhibited_by"]), "int64")
    return rows.astype(numbers).assign(**{name: pd.to_datetime(rows[name], utc=True) for name in moments})


def _judged(alerts: MonthOfAlerts, now: datetime) -> pd.DataFrame:
    """Return each episode with a one or zero for all that is counted of it."""
    first = alerts.acknowledgements.rename(columns={"episode_id": "id", "at": "acked_at"})
    rows = alerts.episodes.merge(first, on="id", how="left")
    told = rows["told_at"].notna()
    silent = {"history": rows["history"].astype(bool), "suppressed": rows["suppressed"] != "",
              "inhibited": rows["inhibited_by"] != 0}  # fmt: skip
    kept = np.select([told, *silent.values()], ["told", *silent], "untold")
    acked, resolved = told & rows["acked_at"].notna(), told & rows["resolved_at"].notna()
    step_over_at = rows["told_at"] + pd.to_timedelta(rows["step_min"].astype("float64"), unit="min")
    stood_until = rows["resolved_at"].fillna(pd.Timestamp(now))
    # Taken on before anybody was told, which the UI makes possible, took no time at all.
    ack_min = _minutes(rows["acked_at"] - rows["told_at"]).where(acked)
    resolve_min = _minutes(rows["resolved_at"] - rows["opened_at"]).where(resolved)
    return rows[_OF].assign(
        episodes=1,
        **{name: (kept == name).astype(int) for name in ("told", *silent, "untold")},
        acknowledged=acked.astype(int),
        ack_due=(acked | told & (stood_until >= step_over_at)).astype(int),
        ack_in_time=(acked & (rows["acked_at"] < step_over_at)).astype(int),
        ack_min=ack_min,
        ack_sum_min=ack_min.fillna(0.0),
        resolved=resolved.astype(int),
        resolve_min=resolve_min,
        resolve_sum_min=resolve_min.fillna(0.0),
        false_alarms=(told & rows["false_alarm"].astype(bool)).astype(int),
        escalated=(told & rows["escalated"]).astype(int),
    )


def _counted(messages: pd.DataFrame) -> pd.DataFrame:
    return messages[_OF].assign(
        messages=1,
        dead_letters=(messages["state"] == "dead").astype(int),
        possible_repeats=(messages["in_doubt"].astype(bool) & (messages["attempts"] > 1)).astype(int),
    )


def _level(name: str, keys: Sequence[str], rows: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    blank = dict.fromkeys(set(_OF) - set(keys), "")
    episodes = rows.assign(**blank).groupby(_OF)
    figures = episodes[list(_OF_EPISODES)].sum().join(
        messages.assign(**blank).groupby(_OF)[list(_OF_MESSAGES)].sum(), how="outer"
    ).fillna(0)  # fmt: skip
    counts = [column for column in (*_OF_EPISODES, *_OF_MESSAGES) if not column.endswith("_min")]
    figures = figures.astype(dict.fromkeys(counts, "int64"))
    p90 = {f"{what}_p90_min": episodes[f"{what}_min"].agg(_nine_of_ten) for what in ("ack", "resolve")}
    return figures.assign(**p90, level=name).astype(dict.fromkeys(p90, "float64")).reset_index()


def _nine_of_ten(minutes: pd.Series) -> float:
    known = minutes.dropna()
    return float(np.quantile(known, _SHARE, method="inverted_cdf")) if len(known) else np.nan


def _minutes(spans: pd.Series) -> pd.Series:
    """Return spans in minutes; a clock that was set back makes none of them negative."""
    return (spans.dt.total_seconds() / 60).clip(lower=0)


def _ratio(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    return numerator / denominator.where(denominator > 0)
