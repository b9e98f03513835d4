"""Erlang B against the published table, and what must hold for any traffic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from ops_platform.kpi.erlang import blocking, channels_needed, most_offered

TARGETS = (0.001, 0.005, 0.01, 0.02, 0.05)
PUBLISHED = {
    1: (0.0010, 0.0050, 0.0101, 0.0204, 0.0526),
    7: (1.5786, 2.1575, 2.5009, 2.9354, 3.7378),
    14: (5.4464, 6.6632, 7.3517, 8.2003, 9.7295),
    30: (16.6839, 19.0339, 20.3373, 21.9316, 24.8018),
    100: (75.2420, 80.9099, 84.0642, 87.9720, 95.2404),
}
"""Traffic in Erl that so many channels take."""


@pytest.mark.parametrize("channels", PUBLISHED)
def test_what_channels_take_is_the_published_table(channels: int) -> None:
    assert tuple(round(float(most_offered(channels, target)), 4) for target in TARGETS) == PUBLISHED[channels]


@pytest.mark.parametrize(("channels", "target", "erl"), [(15, 0.01, 8.108), (5, 0.02, 1.657)])
def test_published_anchors(channels: int, target: float, erl: float) -> None:
    assert float(most_offered(channels, target)) == pytest.approx(erl, abs=5e-4)


@pytest.mark.parametrize("channels", PUBLISHED)
def test_a_channel_more_is_needed_once_the_table_is_passed(channels: int) -> None:
    takes = np.array([most_offered(channels, 0.02)])
    assert channels_needed(takes * (1 - 1e-12)).tolist() == [channels]
    assert channels_needed(takes * (1 + 1e-12)).tolist() == [channels + 1]


def test_ends() -> None:
    assert blocking([0.0, 0.0, 5.0], [0, 3, 0]).tolist() == [1, 0, 1]
    assert channels_needed([[0.0, 1e-9]]).tolist() == [[0, 1]]
    assert float(most_offered(0)) == 0
    assert blocking(1.0, 5000) == 0


def test_thousands_of_channels_lose_no_digits() -> None:
    channels, offered = 5000, np.array([4800.0, 5000.0, 5100.0])
    closed = poisson.pmf(channels, offered) / poisson.cdf(channels, offered)
    assert blocking(offered, channels) == pytest.approx(closed, rel=1e-9)
    assert blocking(50_000.0, channels) == pytest.approx(0.9, abs=1e-3)


@given(st.floats(1e-6, 500), st.floats(1e-4, 0.5))
def test_the_channels_needed_are_the_fewest_that_keep_the_target(offered: float, target: float) -> None:
    needed = int(channels_needed(offered, target))
    assert blocking(offered, needed) <= target * (1 + 1e-12)
    assert blocking(offered, needed - 1) > target * (1 - 1e-12)


@pytest.mark.parametrize("offered", [-1.0, float("nan"), float("inf")])
def test_traffic_that_cannot_be_is_refused(offered: float) -> None:
    with pytest.raises(ValueError, match="offered traffic"):
        channels_needed([1.0, offered])
    if offered != float("inf"):
        with pytest.raises(ValueError, match="offered traffic"):
            blocking(offered, 3)


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_a_target_that_cannot_be_is_refused(target: float) -> None:
    for of in (most_offered, channels_needed):
        with pytest.raises(ValueError, match="target blocking"):
            of(5, target)
