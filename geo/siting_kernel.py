"""Choosing sites, compiled: a lazy greedy, and annealing, which moves one site at a time.

A candidate is a place and a kind: ``place * kinds + kind``. What it covers is either listed or, where nothing is
listed, the points within its kind's radius. All values are sums of weights; all sums run in one order, so that the same
problem has the same answer. One file, because compiled code is kept by file.
"""

import heapq
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.buckets import Buckets, Ints
from geo.compiled import kept, part
from geo.crs import Floats
from geo.siting_problem import Problem, State

_CENT = 1e-9
"""Costs that differ by no more are the same."""
_HOT, _COLD = 0.03, 0.003
"""Temperature at the beginning and at the end, in the weight that a site covers on average."""
_FAR = 0.15
"""Share of moves that go to a point which nobody covers; the others stay near."""
_OTHER_KIND = 0.1
"""Share of moves in which the kind may change too."""
_RIVALS = 5
"""A site that moves far is the least missed of so many."""
_LOOKS = 10
"""So many points are looked at for one that nobody covers."""
_SELDOM = 64
"""After so many moves the temperature falls, and what is best is noted."""
ONE = 1 << 32
"""What a chosen site counts in the sums that say by whom a point is covered: more than there are slots."""
FIXED = 4
"""Blockers that an existing site counts for: more than one, so that no move takes it for a chosen one."""


@part
def _within(buckets: Buckets, x: float, y: float, radius: float, found: NDArray[np.int32]) -> int:
    """Write which places lie within a radius, and return how many."""
    edge = buckets.edge
    left = max(0, int(np.floor((x - radius - buckets.west) / edge)))
    right = min(buckets.columns - 1, int(np.floor((x + radius - buckets.west) / edge)))
    low = max(0, int(np.floor((y - radius - buckets.south) / edge)))
    high = min(buckets.rows - 1, int(np.floor((y + radius - buckets.south) / edge)))
    n = 0
    if left > right:
        return n
    first, xs, ys, columns = buckets.first, buckets.x, buckets.y, buckets.columns
    square = radius * radius
    for row in range(low, high + 1):
        for i in range(first[row * columns + left], first[row * columns + right + 1]):
            dx, dy = xs[i] - x, ys[i] - y
            if dx * dx + dy * dy <= square:
                found[n] = i
                n += 1
    return n


@part
def _reach(problem: Problem, candidate: int, found: NDArray[np.int32]) -> int:
    """Write which points a candidate covers, and return how many."""
    if len(problem.listed_from) > 1:
        start, end, listed = problem.listed_from[candidate], problem.listed_from[candidate + 1], problem.listed
        for i in range(start, end):
            found[i - start] = listed[i]
        return int(end - start)
    kinds = len(problem.cost)
    place, kind = candidate // kinds, candidate % kinds
    return int(_within(problem.points, problem.places.x[place], problem.places.y[place], problem.radius[kind], found))


@part
def _gain(problem: Problem, state: State, candidate: int) -> float:
    """Weight that a candidate would add."""
    weight, by, found = problem.weight, state.by, state.found
    total = 0.0
    for i in range(_reach(problem, candidate, found)):
        if by[found[i]] == 0:
            total += weight[found[i]]
    return total


@kept
def first_gains(problem: Problem, state: State, gains: Floats) -> None:
    """Write what each candidate would add, 0 where it is blocked."""
    for candidate in range(len(gains)):
        gains[candidate] = _gain(problem, state, candidate) if state.blockers[candidate] == 0 else 0.0


@part
def _block(problem: Problem, state: State, x: float, y: float, spacing: float, count: int, slot: int) -> None:
    """Count so many blockers in a slot in (or out) where candidates are too near."""
    kinds, spacings, near = len(problem.cost), problem.spacing, state.near
    xs, ys, blockers, blocking = problem.places.x, problem.places.y, state.blockers, state.blocking
    widest = max(spacing, spacings.max())
    for i in range(_within(problem.places, x, y, widest, near)):
        place = near[i]
        dx, dy = xs[place] - x, ys[place] - y
        square = dx * dx + dy * dy
        for kind in range(kinds):
            if square < max(spacing, spacings[kind]) ** 2:
                blockers[place * kinds + kind] += count
                blocking[place * kinds + kind] += slot


@kept
def block(problem: Problem, state: State, x: float, y: float) -> None:
    """Block the candidates that are too near an existing site."""
    _block(problem, state, x, y, 0.0, FIXED, 0)


@kept
def put(problem: Problem, state: State, slot: int, candidate: int) -> None:
    """Choose a candidate into a free slot."""
    weight, by, loss, found = problem.weight, state.by, state.loss, state.found
    alone = 0.0
    for i in range(_reach(problem, candidate, found)):
        point = found[i]
        others = by[point]
        if others == 0:
            alone += weight[point]
        elif others < 2 * ONE:
            loss[others - ONE] -= weight[point]
        by[point] = others + ONE + slot
    state.chosen[slot], loss[slot] = candidate, alone
    state.covered[0] += alone
    _stand(problem, state, slot, candidate, 1)


