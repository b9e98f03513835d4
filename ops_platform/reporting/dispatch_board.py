"""The dispatch board as people read it: who goes where and why, what is lost anyway, and what other ways would lose."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd

from ops_platform.facts import Facts
from ops_platform.maintenance.dispatch import GENERATE, DispatchPlan
from ops_platform.reporting import formats
from ops_platform.reporting.markdown import frame_preview
from ops_platform.reporting.power_clock import COMES_FIRST

MOST_ROWS = 200
METHODS: Mapping[str, tuple[str, str]] = {
    "nothing": ("无人前往", "nobody goes"),
    "first_come": ("先到先办", "first come, first served"),
    "nearest": ("就近优先", "nearest first"),
    "greedy": ("贪心", "greedy"),
    "solver": ("推荐方案（求解器）", "recommended (solver)"),
}


def tables(plan: DispatchPlan, facts: Facts, now: datetime) -> dict[str, pd.DataFrame]:
    """Return the board's tables with the names of sites, offices and crews, the most urgent row first.

    Parameters
    ----------
    facts
        The registers that hold the names.
    now
        The moment of the plan, for the minutes that are left.
    """
    sites = facts.whole("sites")[["site_id", "site_name", "office_id"]]
    sites["office"] = sites["office_id"].map(formats.named_offices(facts.whole("offices")))
    crews = facts.whole("crews")[["crew_id", "crew_name"]]

    def named(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        reason = rows["reason_zh"] + " / " + rows["reason_en"]
        return rows.assign(reason=reason).merge(sites, on="site_id", how="left")[columns]

    stops = plan.stops.rename(columns={"done_at": "running_at"}).merge(crews, on="crew_id", how="left")
    stops["minutes_left"] = np.floor((stops["due_at"] - pd.Timestamp(now)).dt.total_seconds() / 60)
    stops["task"] = np.select(
        [stops["kind"] == GENERATE, stops["urgent"]],
        ["发电 generate", "紧急抢修 urgent repair"],
        "抢修 repair",
    )
    stops["comes_first"] = stops["comes_first"].map(COMES_FIRST)
    return {
        "plan": named(stops, ["task", "comes_first", "site_name", "office", "fault_id", "due_at", "minutes_left",
                              "crew_name", "stop", "leave_at", "arrive_at", "running_at", "lost_h", "lost_otherwise_h",
                              "reason"]),
        "lost_anyway": named(plan.dark[plan.dark["anyway"]], _LOST),
        "given_up": named(plan.dark[~plan.dark["anyway"]], _LOST),
        "faults_waiting": named(plan.waiting, ["fault_id", "site_name", "office", "fault_class", "limit_at", "lost_h",
                                               "reason"]),
        "compared": plan.compared.assign(method=plan.compared["method"].map(lambda name: " ".join(METHODS[name]))),
    }  # fmt: skip


def planned_by(plan: DispatchPlan) -> str:
    """Return in both languages whether the solver was done in time."""
    if plan.solved:
        return "求解器已解完 / the solver was done in time"
    return "求解器未及时解完，采用贪心方案或更好的 / time was up: the greedy plan, or a better one found so far"


_LOST = ["site_name", "office", "dark_at", "until_at", "lost_h", "reason"]


def board(plan: DispatchPlan, facts: Facts, now: datetime) -> dict[str, str]:
    """Return the board's tables in Markdown, moments in business time."""
    named = tables(plan, facts, now)
    return {name: frame_preview(_whole(table), facts.zone, rows=MOST_ROWS) for name, table in named.items()}


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without fractions of customer-hours."""
    return table.assign(**{name: table[name].round() for name in table.columns if name.startswith("lost_")})
