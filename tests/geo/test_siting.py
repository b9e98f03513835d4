"""The choice of sites against every choice there is, HiGHS, and what must hold of any choice."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.siting import Choice, Goal, choose
from geo.siting_bound import certify
from geo.siting_problem import Kind, Siting, of_discs, of_lists

MACRO, MICRO = Kind("macro", 30.0, 10.0, 10.0), Kind("micro", 10.0, 1.0, 10.0)


def lattice(side: int, step: int = 1) -> np.ndarray:
    return np.stack(np.meshgrid(*[np.arange(0, side, step)] * 2), axis=-1).reshape(-1, 2).astype(float)


def patches(seed: int, side: int = 120, points: int = 800, sites: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weak points in patches, their traffic, and existing sites, all of whole numbers."""
    rng = np.random.default_rng(seed)
    middle = rng.uniform(0, side, (6, 2))
    places = np.rint(middle[rng.integers(0, 6, 4 * points)] + rng.normal(0, 12, (4 * points, 2)))
    places = np.unique(places[((places >= 0) & (places < side)).all(axis=1)], axis=0)
    places = rng.permutation(places)[:points]
    return places, rng.integers(1, 50, len(places)).astype(float), rng.integers(0, side, (sites, 2)).astype(float)


def covered_by(points, weight, places, kinds, choice: Choice) -> float:
    """Weight covered, by definition."""
    reached = np.zeros(len(points), bool)
    for place, kind in zip(choice.place, choice.kind, strict=True):
        reached |= np.hypot(*(points - places[place]).T) <= kinds[kind].radius
    return float(weight[reached].sum())


def nearest_distances(chosen: np.ndarray, existing: np.ndarray) -> np.ndarray:
    others = np.concatenate([chosen, existing])
    apart = np.hypot(*(chosen[:, None, :] - others[None, :, :]).transpose(2, 0, 1))
    apart[np.arange(len(chosen)), np.arange(len(chosen))] = np.inf
    return apart.min(axis=1)


def random_lists(seed: int, candidates: int, points: int) -> tuple[np.ndarray, np.ndarray]:
    covers = np.random.default_rng(seed).random((candidates, points)) < 0.25
    return np.nonzero(covers)


@pytest.mark.parametrize("seed", range(4))
def test_the_target_is_met_with_every_site_where_it_may_stand(seed: int) -> None:
    points, weight, existing = patches(seed)
    places, kinds = lattice(120), [MACRO, MICRO]
    siting = of_discs(points, weight, places, kinds, existing)
    choice = choose(siting, Goal(target=0.9 * weight.sum()), moves=500)
    assert covered_by(points, weight, places, kinds, choice) == pytest.approx(choice.covered)
    assert choice.covered >= 0.9 * weight.sum() * (1 - 1e-9)
    assert nearest_distances(places[choice.place], existing).min() >= 10.0
    assert choice.spent == sum(kinds[kind].cost for kind in choice.kind)


def test_a_site_exactly_at_radius_and_spacing_counts() -> None:
    siting = of_discs([[10, 0], [21, 0]], [5, 1], [[0, 0], [9, 0]], [MICRO], [[-10, 0]])
    alone = choose(siting, Goal(count=1))
    assert (alone.place.tolist(), alone.covered) == ([0], 5.0)  # ten from the point, ten from the existing site


def test_two_kinds_keep_the_larger_spacing() -> None:
    wide = Kind("wide", 3.0, 1.0, 20.0)
    narrow = Kind("narrow", 3.0, 1.0, 5.0)
    siting = of_discs([[0, 0], [15, 0]], [2, 1], [[0, 0], [15, 0]], [wide, narrow])
    choice = choose(siting, Goal(count=2))
    assert choice.covered == 3.0
    assert {siting.kinds[kind].name for kind in choice.kind} == {"narrow"}
    assert choose(of_discs([[0, 0], [15, 0]], [2, 1], [[0, 0], [15, 0]], [wide]), Goal(count=2)).covered == 2.0


def test_annealing_betters_what_the_greedy_took_first() -> None:
    # The middle candidate covers most, but the outer two cover everything.
    lists = [(0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (2, 2), (2, 3), (2, 4)]
    candidate, point = np.transpose(lists)
    siting = of_lists(candidate, point, [2.0, 2.0, 1.0, 2.0, 1.0], [[0, 0], [1, 0], [2, 0]], [Kind("site", 1.0)])
    assert choose(siting, Goal(count=2), moves=0).place[0] == 0
    choice = choose(siting, Goal(count=2))
    assert sorted(choice.place.tolist()) == [1, 2]
    assert choice.covered == 8.0


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 4))
def test_the_choice_is_near_the_best_of_all_choices(seed: int, count: int) -> None:
    candidate, point = random_lists(seed, 9, 14)
    weight = np.random.default_rng(seed + 1).integers(1, 9, 14).astype(float)
    covers = np.zeros((9, 14), bool)
    covers[candidate, point] = True
    places = np.random.default_rng(seed + 2).uniform(0, 10, (9, 2))
    siting = of_lists(candidate, point, weight, places, [Kind("site", 1.0, 1.0, 1.5)])
    found = choose(siting, Goal(count=count), moves=2000, seed=seed)
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) >= 1.5
    best = max(
        weight[covers[list(chosen)].any(axis=0)].sum()
        for size in range(1, count + 1)
        for chosen in combinations(range(9), size)
        if all(apart[a, b] for a, b in combinations(chosen, 2))
    )
    assert len(found.place) <= count
    assert found.covered <= best + 1e-9
    assert found.covered >= 0.8 * best  # where few stand so near that two must change together, chance has to help
    assert all(apart[a, b] for a, b in combinations(found.place.tolist(), 2))


