"""What moved a total score, in words: KPI by KPI, the largest first, the points adding up to the change."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ops_platform.kpi.definition import Kpi
from ops_platform.reporting import formats
from ops_platform.reporting.event_words import EVENTS
from ops_platform.reporting.formats import known
from ops_platform.reporting.words import Words

SEEN = 0.05
"""Points that one decimal shows."""
PART_WORDS: Mapping[str, Words] = {
    "exclusions": ("剔除", "exclusions"),
    "target": ("目标调整", "change of target"),
    "definition": ("口径变化", "change of definition"),
    "weight": ("权重或计分范围", "weights, or whether it is scored"),
}
"""Parts that are told apart from events."""


@dataclass(frozen=True)
class Move:
    """What one KPI did to a total score."""

    kpi: Kpi
    points: float
    events: Words
    others: tuple[Words, ...]


def moves(changes: pd.DataFrame, kpis: Mapping[str, Kpi], office_id: str, basis: str = "last_month") -> list[Move]:
    """Return what moved the total score of an office (the branch under the empty id), the largest move first.

    Parameters
    ----------
    changes
        Rows of the contract ``score_changes`` of one month.
    """
    if changes.empty:
        return []
    mine = changes[(changes["office_id"] == office_id) & (changes["basis"] == basis)]
    found = [_move(kpis[str(kpi_id)], parts) for kpi_id, parts in mine.groupby("kpi_id") if str(kpi_id) in kpis]
    return sorted(found, key=lambda one: -abs(one.points))


def _move(kpi: Kpi, parts: pd.DataFrame) -> Move:
    points = dict(zip(parts["part"], parts["points"].astype(float), strict=True))
    units = {part: known(value) for part, value in zip(parts["part"], parts["units"], strict=True)}
    others = tuple(
        (f"{zh} {points[part]:+.1f} 分", f"{en} {points[part]:+.1f} pts")
        for part, (zh, en) in PART_WORDS.items()
        if abs(points.get(part, 0.0)) >= SEEN
    )
    return Move(kpi, sum(points.values()), _events(kpi, units), others)


def _events(kpi: Kpi, units: Mapping[str, float | None]) -> Words:
    """Return how much counted against the KPI now, and how much before; empty where that says nothing."""
    event, now = EVENTS.get(kpi.id), units.get("now", 0.0)
    if event is None or now is None:
        return "", ""
    zh, en = event.counted(now)
    before = units.get("before", 0.0)
    if before is None:
        return zh, en
    count = formats.amount(round(before / event.per, 1))
    return f"{zh}（上月 {count}）", f"{en} (last month {count})"