@kept
def replay(problem: Problem, state: State, candidates: Ints, added: Floats) -> None:
    """Choose candidates one after the other, and write what each adds."""
    for slot in range(len(candidates)):
        covered = state.covered[0]
        put(problem, state, slot, candidates[slot])
        added[slot] = state.covered[0] - covered


@kept
def take(problem: Problem, state: State, slot: int) -> None:
    """Give up the candidate in a slot."""
    weight, by, loss, found = problem.weight, state.by, state.loss, state.found
    candidate = state.chosen[slot]
    for i in range(_reach(problem, candidate, found)):
        point = found[i]
        others = by[point] - ONE - slot
        by[point] = others
        if 0 < others < 2 * ONE:
            loss[others - ONE] += weight[point]
    state.covered[0] -= loss[slot]
    state.chosen[slot], loss[slot] = -1, 0.0
    _stand(problem, state, slot, candidate, -1)


@part
def _stand(problem: Problem, state: State, slot: int, candidate: int, sign: int) -> None:
    """Count a site's cost, and block what is too near it; or take both back."""
    kinds = len(problem.cost)
    place, kind = candidate // kinds, candidate % kinds
    x, y = problem.places.x[place], problem.places.y[place]
    _block(problem, state, x, y, problem.spacing[kind], sign, sign * slot)
    state.spent[0] += sign * problem.cost[kind]


@kept
def _free_slot(state: State, start: int) -> int:
    for slot in range(start, len(state.chosen)):
        if state.chosen[slot] < 0:
            return slot
    return -1


@kept
def add_greedily(
    problem: Problem, state: State, order: Ints, bounds: Floats, target: float, budget: float, most: int
) -> None:
    """Choose what adds most weight for its cost, again and again, until the target, the budget or the number is met.

    ``order`` holds candidates and ``bounds`` for each of them no less than it adds for its cost, falling. As sites are
    chosen a candidate adds less and less, so that only those at the front are looked at again.
    """
    kinds = len(problem.cost)
    tiny = 1e-9 * max(1.0, problem.weight.sum())
    again = [(0.0, np.int64(-1))]
    again.pop()
    at, slot, picked = 0, 0, 0
    while state.covered[0] < target - tiny and picked < most:
        if again and (at >= len(order) or -again[0][0] >= bounds[at]):
            candidate = heapq.heappop(again)[1]
        elif at < len(order):
            candidate = order[at]
            at += 1
        else:
            return
        cost = problem.cost[candidate % kinds]
        if state.blockers[candidate] > 0 or state.spent[0] + cost > budget + _CENT:
            continue
        gain = min(_gain(problem, state, candidate), target - state.covered[0])
        if gain <= tiny:
            continue
        value = gain / cost
        next_value = bounds[at] if at < len(order) else 0.0
        if again and -again[0][0] > next_value:
            next_value = -again[0][0]
        if value < next_value:
            heapq.heappush(again, (-value, candidate))
            continue
        slot = _free_slot(state, slot)
        if slot < 0:
            return
        put(problem, state, slot, candidate)
        picked += 1


