"""Choosing sites, compiled: lazy greedy, swaps, dropping, and tearing down a neighbourhood to build it anew.

A candidate is a place and a kind: ``place * kinds + kind``. What it covers is either listed or, where nothing is
listed, the points within its kind's radius. All values are sums of weights; all sums run in one order, so that the same
problem has the same answer. One file, because compiled code is kept by file.
"""

import heapq

import numpy as np
from numpy.typing import NDArray

from geo.buckets import Buckets, Ints
from geo.compiled import kept
from geo.crs import Floats
from geo.siting_problem import Problem, State

_CENT = 1e-9
"""Costs that differ by no more are the same."""
_LEAST_SHARE = 0.3
"""A neighbourhood is built anew from at least this share of its candidates."""
FIXED = 4
"""Blockers that an existing site counts for: more than one, so that no swap takes it for a chosen one."""


@kept
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
    square = radius * radius
    for row in range(low, high + 1):
        base = row * buckets.columns
        for i in range(buckets.first[base + left], buckets.first[base + right + 1]):
            dx, dy = buckets.x[i] - x, buckets.y[i] - y
            if dx * dx + dy * dy <= square:
                found[n] = i
                n += 1
    return n


@kept
def _reach(problem: Problem, candidate: int, found: NDArray[np.int32]) -> int:
    """Write which points a candidate covers, and return how many."""
    if len(problem.listed_from) > 1:
        start, end = problem.listed_from[candidate], problem.listed_from[candidate + 1]
        for i in range(start, end):
            found[i - start] = problem.listed[i]
        return int(end - start)
    kinds = len(problem.cost)
    place, kind = candidate // kinds, candidate % kinds
    return int(_within(problem.points, problem.places.x[place], problem.places.y[place], problem.radius[kind], found))


@kept
def _gain(problem: Problem, state: State, candidate: int) -> float:
    """Weight that a candidate would add."""
    total = 0.0
    for i in range(_reach(problem, candidate, state.found)):
        point = state.found[i]
        if state.covers[point] == 0:
            total += problem.weight[point]
    return total


@kept
def first_gains(problem: Problem, state: State, gains: Floats) -> None:
    """Write what each candidate would add, 0 where it is blocked."""
    for candidate in range(len(gains)):
        gains[candidate] = _gain(problem, state, candidate) if state.blockers[candidate] == 0 else 0.0


@kept
def block(problem: Problem, state: State, x: float, y: float, spacing: float, slot: int, sign: int) -> None:
    """Count a site in (or out) as a blocker of the candidates that are too near."""
    kinds = len(problem.cost)
    widest = max(spacing, problem.spacing.max())
    for i in range(_within(problem.places, x, y, widest, state.near)):
        place = state.near[i]
        dx, dy = problem.places.x[place] - x, problem.places.y[place] - y
        for kind in range(kinds):
            least = max(spacing, problem.spacing[kind])
            if dx * dx + dy * dy < least * least:
                state.blockers[place * kinds + kind] += sign * (FIXED if slot < 0 else 1)
                state.blocking[place * kinds + kind] += sign * max(slot, 0)


@kept
def put(problem: Problem, state: State, slot: int, candidate: int) -> None:
    """Choose a candidate into a free slot."""
    state.chosen[slot] = candidate
    state.loss[slot] = 0.0
    for i in range(_reach(problem, candidate, state.found)):
        point = state.found[i]
        weight = problem.weight[point]
        if state.covers[point] == 0:
            state.loss[slot] += weight
            state.covered[0] += weight
        elif state.covers[point] == 1:
            state.loss[state.slots[point]] -= weight
        state.covers[point] += 1
        state.slots[point] += slot
    _mark(problem, state, slot, candidate, 1)
    state.spent[0] += problem.cost[candidate % len(problem.cost)]


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
    candidate = state.chosen[slot]
    for i in range(_reach(problem, candidate, state.found)):
        point = state.found[i]
        weight = problem.weight[point]
        state.covers[point] -= 1
        state.slots[point] -= slot
        if state.covers[point] == 0:
            state.covered[0] -= weight
        elif state.covers[point] == 1:
            state.loss[state.slots[point]] += weight
    state.chosen[slot] = -1
    state.loss[slot] = 0.0
    _mark(problem, state, slot, candidate, -1)
    state.spent[0] -= problem.cost[candidate % len(problem.cost)]


