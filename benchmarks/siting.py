"""Times the choice of sites at the size of the published weak-coverage problem, and proves it beside HiGHS.

    python -m benchmarks.siting

The published problem (2,500 x 2,500 grid, some 180,000 weak points with traffic, 1,500 existing sites, 90 % of the weak
traffic at least cost, macro radius 30 cost 10, micro radius 10 cost 1, 10 apart) came with files that are not here: the
points are made up by a seed, in patches of two-dimensional normal shape, with log-normal traffic. Costs therefore
compare methods with each other, and say nothing about published answers. CPU seconds of one process that has compiled
before.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from geo.clusters import cluster
from geo.siting import Choice, Goal, choose
from geo.siting_bound import certify
from geo.siting_kernel import list_reach
from geo.siting_problem import Kind, Siting, of_discs

SIDE, POINTS, SITES, SHARE = 2500, 180_000, 1500, 0.9
KINDS = (Kind("macro", 30.0, 10.0, 10.0), Kind("micro", 10.0, 1.0, 10.0))
CLASS_DISTANCE = 20.0
MOVES = (0, 1000, 3000)
SEEDS = 20
SEED = 1
HIGHS_S = 240.0


@dataclass(frozen=True)
class Made:
    """A made-up problem."""

    points: Any
    traffic: Any
    sites: Any
    side: int

    def posed(self, step: int = 1) -> Siting:
        """Return the problem with a place at every step of the grid."""
        axis = np.arange(0, self.side, step)
        places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        return of_discs(self.points, self.traffic, places, KINDS, self.sites)


def made(side: int, points: int, sites: int, seed: int) -> Made:
    """Make up weak points in patches, one for about 150 of them, each point of the grid at most once."""
    rng = np.random.default_rng(seed)
    patches = max(8, points // 150)
    middle, spread = rng.uniform(0, side, (patches, 2)), rng.gamma(2.0, 6.0, patches)
    weak = np.zeros((side, side), bool)
    while weak.sum() < points:
        patch = rng.integers(0, patches, points // 8)
        at = np.rint(middle[patch] + rng.normal(size=(len(patch), 2)) * spread[patch, None]).astype(int)
        at = at[((at >= 0) & (at < side)).all(axis=1)]
        weak[at[:, 0], at[:, 1]] = True
    chosen = rng.permutation(np.argwhere(weak))[:points]
    return Made(chosen, rng.lognormal(0, 1.5, points), rng.integers(0, side, (sites, 2)), side)


def timed(job: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a job gives, and its CPU time."""
    start = time.process_time()
    found = job()
    return found, time.process_time() - start


def naive(siting: Siting, goal: Goal) -> tuple[float, float, int]:
    """Return cost, covered weight and picks of the plain greedy: every gain worked out anew before every pick.

    Numpy and a sparse product; spacing by distance to what was picked. The places must be few.
    """
    problem, kinds = siting.problem, len(siting.kinds)
    first, points = list_reach(problem, 200_000_000)
    reach = csr_array((np.ones(len(points), np.float32), points, first), (len(first) - 1, len(problem.weight)))
    cost = np.tile(problem.cost, len(problem.places.x))
    price = cost if np.isfinite(goal.target) else np.ones(len(cost))
    x, y = np.repeat(problem.places.x, kinds), np.repeat(problem.places.y, kinds)
    spacing = np.tile(problem.spacing, len(problem.places.x))
    free = np.ones(len(cost), bool)
    for site in siting.existing:
        free &= np.hypot(x - site[0], y - site[1]) >= spacing
    left = problem.weight.copy()
    spent, covered, picks = 0.0, 0.0, 0
    while covered < goal.target and picks < (goal.count or len(left)):
        gain = np.minimum(reach @ left, goal.target - covered)
        best = int(np.argmax(np.where(free, gain / price, -1.0)))
        if gain[best] <= 0:
            break
        mine = points[first[best] : first[best + 1]]
        covered += left[mine].sum()
        left[mine] = 0.0
        spent += cost[best]
        picks += 1
        free &= np.hypot(x - x[best], y - y[best]) >= np.maximum(spacing, spacing[best])
    return spent, covered, picks


