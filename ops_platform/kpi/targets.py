"""Targets and weights as configuration: what is wrong with them, and what a month would score under others."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import date
from math import isclose
from typing import Any

import pandas as pd

from ops_platform.clock import first_day, shift_month
from ops_platform.facts import Facts
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.scoring import SUBJECT, goals_of, rankings, score, with_goals
from ops_platform.policy import ScoringPolicy

EVERY_OFFICE = "*"


@dataclass(frozen=True)
class Flaw:
    """What is wrong with targets.

    Attributes
    ----------
    where
        The row, or the office, role and month whose weights do not add up.
    zh, en
        What is wrong and what to do.
    """

    where: str
    zh: str
    en: str


def flaws(targets: pd.DataFrame, role_targets: pd.DataFrame, offices: list[str], policy: ScoringPolicy) -> list[Flaw]:
    """Return what is wrong with targets and weights: row by row first, then the weights that do not add up.

    Parameters
    ----------
    targets, role_targets
        Columns of their contracts.
    offices
        The branch's offices.
    """
    rows = [*targets.assign(role="").to_dict("records"), *role_targets.to_dict("records")]
    found = [flaw for row in rows for flaw in _of_row(row, set(offices))]
    return found + list(_of_weights(targets, role_targets, offices, policy))


def under_targets_of(facts: Facts, cards: pd.DataFrame, month: str, other: str) -> pd.DataFrame:
    """Return what a month's scorecard would score under the targets and weights in force in another month.

    Parameters
    ----------
    cards
        The month's scorecard.
    other
        The month whose targets hold, such as January of next year.

    Returns
    -------
    pandas.DataFrame
        ``level``, ``office_id``, ``contractor``, ``staff_id``, ``kpi_id`` (empty for the total) with ``score`` and
        ``rank`` as they are, and ``other_score`` and ``other_rank``.
    """
    offices = facts.whole("offices")["office_id"].tolist()
    bare = cards[[*SUBJECT, "kpi_id", "value"]]
    goals = goals_of(facts.whole("targets"), facts.whole("role_targets"), other, offices)
    rows = with_goals(bare, goals, facts.whole("staff"))
    rows = rows.assign(score=score(rows))
    now, then = (_with_total(frame, month) for frame in (cards, rows))
    then = then.rename(columns={"score": "other_score", "rank": "other_rank"})
    return now.merge(then, on=[*SUBJECT, "kpi_id"], how="left")


def _with_total(cards: pd.DataFrame, month: str) -> pd.DataFrame:
    """Return the scores of a scorecard, the total among them; a rank is that of the total."""
    before = pd.DataFrame(columns=[*SUBJECT, "score", "rank"])
    total = rankings(month, cards, before).to_pandas().assign(kpi_id="")
    columns = [*SUBJECT, "kpi_id", "score"]
    return pd.concat([total[[*columns, "rank"]], cards[columns].assign(rank=float("nan"))], ignore_index=True)


def next_year(month: str) -> str:
    """Return January of the year after a month."""
    return f"{int(month[:4]) + 1}-01"


def _of_row(row: dict[Hashable, Any], offices: set[str]) -> Iterator[Flaw]:
    where = " ".join(str(row[name]) for name in ("kpi_id", "office_id", "role", "effective_from") if row[name] != "")
    kpi, office = CATALOGUE.get(row["kpi_id"]), row["office_id"]
    if kpi is None:
        yield Flaw(where, f"没有指标 {row['kpi_id']}", f"there is no KPI {row['kpi_id']}")
        return
    if office not in offices | {EVERY_OFFICE}:
        yield Flaw(where, f"没有单位 {office}；全部单位写 *", f"there is no office {office}; * means every office")
    if row["scoring"] == "ladder":
        if not (_above_zero(row["ladder_step"]) and _above_zero(row["ladder_points"])):
            yield Flaw(where, "扣分计分须填大于 0 的步长与每步扣分", "a ladder needs step and points, both above 0")
        return
    ends = [row["baseline"], row["target"], row["challenge"]]
    if any(pd.isna(end) for end in ends):
        yield Flaw(where, "线性计分须填基准值与挑战值", "linear scoring needs a baseline and a challenge")
        return
    low, goal, high = (end if kpi.better == "higher" else -end for end in ends)
    if not low <= goal <= high or low == high:
        yield Flaw(
            where,
            f"目标须在基准值与挑战值之间，挑战值须更{'高' if kpi.better == 'higher' else '低'}",
            f"the target must lie between baseline and challenge, and the challenge be the {kpi.better}",
        )


def _of_weights(
    targets: pd.DataFrame, role_targets: pd.DataFrame, offices: list[str], policy: ScoringPolicy
) -> Iterator[Flaw]:
    days = pd.concat([targets["effective_from"], role_targets["effective_from"]])
    told: set[tuple[str, str, float]] = set()
    for month in sorted({_first_month(day) for day in days}):
        in_force = goals_of(targets, role_targets, month, offices)
        for (office, role), weights in in_force.groupby(["office_id", "role"])["weight"]:
            total = float(weights.sum())
            if isclose(total, policy.weights_sum, abs_tol=1e-6) or (office, role, total) in told:
                continue
            told.add((str(office), str(role), total))
            whose = " ".join(part for part in (office or "分公司 branch", role, month) if part)
            yield Flaw(
                whose,
                f"权重合计 {total:g}，应为 {policy.weights_sum:g}",
                f"the weights add up to {total:g}, not {policy.weights_sum:g}",
            )


def _first_month(day: date) -> str:
    """Return the first month for which targets that are effective from a day hold."""
    month = f"{day:%Y-%m}"
    return month if day == first_day(month) else shift_month(month, 1)


def _above_zero(value: float | None) -> bool:
    return value is not None and not pd.isna(value) and value > 0
