"""How good a choice of sites can be at best: the siting problem as a mixed-integer program, solved by HiGHS."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import coo_array, csr_array, eye_array, hstack, vstack
from scipy.spatial import KDTree

from geo.buckets import Ints
from geo.crs import Floats
from geo.siting import Choice, Goal
from geo.siting_kernel import list_reach
from geo.siting_problem import Siting

LARGEST = 3_000_000
"""Pairs of candidate and point up to which a program is built."""
_MOST_PAIRS = 400_000
"""Pairs of candidates too near to each other up to which each has a row."""


@dataclass(frozen=True)
class Certificate:
    """What no choice can better.

    Attributes
    ----------
    bound
        No choice covers more weight; where a target was asked for, none costs less.
    value
        Weight or cost of the choice that is certified.
    share
        How near the choice is to the bound, 1 at the optimum; it may be nearer to the optimum itself.
    proven
        Whether the bound is the optimum; otherwise the time was over, or the spacing could not be told in full.
    best
        Weight or cost of the best choice that HiGHS itself found; None where it found none.
    """

    bound: float
    value: float
    share: float
    proven: bool
    best: float | None


def certify(siting: Siting, goal: Goal, choice: Choice, *, seconds: float) -> Certificate | None:
    """Say how far from the optimum a choice can be.

    Parameters
    ----------
    siting, goal
        The problem.
    choice
        A choice for it.
    seconds
        Time for HiGHS.

    Returns
    -------
    Certificate or None
        None where the problem has more than 3 million pairs of candidate and point, HiGHS found no bound in time, or
        there is nothing to choose.
    """
    first, points = list_reach(siting.problem, LARGEST)
    if not len(first):
        return None
    found, whole = _solve(siting, goal, first, points, seconds)
    cheapest = isfinite(goal.target)
    value = choice.spent if cheapest else choice.covered
    bound = getattr(found, "mip_dual_bound", None)
    if bound is None or not isfinite(bound):
        return None
    bound = bound if cheapest else -bound
    if not (bound > 0 and value > 0):
        return None
    share = bound / value if cheapest else value / bound
    best = abs(float(found.fun)) if whole and found.x is not None else None
    return Certificate(bound, value, share, whole and found.status == 0, best)


def _solve(
    siting: Siting, goal: Goal, first: Ints, points: NDArray[np.int32], seconds: float
) -> tuple[OptimizeResult, bool]:
    """Solve with a whole variable for each candidate that may stand, and one for how far each point is covered."""
    problem, kinds = siting.problem, len(siting.kinds)
    size = np.diff(first)
    every = np.arange(len(size))
    allowed = (size > 0) & ~_too_near(siting)
    use = every[allowed]
    column = np.cumsum(allowed) - 1
    pair_of = np.repeat(every, size)
    kept = allowed[pair_of]
    demand = len(problem.weight)
    reach = coo_array((np.ones(kept.sum()), (points[kept], column[pair_of[kept]])), (demand, len(use)))
    cost, weight = problem.cost[use % kinds], problem.weight
    # A point counts as far as a chosen candidate covers it.
    rows, lower, upper = [hstack([-reach, eye_array(demand)])], [np.full(demand, -np.inf)], [np.zeros(demand)]

    def limit(of_sites: Floats, of_points: Floats, low: float, high: float) -> None:
        rows.append(csr_array(np.concatenate([of_sites, of_points])[None, :]))
        lower.append(np.array([low]))
        upper.append(np.array([high]))

    nothing = np.zeros(demand)
    if isfinite(goal.budget):
        limit(cost, nothing, -np.inf, goal.budget)
    if goal.count is not None:
        limit(np.ones(len(use)), nothing, -np.inf, goal.count)
    if isfinite(goal.target):
        limit(np.zeros(len(use)), weight, goal.target, np.inf)
    apart, whole = _apart(siting, use)
    rows.append(hstack([apart, csr_array((apart.shape[0], demand))]))
    lower.append(np.full(apart.shape[0], -np.inf))
    upper.append(np.ones(apart.shape[0]))
    cheapest = isfinite(goal.target)
    found: OptimizeResult = milp(
        np.concatenate([cost, nothing]) if cheapest else np.concatenate([np.zeros(len(use)), -weight]),
        integrality=np.concatenate([np.ones(len(use)), nothing]),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(vstack(rows, format="csc"), np.concatenate(lower), np.concatenate(upper)),
        options={"time_limit": seconds, "mip_rel_gap": 1e-4},
    )
    return found, whole


def _too_near(siting: Siting) -> NDArray[np.bool_]:
    """Tell which candidates stand too near an existing site."""
    places, spacing = siting.problem.places, siting.problem.spacing
    if not len(siting.existing):
        return np.zeros(len(places.x) * len(spacing), bool)
    distance, _ = KDTree(siting.existing).query(np.column_stack([places.x, places.y]))
    return np.asarray((distance[:, None] < spacing).ravel())


def _apart(siting: Siting, use: Ints) -> tuple[csr_array, bool]:
    """Rows of which each allows one candidate alone, and whether they say all of the spacing.

    Where pairs that are too near are too many, each square so small that no two may stand in it has a row, on lattices
    shifted by halves; what that leaves out makes the bound looser and not wrong.
    """
    problem, kinds = siting.problem, len(siting.kinds)
    place, spacing = use // kinds, problem.spacing[use % kinds]
    at = np.column_stack([problem.places.x[place], problem.places.y[place]])
    widest = float(spacing.max(initial=0.0))
    if widest == 0.0:
        return csr_array((0, len(use))), True
    tree = KDTree(at)
    if tree.count_neighbors(tree, widest) <= 2 * _MOST_PAIRS:
        one, other = tree.query_pairs(widest, output_type="ndarray").T
        near = np.hypot(*(at[one] - at[other]).T) < np.maximum(spacing[one], spacing[other])
        row = np.repeat(np.arange(near.sum()), 2)
        column = np.column_stack([one[near], other[near]]).ravel()
        return csr_array((np.ones(len(row)), (row, column)), (int(near.sum()), len(use))), True
    edge = float(problem.spacing.min()) / np.sqrt(2.0)
    if edge == 0.0:
        return csr_array((0, len(use))), False
    squares = [np.floor(at / edge + shift) for shift in ([0, 0], [0.5, 0], [0, 0.5], [0.5, 0.5])]
    lattice = np.repeat(np.arange(len(squares)), len(use))
    named = np.column_stack([lattice, np.concatenate(squares)])
    _, row = np.unique(named, axis=0, return_inverse=True)
    column = np.tile(np.arange(len(use)), len(squares))
    return csr_array((np.ones(len(row)), (row.ravel(), column)), (int(row.max()) + 1, len(use))), False
