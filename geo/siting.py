"""Where new sites should stand: the choice of places and kinds that covers most weight, or enough of it at least cost.

Existing sites are fixed: what they cover is no demand any more, and their spacing holds. The choice is made by a lazy
greedy, whose gains only fall (coverage is submodular), then bettered by annealing, which moves one site at a time.
``geo.siting_bound`` says how far from the optimum it can be.
"""

from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from geo.buckets import Ints
from geo.crs import Floats
from geo.siting_kernel import add_greedily, anneal, block, first_gains, list_reach, replay
from geo.siting_problem import Problem, Siting, State

MOVES = 3000
"""Moves that are tried for every site of the greedy."""
_FEW = 60
"""Where a target is asked for, fewer sites are moved as often as so many: one site less is all or nothing."""
_SPARE_SLOTS = 64
_LISTED = 3_000_000
"""Pairs of candidate and point up to which they are listed: later looks at them are then quicker."""
_ENOUGH = 1.0 - 1e-9
"""Share of a target that meets it: sums are rounded."""


@dataclass(frozen=True)
class Goal:
    """What is asked for: most weight within a number of sites or a budget, or a target at least cost."""

    target: float = inf
    """Weight to be covered at least cost; infinite: most weight counts."""
    budget: float = inf
    count: int | None = None
    """Most sites."""


@dataclass(frozen=True)
class Choice:
    """The sites chosen, in the order in which they add most weight for their cost.

    Attributes
    ----------
    place
        Position among the places given, shape (sites,).
    kind
        Position among the kinds.
    gain
        Weight that each adds to those before it.
    cost
        Of each.
    """

    place: Ints
    kind: Ints
    gain: Floats
    cost: Floats

    @property
    def covered(self) -> float:
        """Weight covered."""
        return float(self.gain.sum())

    @property
    def spent(self) -> float:
        """Cost of all sites."""
        return float(self.cost.sum())


def choose(siting: Siting, goal: Goal, *, moves: int = MOVES, seed: int = 0) -> Choice:
    """Choose sites.

    Parameters
    ----------
    siting
        The problem.
    goal
        A target, or most weight within a budget, a number of sites, or both.
    moves
        How many are tried for every site that the greedy chose; 0 leaves its choice as it is. More of them take longer
        and come nearer to the optimum.
    seed
        Of the chance that proposes moves; the same seed gives the same choice.

    Raises
    ------
    ValueError
        The target cannot be reached with these places.
    """
    # Where only the number of sites is limited, their cost plays no part.
    alike = not isfinite(goal.target) and not isfinite(goal.budget)
    problem = siting.problem._replace(cost=np.ones(len(siting.kinds))) if alike else siting.problem
    first, points = list_reach(problem, _LISTED)
    if len(first):
        problem = problem._replace(listed_from=first, listed=points)
    most = len(problem.weight) if goal.count is None else goal.count
    state = _fresh(siting)
    gains = np.empty(len(state.blockers))
    first_gains(problem, state, gains)
    order, bounds = _by_value(problem, gains)
    add_greedily(problem, state, order, bounds, goal.target, goal.budget, most)
    if isfinite(goal.target) and state.covered[0] < goal.target * _ENOUGH:
        raise ValueError(
            f"the places reach a weight of {state.covered[0]:,.0f}, not the target of {goal.target:,.0f}: "
            "allow more places, a larger budget or more sites"
        )
    state = _with_room(state)
    tried = max(int((state.chosen >= 0).sum()), _FEW if isfinite(goal.target) else 0) * moves
    best = anneal(problem, state, order, gains, np.random.default_rng(seed), tried, goal.target, goal.budget, most)
    return _in_order(siting, problem, best[best >= 0])


def _fresh(siting: Siting, slots: int | None = None) -> State:
    """Nothing chosen yet; existing sites keep their distance."""
    problem = siting.problem
    points, places = len(problem.weight), len(problem.places.x)
    candidates = places * len(siting.kinds)
    slots = min(points, places) + 1 if slots is None else slots
    state = State(
        chosen=np.full(slots, -1, np.int64),
        loss=np.zeros(slots),
        by=np.zeros(points, np.int64),
        blockers=np.zeros(candidates, np.int16),
        blocking=np.zeros(candidates, np.int32),
        covered=np.zeros(1),
        spent=np.zeros(1),
        found=np.zeros(points, np.int32),
        near=np.zeros(places, np.int32),
    )
    for x, y in siting.existing.tolist():
        block(problem, state, x, y)
    return state


def _with_room(state: State) -> State:
    """Keep as many slots as are likely to be needed: all are copied whenever a choice is the best so far."""
    used = int((state.chosen >= 0).sum())
    slots = min(len(state.chosen), used + used // 4 + _SPARE_SLOTS)
    return state._replace(chosen=state.chosen[:slots], loss=state.loss[:slots])


def _by_value(problem: Problem, gains: Floats) -> tuple[Ints, Floats]:
    """Candidates that add anything by what they add for their cost, falling; and that value."""
    value = gains / np.tile(problem.cost, len(problem.places.x))
    order = np.flatnonzero(value > 0)
    # Of equals the kind that keeps others least away comes first.
    order = order[np.lexsort((problem.spacing[order % len(problem.cost)], -value[order]))]
    return order, value[order]


def _in_order(siting: Siting, problem: Problem, chosen: Ints) -> Choice:
    """Put the chosen sites into the order in which a greedy would take them, each with what it adds."""
    state = _fresh(siting, len(chosen) + 1)
    # Nothing is known yet of what each adds, so that the greedy looks at all of them first.
    add_greedily(problem, state, chosen, np.full(len(chosen), inf), inf, inf, len(chosen))
    # A fresh state fills its slots one after the other.
    candidate = state.chosen[state.chosen >= 0]
    added = np.empty(len(candidate))
    replay(problem, _fresh(siting, len(chosen) + 1), candidate, added)
    kinds = len(siting.kinds)
    kind = candidate % kinds
    return Choice(siting.place_order[candidate // kinds], kind, added, siting.problem.cost[kind])
