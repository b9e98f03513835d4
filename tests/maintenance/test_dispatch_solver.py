"""The chosen plan against every plan there is, the greedy one and the baselines."""

import time
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.maintenance import dispatch_solver
from ops_platform.maintenance.dispatch_model import Problem, Routes, drive, first_come, greedy, nearest_first
from ops_platform.maintenance.dispatch_solver import solve

HORIZON = 8.0
STEP = 0.5


def problem_of(seed: int, crews: int, sites: int, faults: int, urgent: float = 0.3) -> Problem:
    """Return a made-up problem in a square of a hundred kilometres."""
    rng = np.random.default_rng(seed)
    count = sites + faults
    places, homes = rng.uniform(0, 100, (count, 2)), rng.uniform(0, 100, (crews, 2))

    def hours(start: np.ndarray) -> np.ndarray:
        return np.hypot(*(start[:, None, axis] - places[None, :, axis] for axis in (0, 1))) / 30

    generation = np.arange(count) < sites
    hot = ~generation & (rng.random(count) < urgent)
    # Urgent faults of few customers, so that customers speak against them.
    share = np.select([generation, hot], [1.0, 0.02], 0.4)
    return Problem(
        begin_h=np.where(generation, rng.uniform(-1, 5, count).clip(0), 0),
        end_h=np.where(generation, rng.uniform(2, 7, count), HORIZON),
        rate=rng.integers(0, 500, count) * share,
        work_h=np.where(generation, 1 / 3, 1.0),
        opened_h=-rng.uniform(0, 5, count),
        generation=generation,
        urgent=hot,
        able=rng.random((crews, count)) < 0.7,
        free_h=np.where(rng.random(crews) < 0.4, rng.uniform(0, 2, crews), 0),
        from_start_h=hours(homes),
        between_h=hours(places),
        horizon_h=HORIZON,
        urgent_step_h=STEP,
    )


def routes_of(problem: Problem, crew: int) -> list[tuple[int, ...]]:
    """Return every route that the rules allow a crew, by definition and without looking at the product's code."""
    tasks = range(len(problem.rate))
    found: list[tuple[int, ...]] = [()]
    for length in range(1, len(tasks) + 1):
        for route in permutations(tasks, length):
            ends_once = not any(problem.generation[task] for task in route[:-1])
            hot = [bool(problem.urgent[task]) for task in route]
            if ends_once and hot == sorted(hot, reverse=True) and all(problem.able[crew, task] for task in route):
                found.append(route)
    return found


def outcome(problem: Problem, crew: int, route: tuple[int, ...]) -> tuple[int, int, float] | None:
    """Return urgent faults attended (negative), their delay in steps, and customer-hours saved (negative)."""
    now, last, attended, steps, saved = problem.free_h[crew], None, 0, 0, 0.0
    for task in route:
        arrive = now + (problem.from_start_h[crew, task] if last is None else problem.between_h[last, task])
        if arrive > HORIZON:
            return None
        if problem.urgent[task]:
            ways = [problem.free_h[c] + problem.from_start_h[c, task] for c in range(len(problem.able))
                    if problem.able[c, task]]  # fmt: skip
            attended, steps = attended - 1, steps + int((arrive - min(ways)) / STEP + 1e-9)
        now, last = arrive + problem.work_h[task], task
        begin, end = problem.begin_h[task], max(problem.begin_h[task], problem.end_h[task])
        saved += problem.rate[task] * (end - min(max(now, begin), end))
    return attended, steps, -saved


def best_of_all(problem: Problem) -> tuple[float, ...]:
    """Return the best outcome of all plans."""
    each = []
    for crew in range(len(problem.free_h)):
        found = ((route, outcome(problem, crew, route)) for route in routes_of(problem, crew))
        each.append([(set(route), result) for route, result in found if result is not None])
    best: tuple[float, ...] = (0, 0, 0)
    for plan in product(*each):
        used = [task for tasks, _ in plan for task in tasks]
        if len(used) == len(set(used)):
            best = min(best, tuple(map(sum, zip(*(result for _, result in plan), strict=True))))
    return best


