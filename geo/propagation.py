"""Path loss by formulas that know no terrain: free space, Okumura-Hata and COST 231-Hata, plain and vectorised.

For one antenna each of the Hata models is a straight line over the logarithm of distance, so it is written here as its
loss at 1 km and its slope per decade. The coverage kernel takes these two numbers, and no formula exists twice.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.tr38901 import obstructed_line

Floats = NDArray[np.float64]
Environment = Literal["large_city", "city", "suburban", "open"]
HighBands = Literal["cost231", "tr38901"]

HATA_TOP_MHZ = 1500.0
"""Okumura-Hata up to and including this frequency, COST 231-Hata above."""
COST231_TOP_MHZ = 2000.0
"""Up to here COST 231-Hata was published."""
MIN_DISTANCE_KM = 0.02
"""Path loss is never taken nearer than this; the models have no meaning there."""

_LARGE_CITY_CUT_MHZ = 300.0
"""Hata gives one correction to 200 MHz and another from 400; between them the textbooks cut here."""


def free_space_db(frequency_mhz: ArrayLike, distance_km: ArrayLike) -> Floats:
    """Free-space basic transmission loss in dB (ITU-R P.525-4: 32.4 + 20 log10 f + 20 log10 d); shapes broadcast."""
    return np.asarray(32.4 + 20.0 * np.log10(frequency_mhz) + 20.0 * np.log10(distance_km))


def hata_line(
    frequency_mhz: ArrayLike, base_height_m: ArrayLike, mobile_height_m: ArrayLike, environment: ArrayLike
) -> tuple[Floats, Floats]:
    """Okumura-Hata as a line over log10 of the distance in km.

    Parameters
    ----------
    frequency_mhz, base_height_m, mobile_height_m
        MHz (published for 150-1500), metres (30-200), metres (1-10); shapes broadcast.
    environment
        ``large_city``, ``city`` (small or medium), ``suburban`` or ``open``; one or an array of them. Suburban and open
        are corrections of the small or medium city.

    Returns
    -------
    at_1_km_db, per_decade_db
        Arrays of the broadcast shape.

    Notes
    -----
    Source: M. Hata, IEEE Trans. Veh. Technol. VT-29 (1980) 317-325.
    """
    lg_f, lg_base = np.log10(frequency_mhz), np.log10(base_height_m)
    mobile = _mobile_db(frequency_mhz, mobile_height_m, environment)
    at_1_km = 69.55 + 26.16 * lg_f - 13.82 * lg_base - mobile - _clearing_db(frequency_mhz, environment)
    return _line(at_1_km, lg_base)


def cost231_line(
    frequency_mhz: ArrayLike, base_height_m: ArrayLike, mobile_height_m: ArrayLike, environment: ArrayLike
) -> tuple[Floats, Floats]:
    """COST 231-Hata as a line over log10 of the distance in km.

    Parameters and results as for :func:`hata_line`; published for 1500-2000 MHz, ``city`` (medium city) and
    ``large_city`` (+3 dB). For ``suburban`` and ``open`` Hata's corrections are taken off the medium city: house
    definition, COST 231 gives none.

    Notes
    -----
    Source: COST 231 final report (EUR 18957, 1999), section 4.4.1.
    """
    lg_f, lg_base = np.log10(frequency_mhz), np.log10(base_height_m)
    metropolitan = np.where(np.asarray(environment) == "large_city", 3.0, 0.0)
    mobile = _mobile_db(frequency_mhz, mobile_height_m, environment)
    at_1_km = 46.3 + 33.9 * lg_f - 13.82 * lg_base - mobile + metropolitan - _clearing_db(frequency_mhz, environment)
    return _line(at_1_km, lg_base)


def loss_line(
    frequency_mhz: ArrayLike,
    base_height_m: ArrayLike,
    mobile_height_m: ArrayLike,
    environment: ArrayLike,
    above_2_ghz: HighBands = "cost231",
) -> tuple[Floats, Floats]:
    """Loss at 1 km and slope per decade by the model that serves the frequency: Hata to 1,500 MHz, COST 231 above.

    Above 2 GHz, beyond what COST 231 was published for, it is that or TR 38.901 without line of sight.
    """
    arguments = (frequency_mhz, base_height_m, mobile_height_m, environment)
    frequency, lines = np.asarray(frequency_mhz), [hata_line(*arguments), cost231_line(*arguments)]
    lines.append(obstructed_line(*arguments) if above_2_ghz == "tr38901" else lines[-1])
    by = [frequency <= HATA_TOP_MHZ, frequency <= COST231_TOP_MHZ]
    at_1_km, per_decade = (
        np.where(by[0], low, np.where(by[1], mid, high)) for low, mid, high in zip(*lines, strict=True)
    )
    return at_1_km, per_decade


def okumura_hata_db(
    frequency_mhz: ArrayLike,
    distance_km: ArrayLike,
    base_height_m: ArrayLike,
    mobile_height_m: ArrayLike,
    environment: Environment,
) -> Floats:
    """Okumura-Hata median path loss in dB; shapes broadcast. See :func:`hata_line`."""
    return along(distance_km, *hata_line(frequency_mhz, base_height_m, mobile_height_m, environment))


def cost231_hata_db(
    frequency_mhz: ArrayLike,
    distance_km: ArrayLike,
    base_height_m: ArrayLike,
    mobile_height_m: ArrayLike,
    environment: Environment,
) -> Floats:
    """COST 231-Hata median path loss in dB; shapes broadcast. See :func:`cost231_line`."""
    return along(distance_km, *cost231_line(frequency_mhz, base_height_m, mobile_height_m, environment))


def along(distance_km: ArrayLike, at_1_km_db: ArrayLike, per_decade_db: ArrayLike) -> Floats:
    """Path loss in dB at a distance in km (at least 0.02) on a model's line; shapes broadcast."""
    decades = np.log10(np.maximum(distance_km, MIN_DISTANCE_KM))
    return np.asarray(np.asarray(at_1_km_db) + np.asarray(per_decade_db) * decades)


