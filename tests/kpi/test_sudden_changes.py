"""Sudden changes of a ratio are found with their interval and size, and what only scatters is not one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.kpi.sudden_changes import Change, sudden_changes
from ops_platform.policy.service import InterconnectPolicy

HOURS = np.tile(np.arange(8, 23), 60)
RATIO = 0.8 + 0.05 * np.sin(HOURS)
"""Every hour of the day has a ratio of its own."""
COUNTS = (60 * (0.5 + np.sin((HOURS - 7) / 16 * np.pi))).astype(int)


def found(ratio: np.ndarray, counts: np.ndarray = COUNTS, seed: int = 0, **policy: float) -> list[Change]:
    drawn = np.random.default_rng(seed).binomial(counts, ratio)
    return sudden_changes(drawn, counts, HOURS, InterconnectPolicy(**policy))


def with_change(first: int, end: int, to: float) -> np.ndarray:
    ratio = RATIO.copy()
    ratio[first:end] = to
    return ratio


@pytest.mark.parametrize(("first", "end"), [(450, 465), (452, 455), (600, 900)])
def test_a_change_is_found_from_its_first_to_its_last_hour(first: int, end: int) -> None:
    (change,) = found(with_change(first, end, 0.3))
    assert (change.first, change.last + 1) == (first, end)
    assert change.attempts == COUNTS[first:end].sum()
    assert change.low < change.ratio < change.high < change.usual
    assert change.ratio == pytest.approx(0.3, abs=0.05)
    assert change.usual == pytest.approx((RATIO * COUNTS)[first:end].sum() / COUNTS[first:end].sum(), abs=0.04)


def test_the_interval_narrows_with_the_calls_behind_it_and_widens_with_confidence() -> None:
    ratio = with_change(450, 465, 0.3)
    (few,), (many,), (sure,) = found(ratio), found(ratio, COUNTS * 10), found(ratio, confidence=0.999)
    assert many.high - many.low < (few.high - few.low) / 2
    assert sure.high - sure.low > few.high - few.low


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_what_only_scatters_is_no_change(seed: int) -> None:
    assert found(RATIO, seed=seed) == []


def test_hours_that_scatter_more_than_chance_are_no_changes() -> None:
    restless = np.clip(RATIO + np.random.default_rng(7).normal(0, 0.1, len(RATIO)), 0.05, 0.99)
    assert found(restless, COUNTS * 20) == []


def test_a_change_of_fewer_points_than_asked_is_not_told() -> None:
    ratio = with_change(450, 600, 0.72)
    assert len(found(ratio, COUNTS * 20)) == 1
    assert found(ratio, COUNTS * 20, change_points=15) == []


def test_a_high_penalty_finds_no_short_change() -> None:
    assert found(with_change(450, 453, 0.3), penalty=4)
    assert found(with_change(450, 453, 0.3), penalty=40) == []


def test_what_adjoins_is_one_change_and_both_sides_are_two() -> None:
    deeper = with_change(450, 465, 0.6)
    deeper[465:480] = 0.2
    (one,) = found(deeper, COUNTS * 5)
    assert (one.first, one.last) == (450, 479)
    up_and_down = with_change(450, 465, 0.98)
    up_and_down[465:480] = 0.2
    assert [change.ratio > change.usual for change in found(up_and_down, COUNTS * 5)] == [True, False]


def test_less_than_a_day_of_hours_tells_nothing() -> None:
    counts = np.full(23, 1000)
    drawn = np.where(np.arange(23) < 12, 900, 100)
    assert sudden_changes(drawn, counts, np.zeros(23), InterconnectPolicy()) == []


def test_hours_that_scatter_less_than_chance_are_not_believed_more_than_chance_allows() -> None:
    counts = np.full(len(HOURS), 50)
    drawn = np.full(len(HOURS), 40)
    drawn[450:453] = 38
    assert sudden_changes(drawn, counts, HOURS, InterconnectPolicy(change_points=1)) == []


def test_the_interval_of_restless_hours_is_wider() -> None:
    restless = np.clip(with_change(450, 480, 0.3) + np.random.default_rng(7).normal(0, 0.05, len(RATIO)), 0.05, 0.99)
    (calm,), (wide,) = found(with_change(450, 480, 0.3), COUNTS * 20), found(restless, COUNTS * 20)
    assert wide.high - wide.low > 1.5 * (calm.high - calm.low)
