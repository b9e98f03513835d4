"""Choosing sites, compiled: a lazy greedy, and annealing, which moves one site at a time.

A candidate is a place and a kind: ``place * kinds + kind``. What it covers is either listed or, where nothing is
listed, the points within its kind's radius. All values are sums of weights; all sums run in one order, so that the same
problem has the same answer. One file, because compiled code is kept by file.
"""

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.buckets import Buckets, Ints
from geo.compiled import kept, lent, part
from geo.crs import Floats
from geo.siting_problem import Problem, State

_CENT = 1e-9
"""Costs that differ by no more are the same."""
_HOT = 0.025
"""Temperature at the beginning, in the weight that a site covers on average; it falls evenly to nothing."""
_FAR = 0.2
"""Share of moves that go to a point which nobody covers; the others stay near."""
_OTHER_KIND = 0.1
"""Share of moves in which the kind may change too."""
_STRIDE = 2.5
"""The others go no farther than so many radii."""
_DRAWS = 3
"""Of so many candidates the one that covers most by itself is tried: most places are worse than one beside them."""
_RIVALS = 8
"""A site that moves far is the least missed of so many, where none stands in the way."""
_LOOKS = 10
"""So many points are looked at for one that nobody covers."""
_SPELL = 128
"""So many moves are made at one temperature; then what is best is noted."""
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
            # Without a branch that is hard to foresee; what is too far is written over.
            found[n] = i
            n += dx * dx + dy * dy <= square
    return n


