"""Where new sites should stand: the choice of places and kinds that covers most weight, or enough of it at least cost.

Existing sites are fixed: what they cover is no demand any more, and their spacing holds. The choice is made by a lazy
greedy, whose gains only fall (coverage is submodular), then bettered by swaps and by tearing down and rebuilding
neighbourhoods, as long as that helps. ``geo.siting_bound`` says how far from the optimum it can be.
"""

from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from geo.buckets import Ints
from geo.crs import Floats
from geo.siting_kernel import add_greedily, block, drop, first_gains, rebuild, replay, restore, swap
from geo.siting_problem import Problem, Siting, State

_LUCK = 1 << 16
_MOST_PASSES = 30
_SPARE_SLOTS = 64
_TIGHTENED = 100
"""At first one of so many sites is given up to see whether the target can be had for less."""
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


def choose(siting: Siting, goal: Goal, *, rounds: int = 0, seed: int = 0) -> Choice:
    """Choose sites.

    Parameters
    ----------
    siting
        The problem.
    goal
        A target, or most weight within a budget, a number of sites, or both.
    rounds
        How many neighbourhoods are torn down and built anew after the swaps, with a target before each time that it is
        given up as out of reach for less; more of them take longer and come nearer to the optimum.
    seed
        Of the chance that chooses neighbourhoods; the same seed gives the same choice.

    Raises
    ------
    ValueError
        The target cannot be reached with these places.
    """
    search = _Search(siting, goal, rounds, seed)
    search.better()
    if search.cheapest:
        search.tighten()
    else:
        search.rebuild()
    return _in_order(siting, search.problem, search.state.chosen[search.state.chosen >= 0])


class _Search:
    """A greedy choice, and what betters it."""

    def __init__(self, siting: Siting, goal: Goal, rounds: int, seed: int) -> None:
        # Where only the number of sites is limited, their cost plays no part.
        alike = not isfinite(goal.target) and not isfinite(goal.budget)
        self.problem = siting.problem._replace(cost=np.ones(len(siting.kinds))) if alike else siting.problem
        self.goal, self.rounds = goal, rounds
        self.luck = np.random.default_rng(seed).random(_LUCK)
        self.cheapest = isfinite(goal.target)
        self.most = len(self.problem.weight) if goal.count is None else goal.count
        state = _fresh(siting)
        gains = np.empty(len(state.blockers))
        first_gains(self.problem, state, gains)
        self.order, self.bounds, self.gains = _by_value(self.problem, gains)
        add_greedily(self.problem, state, self.order, self.bounds, goal.target, goal.budget, self.most)
        if self.cheapest and state.covered[0] < goal.target * _ENOUGH:
            raise ValueError(
                f"the places reach a weight of {state.covered[0]:,.0f}, not the target of {goal.target:,.0f}: "
                "allow more places, a larger budget or more sites"
            )
        self.state = _with_room(state)

    def better(self) -> None:
        """Swap; then drop what the target does not need, or add what there is room for; until nothing helps."""
        for _ in range(_MOST_PASSES):
            changes = swap(self.problem, self.state, self.order, self.gains, self._budget())
            changes += drop(self.problem, self.state, self.goal.target, self.most) if self.cheapest else self._fill()
            if not changes:
                return

    def rebuild(self) -> None:
        """Build neighbourhoods anew, and swap again."""
        if rebuild(self.problem, self.state, self.luck, self.rounds, self._budget(), self.most):
            self.better()

    def tighten(self) -> None:
        """Give up a few sites more than the target allows, and see whether the others can make up for it.

        Fewer are given up after every failure, until it fails with one.
        """
        several = max(1, int((self.state.chosen >= 0).sum()) // _TIGHTENED)
        while several:
            before = self.state.chosen.copy()
            drop(self.problem, self.state, -inf, several)
            self.better()
            if self.state.covered[0] < self.goal.target * _ENOUGH:
                self.rebuild()
            if self.state.covered[0] < self.goal.target * _ENOUGH:
                restore(self.problem, self.state, before)
                several //= 2

    def _budget(self) -> float:
        """Return the most that sites may cost: where a target is asked for, no more than they do."""
        return float(self.state.spent[0]) if self.cheapest else self.goal.budget

    def _fill(self) -> int:
        """Add what budget and number leave room for; return whether there was any."""
        covered, used = float(self.state.covered[0]), int((self.state.chosen >= 0).sum())
        add_greedily(self.problem, self.state, self.order, self.bounds, inf, self.goal.budget, self.most - used)
        return int(self.state.covered[0] > covered)


def _fresh(siting: Siting, slots: int | None = None) -> State:
    """Nothing chosen yet; existing sites keep their distance."""
    problem = siting.problem
    points, places = len(problem.weight), len(problem.places.x)
    candidates = places * len(siting.kinds)
    slots = min(points, places) + 1 if slots is None else slots
    state = State(
        chosen=np.full(slots, -1, np.int64),
        loss=np.zeros(slots),
        covers=np.zeros(points, np.int32),
        slots=np.zeros(points, np.int64),
        blockers=np.zeros(candidates, np.int16),
        blocking=np.zeros(candidates, np.int32),
        covered=np.zeros(1),
        spent=np.zeros(1),
        found=np.zeros(points, np.int32),
        near=np.zeros(places, np.int32),
        extra=np.zeros(slots),
        look=np.ones(places, np.bool_),
    )
    for x, y in siting.existing.tolist():
        block(problem, state, x, y, 0.0, -1, 1)
    return state


def _with_room(state: State) -> State:
    """Keep as many slots as are likely to be needed: every slot is looked at often."""
    used = int((state.chosen >= 0).sum())
    slots = min(len(state.chosen), used + used // 4 + _SPARE_SLOTS)
    return state._replace(chosen=state.chosen[:slots], loss=state.loss[:slots], extra=state.extra[:slots])


def _by_value(problem: Problem, gains: Floats) -> tuple[Ints, Floats, Floats]:
    """Candidates that add anything by what they add for their cost, falling; that value; and what they add."""
    value = gains / np.tile(problem.cost, len(problem.places.x))
    order = np.flatnonzero(value > 0)
    # Of equals the kind that keeps others least away comes first.
    order = order[np.lexsort((problem.spacing[order % len(problem.cost)], -value[order]))]
    return order, value[order], gains[order]


def _in_order(siting: Siting, problem: Problem, chosen: Ints) -> Choice:
    """Put the chosen sites into the order in which a greedy would take them, each with what it adds."""
    state = _fresh(siting, len(chosen) + 1)
    gains = np.zeros(len(state.blockers))
    first_gains(problem, state, gains)
    mine = np.zeros(len(gains))
    mine[chosen] = gains[chosen]
    order, bounds, _ = _by_value(problem, mine)
    add_greedily(problem, state, order, bounds, inf, inf, len(chosen))
    # A fresh state fills its slots one after the other.
    candidate = state.chosen[state.chosen >= 0]
    added = np.empty(len(candidate))
    replay(problem, _fresh(siting, len(chosen) + 1), candidate, added)
    kinds = len(siting.kinds)
    kind = candidate % kinds
    return Choice(siting.place_order[candidate // kinds], kind, added, siting.problem.cost[kind])
