"""Which crew goes where: open mains outages and open faults against crews and generators, at one moment.

House definitions, stated in docs/definitions.md; docs/decisions/0005-dispatch-board.md says what the model leaves out.
Pure functions of frames, a policy and a moment.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from ops_platform.maintenance.dispatch_model import (
    Floats,
    Leg,
    Problem,
    Routes,
    drive,
    first_come,
    greedy,
    nearest_first,
)
from ops_platform.maintenance.dispatch_solver import solve
from ops_platform.maintenance.travel import Travel
from ops_platform.policy import DispatchPolicy, PowerPolicy

GENERATE, REPAIR = "generate", "repair"
URGENT = "critical"
KW = "{:.1f} kW"
METHODS = ("first_come", "nearest", "greedy", "solver")


@dataclass(frozen=True)
class Situation:
    """What is open at a moment, and who could go.

    Attributes
    ----------
    outages
        ``site_id``, ``latitude``, ``longitude``, ``failed_at``, ``dark_at`` (when the battery is or was expected to be
        empty), ``down`` (it is dark already), ``customers`` (may be null), ``comes_first`` (`importance`), ``load_kw``
        (null: any generator will do).
    faults
        ``fault_id``, ``site_id``, ``latitude``, ``longitude``, ``fault_class``, ``opened_at``, ``limit_at``,
        ``customers`` (may be null), ``comes_first``.
    crews
        ``crew_id``, ``latitude``, ``longitude``, ``can_generate``, ``can_repair``, ``rated_kw`` (0 without a
        generator), ``free_at`` (null: now).
    """

    outages: pd.DataFrame
    faults: pd.DataFrame
    crews: pd.DataFrame


@dataclass(frozen=True)
class DispatchPlan:
    """The recommended assignment, what it cannot save, and other plans beside it.

    Attributes
    ----------
    stops
        One row per crew and stop: ``crew_id``, ``stop`` (from 1), ``kind``, ``site_id``, ``fault_id``, ``due_at``,
        ``urgent``, ``comes_first``, ``leave_at``, ``arrive_at``, ``done_at``, ``lost_h`` and ``lost_otherwise_h``
        (customer-hours with the visit and without), ``reason_zh``, ``reason_en``; the most urgent first.
    dark
        Sites that go dark under the plan: ``site_id``, ``dark_at``, ``until_at``, ``lost_h``, ``anyway`` (whatever is
        done), ``reason_zh``, ``reason_en``; those that lose most first.
    waiting
        Faults to which nobody goes: ``fault_id``, ``site_id``, ``fault_class``, ``limit_at``, ``lost_h``,
        ``urgent``, ``reason_zh``, ``reason_en``.
    compared
        One row per way to plan: ``method``, ``lost_h``, ``urgent_attended``.
    solved
        Whether the solver was done in time; else the plan is the best of the quick ones and what it had found.
    """

    stops: pd.DataFrame
    dark: pd.DataFrame
    waiting: pd.DataFrame
    compared: pd.DataFrame
    solved: bool


def dispatch(
    situation: Situation, travel: Travel, power: PowerPolicy, policy: DispatchPolicy, now: datetime
) -> DispatchPlan:
    """Return the assignment that leaves the fewest urgent faults waiting and, among those, loses least.

    What is lost is customer-hours, of sites that come first weighted by the policy; figures shown are not weighted.

    Parameters
    ----------
    travel
        Hours by road.
    now
        The moment; nothing before it counts as lost, because nothing can be done about it.
    """
    tasks = tasks_of(situation, policy, power, now)
    problem = problem_of(tasks, situation.crews, travel, policy, now)
    plans, solved = plans_of(problem, policy.solver_s)
    weight = tasks["weight"].to_numpy(float)
    _, legs = drive(problem, plans["solver"])
    stops = pd.DataFrame(legs, columns=[*Leg.__dataclass_fields__])
    done_h = _done(problem, plans["solver"])
    tasks = tasks.assign(done_h=done_h, soonest_h=problem.soonest_h)
    tasks = tasks.assign(lost_h=problem.lost(done_h) / weight, lost_otherwise_h=problem.lost_unattended / weight)
    return DispatchPlan(
        stops=_stops(stops, tasks, situation.crews, now),
        dark=_dark(tasks[tasks["kind"] == GENERATE], situation.crews, now),
        waiting=_waiting(tasks[(tasks["kind"] == REPAIR) & np.isinf(tasks["done_h"])], policy),
        compared=compare(problem, plans, weight),
        solved=solved,
    )


def tasks_of(situation: Situation, policy: DispatchPolicy, power: PowerPolicy, now: datetime) -> pd.DataFrame:
    """Return outages and faults as tasks of one kind of row; times in hours after now."""
    outages, faults = situation.outages, situation.faults
    back_h = (_hours(outages["failed_at"], now) + policy.expected_outage_h).clip(lower=policy.expected_more_h)
    generation = outages.assign(
        kind=GENERATE, fault_id=None, fault_class=None, opened_at=outages["failed_at"], due_at=outages["dark_at"],
        begin_h=_hours(outages["dark_at"], now).clip(lower=0), end_h=back_h, share=1.0,
        work_h=power.setup_min / 60,
    )  # fmt: skip
    repair = faults.assign(
        kind=REPAIR, due_at=faults["limit_at"], begin_h=0.0, end_h=policy.horizon_h, load_kw=0.0, down=False,
        share=faults["fault_class"].map(policy.fault_loss_share).astype("float64"),
        work_h=faults["fault_class"].map(policy.repair_min).astype("float64") / 60,
    )  # fmt: skip
    names = [
        "kind", "site_id", "fault_id", "fault_class", "latitude", "longitude", "opened_at", "due_at", "begin_h",
        "end_h", "work_h", "share", "customers", "comes_first", "load_kw", "down",
    ]  # fmt: skip
    parts = [part[names] for part in (generation, repair) if len(part)]
    tasks = pd.concat(parts, ignore_index=True) if parts else generation[names]
    customers = tasks["customers"].astype("float64").fillna(policy.unknown_customers)
    due = pd.to_datetime(tasks["due_at"], utc=True).dt.as_unit("us")
    weight = tasks["comes_first"].map(policy.first_weight).astype("float64").fillna(1.0)
    rate = customers * tasks["share"] * weight
    return tasks.assign(rate=rate, weight=weight, urgent=tasks["fault_class"] == URGENT, due_at=due)


def problem_of(
    tasks: pd.DataFrame, crews: pd.DataFrame, travel: Travel, policy: DispatchPolicy, now: datetime
) -> Problem:
    """Return tasks and crews as numbers.

    Parameters
    ----------
    tasks
        Result of `tasks_of`.
    """

    def way(start: pd.DataFrame) -> Floats:
        ends = (tasks[name].to_numpy(float)[None, :] for name in ("latitude", "longitude"))
        return travel(*(start[name].to_numpy(float)[:, None] for name in ("latitude", "longitude")), *ends)

    generation = (tasks["kind"] == GENERATE).to_numpy(bool)
    strong = crews["rated_kw"].to_numpy(float)[:, None] >= tasks["load_kw"].astype("float64").fillna(0).to_numpy()
    generates, repairs = (crews[name].to_numpy(bool)[:, None] for name in ("can_generate", "can_repair"))
    return Problem(
        **{name: tasks[name].to_numpy(float) for name in ("begin_h", "end_h", "rate", "work_h")},
        opened_h=_hours(tasks["opened_at"], now).to_numpy(float),
        generation=generation,
        urgent=tasks["urgent"].to_numpy(bool),
        able=np.where(generation, generates & strong, repairs),
        free_h=_hours(crews["free_at"], now).clip(lower=0).fillna(0).to_numpy(float),
        from_start_h=way(crews),
        between_h=way(tasks),
        horizon_h=policy.horizon_h,
        urgent_step_h=policy.urgent_step_min / 60,
    )


def plans_of(problem: Problem, seconds: float) -> tuple[dict[str, Routes], bool]:
    """Return the plan of each way to plan, the recommended one last, and whether the solver was done in time.

    Where it was not, the recommended plan is no worse than the greedy one, which is there at once.
    """
    if not len(problem.rate):
        return dict.fromkeys(METHODS, Routes.idle(problem)), True
    quick = [first_come(problem), nearest_first(problem), greedy(problem)]
    best, solved = solve(problem, quick, seconds)
    return dict(zip(METHODS, [*quick, best], strict=True)), solved


def compare(problem: Problem, plans: dict[str, Routes], weight: Floats) -> pd.DataFrame:
    """Return what each way to plan loses, and to how many urgent faults it sends somebody.

    Parameters
    ----------
    weight
        What each task's losses were weighted by, shape (n,).
    """
    urgent = np.append(problem.urgent, False)
    rows = [("nothing", float((problem.lost_unattended / weight).sum()), 0)]
    for name, plan in plans.items():
        lost = problem.lost(_done(problem, plan)) / weight
        rows.append((name, float(lost.sum()), int(urgent[plan.path].sum())))
    return pd.DataFrame(rows, columns=["method", "lost_h", "urgent_attended"])


def _done(problem: Problem, plan: Routes) -> Floats:
    """Return when a plan has done each task, in hours; infinity is never."""
    done_h = np.full(len(problem.rate), np.inf)
    for leg in drive(problem, plan)[1]:
        done_h[leg.task] = leg.done_h
    return done_h


def _hours(moments: pd.Series, now: datetime) -> pd.Series:
    return (pd.to_datetime(moments, utc=True) - pd.Timestamp(now)).dt.total_seconds() / 3600


def _moments(hours: pd.Series, now: datetime) -> pd.Series:
    return pd.Timestamp(now).tz_convert("UTC").as_unit("us") + pd.to_timedelta(hours, unit="h").dt.round(
        "s"
    ).dt.as_unit("us")


def _stops(legs: pd.DataFrame, tasks: pd.DataFrame, crews: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Return the legs with names and moments, urgent faults first, then by what is due."""
    rows = legs.merge(tasks.drop(columns="done_h"), left_on="task", right_index=True)
    rows = rows.merge(crews[["crew_id", "rated_kw"]], left_on="crew", right_index=True)
    rows = rows.assign(**{f"{name}_at": _moments(rows[f"{name}_h"], now) for name in ("leave", "arrive", "done")})
    rows["reason_zh"], rows["reason_en"] = _why(rows)
    names = [
        "crew_id", "stop", "kind", "site_id", "fault_id", "due_at", "urgent", "comes_first", "leave_at", "arrive_at",
        "done_at", "lost_h", "lost_otherwise_h", "reason_zh", "reason_en",
    ]  # fmt: skip
    order = rows.sort_values(["urgent", "due_at", "crew_id", "stop"], ascending=[False, True, True, True])
    return order[names].reset_index(drop=True)


