"""Cells that were worst cells, or congested, on several of the last days."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import ibis.expr.types as ir

from ops_platform.alerting.rules import Condition, Rule, Watch, Words
from ops_platform.alerting.watches.places import named, with_names
from ops_platform.clock import local_midnight
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.facts import Facts, as_frame
from ops_platform.kpi.cell_register import CellRegister
from ops_platform.kpi.worst_cells import judged_days, often_met
from ops_platform.platform import Platform
from ops_platform.policy import AlertPolicy

CELLS = Words("个小区", "cells")
_FACTS = ("cell_name", "site_name", "office_name", "met_days", "window_days", "streak_days", "since_on", "last_on")
_ALSO = {
    "drop_pct": Words("；掉话率 {drop_pct} %", "; drop rate {drop_pct} %"),
    "congestion_pct": Words("；拥塞率 {congestion_pct} %", "; congestion {congestion_pct} %"),
}
_INHIBITED_BY = ("site_down", "site_down_important")
_NEWS_FOR = timedelta(days=7)
_DAY = timedelta(days=1)

WORST_CELL = Rule(
    "worst_cell",
    "minor",
    Words("连续多日最坏小区", "Worst cell on several days"),
    CELLS,
    Words(
        "{cell_name}（{site_name}，{office}）近 {window_days} 天中 {met_days} 天为最坏小区（自 {since_on}，"
        "截至 {last_on} 连续 {streak_days} 天）",
        "{cell_name} ({site_name}, {office}): worst cell on {met_days} of the last {window_days} days "
        "(since {since_on}, {streak_days} in a row up to {last_on})",
    ),
    Words(
        "请安排现场测试：核对方位角、下倾角与各载频发射功率，检查邻区和干扰；拥塞所致的，评估扩容。",
        "Test the cell on site: azimuth, downtilt, transmit power of every carrier, neighbours and interference; where "
        "it is congestion, consider more channels.",
    ),
    "cell_name",
    "since_on",
    _FACTS,
    also=_ALSO,
    counts_down=False,
    inhibited_by=_INHIBITED_BY,
    news_for=_NEWS_FOR,
)
CONGESTION = Rule(
    "congestion",
    "minor",
    Words("忙时持续拥塞", "Congested in the busy hour"),
    CELLS,
    Words(
        "{cell_name}（{site_name}，{office}）近 {window_days} 天中 {met_days} 天忙时拥塞（自 {since_on}，"
        "截至 {last_on} 连续 {streak_days} 天）",
        "{cell_name} ({site_name}, {office}): congested on {met_days} of the last {window_days} days "
        "(since {since_on}, {streak_days} in a row up to {last_on})",
    ),
    Words(
        "请先核对信道是否全部可用，再按爱尔兰 B 表评估扩容或把话务分到邻区。",
        "First check that every channel works, then add channels by Erlang B or move traffic to neighbours.",
    ),
    "cell_name",
    "since_on",
    _FACTS,
    also={"congestion_pct": _ALSO["congestion_pct"]},
    counts_down=False,
    worsens_to="worst_cell",
    inhibited_by=_INHIBITED_BY,
    news_for=_NEWS_FOR,
)


def find(platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield the cells that were worst cells on enough of the last days, and those that were congested."""
    facts, policy = platform.facts, platform.settings.policy
    keys = _window(facts, now.astimezone(facts.zone).date(), policy.alerts.cell_window_days)
    if not keys:
        return
    engine = facts.warehouse.connect()
    days = judged_days(CellRegister(facts).cell_days(engine, keys), policy.worst_cell.rule)
    days = engine.create_table("judged_days", days.mutate(congested=_congested(days, policy.alerts)))
    often = {
        rule: engine.to_pyarrow(often_met(days, met, policy.alerts.cell_bad_days))
        for rule, met in ((WORST_CELL, "worst"), (CONGESTION, "congested"))
    }
    cells = facts.whole("cells")[["cell_id", "cell_name"]]
    cells["cell_name"] = cells["cell_name"].fillna(cells["cell_id"])
    often[CONGESTION] = often[CONGESTION].join(often[WORST_CELL], "cell_id", join_type="left anti")
    for rule, found in often.items():
        for row in with_names(facts, as_frame(found).merge(cells, on="cell_id")).itertuples():
            told = named(row) | {
                "cell_name": row.cell_name,
                "window_days": policy.alerts.cell_window_days,
                "met_days": row.met_days,
                "streak_days": row.streak_days,
                "since_on": row.since_on.isoformat(),
                "last_on": row.last_on.isoformat(),
                "drop_pct": _pct(row.drops, row.tch_seizures + row.handovers_in),
                "congestion_pct": _pct(row.tch_overflows, row.tch_attempts),
            }
            since = local_midnight(row.enough_on + _DAY, facts.zone)
            yield Condition(rule, row.cell_id, row.office_id, told, since, row.site_id)


def _window(facts: Facts, today: date, length: int) -> list[str]:
    """Return the stored days of the window that ends with the newest day that is over and has counters.

    Not with yesterday: where counters are late, a cell is neither better nor worse for it.
    """
    over = [key for key in facts.warehouse.partitions(CELL_DAYS) if key < today.isoformat()]
    before = (date.fromisoformat(over[-1]) - length * _DAY).isoformat() if over else ""
    return [key for key in over if key > before]


def _congested(days: ir.Table, policy: AlertPolicy) -> ir.Value:
    enough = days.tch_attempts > policy.congestion_attempts_over
    return enough & (days.tch_overflows * 100 > policy.congestion_over_pct * days.tch_attempts)


def _pct(numerator: int, denominator: int) -> float | None:
    return round(100 * numerator / denominator, 2) if denominator else None


WATCH = Watch(
    "cells",
    Words("连续多日的最坏小区与忙时拥塞小区", "Cells that are worst or congested on several days"),
    (WORST_CELL, CONGESTION),
    find,
    every_s=3600,
)
