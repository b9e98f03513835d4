"""Growth of traffic: a seasonal forecast of daily sums, and how wrong it was when tried on what is known.

House: Holt-Winters with a damped trend and a week's season (statsmodels), against "as a week before" and, with enough
history, against the year before: Holt-Winters of the ratio to the same weekday 52 weeks earlier, times what that year
did next. Whichever erred least over the last four weeks is taken.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WEEK, YEAR = 7, 364
TRIED_DAYS = 28
LEAST_DAYS = 56
"""Four weeks to learn from, and four to be tried on."""
LEAST_OF_YEAR = 28
"""Beyond a year so many days more tell how this year differs from the last."""
Floats = npt.NDArray[np.float64]
Way = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Growth:
    """What the next four weeks are expected to be.

    Attributes
    ----------
    monthly
        Mean of the next 28 days over that of the last 28, less 1.
    error
        Sum of absolute errors over the sum of what came, of the last 28 days as forecast from those before.
    naive_error
        The same of "as a week before".
    yearly
        Whether it follows the season of the year before.
    """

    monthly: float
    error: float
    naive_error: float
    yearly: bool = False


def growth(daily: npt.ArrayLike) -> Growth | None:
    """Return the expected growth of a series of daily sums; None where it is too short or all zero.

    Parameters
    ----------
    daily
        One value per day, the oldest first, in any unit; a day that is not known (nan) is filled in between its
        neighbours.
    """
    series = _filled(np.asarray(daily, np.float64))
    if len(series) < LEAST_DAYS or not series[-TRIED_DAYS:].sum() > 0:
        return None
    known, came = series[:-TRIED_DAYS], series[-TRIED_DAYS:]
    ways: list[Way] = [_as_last_week, _holt_winters]
    if len(known) >= YEAR + LEAST_OF_YEAR and known[:-LEAST_OF_YEAR].min() > 0:
        ways.append(_as_last_year)
    errors = [_error(way(known), came) for way in ways]
    best = int(np.argmin(errors))
    return Growth(
        float(ways[best](series).mean() / came.mean() - 1), errors[best], errors[0], ways[best] is _as_last_year
    )


def _filled(series: Floats) -> Floats:
    known = np.flatnonzero(~np.isnan(series))
    if not len(known):
        return series[:0]
    within = np.arange(known[0], known[-1] + 1)
    return np.interp(within, known, series[known])


def _holt_winters(series: Floats) -> Floats:
    # Half a second and 70 MB, of which most months need nothing.
    from statsmodels.tsa.holtwinters import ExponentialSmoothing  # noqa: PLC0415

    model = ExponentialSmoothing(series, trend="add", damped_trend=True, seasonal="add", seasonal_periods=WEEK)
    forecast: Floats = np.maximum(model.fit().forecast(TRIED_DAYS), 0.0)
    return forecast


def _as_last_week(series: Floats) -> Floats:
    return np.resize(series[-WEEK:], TRIED_DAYS)


def _as_last_year(series: Floats) -> Floats:
    ratio = _holt_winters(series[YEAR:] / series[:-YEAR])
    return ratio * series[len(series) - YEAR :][:TRIED_DAYS]


def _error(forecast: Floats, came: Floats) -> float:
    return float(np.abs(forecast - came).sum() / came.sum())