def _why(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return why each crew goes where it goes, in Chinese and English."""
    generation = rows["kind"] == GENERATE
    cases = [rows["urgent"], generation & (rows["done_h"] <= rows["begin_h"]), generation]
    zh = ["紧急故障优先；", "断电前发上电；", "赶不上断电，尽早恢复；"]
    en = ["urgent comes first; ", "in time for the battery; ", "too late for the battery, but brings it back; "]
    saved = _written(rows["lost_otherwise_h"] - rows["lost_h"], "{:,.0f}")
    carries = _written(rows["rated_kw"], KW) + " ≥ " + _written(rows["load_kw"], KW)
    return (
        np.select(cases, zh, "") + "少损失 " + saved + " 用户小时" + ("；油机 " + carries).where(generation, ""),
        np.select(cases, en, "")
        + "saves "
        + saved
        + " customer-hours"
        + ("; generator " + carries).where(generation, ""),
    )


def _dark(sites: pd.DataFrame, crews: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Return the sites that lose service under the plan, and why."""
    sites = sites[sites["lost_h"] > 0]
    rated = crews.loc[crews["can_generate"].astype(bool), "rated_kw"]
    late_h = sites["soonest_h"] + sites["work_h"] - sites["begin_h"]
    late = _written(np.ceil(late_h.where(np.isfinite(late_h), 0) * 60), "{:.0f}")
    load = _written(sites["load_kw"], KW)
    no_generator = pd.Series(rated.empty, sites.index)
    cases = [sites["down"].astype(bool), no_generator, np.isinf(sites["soonest_h"]), late_h > 0]
    zh = [
        "已经断站",
        "没有可用的发电队伍",
        f"没有带得动的油机：最大 {rated.max():.1f} kW，负载 " + load,
        "最快的队伍也晚 " + late + " 分钟",
    ]
    en = [
        "it is dark already",
        "no crew that generates is free",
        f"no generator is strong enough: the largest has {rated.max():.1f} kW, the load is " + load,
        "even the first crew has it running " + late + " min after the battery is empty",
    ]
    frame = pd.DataFrame(
        {
            "site_id": sites["site_id"],
            "dark_at": sites["due_at"],
            "until_at": _moments(sites[["done_h", "end_h"]].min(axis=1), now),
            "lost_h": sites["lost_h"],
            "anyway": np.any(cases, axis=0),
            "reason_zh": np.select(cases, zh, "赶得及的队伍在别处挽回更多"),
            "reason_en": np.select(cases, en, "every crew that could be in time saves more elsewhere"),
        }
    )
    return frame.sort_values(["lost_h", "site_id"], ascending=[False, True], ignore_index=True)


def _waiting(faults: pd.DataFrame, policy: DispatchPolicy) -> pd.DataFrame:
    """Return the faults to which the plan sends nobody, urgent ones first, and why."""
    cases = [np.isinf(faults["soonest_h"]), faults["soonest_h"] > policy.horizon_h, faults["urgent"]]
    hours = f"{policy.horizon_h:g}"
    zh = ["没有可抢修的队伍", f"{hours} 小时内无人能到", "能抢修的队伍都在处理其他紧急故障"]
    en = [
        "no crew that repairs is free",
        f"nobody can be there within {hours} h",
        "every crew that repairs is at another urgent fault",
    ]
    frame = faults.rename(columns={"due_at": "limit_at"}).assign(
        reason_zh=np.select(cases, zh, "队伍在别处挽回更多"),
        reason_en=np.select(cases, en, "the crews save more elsewhere"),
    )
    order = frame.sort_values(["urgent", "limit_at", "fault_id"], ascending=[False, True, True], ignore_index=True)
    return order[["fault_id", "site_id", "fault_class", "limit_at", "lost_h", "urgent", "reason_zh", "reason_en"]]


def _written(numbers: pd.Series, pattern: str) -> pd.Series:
    """Return numbers as text, also of no rows; a null is a question mark."""
    return numbers.astype("float64").map(pattern.format).astype(str).where(numbers.notna(), "?")