@kept
def _mark(problem: Problem, state: State, slot: int, candidate: int, sign: int) -> None:
    """Block, or free, what is too near a chosen site, and have swaps looked for around it."""
    kinds = len(problem.cost)
    place, kind = candidate // kinds, candidate % kinds
    x, y = problem.places.x[place], problem.places.y[place]
    block(problem, state, x, y, problem.spacing[kind], slot, sign)
    if len(problem.listed_from) > 1:
        state.look[:] = True
        return
    for i in range(_within(problem.places, x, y, problem.radius[kind] + problem.radius.max(), state.near)):
        state.look[state.near[i]] = True


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
def swap(problem: Problem, state: State, order: Ints, most_gain: Floats, budget: float) -> int:
    """Go through candidates where something has changed; one that covers more than a chosen site takes its place.

    Budget and spacing hold.

    ``most_gain`` is for each of them no less than all the weight it covers. Returns how many swaps were made.
    """
    kinds = len(problem.cost)
    tiny = 1e-9 * max(1.0, problem.weight.sum())
    least, least_slot = _least_losses(problem, state)
    swaps = 0
    look = state.look.copy()
    state.look[:] = False
    touched = np.empty(len(state.chosen) + kinds, np.int64)
    for i in range(len(order)):
        candidate = order[i]
        if not look[candidate // kinds] or most_gain[i] <= least.min() or state.blockers[candidate] > 1:
            continue
        base, seen = _shared(problem, state, candidate, touched)
        room = budget - state.spent[0] - problem.cost[candidate % kinds] + _CENT
        only = state.blocking[candidate] if state.blockers[candidate] == 1 else -1
        # Besides those with which it shares points: the one that is too near, or else those that are least missed.
        if only >= 0:
            touched[seen] = only
            seen += 1
        else:
            for kind in range(kinds):
                if least_slot[kind] >= 0:
                    touched[seen] = least_slot[kind]
                    seen += 1
        best, best_slot = tiny, -1
        for j in range(seen):
            slot = touched[j]
            value = base + state.extra[slot] - state.loss[slot]
            if value > best and _may_go(problem, state, slot, room, only):
                best, best_slot = value, slot
        for j in range(seen):
            state.extra[touched[j]] = 0.0
        if best_slot >= 0:
            take(problem, state, best_slot)
            put(problem, state, best_slot, candidate)
            least, least_slot = _least_losses(problem, state)
            swaps += 1
    return swaps


@kept
def _shared(problem: Problem, state: State, candidate: int, touched: Ints) -> tuple[float, int]:
    """Return what a candidate would add, and how many slots alone cover some of its points.

    Those slots are written to ``touched``, and to ``extra`` what of each the candidate would cover as well.
    """
    base, seen = 0.0, 0
    for j in range(_reach(problem, candidate, state.found)):
        point = state.found[j]
        if state.covers[point] == 0:
            base += problem.weight[point]
        elif state.covers[point] == 1:
            slot = state.slots[point]
            if state.extra[slot] == 0.0:
                touched[seen] = slot
                seen += 1
            state.extra[slot] += problem.weight[point]
    return base, seen


@kept
def _may_go(problem: Problem, state: State, slot: int, room: float, only: int) -> bool:
    """Tell whether a slot may be given up: for the money it gives back, and as the only blocker where there is one."""
    kind = state.chosen[slot] % len(problem.cost)
    return (only < 0 or slot == only) and room + problem.cost[kind] >= 0.0


@kept
def _least_losses(problem: Problem, state: State) -> tuple[Floats, Ints]:
    """Least loss among the chosen sites of each kind, and its slot."""
    kinds = len(problem.cost)
    least, slots = np.full(kinds, np.inf), np.full(kinds, -1, np.int64)
    for slot in range(len(state.chosen)):
        if state.chosen[slot] >= 0:
            kind = state.chosen[slot] % kinds
            if state.loss[slot] < least[kind]:
                least[kind] = state.loss[slot]
                slots[kind] = slot
    return least, slots


@kept
def drop(problem: Problem, state: State, target: float, most: int) -> int:
    """Give up sites while the target holds, those first that save most for what they alone cover; return how many."""
    kinds = len(problem.cost)
    tiny = 1e-9 * max(1.0, problem.weight.sum())
    dropped = 0
    while dropped < most:
        best, best_slot = -1.0, -1
        for slot in range(len(state.chosen)):
            if state.chosen[slot] < 0 or state.covered[0] - state.loss[slot] < target - tiny:
                continue
            saved = problem.cost[state.chosen[slot] % kinds] / (state.loss[slot] + tiny)
            if saved > best:
                best, best_slot = saved, slot
        if best_slot < 0:
            return dropped
        take(problem, state, best_slot)
        dropped += 1
    return dropped


@kept
def rebuild(problem: Problem, state: State, luck: Floats, rounds: int, budget: float, most: int) -> int:
    """Tear down the surroundings of a chosen site and build them anew, again and again; keep what covers more.

    Budget and number hold. ``luck`` holds numbers from 0 to 1, which are used in turn. Returns how many times it got
    better.
    """
    kinds = len(problem.cost)
    tiny = 1e-9 * max(1.0, problem.weight.sum())
    better, at = 0, 0
    for _ in range(rounds):
        centre = _some_slot(state, luck[at % len(luck)])
        if centre < 0:
            return better
        before, covered = state.chosen.copy(), state.covered[0]
        place = state.chosen[centre] // kinds
        x, y = problem.places.x[place], problem.places.y[place]
        around = problem.radius.max() * (0.5 + luck[(at + 1) % len(luck)] ** 2)
        at += 2
        left = 0
        for slot in range(len(before)):
            if before[slot] >= 0:
                other = before[slot] // kinds
                if np.hypot(problem.places.x[other] - x, problem.places.y[other] - y) <= around:
                    take(problem, state, slot)
                else:
                    left += 1
        order, bounds, at = _near_candidates(problem, state, x, y, around, luck, at)
        add_greedily(problem, state, order, bounds, np.inf, budget, most - left)
        if state.covered[0] - covered > tiny:
            better += 1
        else:
            restore(problem, state, before)
    return better


@kept
def restore(problem: Problem, state: State, before: Ints) -> None:
    """Choose again what was chosen before, each in its slot."""
    for slot in range(len(before)):
        if state.chosen[slot] >= 0 and state.chosen[slot] != before[slot]:
            take(problem, state, slot)
    for slot in range(len(before)):
        if before[slot] >= 0 and state.chosen[slot] < 0:
            put(problem, state, slot, before[slot])


@kept
def _some_slot(state: State, luck: float) -> int:
    """Return a slot in use."""
    size = len(state.chosen)
    start = min(int(luck * size), size - 1)
    for step in range(size):
        slot = (start + step) % size
        if state.chosen[slot] >= 0:
            return slot
    return -1


@kept
def _near_candidates(
    problem: Problem, state: State, x: float, y: float, radius: float, luck: Floats, at: int
) -> tuple[Ints, Floats, int]:
    """Return some of the candidates within a radius, chance decides which, and what each adds for its cost, falling."""
    kinds = len(problem.cost)
    places = state.near[: _within(problem.places, x, y, radius, state.near)].copy()
    order = np.empty(len(places) * kinds, np.int64)
    bounds = np.empty(len(order))
    n = 0
    share = _LEAST_SHARE + (1.0 - _LEAST_SHARE) * luck[at % len(luck)]
    for place in places:
        for kind in range(kinds):
            candidate = place * kinds + kind
            at += 1
            if state.blockers[candidate] == 0 and luck[at % len(luck)] <= share:
                gain = _gain(problem, state, candidate)
                if gain > 0.0:
                    order[n] = candidate
                    bounds[n] = gain / problem.cost[kind]
                    n += 1
    down = np.argsort(-bounds[:n])
    return order[:n][down], bounds[:n][down], at


def list_reach(problem: Problem, most: int) -> tuple[Ints, Ints]:
    """List what every candidate covers.

    Returns
    -------
    first, points
        Where each candidate's points begin, and the points; both empty where there are more than ``most`` of them.
    """
    candidates = len(problem.places.x) * len(problem.cost)
    first = np.zeros(candidates + 1, np.int64)
    found = np.empty(len(problem.weight), np.int32)
    points = np.empty(most, np.int64)
    size = _list(problem, first, points, found)
    return (first, points[:size]) if size >= 0 else (first[:0], points[:0])


@kept
def _list(problem: Problem, first: Ints, points: Ints, found: NDArray[np.int32]) -> int:
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
