"""Raise levels by one sector of traced receivers: the compiled twin of ``geo.antenna.tilted_pattern_loss_db``."""

from math import asin, atan, atan2, cos, hypot, isnan, pi, sin, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.antenna import FRONT_TO_BACK_DB, HORIZONTAL_BEAM_DEG, SIDE_LOBE_DB, VERTICAL_BEAM_DEG
from geo.compiled import compiled
from geo.crs import Floats
from geo.terrain_trace import Singles


class Sector(NamedTuple):
    """One cell as the kernel takes it."""

    position: int
    """In the cells that were given."""
    radiated_dbm: float
    """Reference power and gain."""
    azimuth_deg: float
    """Against the grid's north; NaN: none."""
    mechanical_tilt_deg: float
    electrical_tilt_deg: float


@compiled
def _pattern_db(ahead: float, aside: float, fall: float, sector: Any) -> float:
    """Loss of a leaning antenna; direction as parts ahead and aside in the plane, and the fall over both."""
    tilt = sector.mechanical_tilt_deg * pi / 180.0
    if isnan(sector.azimuth_deg):
        sunk = atan(fall) * 180.0 / pi - sector.mechanical_tilt_deg - sector.electrical_tilt_deg
        return float(min(12.0 * (sunk / VERTICAL_BEAM_DEG) ** 2, SIDE_LOBE_DB))
    level = 1.0 / sqrt(1.0 + fall * fall)
    forward, down = level * ahead, level * fall
    along, across = forward * cos(tilt) + down * sin(tilt), forward * sin(tilt) - down * cos(tilt)
    phi = atan2(level * aside, along) * 180.0 / pi
    off_tilt = -asin(min(max(across, -1.0), 1.0)) * 180.0 / pi - sector.electrical_tilt_deg
    vertical = min(12.0 * (off_tilt / VERTICAL_BEAM_DEG) ** 2, SIDE_LOBE_DB)
    horizontal = min(12.0 * (phi / HORIZONTAL_BEAM_DEG) ** 2, FRONT_TO_BACK_DB)
    return float(min(horizontal + vertical, FRONT_TO_BACK_DB))


@compiled
def raise_levels(
    best: Singles,
    server: NDArray[np.int32],
    loss_db: Singles,
    fall_m_per_km: Singles,
    way_m: tuple[Floats, Floats],
    sector: Sector,
) -> None:
    """Write a sector's level and position where it is stronger than what stands there.

    Parameters
    ----------
    best, server
        dBm and position of the best cell so far, shape (receivers,); changed in place.
    loss_db, fall_m_per_km
        Path loss, and how steeply the path falls as it leaves the mast, shape (receivers,).
    way_m
        East and north of the mast, metres, shape (receivers,) each.
    sector
        The cell.
    """
    east, north = way_m
    sine, cosine = sin(sector.azimuth_deg * pi / 180.0), cos(sector.azimuth_deg * pi / 180.0)
    for i in range(len(best)):
        unbent = sector.radiated_dbm - loss_db[i]
        if unbent <= best[i]:
            continue  # the pattern can only take away
        away = max(hypot(east[i], north[i]), 1e-9)
        ahead, aside = (east[i] * sine + north[i] * cosine) / away, (east[i] * cosine - north[i] * sine) / away
        # In the precision of what stands there, or a twin would beat its own rounded level.
        level = np.float32(unbent - _pattern_db(ahead, aside, fall_m_per_km[i] / 1000.0, sector))
        if level > best[i]:
            best[i] = level
            server[i] = sector.position