def baselines(problem: Problem) -> list:
    return [first_come(problem), nearest_first(problem), greedy(problem)]


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 2), st.integers(0, 2), st.integers(1, 3))
def test_the_plan_is_the_best_of_all_plans(seed: int, crews: int, sites: int, faults: int) -> None:
    problem = problem_of(seed, crews, sites, faults)
    plan = solve(problem, baselines(problem), 4.0)[0]
    attended, steps, saved = best_of_all(problem)
    assert plan.key == pytest.approx((steps + attended * problem.attended_credit, saved), abs=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_too_narrow_a_first_search_changes_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(seed, 8, 24, 10)
    found = []
    for narrow in (0.0, 1.0):
        monkeypatch.setattr(dispatch_solver, "NARROW", narrow)
        found.append(solve(problem, [Routes.idle(problem)], 10.0)[0].key)
    assert found[0] == pytest.approx(found[1])


def test_a_poor_choice_of_the_solver_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(3, 15, 60, 15)
    best = solve(problem, baselines(problem), 4.0)[0]
    assert best.key < greedy(problem).key
    monkeypatch.setattr(dispatch_solver, "_choose", lambda *_: np.zeros(0, np.int64))
    assert solve(problem, [best], 4.0)[0].key == best.key


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 15), st.integers(0, 8))
def test_the_plan_is_never_worse_than_the_greedy_one_nor_the_baselines(
    seed: int, crews: int, sites: int, faults: int
) -> None:
    problem = problem_of(seed, crews, sites, faults)
    others = baselines(problem)
    assert all(solve(problem, others, 4.0)[0].key <= other.key for other in others)


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 6), st.integers(1, 15), st.integers(0, 8))
def test_every_plan_keeps_the_rules_and_counts_its_savings_right(
    seed: int, crews: int, sites: int, faults: int
) -> None:
    problem = problem_of(seed, crews, sites, faults)
    for plan in (*baselines(problem), solve(problem, baselines(problem), 1.0)[0]):
        used = plan.path[plan.path >= 0].tolist()
        assert len(used) == len(set(used)), "a task has one crew"
        driven, legs = drive(problem, plan)
        assert driven.key == pytest.approx(plan.key)
        for crew in range(crews):
            route = tuple(leg.task for leg in legs if leg.crew == crew)
            assert all(problem.able[crew, task] for task in route)
            assert not problem.generation[list(route[:-1])].any(), "a generator stays where it runs"
            hot = problem.urgent[list(route)].tolist() if route else []
            assert hot == sorted(hot, reverse=True), "urgent faults come first"
            result = outcome(problem, crew, route)
            assert result is not None
            assert -plan.saved[crew] == pytest.approx(result[2])


def test_without_time_the_answer_is_the_best_of_the_plans_at_hand() -> None:
    problem = problem_of(7, 30, 120, 30)
    others = baselines(problem)
    found, solved = solve(problem, others, 0.0)
    assert found.key == min(other.key for other in others)
    assert not solved


@pytest.mark.parametrize("seconds", [1e-6, 0.05])
def test_when_time_is_up_the_answer_is_no_worse_than_the_plans_at_hand_and_says_so(seconds: float) -> None:
    problem = problem_of(7, 30, 120, 30)
    others = baselines(problem)
    begun = time.monotonic()
    found, solved = solve(problem, others, seconds)
    assert time.monotonic() - begun < 3
    assert not solved
    assert found.key <= min(other.key for other in others)


def test_a_search_that_ends_by_itself_says_so() -> None:
    problem = problem_of(1, 2, 3, 1)
    assert solve(problem, baselines(problem), 30.0)[1]


def test_a_hundred_and_twenty_sites_and_thirty_crews_are_planned_at_once_and_solved_in_time() -> None:
    problem = problem_of(3, 30, 120, 30, urgent=0.1)
    greedy(problem)
    begun = time.process_time()
    plan = greedy(problem)
    assert time.process_time() - begun < 0.2
    begun = time.monotonic()
    assert solve(problem, baselines(problem), 4.0)[0].key < plan.key
    assert time.monotonic() - begun < 5