@pytest.mark.parametrize("goal", [Goal(count=8), Goal(budget=9.0), Goal(target=4000.0)])
def test_highs_certifies_the_choice(goal: Goal) -> None:
    points, weight, existing = patches(3, side=60, points=250, sites=3)
    siting = of_discs(points, weight, lattice(60, 3), [MACRO, MICRO], existing)
    choice = choose(siting, goal)
    found = certify(siting, goal, choice, seconds=60)
    assert found is not None
    assert found.proven
    assert found.share <= 1 + 1e-3
    assert found.share >= 0.98
    assert found.best == pytest.approx(found.bound, rel=1e-3)


def test_highs_needs_the_spacing_too() -> None:
    siting = of_discs([[0, 0], [5, 0]], [3, 2], [[0, 0], [5, 0]], [Kind("site", 1.0, 1.0, 6.0)])
    found = certify(siting, Goal(count=2), choose(siting, Goal(count=2)), seconds=10)
    assert found is not None
    assert (found.best, found.share) == (3.0, pytest.approx(1.0))
    near = of_discs([[0, 0], [5, 0]], [3, 2], [[0, 0], [5, 0]], [Kind("site", 1.0, 1.0, 6.0)], [[-4, 0]])
    found = certify(near, Goal(count=2), choose(near, Goal(count=2)), seconds=10)
    assert found is not None
    assert found.best == 2.0


@settings(max_examples=15)
@given(seed=st.integers(0, 1000))
def test_the_curve_bends_one_way_and_annealing_never_harms(seed: int) -> None:
    points, weight, existing = patches(seed, side=60, points=200)
    siting = of_discs(points, weight, lattice(60, 2), [MICRO], existing)
    plain, better = (choose(siting, Goal(count=6), moves=moves, seed=seed) for moves in (0, 500))
    assert better.covered >= plain.covered - 1e-9
    assert (np.diff(better.gain) <= 1e-9).all()
    assert (better.gain > 0).all()
    least = [choose(siting, Goal(target=0.8 * weight.sum()), moves=moves, seed=seed) for moves in (0, 500)]
    assert least[1].spent <= least[0].spent


def test_the_last_site_that_can_go_is_found_by_most_seeds() -> None:
    """HiGHS proves that 22 sites are the least; the greedy takes 26, and the best of 22 cover a thousandth too much."""
    rng = np.random.default_rng(1)
    middle, spread = rng.uniform(0, 150, (8, 2)), rng.gamma(2.0, 6.0, 8)
    weak = np.zeros((150, 150), bool)
    while weak.sum() < 1200:
        patch = rng.integers(0, 8, 150)
        at = np.rint(middle[patch] + rng.normal(size=(150, 2)) * spread[patch, None]).astype(int)
        at = at[((at >= 0) & (at < 150)).all(axis=1)]
        weak[at[:, 0], at[:, 1]] = True
    points, traffic = rng.permutation(np.argwhere(weak))[:1200], rng.lognormal(0, 1.5, 1200)
    siting = of_discs(points, traffic, lattice(150, 3), [MACRO, MICRO], rng.integers(0, 150, (12, 2)))
    goal = Goal(target=0.9 * siting.demand)
    assert choose(siting, goal, moves=0).spent == 26
    costs = np.array([choose(siting, goal, seed=seed).spent for seed in range(20)])
    assert costs.min() == 22
    assert (costs == 22).sum() >= 15


def test_the_same_seed_gives_the_same_choice() -> None:
    points, weight, existing = patches(5)
    siting = of_discs(points, weight, lattice(120, 2), [MACRO, MICRO], existing)
    one, two = (choose(siting, Goal(target=0.9 * weight.sum()), moves=500, seed=3) for _ in range(2))
    assert one.place.tolist() == two.place.tolist()


def test_where_the_number_alone_is_limited_cost_plays_no_part() -> None:
    siting = of_discs([[0, 0], [25, 0]], [1, 1], [[0, 0], [25, 0]], [MACRO, MICRO])
    choice = choose(siting, Goal(count=1))
    assert (choice.covered, choice.spent) == (2.0, 10.0)
    assert choose(siting, Goal(count=1, budget=10.0)).covered == 2.0, "money that is left over buys the larger kind"
    assert choose(siting, Goal(target=2.0)).spent == 2.0


def test_a_budget_is_kept() -> None:
    points, weight, existing = patches(6)
    siting = of_discs(points, weight, lattice(120, 3), [MACRO, MICRO], existing)
    choice = choose(siting, Goal(budget=13.0))
    assert choice.spent <= 13.0
    assert choice.covered >= choose(siting, Goal(budget=12.0)).covered


def pose(**changes) -> Siting:
    asked = {"points": [[0, 0]], "weight": [1], "places": [[0, 0]], "kinds": [MICRO]} | changes
    return of_discs(**asked)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight": [0]}, "nothing to cover"),
        ({"weight": [-1]}, "not negative"),
        ({"weight": [1, 2]}, "every point needs a weight"),
        ({"places": []}, "needs points, places and kinds"),
        ({"kinds": []}, "needs points, places and kinds"),
        ({"points": [[np.nan, 0]]}, "points must be finite"),
        ({"kinds": [Kind("bad", 0.0)]}, "kind bad"),
    ],
)
def test_what_cannot_be_posed_is_said(changes, message) -> None:
    with pytest.raises(ValueError, match=message):
        pose(**changes)


def test_a_target_out_of_reach_is_said() -> None:
    with pytest.raises(ValueError, match="the places reach a weight of 1, not the target of 2"):
        choose(pose(points=[[0, 0], [99, 0]], weight=[1, 1]), Goal(target=2.0))


def test_a_pair_of_what_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="there is not"):
        of_lists([0], [1], [1.0], [[0, 0]], [MICRO])
