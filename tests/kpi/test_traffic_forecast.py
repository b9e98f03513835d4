"""Growth is what a seasonal forecast expects, with the error it had when it was tried."""

import numpy as np
import pytest

from ops_platform.kpi.traffic_forecast import growth

DAYS = np.arange(112)
WEEK = 10 * np.sin(DAYS * 2 * np.pi / 7)


def test_steady_growth_is_found_with_a_small_error() -> None:
    found = growth(100 + 0.5 * DAYS + WEEK)
    assert found is not None
    truly = (100 + 0.5 * (DAYS[-28:] + 28)).mean() / (100 + 0.5 * DAYS[-28:]).mean() - 1
    assert found.monthly == pytest.approx(truly, abs=0.01)
    assert found.error < 0.01
    assert found.error < found.naive_error


def test_a_week_that_repeats_does_not_grow() -> None:
    found = growth(100 + WEEK)
    assert found is not None
    assert found.monthly == pytest.approx(0, abs=1e-3)


def test_where_the_model_errs_more_the_last_week_is_taken() -> None:
    rise_and_halt = np.concatenate([100 + 2.0 * DAYS[:84], np.full(28, 268.0)])
    found = growth(rise_and_halt)
    assert found is not None
    assert found.monthly == 0
    assert found.error == found.naive_error


def test_a_day_that_is_not_known_is_filled_in() -> None:
    series = 100 + 0.5 * DAYS + WEEK
    gaps = series.copy()
    gaps[[0, 40, 41, 90, 111]] = np.nan
    whole, holed = growth(series), growth(gaps)
    assert whole is not None
    assert holed is not None
    assert holed.monthly == pytest.approx(whole.monthly, abs=0.02)


@pytest.mark.parametrize("series", [100 + WEEK[:55], np.full(60, np.nan), np.zeros(60), []])
def test_too_little_gives_no_growth(series: np.ndarray) -> None:
    assert growth(series) is None


def test_eight_weeks_are_enough() -> None:
    assert growth(100 + WEEK[:56]) is not None


LONG = np.arange(480)
SEASON = 30 * np.sin(LONG * 2 * np.pi / 364)


def test_with_a_year_and_eight_weeks_the_season_of_the_year_is_known() -> None:
    series = (100 + 0.02 * LONG + SEASON) * (1 + 0.1 * np.sin(LONG * 2 * np.pi / 7))
    # Last year it rose steeply in these four weeks, and not in those before them; and it leapt in the next four.
    series[-28 - 364 : -364] *= np.linspace(1, 2, 28)
    series[-70:] = series[-70 - 364 : -364] * 1.2
    series[-364:-336] *= 1.5
    found = growth(series)
    assert found is not None
    assert found.yearly
    assert found.monthly == pytest.approx(1.2 * series[-364:-336].mean() / series[-28:].mean() - 1, abs=0.02)
    assert found.error < found.naive_error / 2


def test_the_year_before_is_not_asked_where_it_is_too_short_or_had_nothing() -> None:
    series = 100 + 0.02 * LONG + SEASON
    assert growth(series[-419:]).yearly is False  # type: ignore[union-attr]
    nothing = series.copy()
    nothing[:200] = 0
    assert growth(nothing).yearly is False  # type: ignore[union-attr]
