"""Median loss at a frequency for traced paths: the compiled twin of ``geo.p1812`` for cells.

Line of sight and delta-Bullington at half of the time, some ten nanoseconds a receiver. Left out against the whole of
P.1812-8: scatter and ducting (they matter beyond 155 dB), other percentages of time, the sea. The smooth Earth's edge
takes the closed form of attachment 4. Frequencies from 300 MHz.
"""

from math import exp, log10, sqrt

import numpy as np

from geo.compiled import compiled
from geo.terrain_trace import ABOVE_MAST, ABOVE_RECEIVER, LENGTH, NU, SMOOTH_NU, SPREAD, Singles

LOWEST_MHZ, HIGHEST_MHZ = 300.0, 6000.0
"""Below, a trace has not looked closely enough at what reaches into the ray; above, P.1812 says nothing."""

_NO_EDGE_NU = -0.78
_METRES_TIMES_GHZ = 0.2998
_PERMITTIVITY, _CONDUCTIVITY = 22.0, 0.003


@compiled
def _beyond(nu: float, length: float) -> float:
    """Bullington's loss for the diffraction parameter of its edge, dB."""
    if nu <= _NO_EDGE_NU:
        return 0.0
    edge = 6.9 + 20.0 * log10(sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1)
    return edge + (1.0 - exp(-edge / 6.0)) * (10.0 + 0.02 * length)


@compiled
def _gain(b: float) -> float:
    if b > 2.0:  # noqa: PLR2004 - where the two forms of the Recommendation meet
        return 17.6 * sqrt(b - 1.1) - 5.0 * log10(b - 1.1) - 8.0
    return 20.0 * log10(b + 0.1 * b**3)


@compiled
def _first_term(length: float, mast: float, receiver: float, radius: float, ghz: float) -> float:
    """First term of spherical-Earth diffraction over land, vertical polarization, dB."""
    loss = 18.0 * _CONDUCTIVITY / ghz
    k = 0.036 / np.cbrt(radius * ghz) * ((_PERMITTIVITY - 1.0) ** 2 + loss**2) ** -0.25
    k *= sqrt(_PERMITTIVITY**2 + loss**2)
    k2 = k * k
    beta = (1.0 + 1.6 * k2 + 0.67 * k2 * k2) / (1.0 + 4.5 * k2 + 1.53 * k2 * k2)
    x = 21.88 * beta * np.cbrt(ghz / (radius * radius)) * length
    far = 11.0 + 10.0 * log10(x) - 17.6 * x if x >= 1.6 else -20.0 * log10(x) - 5.6488 * x**1.425  # noqa: PLR2004
    scale = 0.9575 * beta * beta * np.cbrt(ghz * ghz / radius)
    floor = 2.0 + 20.0 * log10(k)
    return float(-far - max(_gain(scale * mast), floor) - max(_gain(scale * receiver), floor))


@compiled
def median_loss_db(traced: Singles, frequency_ghz: float, earth_radius_km: float) -> Singles:
    """Predict the median basic loss at a frequency for what :func:`geo.terrain_trace.trace` has left.

    Parameters
    ----------
    traced
        Shape (receivers, 7).
    frequency_ghz
        0.3 to 6.
    earth_radius_km
        As for the trace.

    Returns
    -------
    numpy.ndarray
        dB, float32, shape (receivers,).
    """
    out = np.empty(traced.shape[0], np.float32)
    root = sqrt(frequency_ghz / _METRES_TIMES_GHZ)
    by_frequency = 20.0 * log10(frequency_ghz)
    for i in range(traced.shape[0]):
        length, smooth = float(traced[i, LENGTH]), traced[i, SMOOTH_NU] * root
        loss = traced[i, SPREAD] + by_frequency + _beyond(traced[i, NU] * root, length)
        covered = smooth / (17.456 * sqrt(0.002))
        if covered >= -1.0:
            mast, receiver = float(traced[i, ABOVE_MAST]), float(traced[i, ABOVE_RECEIVER])
            if smooth < 0:
                grazing = 500.0 * (length / (sqrt(mast) + sqrt(receiver))) ** 2
                sphere = (1.0 + covered) * max(_first_term(length, mast, receiver, grazing, frequency_ghz), 0.0)
            else:
                sphere = _first_term(length, mast, receiver, earth_radius_km, frequency_ghz)
            loss += max(sphere - _beyond(smooth, length), 0.0)
        out[i] = loss
    return out
