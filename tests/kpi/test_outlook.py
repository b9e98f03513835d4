"""A forecast knows what is known, its band holds as often as it says, and trials tell how it did."""

from datetime import date

import numpy as np
import pytest

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.outlook import HELD, Trial, held, trials, widening, year_end

LATE = CATALOGUE["generator_timeliness"]
HALL = CATALOGUE["hall_satisfaction"]
FIRST = date(2026, 1, 1)


def days(numerator: float, denominator: float, count: int = 59) -> np.ndarray:
    return np.array([[numerator] * count, [denominator] * count])


def test_what_never_varies_is_forecast_without_doubt() -> None:
    draws = year_end(LATE, {"": days(9, 10)}, 306)
    assert draws is not None
    assert draws == pytest.approx(90.0)


def test_a_year_that_is_over_is_what_it_was() -> None:
    known = days(9, 10)
    known[0, :7] = 0
    draws = year_end(LATE, {"": known}, 0)
    assert draws is not None
    assert draws == pytest.approx(100 * 9 * 52 / 590)


def test_the_more_of_the_year_is_known_the_narrower_the_band() -> None:
    rng = np.random.default_rng(1)
    known = np.array([rng.binomial(10, 0.9, 180).astype(float), np.full(180, 10.0)])
    wide, narrow = (year_end(LATE, {"": known}, ahead) for ahead in (300, 30))
    assert wide is not None
    assert narrow is not None
    assert np.std(narrow) < np.std(wide) < 2


def test_less_than_four_weeks_are_too_little() -> None:
    assert year_end(LATE, {"": days(9, 10, 27)}, 300) is None
    assert year_end(LATE, {"": days(9, 10, 28)}, 300) is not None
    assert year_end(LATE, {"": days(0, 0)}, 300) is None


def test_a_weighted_kpi_needs_all_of_its_parts() -> None:
    parts = {part: days(80, 1) for part in HALL.weights}
    draws = year_end(HALL, parts, 100)
    assert draws is not None
    assert draws == pytest.approx(80.0)
    assert year_end(HALL, {"speed": days(80, 1)}, 100) is None


def test_a_trial_forecasts_a_known_month_from_the_days_before_it_only() -> None:
    known = np.concatenate([days(9, 10, 59), days(6, 10, 31)], axis=1)
    found = trials({("O1", LATE.id): {"": known}}, FIRST, ["2026-01", "2026-03"])
    assert [(one.month, one.error, one.naive_error) for one in found] == [
        ("2026-03", pytest.approx(30.0), pytest.approx(30.0))
    ]
    assert found[0].spread == pytest.approx(0.0, abs=1e-9), "nothing varied"


def trial(error: float, month: str = "2026-02") -> Trial:
    return Trial(LATE.id, month, error, error, 1.0)


def test_bands_are_widened_until_the_share_holds_that_should() -> None:
    assert widening([]) == 0.0
    assert widening([trial(1 + one / 10) for one in range(1, 10)]) == pytest.approx(0.8)
    assert widening([trial(0.5)]) == 0.0, "a band that holds is not made narrower"


def test_whether_a_band_held_is_judged_with_what_other_months_teach() -> None:
    assert held([trial(1.0)]) == []
    assert held([trial(1.0), trial(2.0, "2026-03")]) == [True, False]


def test_bands_hold_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(7)
    inside = []
    for _ in range(40):
        known = np.array([rng.binomial(20, 0.9, 90).astype(float), np.full(90, 20.0)])
        inside += held(trials({("O1", LATE.id): {"": known}, ("O2", LATE.id): {"": known[:, ::-1]}}, FIRST,
                              ["2026-02", "2026-03"]))  # fmt: skip
    assert HELD - 0.2 < np.mean(inside) <= 1.0
