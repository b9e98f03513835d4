"""Sudden changes of an hourly ratio: change points of what is left when the hours' usual ratio is taken away.

House. The usual ratio of an hour of the day is the median of its days. Each hour's ratio is put on the arcsine scale,
where a share of n counts has the variance 1 / 4n, so that busy and quiet hours weigh as they should; PELT (Killick et
al. 2012, by ruptures) then finds where the mean of the residuals changes. A stretch is told where its ratio of sums is
off what its hours usually have by enough, and the interval of Wilson (statsmodels) leaves that out.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import ruptures
from statsmodels.stats.proportion import proportion_confint

from ops_platform.policy.service import InterconnectPolicy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEAST_HOURS = 24
"""Of a shorter series nothing is told."""
NORMAL_MAD = 1.4826
"""From the median absolute deviation to the standard deviation of what is normal."""


@dataclass(frozen=True)
class Change:
    """A stretch of hours whose ratio is not the usual one.

    Attributes
    ----------
    first, last
        Places of its first and last hour in the series.
    attempts
        Denominator over the stretch.
    ratio, usual, low, high
        Its ratio, what its hours usually have, and the interval of the ratio; shares from 0 to 1.
    """

    first: int
    last: int
    attempts: int
    ratio: float
    usual: float
    low: float
    high: float


def sudden_changes(
    numerator: npt.ArrayLike, denominator: npt.ArrayLike, hour: npt.ArrayLike, policy: InterconnectPolicy
) -> list[Change]:
    """Return the stretches of a series of hours in which a ratio is suddenly not what it usually is.

    Parameters
    ----------
    numerator, denominator
        Counts of each hour, in order of time, shape (n,); every denominator is above zero.
    hour
        Hour of the day of each, shape (n,).

    Returns
    -------
    list of Change
        In order of time; what adjoins and is off to the same side is one.
    """
    k, n, of_day = np.asarray(numerator, float), np.asarray(denominator, float), np.asarray(hour, np.int64)
    if len(n) < LEAST_HOURS:
        return []
    usual = _usual(k / n, of_day)
    residual = 2 * np.sqrt(n) * (np.arcsin(np.sqrt((k + 0.375) / (n + 0.75))) - np.arcsin(np.sqrt(usual)))
    # Real hours scatter more than counts drawn at random would.
    spread = max(1.0, NORMAL_MAD * float(np.median(np.abs(residual - np.median(residual)))))
    search = ruptures.KernelCPD(kernel="linear", min_size=2).fit((residual / spread)[:, None])
    ends = [int(end) for end in search.predict(pen=policy.penalty * np.log(len(n)))]
    stretches: list[tuple[int, int]] = []
    sides: list[bool] = []
    for first, end in zip([0, *ends[:-1]], ends, strict=True):
        found = _change(k, n, usual, (first, end), spread, policy)
        if found is None:
            continue
        if stretches and stretches[-1][1] == first and sides[-1] == (found.ratio > found.usual):
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((first, end))
            sides.append(found.ratio > found.usual)
    changes = (_change(k, n, usual, stretch, spread, policy) for stretch in stretches)
    return [change for change in changes if change is not None]


def _usual(ratio: Floats, hour: Ints) -> Floats:
    found = np.empty_like(ratio)
    for one in np.unique(hour):
        found[hour == one] = np.median(ratio[hour == one])
    return found


def _change(
    k: Floats, n: Floats, usual: Floats, stretch: tuple[int, int], spread: float, policy: InterconnectPolicy
) -> Change | None:
    part = slice(*stretch)
    attempts, expected = n[part].sum(), (n[part] * usual[part]).sum() / n[part].sum()
    ratio = k[part].sum() / attempts
    effective = attempts / spread**2
    low, high = proportion_confint(ratio * effective, effective, alpha=1 - policy.confidence, method="wilson")
    if low <= expected <= high or 100 * abs(ratio - expected) < policy.change_points:
        return None
    return Change(stretch[0], stretch[1] - 1, int(attempts), float(ratio), float(expected), float(low), float(high))
