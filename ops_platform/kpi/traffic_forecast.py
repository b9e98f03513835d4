"""Growth of traffic: a seasonal forecast of daily sums, and how wrong it was when tried on what is known.

House: Holt-Winters with a damped trend and a week's season (statsmodels), against "as a week before". Whichever erred
less over the last four weeks is taken.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from statsmodels.tsa.holtwinters import ExponentialSmoothing

WEEK = 7
TRIED_DAYS = 28
LEAST_DAYS = 56
"""Four weeks to learn from, and four to be tried on."""
Floats = npt.NDArray[np.float64]


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
    """

    monthly: float
    error: float
    naive_error: float


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
    error, naive_error = _error(_holt_winters(known), came), _error(_as_last_week(known), came)
    ahead = _holt_winters(series) if error < naive_error else _as_last_week(series)
    return Growth(float(ahead.mean() / came.mean() - 1), min(error, naive_error), naive_error)


def _filled(series: Floats) -> Floats:
    known = np.flatnonzero(~np.isnan(series))
    if not len(known):
        return series[:0]
    within = np.arange(known[0], known[-1] + 1)
    return np.interp(within, known, series[known])


def _holt_winters(series: Floats) -> Floats:
    model = ExponentialSmoothing(series, trend="add", damped_trend=True, seasonal="add", seasonal_periods=WEEK)
    forecast: Floats = np.maximum(model.fit().forecast(TRIED_DAYS), 0.0)
    return forecast


def _as_last_week(series: Floats) -> Floats:
    return np.resize(series[-WEEK:], TRIED_DAYS)


def _error(forecast: Floats, came: Floats) -> float:
    return float(np.abs(forecast - came).sum() / came.sum())
