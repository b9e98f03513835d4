"""The best choice among many good routes: set partitioning by HiGHS, never worse than the plans it is given.

Routes are enumerated stop by stop, all at once; of the routes of one crew with the same last task and length only the
best few are kept, so that every crew keeps a way to every task and the number of routes is bounded.
"""

from collections.abc import Sequence
from functools import reduce
from time import monotonic

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import coo_array, csc_array, csr_array, vstack

from ops_platform.maintenance.dispatch_model import Flags, Floats, Ints, Problem, Routes, greedy

KEPT_ALIKE = 8
"""Routes kept of those that have crew, last task and length in common."""
LONGEST = 5
"""Tasks in an enumerated route; a crew with time left is sent on afterwards."""
NARROW = 0.005
"""Share of the relaxation's cost within which the best whole choice is looked for first."""


def solve(
    problem: Problem, plans: Sequence[Routes], seconds: float, kept_alike: int = KEPT_ALIKE, longest: int = LONGEST
) -> tuple[Routes, bool]:
    """Return the best plan found, and whether the time was enough.

    Parameters
    ----------
    plans
        Plans known already, one at least; the answer is never worse than any of them.
    seconds
        Time for all of it; when it is over, the best plan so far is the answer. Nothing is tried in no time at all.
    kept_alike, longest
        Bounds of the enumeration.

    Returns
    -------
    Routes, bool
        One route for each crew; whether the search ended by itself.
    """
    until = monotonic() + seconds
    best = min(plans, key=lambda plan: plan.key)
    if seconds <= 0:
        return best, False
    pool = reduce(joined, plans, enumerate_routes(problem, kept_alike, longest))
    chosen = _choose(problem, pool, best, until)
    in_time = monotonic() < until
    if chosen is None:
        return best, in_time
    plan = Routes.idle(problem)
    plan.put(pool.crew[chosen], pool.take(chosen))
    return min(greedy(problem, plan), best, key=lambda found: found.key), in_time


def enumerate_routes(problem: Problem, kept_alike: int, longest: int) -> Routes:
    """Return the routes worth choosing from, none of them empty."""
    level = Routes.idle(problem)
    found = level.take(np.zeros(0, np.int64))
    for _ in range(longest):
        arrive, saved, useful = level.options(problem)
        rows, tasks = np.nonzero(useful)
        arrive, saved = arrive[rows, tasks], saved[rows, tasks]
        urgency = level.urgency[rows] + problem.urgency(tasks, arrive)
        kept = _best_alike(level.crew[rows], tasks, urgency, level.saved[rows] + saved, kept_alike)
        level = level.take(rows[kept])
        level.append(problem, np.arange(len(kept)), tasks[kept], arrive[kept], saved[kept])
        found = joined(found, level)
        level = level.take(~level.over)
    return found


def joined(first: Routes, second: Routes) -> Routes:
    """Return the routes of both."""
    return Routes(*(np.concatenate(pair) for pair in zip(vars(first).values(), vars(second).values(), strict=True)))


def _best_alike(crew: Ints, task: Ints, urgency: Floats, saved: Floats, count: int) -> Ints:
    """Return where the best of each crew and last task are."""
    order = np.lexsort((-saved, urgency, task, crew))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(crew[order]) != 0) | (np.diff(task[order]) != 0)
    starts = np.flatnonzero(new)
    place = np.arange(len(order)) - starts[np.cumsum(new) - 1] if len(order) else order
    return order[place < count]


def _choose(problem: Problem, pool: Routes, best: Routes, until: float) -> Ints | None:
    """Return the chosen routes of the pool: urgent faults first, and among those plans the most customer-hours."""
    once = _each_once(problem, pool)
    if not problem.urgent.any():
        return _cheapest(-pool.saved, once, np.ones(once.shape[0]), until)
    # Urgent faults come first in a route, so routes of nothing else decide how well they can be attended.
    hot = np.flatnonzero(((pool.path < 0) | problem.urgent[pool.path]).all(axis=1))
    found = _cheapest(pool.urgency[hot], once[:, hot], np.ones(once.shape[0]), until)
    urgency = min(best.key[0], 0.0 if found is None else float(pool.urgency[hot[found]].sum()))
    rows = vstack([once, csr_array(pool.urgency[None, :])], format="csc")
    return _cheapest(-pool.saved, rows, np.append(np.ones(once.shape[0]), urgency + 0.5), until)


def _each_once(problem: Problem, pool: Routes) -> csc_array:
    """Return crews and tasks by route: no crew may have two routes, and no task two crews."""
    route, stop = np.nonzero(pool.path >= 0)
    tasks = pool.path[route, stop]
    crews = coo_array((np.ones(len(pool)), (pool.crew, np.arange(len(pool)))), (len(problem.free_h), len(pool)))
    once = coo_array((np.ones(len(tasks)), (tasks, route)), (len(problem.rate), len(pool)))
    return vstack([crews, once], format="csc")


def _cheapest(cost: Floats, rows: csc_array, most: Floats, until: float) -> Ints | None:
    """Return the columns of the cheapest choice, None where none is found in time.

    No whole choice that costs less than one we have uses a column whose reduced cost in the relaxation is above the
    difference between the two: a few hundred columns of many thousands are left, and the answer is still exact.
    """
    if not len(cost):
        return None
    relaxed = linprog(cost, A_ub=rows, b_ub=most, bounds=(0, None), options={"time_limit": _left(until)})
    if relaxed.x is None or relaxed.status != 0:
        return None
    slack = NARROW * abs(relaxed.fun)
    found = _whole(cost, rows, most, relaxed.lower.marginals <= slack, until)
    missing = np.inf if found is None else float(cost[found].sum() - relaxed.fun)
    if missing <= slack:
        return found
    wider = _whole(cost, rows, most, relaxed.lower.marginals <= missing, until)
    return found if wider is None or (found is not None and cost[found].sum() < cost[wider].sum()) else wider


def _left(until: float) -> float:
    """Return the seconds left; the solver takes no zero."""
    return max(until - monotonic(), 0.01)


def _whole(cost: Floats, rows: csc_array, most: Floats, among: Flags, until: float) -> Ints | None:
    """Return the cheapest whole choice among some columns that is found in time."""
    columns = np.flatnonzero(among)
    found: OptimizeResult = milp(
        cost[columns],
        integrality=np.ones(len(columns)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows[:, columns], ub=most),
        options={"time_limit": _left(until), "mip_rel_gap": 1e-6},
    )
    return None if found.x is None else columns[found.x > 0.5]  # noqa: PLR2004 - the solver's ones are nearly ones