def _line(at_1_km: Floats, lg_base: Floats) -> tuple[Floats, Floats]:
    per_decade = 44.9 - 6.55 * lg_base
    loss, slope = np.broadcast_arrays(np.asarray(at_1_km, np.float64), np.asarray(per_decade, np.float64))
    return loss, slope


def _mobile_db(frequency_mhz: ArrayLike, mobile_height_m: ArrayLike, environment: ArrayLike) -> Floats:
    """Hata's correction for the mobile's height: that of the large city, or of all other places, dB."""
    lg_f, mobile = np.log10(frequency_mhz), np.asarray(mobile_height_m, np.float64)
    elsewhere = (1.1 * lg_f - 0.7) * mobile - (1.56 * lg_f - 0.8)
    low = 8.29 * np.log10(1.54 * mobile) ** 2 - 1.1
    high = 3.2 * np.log10(11.75 * mobile) ** 2 - 4.97
    large_city = np.where(np.asarray(frequency_mhz) <= _LARGE_CITY_CUT_MHZ, low, high)
    return np.where(np.asarray(environment) == "large_city", large_city, elsewhere)


def _clearing_db(frequency_mhz: ArrayLike, environment: ArrayLike) -> Floats:
    """Hata's corrections: what a suburb or open land loses less than the city, dB."""
    where, lg_f = np.asarray(environment), np.log10(frequency_mhz)
    suburban = 2.0 * np.log10(np.asarray(frequency_mhz) / 28.0) ** 2 + 5.4
    open_land = 4.78 * lg_f**2 - 18.33 * lg_f + 40.94
    return np.where(where == "suburban", suburban, np.where(where == "open", open_land, 0.0))
