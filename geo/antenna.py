"""What an antenna radiates, and where: patterns, tilts, and the power of one resource element."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Technology = Literal["GSM", "UMTS", "LTE", "NR"]

HORIZONTAL_BEAM_DEG = 65.0
VERTICAL_BEAM_DEG = 10.0
FRONT_TO_BACK_DB = 25.0
SIDE_LOBE_DB = 20.0

_SUBCARRIERS = 12
_PILOT_SHARE_DB = -10.0
"""A UMTS cell's common pilot, of its carrier: a tenth, house assumption."""
_LTE_BLOCKS = {1.4: 6, 3.0: 15, 5.0: 25, 10.0: 50, 15.0: 75, 20.0: 100}
_NR_BLOCKS_15_KHZ = {5.0: 25, 10.0: 52, 15.0: 79, 20.0: 106, 25.0: 133, 30.0: 160, 40.0: 216, 50.0: 270}
_NR_BLOCKS_30_KHZ = {60.0: 162, 70.0: 189, 80.0: 217, 90.0: 245, 100.0: 273}
_BLOCKS = {"LTE": _LTE_BLOCKS, "NR": _NR_BLOCKS_15_KHZ | _NR_BLOCKS_30_KHZ}


def horizontal_loss_db(off_azimuth_deg: ArrayLike) -> Floats:
    """Loss in dB at an angle off the antenna's azimuth, degrees, any turn; NaN (no azimuth) loses nothing.

    Source: 3GPP TR 36.814 V9.2.0 table A.2.1.1-2, 65 degrees beam width, 25 dB front to back.
    """
    phi = np.mod(np.asarray(off_azimuth_deg, np.float64) + 180.0, 360.0) - 180.0
    loss = np.minimum(12.0 * (phi / HORIZONTAL_BEAM_DEG) ** 2, FRONT_TO_BACK_DB)
    return np.where(np.isnan(phi), 0.0, loss)


def vertical_loss_db(below_horizon_deg: ArrayLike, tilt_deg: ArrayLike) -> Floats:
    """Loss in dB at an angle below the horizon for a tilt, both degrees down; shapes broadcast.

    Source: 3GPP TR 36.814 V9.2.0 table A.2.1.1-2, 10 degrees beam width, side lobes 20 dB down.
    """
    off_tilt = np.asarray(below_horizon_deg, np.float64) - np.asarray(tilt_deg, np.float64)
    return np.minimum(12.0 * (off_tilt / VERTICAL_BEAM_DEG) ** 2, SIDE_LOBE_DB)


def pattern_loss_db(off_azimuth_deg: ArrayLike, below_horizon_deg: ArrayLike, tilt_deg: ArrayLike) -> Floats:
    """Loss in dB against the antenna's full gain: both planes added, never more than 25 dB (3GPP TR 36.814)."""
    both = horizontal_loss_db(off_azimuth_deg) + vertical_loss_db(below_horizon_deg, tilt_deg)
    return np.minimum(both, FRONT_TO_BACK_DB)


def in_antenna_frame(
    off_azimuth_deg: ArrayLike, below_horizon_deg: ArrayLike, mechanical_tilt_deg: ArrayLike
) -> tuple[Floats, Floats]:
    """Turn a direction into the frame of an antenna that leans forward by its mechanical tilt.

    A leaning antenna looks down only in front: at right angles to its azimuth the tilt is nothing, behind it the beam
    rises. An electrical tilt bends the beam down all around instead, and is no turn of the frame.

    Parameters
    ----------
    off_azimuth_deg, below_horizon_deg, mechanical_tilt_deg
        Direction against azimuth and horizon, and the tilt; degrees, down positive; shapes broadcast.

    Returns
    -------
    off_azimuth_deg, below_horizon_deg
        As the antenna sees them, within -180 to 180 and -90 to 90.

    Notes
    -----
    Source: 3GPP TR 38.901 section 7.1.3, rotation by the downtilt angle beta alone.
    """
    phi, below, tilt = (np.radians(a) for a in (off_azimuth_deg, below_horizon_deg, mechanical_tilt_deg))
    forward, aside, up = np.cos(below) * np.cos(phi), np.cos(below) * np.sin(phi), -np.sin(below)
    along = forward * np.cos(tilt) - up * np.sin(tilt)
    across = forward * np.sin(tilt) + up * np.cos(tilt)
    turned, sunk = np.arctan2(aside, along), -np.arcsin(np.clip(across, -1.0, 1.0))
    return np.asarray(np.degrees(turned)), np.asarray(np.degrees(sunk))


def tilted_pattern_loss_db(
    off_azimuth_deg: ArrayLike,
    below_horizon_deg: ArrayLike,
    mechanical_tilt_deg: ArrayLike,
    electrical_tilt_deg: ArrayLike,
) -> Floats:
    """Loss in dB of an antenna with both tilts; degrees, shapes broadcast.

    NaN off the azimuth stands for an antenna without one: it has no front to lean to, and both tilts add up.
    """
    omni = np.isnan(np.asarray(off_azimuth_deg, np.float64))
    phi, below = in_antenna_frame(off_azimuth_deg, below_horizon_deg, mechanical_tilt_deg)
    leaning = pattern_loss_db(phi, below, electrical_tilt_deg)
    both = np.asarray(mechanical_tilt_deg, np.float64) + np.asarray(electrical_tilt_deg, np.float64)
    return np.where(omni, pattern_loss_db(np.nan, below_horizon_deg, both), leaning)


def reference_power_dbm(carrier_dbm: float, technology: Technology, bandwidth_mhz: float | None = None) -> float:
    """Power of what a phone measures as the cell's level, from that of the whole carrier.

    Only such a power may be called RSRP after its path: a carrier of 20 MHz has 1,200 subcarriers, 31 dB.

    Parameters
    ----------
    carrier_dbm
        Power of the carrier, all antennas, dBm.
    technology
        ``GSM``: the BCCH carrier itself. ``UMTS``: the common pilot, a tenth (house assumption). ``LTE``, ``NR``: one
        resource element, all of equal power.
    bandwidth_mhz
        Channel bandwidth of LTE and NR (resource blocks of TS 36.101 table 5.6-1 and TS 38.101-1 table 5.3.2-1, the
        latter with 15 kHz to 50 MHz and 30 kHz above).

    Returns
    -------
    float
        dBm.

    Raises
    ------
    ValueError
        LTE or NR without a bandwidth that the standard knows.
    """
    if technology == "GSM":
        return carrier_dbm
    if technology == "UMTS":
        return carrier_dbm + _PILOT_SHARE_DB
    blocks = _BLOCKS[technology]
    if bandwidth_mhz not in blocks:
        raise ValueError(f"{technology} has no channel of {bandwidth_mhz} MHz, only {', '.join(map(str, blocks))}")
    return float(carrier_dbm - 10.0 * np.log10(_SUBCARRIERS * blocks[bandwidth_mhz]))
