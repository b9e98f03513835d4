"""Diffraction of ITU-R P.1812-8, section 4.3: Bullington's edge, the spherical Earth, and both as delta-Bullington.

Plain reference code, one path at a time; ``geo.terrain_loss`` is its fast twin.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Polarization = Literal["horizontal", "vertical"]

METRES_TIMES_GHZ = 0.2998
"""Speed of light as the reference code of the Recommendation rounds it: wavelength in m times frequency in GHz."""
NO_EDGE_NU = -0.78
"""Below this diffraction parameter an edge loses nothing."""
_LAND, _SEA = (22.0, 0.003), (80.0, 5.0)
"""Relative permittivity and conductivity in S/m."""


@dataclass(frozen=True)
class Wave:
    """What diffraction depends on besides the path."""

    frequency_ghz: float
    polarization: Polarization
    sea_share: float
    """Share of the path over sea, 0 to 1."""

    @property
    def length_m(self) -> float:
        """Wavelength in metres."""
        return METRES_TIMES_GHZ / self.frequency_ghz


@dataclass(frozen=True)
class Terminals:
    """Heights above sea level of both antennas and of the smooth surface below them (``hts, hrs, hstd, hsrd``), m."""

    transmitter_m: float
    receiver_m: float
    smooth_transmitter_m: float
    smooth_receiver_m: float


def delta_bullington_db(
    distance_km: Floats, height_m: Floats, terminals: Terminals, radius_km: float, wave: Wave
) -> float:
    """Diffraction loss of a general path (section 4.3.4) in dB.

    Parameters
    ----------
    distance_km, height_m
        Profile, shape (points,): from the transmitter (0) to the receiver; heights above sea level, clutter included.
    terminals
        Antennas and the smooth surface.
    radius_km
        Effective radius of the Earth.
    wave
        Frequency, polarization, sea.
    """
    length = float(distance_km[-1])
    edge = bullington_db(distance_km, height_m, terminals.transmitter_m, terminals.receiver_m, radius_km, wave)
    above_tx = terminals.transmitter_m - terminals.smooth_transmitter_m
    above_rx = terminals.receiver_m - terminals.smooth_receiver_m
    smooth_edge = bullington_db(distance_km, np.zeros_like(height_m), above_tx, above_rx, radius_km, wave)
    return edge + max(spherical_earth_db(length, above_tx, above_rx, radius_km, wave) - smooth_edge, 0.0)


def bullington_db(
    distance_km: Floats, height_m: Floats, transmitter_m: float, receiver_m: float, radius_km: float, wave: Wave
) -> float:
    """Loss of the one edge that stands for all obstacles of a path (section 4.3.1) in dB."""
    length = float(distance_km[-1])
    d = distance_km[1:-1]
    bulging = height_m[1:-1] + 500.0 * d * (length - d) / radius_km
    slope_tx = float(np.max((bulging - transmitter_m) / d))
    if slope_tx < (receiver_m - transmitter_m) / length:
        ray = (transmitter_m * (length - d) + receiver_m * d) / length
        nu = np.max((bulging - ray) * np.sqrt(0.002 * length / (wave.length_m * d * (length - d))))
    else:
        slope_rx = float(np.max((bulging - receiver_m) / (length - d)))
        at = (receiver_m - transmitter_m + slope_rx * length) / (slope_tx + slope_rx)
        above = transmitter_m + slope_tx * at - (transmitter_m * (length - at) + receiver_m * at) / length
        nu = above * np.sqrt(0.002 * length / (wave.length_m * at * (length - at)))
    return beyond_edge_db(knife_edge_db(float(nu)), length)


def knife_edge_db(nu: float) -> float:
    """Loss over a knife edge for a diffraction parameter, dB (the Recommendation's approximation ``J``)."""
    if nu <= NO_EDGE_NU:
        return 0.0
    return float(6.9 + 20.0 * np.log10(np.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1))


def beyond_edge_db(edge_db: float, length_km: float) -> float:
    """Bullington's loss from that of its edge: terrain is rougher than one knife."""
    return float(edge_db + (1.0 - np.exp(-edge_db / 6.0)) * (10.0 + 0.02 * length_km))


def spherical_earth_db(
    length_km: float, transmitter_m: float, receiver_m: float, radius_km: float, wave: Wave
) -> float:
    """Diffraction loss over a smooth sphere (section 4.3.2) in dB; heights above its surface in metres."""
    horizon_km = np.sqrt(2.0 * radius_km) * (np.sqrt(0.001 * transmitter_m) + np.sqrt(0.001 * receiver_m))
    if length_km >= horizon_km:
        return first_term_db(length_km, transmitter_m, receiver_m, radius_km, wave)
    clearance_m, fresnel_km = least_clearance(length_km, transmitter_m, receiver_m, radius_km)
    required_m = 17.456 * np.sqrt(fresnel_km * wave.length_m)
    if clearance_m > required_m:
        return 0.0
    grazing_km = 500.0 * (length_km / (np.sqrt(transmitter_m) + np.sqrt(receiver_m))) ** 2
    first_term = max(first_term_db(length_km, transmitter_m, receiver_m, float(grazing_km), wave), 0.0)
    return float((1.0 - clearance_m / required_m) * first_term)


def least_clearance(length_km: float, transmitter_m: float, receiver_m: float, radius_km: float) -> tuple[float, float]:
    """Smallest height of a ray over a smooth sphere in metres, and ``d1 d2 / d`` there in km (equations of 4.3.2)."""
    both = transmitter_m + receiver_m
    c = (transmitter_m - receiver_m) / both
    m = 250.0 * length_km**2 / (radius_km * both)
    third = np.arccos(1.5 * c * np.sqrt(3.0 * m / (m + 1.0) ** 3)) / 3.0
    b = 2.0 * np.sqrt((m + 1.0) / (3.0 * m)) * np.cos(np.pi / 3.0 + third)
    from_tx = length_km / 2.0 * (1.0 + b)
    from_rx = length_km - from_tx
    over_tx = (transmitter_m - 500.0 * from_tx**2 / radius_km) * from_rx
    over_rx = (receiver_m - 500.0 * from_rx**2 / radius_km) * from_tx
    return float((over_tx + over_rx) / length_km), float(from_tx * from_rx / length_km)


def smooth_bullington_db(
    length_km: float, transmitter_m: float, receiver_m: float, radius_km: float, wave: Wave
) -> float:
    """Bullington's loss over a smooth sphere without a profile (attachment 4 to annex 1) in dB.

    The Recommendation's alternative to :func:`bullington_db` over a profile of zeros; the kernel uses it, because it
    depends on no step of the profile.
    """
    horizon_km = np.sqrt(2.0 * radius_km) * (np.sqrt(0.001 * transmitter_m) + np.sqrt(0.001 * receiver_m))
    if length_km < horizon_km:
        clearance_m, fresnel_km = least_clearance(length_km, transmitter_m, receiver_m, radius_km)
        nu = -clearance_m * np.sqrt(0.002 / (wave.length_m * fresnel_km))
    else:
        slope_tx = 500.0 * length_km / radius_km - 2.0 * np.sqrt(500.0 * transmitter_m / radius_km)
        slope_rx = 500.0 * length_km / radius_km - 2.0 * np.sqrt(500.0 * receiver_m / radius_km)
        at = (receiver_m - transmitter_m + slope_rx * length_km) / (slope_tx + slope_rx)
        above = transmitter_m + slope_tx * at - (transmitter_m * (length_km - at) + receiver_m * at) / length_km
        nu = above * np.sqrt(0.002 * length_km / (wave.length_m * at * (length_km - at)))
    return beyond_edge_db(knife_edge_db(float(nu)), length_km)


def first_term_db(length_km: float, transmitter_m: float, receiver_m: float, radius_km: float, wave: Wave) -> float:
    """First term of the residue series of spherical-Earth diffraction (section 4.3.3) in dB."""
    land, sea = (
        _first_term_over_db(length_km, transmitter_m, receiver_m, radius_km, wave, ground) for ground in (_LAND, _SEA)
    )
    return wave.sea_share * sea + (1.0 - wave.sea_share) * land


def _first_term_over_db(
    length_km: float, transmitter_m: float, receiver_m: float, radius_km: float, wave: Wave, ground: tuple[float, float]
) -> float:
    """First term over one kind of ground: relative permittivity and conductivity in S/m."""
    permittivity, conductivity = ground
    f, loss = wave.frequency_ghz, 18.0 * conductivity / wave.frequency_ghz
    admittance = 0.036 * np.cbrt(1.0 / (radius_km * f)) * ((permittivity - 1.0) ** 2 + loss**2) ** -0.25
    if wave.polarization == "vertical":
        admittance *= np.sqrt(permittivity**2 + loss**2)
    k2 = admittance**2
    beta = (1.0 + 1.6 * k2 + 0.67 * k2**2) / (1.0 + 4.5 * k2 + 1.53 * k2**2)
    x = 21.88 * beta * np.cbrt(f / radius_km**2) * length_km
    far = 11.0 + 10.0 * np.log10(x) - 17.6 * x if x >= 1.6 else -20.0 * np.log10(x) - 5.6488 * x**1.425  # noqa: PLR2004
    per_metre = 0.9575 * beta * np.cbrt(f**2 / radius_km)
    floor = 2.0 + 20.0 * np.log10(admittance)
    gains = sum(max(_height_gain_db(beta * per_metre * h), floor) for h in (transmitter_m, receiver_m))
    return float(-far - gains)


def _height_gain_db(b: float) -> float:
    if b > 2.0:  # noqa: PLR2004 - where the two forms of the Recommendation meet
        return float(17.6 * np.sqrt(b - 1.1) - 5.0 * np.log10(b - 1.1) - 8.0)
    return float(20.0 * np.log10(b + 0.1 * b**3))
