"""A radio path as ITU-R P.1812-8 sees it: the profile, the atmosphere over it, horizons and the smooth surface.

Sections 3 and 4.1 to 4.2 of annex 1 and its attachment 1. Plain reference code, one path at a time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from geo.p1812_diffraction import METRES_TIMES_GHZ, Floats, Terminals

EARTH_RADIUS_KM = 6371.0
SEA, COAST, INLAND = 1, 3, 4
"""Radio-climatic zones, numbered as in the profiles of ITU-R Study Group 3."""
_SPHERE = Geod(a=EARTH_RADIUS_KM * 1000.0, b=EARTH_RADIUS_KM * 1000.0)
_MOST_POLAR_DEG = 70.0
_FEWEST_POINTS = 5
_BETA_FACTOR = 3.0
"""Effective Earth radius over the true one where the lapse rate is that of ducts."""


@dataclass(frozen=True)
class Profile:
    """Terrain and clutter between two antennas; every array has the shape (points,)."""

    distance_km: Floats
    """From the transmitter, rising from 0 to the receiver."""
    height_m: Floats
    """Ground above sea level."""
    clutter_m: Floats
    """Representative clutter above ground; that of the first and the last point does not count."""
    zone: NDArray[np.int64]
    """``SEA``, ``COAST`` or ``INLAND``."""
    transmitter_m: float
    """Antenna above ground."""
    receiver_m: float
    """Antenna above ground."""

    def __post_init__(self) -> None:
        shapes = {np.shape(a) for a in (self.distance_km, self.height_m, self.clutter_m, self.zone)}
        if len(shapes) != 1 or len(self.distance_km) < _FEWEST_POINTS:
            raise ValueError(f"a profile needs {_FEWEST_POINTS} points and arrays of one length, not {sorted(shapes)}")
        if self.distance_km[0] != 0 or not (np.diff(self.distance_km) > 0).all():
            raise ValueError("distance_km must begin with 0 and rise from point to point")
        for name in ("height_m", "clutter_m"):
            if not np.isfinite(getattr(self, name)).all():
                raise ValueError(f"{name} has values that are missing")
        if not np.isin(self.zone, (SEA, COAST, INLAND)).all():
            raise ValueError(f"zone must be {SEA} (sea), {COAST} (coast) or {INLAND} (inland)")
        for name in ("transmitter_m", "receiver_m"):
            if not 1.0 <= getattr(self, name) <= 3000.0:  # noqa: PLR2004 - limits of the Recommendation
                raise ValueError(f"{name} must lie within 1 and 3000 m above ground, not {getattr(self, name)}")

    @property
    def length_km(self) -> float:
        """Length of the path."""
        return float(self.distance_km[-1])

    @property
    def transmitter_amsl_m(self) -> float:
        """Transmitting antenna above sea level."""
        return float(self.height_m[0]) + self.transmitter_m

    @property
    def receiver_amsl_m(self) -> float:
        """Receiving antenna above sea level."""
        return float(self.height_m[-1]) + self.receiver_m

    @property
    def obstacles_m(self) -> Floats:
        """Ground and clutter above sea level, bare ground at both ends; shape (points,)."""
        clutter = self.clutter_m.copy()
        clutter[[0, -1]] = 0.0
        return np.asarray(self.height_m + clutter)

    def longest_km(self, *zones: int) -> float:
        """Length of the longest stretch that lies in these zones."""
        longest = stretch = 0.0
        for span, inside in zip(self._spans_km(), np.isin(self.zone, zones), strict=True):
            stretch = stretch + span if inside else 0.0
            longest = max(longest, stretch)
        return float(longest)

    @property
    def sea_share(self) -> float:
        """Share of the path over sea, 0 to 1."""
        return float(self._spans_km()[self.zone == SEA].sum() / self.length_km)

    def _spans_km(self) -> Floats:
        """Length that each point stands for: half of the way to either neighbour."""
        gaps = np.diff(self.distance_km)
        return np.asarray((np.append(gaps, 0.0) + np.insert(gaps, 0, 0.0)) / 2.0)


@dataclass(frozen=True)
class Atmosphere:
    """Refraction at the path's centre. The ITU's maps of both may not be passed on, so they are configuration."""

    lapse_rate: float = 45.0
    """Mean fall of the refractive index through the lowest kilometre, N-units/km, positive (``DN``)."""
    sea_level_refractivity: float = 325.0
    """N-units (``N0``)."""

    @property
    def median_radius_km(self) -> float:
        """Effective Earth radius for half of the time."""
        return EARTH_RADIUS_KM * 157.0 / (157.0 - self.lapse_rate)

    @property
    def duct_radius_km(self) -> float:
        """Effective Earth radius for the share of time with ducts."""
        return EARTH_RADIUS_KM * _BETA_FACTOR


@dataclass(frozen=True)
class Horizons:
    """What both antennas see of the profile, for the median radius of the Earth."""

    transmitter_km: float
    """Distance to the horizon; on a clear path to the point that reaches farthest into the ray."""
    receiver_km: float
    transmitter_mrad: float
    """Elevation of the horizon."""
    receiver_mrad: float
    path_mrad: float
    """Angular distance."""
    between: slice
    """Points from one horizon to the other."""


@dataclass(frozen=True)
class SmoothSurface:
    """Straight line fitted to the terrain, and the heights that follow from it, metres."""

    diffraction: Terminals
    duct_transmitter_m: float
    """Effective height for ducting, above the surface."""
    duct_receiver_m: float
    roughness_m: float


def centre_latitude_deg(transmitter: tuple[float, float], receiver: tuple[float, float], length_km: float) -> float:
    """Latitude of the path's centre on a sphere; terminals as (longitude, latitude) in degrees."""
    bearing, _, _ = _SPHERE.inv(*transmitter, *receiver)
    _, latitude, _ = _SPHERE.fwd(*transmitter, bearing, length_km * 500.0)
    return float(latitude)