@part
def _reach(problem: Problem, candidate: int, found: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return which points a candidate covers; ``found`` is room for them."""
    first, kinds = problem.listed_from, len(problem.cost)
    if len(first) > 1:
        return problem.listed[first[candidate] : first[candidate + 1]]
    place, places = candidate // kinds, problem.places
    return found[: _within(problem.points, places.x[place], places.y[place], problem.radius[candidate % kinds], found)]


@part
def _gain(problem: Problem, state: State, candidate: int) -> float:
    """Weight that a candidate would add."""
    total = 0.0
    for point in _reach(problem, candidate, state.found):
        if state.by[point] == 0:
            total += problem.weight[point]
    return total


@lent
def first_gains(problem: Problem, state: State, gains: Floats) -> None:
    """Write what each candidate would add, 0 where it is blocked."""
    for candidate in range(len(gains)):
        gains[candidate] = _gain(problem, state, candidate) if state.blockers[candidate] == 0 else 0.0


@part
def _block(problem: Problem, state: State, x: float, y: float, spacing: float, count: int, slot: int) -> None:
    """Count so many blockers in a slot in (or out) where candidates are too near."""
    kinds, spacings, near = len(problem.cost), problem.spacing, state.near
    xs, ys, blockers, blocking = problem.places.x, problem.places.y, state.blockers, state.blocking
    for i in range(_within(problem.places, x, y, problem.widest, near)):
        place = near[i]
        dx, dy = xs[place] - x, ys[place] - y
        square = dx * dx + dy * dy
        for kind in range(kinds):
            if square < max(spacing, spacings[kind]) ** 2:
                blockers[place * kinds + kind] += count
                blocking[place * kinds + kind] += slot


@lent
def block(problem: Problem, state: State, x: float, y: float) -> None:
    """Block the candidates that are too near an existing site."""
    _block(problem, state, x, y, 0.0, FIXED, 0)


@lent
def put(problem: Problem, state: State, slot: int, candidate: int) -> None:
    """Choose a candidate into a free slot."""
    weight, by, loss = problem.weight, state.by, state.loss
    alone = 0.0
    for point in _reach(problem, candidate, state.found):
        others = by[point]
        if others == 0:
            alone += weight[point]
        elif others < 2 * ONE:
            loss[others - ONE] -= weight[point]
        by[point] = others + ONE + slot
    state.chosen[slot], loss[slot] = candidate, alone
    state.covered[0] += alone
    _stand(problem, state, slot, candidate, 1)


@lent
def replay(problem: Problem, state: State, candidates: Ints, added: Floats) -> None:
    """Choose candidates one after the other, and write what each adds."""
    for slot in range(len(candidates)):
        covered = state.covered[0]
        put(problem, state, slot, candidates[slot])
        added[slot] = state.covered[0] - covered


@lent
def take(problem: Problem, state: State, slot: int) -> None:
    """Give up the candidate in a slot."""
    weight, by, loss = problem.weight, state.by, state.loss
    candidate = state.chosen[slot]
    for point in _reach(problem, candidate, state.found):
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


@lent
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
    problem: Problem, state: State, order: Ints, gains: Floats, rng: Any, moves: int,
    target: float, budget: float, most: int,
) -> Ints:  # fmt: skip
    """Move one site after the other; a move for the worse is made the seldomer, the colder it has become.

    Where there is a target, a site goes whenever it is met, so that the others must make up for it. ``order`` holds all
    candidates that cover anything, ``gains`` what each candidate covers by itself. Returns the best choice that was
    met; ``state`` is left as the last one.
    """
    tiny = 1e-9 * max(1.0, problem.weight.sum())
    target -= tiny
    active, used = _used_slots(state.chosen)
    best, covered, limit = state.chosen.copy(), state.covered[0], budget
    mean, price, made = covered / max(used, 1), _price(problem, state), 0
    while True:
        while used > 0 and state.covered[0] >= target:
            best[:] = state.chosen
            limit = state.spent[0] - 2.0 * _CENT
            used = _drop_one(problem, state, active, used)
        if target == np.inf and state.covered[0] > covered + tiny:
            best[:], covered = state.chosen, state.covered[0]
        if made >= moves:
            return best
        heat = _HOT * mean * (1.0 - made / moves)
        some = min(_SPELL, moves - made)
        done, used = _move(problem, state, order, gains, rng, some, heat, price, target, limit, most, active, used)
        made += done


@lent
def _move(
    problem: Problem, state: State, order: Ints, gains: Floats, rng: Any, moves: int, heat: float, price: float,
    target: float, limit: float, most: int, active: Ints, used: int,
) -> tuple[int, int]:  # fmt: skip
    """Try some moves, until the target is met; return how many were tried, and how many slots are in use."""
    chosen, loss, blockers, places = state.chosen, state.loss, state.blockers, problem.places
    cost, kinds = problem.cost, len(problem.cost)
    for move in range(moves):
        slot, far = _some_slot(rng, loss, active, used)
        kind = _some_kind(rng, chosen, slot, kinds)
        if not far:
            place = chosen[slot] // kinds
            around = max(places.edge, _STRIDE * problem.radius[kind] * rng.random())
            candidate = _some_near(places, gains, places.x[place], places.y[place], around, kind, kinds, rng)
        elif problem.located:
            point = _some_uncovered(rng, state.by)
            x, y, around = problem.points.x[point], problem.points.y[point], problem.radius[kind]
            candidate = _some_near(places, gains, x, y, around, kind, kinds, rng)
        else:
            candidate = order[int(rng.random() * len(order))]
        if candidate < 0 or blockers[candidate] > 1:
            continue
        price_of = cost[candidate % kinds]
        if blockers[candidate] == 1:
            # Who stands in the way is who moves.
            slot = state.blocking[candidate]
        elif used < most and state.spent[0] + price_of <= limit + _CENT:
            used = _add(problem, state, candidate, active, used)
            slot = -1
        if slot >= 0 and candidate != chosen[slot]:
            saved = cost[chosen[slot] % kinds] - price_of
            enough = loss[slot] - price * max(saved, 0.0) + heat * np.log(rng.random())
            if (
                state.spent[0] - saved <= limit + _CENT
                and gains[candidate] >= enough
                and _won(problem, state, candidate, slot) >= enough
            ):
                take(problem, state, slot)
                put(problem, state, slot, candidate)
        if state.covered[0] >= target:
            return move + 1, used
    return moves, used


@part
def _some_slot(rng: Any, loss: Floats, active: Ints, used: int) -> tuple[int, bool]:
    """Return a slot in use, -1 where none is, and whether its site moves far: then it is the least missed of a few."""
    if used == 0:
        return -1, True
    slot = active[int(rng.random() * used)]
    far = rng.random() < _FAR
    if far:
        for _ in range(_RIVALS - 1):
            rival = active[int(rng.random() * used)]
            slot = rival if loss[rival] < loss[slot] else slot
    return slot, far


@part
def _some_kind(rng: Any, chosen: Ints, slot: int, kinds: int) -> int:
    """Return the kind of the site in a slot, seldom any."""
    if slot >= 0 and (kinds == 1 or rng.random() >= _OTHER_KIND):
        return int(chosen[slot] % kinds)
    return int(rng.random() * kinds)


@part
def _won(problem: Problem, state: State, candidate: int, slot: int) -> float:
    """Weight that a candidate covers of what nobody covers, or the site in a slot alone."""
    won = 0.0
    for point in _reach(problem, candidate, state.found):
        others = state.by[point]
        # Without a branch that is hard to foresee.
        won += problem.weight[point] * ((others == 0) | (others == ONE + slot))
    return won


@lent
def _add(problem: Problem, state: State, candidate: int, active: Ints, used: int) -> int:
    """Choose one more site where it covers anything; return how many there are."""
    slot = _free_slot(state, 0)
    if slot < 0 or _gain(problem, state, candidate) <= 0.0:
        return used
    put(problem, state, slot, candidate)
    active[used] = slot
    return used + 1


@kept
def _used_slots(chosen: Ints) -> tuple[Ints, int]:
    """Return the slots in use, with room for all, and how many there are."""
    taken = np.flatnonzero(chosen >= 0)
    active = np.empty(len(chosen), np.int64)
    active[: len(taken)] = taken
    return active, len(taken)


@part
def _some_near(places: Any, gains: Floats, x: float, y: float, around: float, kind: int, kinds: int, rng: Any) -> int:
    """Return a candidate of a kind near a spot, of a few the one that covers most; -1 where there is none."""
    first, edge = places.first, places.edge
    left, low = max(0, int((x - around - places.west) / edge)), max(0, int((y - around - places.south) / edge))
    wide = min(places.columns - 1, int((x + around - places.west) / edge)) - left + 1
    high = min(places.rows - 1, int((y + around - places.south) / edge)) - low + 1
    best, most = -1, 0.0
    for _ in range(_DRAWS):
        # One random number is enough: what is left of it beside the column says the row, and so on.
        column = rng.random() * wide
        row = (column - int(column)) * high
        bucket = (low + int(row)) * places.columns + left + int(column)
        inside = first[bucket + 1] - first[bucket]
        candidate = (first[bucket] + int((row - int(row)) * inside)) * kinds + kind
        if inside > 0 and gains[candidate] > most:
            best, most = candidate, gains[candidate]
    return best


@part
def _some_uncovered(rng: Any, by: Ints) -> int:
    """Return a point that nobody covers, as far as a few looks find one."""
    for _ in range(_LOOKS):
        point = int(rng.random() * len(by))
        if by[point] == 0:
            break
    return point


@lent
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


@lent
def _list(problem: Problem, first: Ints, points: NDArray[np.int32], found: NDArray[np.int32]) -> int:
    n = 0
    for candidate in range(len(first) - 1):
        reached = _reach(problem, candidate, found)
        if n + len(reached) > len(points):
            return -1
        for point in reached:
            points[n] = point
            n += 1
        first[candidate + 1] = n
    return n
