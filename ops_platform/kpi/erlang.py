"""Erlang B: blocking of offered traffic by channels, and the channels that it needs."""

import numpy as np
import numpy.typing as npt

from geo.compiled import kept

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
HALVINGS = 60
"""Enough for every digit of a double."""


@kept
def _blocking(offered: Floats, lines: Ints) -> Floats:
    found = np.empty(offered.size)
    for index in range(offered.size):
        inverse = 1.0
        for n in range(1, lines[index] + 1):
            inverse = 1.0 + n * inverse / offered[index] if offered[index] > 0 else np.inf
        found[index] = 1.0 / inverse
    return found


@kept
def _needed(offered: Floats, target: float) -> Ints:
    found = np.zeros(offered.size, np.int64)
    for index in range(offered.size):
        inverse, n = 1.0, 0
        while offered[index] > 0 and inverse * target < 1:
            n += 1
            inverse = 1.0 + n * inverse / offered[index]
        found[index] = n
    return found


def blocking(offered_erl: npt.ArrayLike, channels: npt.ArrayLike) -> Floats:
    """Return the share of calls that find no free channel.

    Parameters
    ----------
    offered_erl
        Offered traffic in Erl, any shape.
    channels
        Number of channels, of a shape that broadcasts with it.

    Raises
    ------
    ValueError
        If either is negative, or not a number.

    Notes
    -----
    Source: A. K. Erlang, 1917, in the recursion 1/B(n) = 1 + n / A x 1/B(n-1). All its terms are positive, so that it
    loses no digits; where 1/B is more than a double holds, B is 0.
    """
    offered, lines = np.broadcast_arrays(np.asarray(offered_erl, np.float64), np.asarray(channels, np.int64))
    if not ((offered >= 0).all() and (lines >= 0).all()):
        raise ValueError("offered traffic and channels must be numbers that are not negative")
    found: Floats = _blocking(offered.ravel(), lines.ravel()).reshape(offered.shape)
    return found


def most_offered(channels: npt.ArrayLike, target: float = 0.02) -> Floats:
    """Return the most traffic in Erl that so many channels may be offered at the target blocking.

    Parameters
    ----------
    channels
        Numbers of channels, any shape.
    target
        Blocking, above 0 and below 1.

    Raises
    ------
    ValueError
        If the target is not between 0 and 1.
    """
    _check_target(target)
    lines = np.asarray(channels, np.int64)
    # What is carried, A (1 - B), is less than N.
    low, high = np.zeros(lines.shape), lines / (1 - target)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        fits = (blocking(middle, lines) <= target) & (lines > 0)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low


def channels_needed(offered_erl: npt.ArrayLike, target: float = 0.02) -> Ints:
    """Return the smallest number of channels whose blocking is at most the target.

    Parameters
    ----------
    offered_erl
        Offered traffic in Erl, any shape.
    target
        Blocking, above 0 and below 1.

    Raises
    ------
    ValueError
        If traffic is negative, infinite or not a number, or the target is not between 0 and 1.
    """
    offered = np.asarray(offered_erl, np.float64)
    _check_target(target)
    if not ((offered >= 0) & np.isfinite(offered)).all():
        raise ValueError("offered traffic must be finite and not negative")
    found: Ints = _needed(offered.ravel(), target).reshape(offered.shape)
    return found


def _check_target(target: float) -> None:
    if not 0 < target < 1:
        raise ValueError(f"the target blocking must be between 0 and 1, not {target}")