def published_size() -> None:
    """Solve a problem of the published size."""
    problem, making = timed(lambda: made(SIDE, POINTS, SITES, SEED))
    print(
        f"published size, made up by seed {SEED} in {making:.1f} s: {SIDE} x {SIDE}, {POINTS:,} points, {SITES:,} sites"
    )
    classes, seconds = timed(lambda: cluster(problem.points, CLASS_DISTANCE))
    half = timed(lambda: cluster(problem.points[: POINTS // 2], CLASS_DISTANCE))[1]
    print(f"  classes within {CLASS_DISTANCE:g}: {classes.max() + 1:,} in {seconds:.3f} s, half of them {half:.3f} s")
    siting, posing = timed(problem.posed)
    goal = Goal(target=SHARE * siting.demand)
    print(f"  posed in {posing:.1f} s: {2 * SIDE * SIDE:,} candidates")
    for moves in MOVES:
        choice, seconds = timed(lambda moves=moves: choose(siting, goal, moves=moves, seed=SEED))
        say(f"{moves:,} moves a site", choice, siting, seconds)
    thin = problem.posed(step=5)
    choice, seconds = timed(lambda: choose(thin, goal, moves=MOVES[-1]))
    say("the same, places every 5", choice, thin, seconds)
    (_, _, picks), plain = timed(lambda: naive(thin, Goal(target=goal.target, count=20)))
    print(f"  naive greedy, every 5    {plain:8.1f} s for its first {picks} picks")


def say(name: str, choice: Choice, siting: Siting, seconds: float) -> None:
    """Print a choice."""
    kinds = np.bincount(choice.kind, minlength=len(KINDS))
    counted = ", ".join(f"{count:,} {kind.name}" for count, kind in zip(kinds, KINDS, strict=True))
    share = choice.covered / siting.demand
    print(
        f"  {name:<24} {seconds:8.1f} s  cost {choice.spent:,.0f} ({counted}), {share:.4%} of the traffic", flush=True
    )


def beside_highs() -> None:
    """Hold least cost and most traffic against HiGHS on instances that it can solve, or nearly."""
    for problem, step, count in ((made(150, 1200, 12, SEED), 3, 8), (made(300, 5000, 12, SEED), 4, 20)):
        siting = problem.posed(step)
        prove(siting, "90 % at least cost", Goal(target=SHARE * siting.demand))
        prove(siting, f"most with {count} sites", Goal(count=count))


def prove(siting: Siting, name: str, goal: Goal) -> None:
    """Hold the answers to one question against HiGHS and the plain greedy."""
    least = goal.target < inf
    choose(siting, goal, moves=1)
    (spent, covered, _), plain_s = timed(lambda: naive(siting, goal))
    print(f"{name}: {len(siting.problem.weight):,} points, {len(siting.problem.places.x) * 2:,} candidates")
    print(f"  naive greedy                 {plain_s:8.3f} s  {spent if least else covered:,.1f}")
    choices = {moves: [timed(lambda m=moves, s=s: choose(siting, goal, moves=m, seed=s)) for s in range(SEEDS)]
               for moves in MOVES}  # fmt: skip
    for moves, found in choices.items():
        values = np.array([choice.spent if least else choice.covered for choice, _ in found])
        times = min(seconds for _, seconds in found)
        listed = ", ".join(
            f"{value:,.1f} x {n}" for value, n in zip(*np.unique(values.round(1), return_counts=True), strict=True)
        )
        print(f"  {moves:>6,} moves a site          {times:8.3f} s  {listed}")
    found, exact_s = timed(lambda: certify(siting, goal, choices[MOVES[-1]][0][0], seconds=HIGHS_S))
    if found is None:
        print("  HiGHS found no bound")
        return
    end = "optimum" if found.proven else f"bound, {HIGHS_S:.0f} s were not enough; its own best is {found.best}"
    print(f"  HiGHS                        {exact_s:8.3f} s  {found.bound:,.1f} ({end})")
    for moves, of_moves in choices.items():
        values = np.array([choice.spent if least else choice.covered for choice, _ in of_moves])
        near = found.bound / values if least else values / found.bound
        quick = exact_s / min(seconds for _, seconds in of_moves)
        print(f"  {moves:>6,} moves: {near.mean():.2%} of it on average of {SEEDS} seeds, {near.min():.2%} at worst, "
              f"{quick:,.0f} times as fast (goals: 98 %, 100 times)", flush=True)  # fmt: skip


if __name__ == "__main__":
    beside_highs()
    published_size()