def duct_time_pct(profile: Profile, latitude_deg: float) -> float:
    """Per cent of time with a lapse rate above 100 N-units/km in the lowest 100 m (``beta0``, section 3.6)."""
    tau = inland_weight(profile)
    land_km, polar = profile.longest_km(COAST, INLAND), abs(latitude_deg)
    mu1 = min((10 ** (-land_km / (16.0 - 6.6 * tau)) + 10 ** (-5.0 * (0.496 + 0.354 * tau))) ** 0.2, 1.0)
    if polar > _MOST_POLAR_DEG:
        return float(4.17 * mu1 * mu1**0.3)
    return float(10 ** (-0.015 * polar + 1.67) * mu1 * mu1 ** (-0.935 + 0.0176 * polar))


def inland_weight(profile: Profile) -> float:
    """How much the path is an inland one, 0 to 1 (``tau``)."""
    return float(1.0 - np.exp(-4.12e-4 * profile.longest_km(INLAND) ** 2.41))


def horizons(profile: Profile, radius_km: float, frequency_ghz: float) -> Horizons:
    """Horizon distances and angles (attachment 1, section 4)."""
    length, tx, rx = profile.length_km, profile.transmitter_amsl_m, profile.receiver_amsl_m
    d, h = profile.distance_km[1:-1], profile.height_m[1:-1]
    from_rx = length - d

    def elevation_mrad(rise_m: Floats | float, far_km: Floats | float) -> Floats:
        return np.asarray(1000.0 * np.arctan(rise_m / (1000.0 * far_km) - far_km / (2.0 * radius_km)))

    seen_tx = elevation_mrad(h - tx, d)
    direct_tx = float(elevation_mrad(rx - tx, length))
    if seen_tx.max() > direct_tx:
        seen_rx = elevation_mrad(h - rx, from_rx)
        first, last = int(np.argmax(seen_tx)), len(d) - 1 - int(np.argmax(seen_rx[::-1]))
        angle_tx, angle_rx = float(seen_tx.max()), float(seen_rx.max())
    else:
        bulging = h + 500.0 * d * from_rx / radius_km
        ray = (tx * from_rx + rx * d) / length
        nu = (bulging - ray) * np.sqrt(0.002 * length * frequency_ghz / (METRES_TIMES_GHZ * d * from_rx))
        first = last = len(d) - 1 - int(np.argmax(nu[::-1]))
        angle_tx, angle_rx = direct_tx, float(elevation_mrad(tx - rx, length))
    return Horizons(
        transmitter_km=float(d[first]),
        receiver_km=float(from_rx[last]),
        transmitter_mrad=angle_tx,
        receiver_mrad=angle_rx,
        path_mrad=1000.0 * length / radius_km + angle_tx + angle_rx,
        between=slice(first + 1, last + 2),
    )


def smooth_surface(profile: Profile, between: slice) -> SmoothSurface:
    """Fit the smooth surface (attachment 1, section 5); ``between`` are the points from horizon to horizon."""
    d, h, length = profile.distance_km, profile.height_m, profile.length_km
    tx, rx = profile.transmitter_amsl_m, profile.receiver_amsl_m
    gap = np.diff(d)
    v1 = np.sum(gap * (h[1:] + h[:-1]))
    v2 = np.sum(gap * (h[1:] * (2.0 * d[1:] + d[:-1]) + h[:-1] * (d[1:] + 2.0 * d[:-1])))
    at_tx, at_rx = float((2.0 * v1 * length - v2) / length**2), float((v2 - v1 * length) / length**2)

    inner = d[1:-1]
    above = h[1:-1] - (tx * (length - inner) + rx * inner) / length
    highest = float(above.max())
    low_tx, low_rx = at_tx, at_rx
    if highest > 0:
        seen_tx, seen_rx = float(np.max(above / inner)), float(np.max(above / (length - inner)))
        low_tx -= highest * seen_tx / (seen_tx + seen_rx)
        low_rx -= highest * seen_rx / (seen_tx + seen_rx)
    diffraction = Terminals(tx, rx, min(low_tx, float(h[0])), min(low_rx, float(h[-1])))

    duct_tx, duct_rx = min(at_tx, float(h[0])), min(at_rx, float(h[-1]))
    line = duct_tx + (duct_rx - duct_tx) / length * d[between]
    return SmoothSurface(diffraction, tx - duct_tx, rx - duct_rx, float(np.max(h[between] - line)))