@kept
def anneal(
    problem: Problem, state: State, order: Ints, rng: Any, moves: int, target: float, budget: float, most: int
) -> Ints:
    """Move one site after the other; a move for the worse is made the seldomer, the colder it has become.

    Where there is a target, a site goes whenever it is met, so that the others must make up for it. ``order`` holds all
    candidates that cover anything. Returns the best choice that was met; ``state`` is left as the last one.
    """
    # Taking an array out of a tuple costs as much as a site's points: all are taken out before the loop.
    places, points, radius, prices = problem.places, problem.points, problem.radius, problem.cost
    weight, listed_from, listed = problem.weight, problem.listed_from, problem.listed
    chosen, loss, by, blockers, blocking = state.chosen, state.loss, state.by, state.blockers, state.blocking
    found, near, total, spent = state.found, state.near, state.covered, state.spent
    kinds, tiny = len(prices), 1e-9 * max(1.0, weight.sum())
    apart = 1.5 * np.sqrt(places.edge**2 * places.columns * places.rows / len(places.x))
    active, used = _used_slots(chosen)
    best, covered, limit = chosen.copy(), total[0], budget
    mean, price, temperature = total[0] / max(used, 1), _price(problem, state), 1.0
    for move in range(moves):
        while total[0] >= target - tiny and used > 0:
            best[:] = chosen
            limit = spent[0] - 2.0 * _CENT
            used = _drop_one(problem, state, active, used)
        if move % _SELDOM == 0:
            temperature = mean * _HOT * (_COLD / _HOT) ** (move / moves)
            if target == np.inf and total[0] > covered + tiny:
                best[:], covered = chosen, total[0]
        slot = active[int(rng.random() * used)] if used > 0 else -1
        far = slot < 0 or rng.random() < _FAR
        kind = chosen[slot] % kinds if slot >= 0 else 0
        if kinds > 1 and (slot < 0 or rng.random() < _OTHER_KIND):
            kind = int(rng.random() * kinds)
        luck = rng.random()
        if not far:
            place = chosen[slot] // kinds
            around = max(apart, radius[kind] * luck * luck)
            candidate = _some_near(places, places.x[place], places.y[place], around, near, rng.random(), kind, kinds)
        else:
            for _ in range(_RIVALS if used > 0 else 0):
                rival = active[int(rng.random() * used)]
                slot = rival if loss[rival] < loss[slot] else slot
            if problem.located:
                point = _some_uncovered(by, rng)
                if point < 0:
                    continue
                x, y = points.x[point], points.y[point]
                candidate = _some_near(places, x, y, radius[kind], near, rng.random(), kind, kinds)
            else:
                candidate = order[int(luck * len(order))]
        if candidate < 0:
            continue
        cost = prices[candidate % kinds]
        if used < most and spent[0] + cost <= limit + _CENT:
            free = _free_slot(state, used)
            if free >= 0 and blockers[candidate] == 0 and _gain(problem, state, candidate) > tiny:
                put(problem, state, free, candidate)
                active[used] = free
                used += 1
            continue
        if slot < 0 or candidate == chosen[slot] or blockers[candidate] > (blocking[candidate] == slot):
            continue
        saved = prices[chosen[slot] % kinds] - cost
        if spent[0] - saved > limit + _CENT:
            continue
        change, alone = price * max(saved, 0.0) - loss[slot], ONE + slot
        if len(listed_from) > 1:
            for i in range(listed_from[candidate], listed_from[candidate + 1]):
                others = by[listed[i]]
                if others == 0 or others == alone:  # noqa: PLR1714 - numba builds a tuple for `in`
                    change += weight[listed[i]]
        else:
            place = candidate // kinds
            for i in range(_within(points, places.x[place], places.y[place], radius[candidate % kinds], found)):
                others = by[found[i]]
                if others == 0 or others == alone:  # noqa: PLR1714
                    change += weight[found[i]]
        if change >= 0.0 or rng.random() < exp(change / temperature):
            take(problem, state, slot)
            put(problem, state, slot, candidate)
    if target < np.inf:
        if total[0] >= target - tiny:
            best[:] = chosen
    elif total[0] > covered:
        best[:] = chosen
    return best


@kept
def _used_slots(chosen: Ints) -> tuple[Ints, int]:
    """Return the slots in use, with room for all, and how many there are."""
    active, used = np.empty(len(chosen), np.int64), 0
    for slot in range(len(chosen)):
        if chosen[slot] >= 0:
            active[used] = slot
            used += 1
    return active, used


@part
def _some_near(
    places: Buckets, x: float, y: float, radius: float, near: Any, luck: float, kind: int, kinds: int
) -> int:
    """Return a candidate of a kind within a radius, chance decides which; -1 where there is none."""
    size = _within(places, x, y, radius, near)
    return near[int(luck * size)] * kinds + kind if size > 0 else -1


@part
def _some_uncovered(by: Ints, rng: Any) -> int:
    """Return a point that nobody covers, -1 where a few looks found none."""
    for _ in range(_LOOKS):
        point = int(rng.random() * len(by))
        if by[point] == 0:
            return point
    return -1


@kept
def _drop_one(problem: Problem, state: State, active: Ints, used: int) -> int:
    """Give up the site that covers least alone for its cost; return how many are left."""
    least, at = np.inf, 0
    for i in range(used):
        value = state.loss[active[i]] / problem.cost[state.chosen[active[i]] % len(problem.cost)]
        if value < least:
            least, at = value, i
    take(problem, state, active[at])
    active[at] = active[used - 1]
    return used - 1


@kept
def _price(problem: Problem, state: State) -> float:
    """Weight that one unit of cost is worth: what the sites cover alone for theirs, the lower quartile of it."""
    used = np.flatnonzero(state.chosen >= 0)
    if len(used) == 0:
        return 0.0
    values = np.sort(state.loss[used] / problem.cost[state.chosen[used] % len(problem.cost)])
    return float(values[len(values) // 4])


def list_reach(problem: Problem, most: int) -> tuple[Ints, NDArray[np.int32]]:
    """List what every candidate covers.

    Returns
    -------
    first, points
        Where each candidate's points begin, and the points; both empty where there are more than ``most`` of them.
    """
    candidates = len(problem.places.x) * len(problem.cost)
    first = np.zeros(candidates + 1, np.int64)
    found = np.empty(len(problem.weight), np.int32)
    points = np.empty(most, np.int32)
    size = _list(problem, first, points, found)
    return (first, points[:size]) if size >= 0 else (first[:0], points[:0])


@kept
def _list(problem: Problem, first: Ints, points: NDArray[np.int32], found: NDArray[np.int32]) -> int:
    n = 0
    for candidate in range(len(first) - 1):
        reached = _reach(problem, candidate, found)
        if n + reached > len(points):
            return -1
        for i in range(reached):
            points[n] = found[i]
            n += 1
        first[candidate + 1] = n
    return n
