"""ITU-R P.1812-8: basic transmission loss and field strength of one path, 30 MHz to 6 GHz, 0.25 to 3,000 km.

The whole method outdoors (annex 1): line of sight with multipath and focusing, delta-Bullington diffraction,
tropospheric scatter, ducting and layer reflection, their combination, and location variability. Entry into buildings is
left out. Plain reference code, one path at a time; ``geo.terrain_loss`` is its fast twin for cells.
"""

from dataclasses import dataclass

import numpy as np

from geo.p1812_diffraction import Polarization, Wave, delta_bullington_db
from geo.p1812_path import (
    SEA,
    Atmosphere,
    Horizons,
    Profile,
    SmoothSurface,
    duct_time_pct,
    horizons,
    inland_weight,
    smooth_surface,
)

_FIELD_AT_1_GHZ_DB = 199.36
"""Field strength in dB(uV/m) of 1 kW ERP plus basic loss, at 1 GHz."""
_UNSHIELDED_MRAD_PER_KM = 0.1
_LAST_COAST_KM = 5.0
_MOSTLY_SEA = 0.75
_LOW_GHZ = 0.5
_ROUGH_M = 10.0


@dataclass(frozen=True)
class Link:
    """What is asked of a path."""

    frequency_mhz: float
    time_pct: float = 50.0
    """The loss is not exceeded for this per cent of the time, 1 to 50."""
    location_pct: float = 50.0
    """and in this per cent of the locations around the receiver, more than 0 and less than 100."""
    location_sd_db: float = 0.0
    """Standard deviation of the location variability, see :func:`location_sd_db`."""
    polarization: Polarization = "vertical"
    coast_transmitter_km: float = 500.0
    """Land between the antenna and the coast along the path; 0 on a ship."""
    coast_receiver_km: float = 500.0

    def __post_init__(self) -> None:
        for name, low, high in (("frequency_mhz", 30, 6000), ("time_pct", 1, 50), ("location_pct", 1e-4, 99.9999)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must lie within {low} and {high}, not {getattr(self, name)}")


def basic_loss_db(profile: Profile, link: Link, latitude_deg: float, atmosphere: Atmosphere) -> float:
    """Predict the basic transmission loss not exceeded for the link's per cent of time and locations.

    Parameters
    ----------
    profile
        Terrain, clutter, zones and antenna heights.
    link
        Frequency and percentages.
    latitude_deg
        Of the path's centre.
    atmosphere
        Refraction there.

    Returns
    -------
    float
        dB.
    """
    f, p = link.frequency_mhz / 1000.0, link.time_pct
    length, sea = profile.length_km, profile.sea_share
    seen = horizons(profile, atmosphere.median_radius_km, f)
    surface = smooth_surface(profile, seen.between)
    duct_pct = duct_time_pct(profile, latitude_deg)

    free = free_space_loss_db(profile, f)
    clear = free + _enhancement_db(seen, p)
    median_bend, duct_bend = (
        delta_bullington_db(
            profile.distance_km, profile.obstacles_m, surface.diffraction, radius, Wave(f, link.polarization, sea)
        )
        for radius in (atmosphere.median_radius_km, atmosphere.duct_radius_km)
    )
    weight = inverse_normal(p / 100.0) / inverse_normal(duct_pct / 100.0) if p > duct_pct else 1.0
    bend = median_bend + weight * (duct_bend - median_bend)
    median, diffracted = free + median_bend, clear + bend

    least = clear + (1.0 - sea) * bend
    if p >= duct_pct:
        least = median + (free + _enhancement_db(seen, duct_pct) + (1.0 - sea) * bend - median) * weight
    ducted = ducting_db(profile, link, seen, surface, duct_pct, atmosphere)
    strongest = 2.5 * float(np.logaddexp(ducted / 2.5, clear / 2.5))
    either = diffracted
    if strongest <= diffracted:
        either = strongest + (diffracted - strongest) * _fades(length, 20.0, 0.5)
    blended = either + (least - either) * _fades(seen.path_mrad, 0.3, 0.8)
    scattered = scatter_db(length, seen.path_mrad, f, p, atmosphere)
    combined = -5.0 * float(np.log10(10 ** (-0.2 * scattered) + 10 ** (-0.2 * blended)))
    over_land = profile.zone[-1] != SEA
    margin = location_margin_db(link.location_pct, link.location_sd_db) if over_land else 0.0
    return max(clear, combined + margin)


def field_strength_dbuv_m(loss_db: float, frequency_mhz: float, erp_dbkw: float = 0.0) -> float:
    """Field strength in dB(uV/m) for a basic loss in dB and a power in dB over 1 kW ERP."""
    return float(_FIELD_AT_1_GHZ_DB + 20.0 * np.log10(frequency_mhz / 1000.0) - loss_db + erp_dbkw)


def free_space_loss_db(profile: Profile, frequency_ghz: float) -> float:
    """Free-space loss over the slant between both antennas, dB."""
    rise_km = (profile.transmitter_amsl_m - profile.receiver_amsl_m) / 1000.0
    return float(92.4 + 20.0 * np.log10(frequency_ghz) + 10.0 * np.log10(profile.length_km**2 + rise_km**2))


def scatter_db(
    length_km: float, path_mrad: float, frequency_ghz: float, time_pct: float, atmosphere: Atmosphere
) -> float:
    """Loss by tropospheric scatter (section 4.4), dB."""
    by_frequency = 25.0 * np.log10(frequency_ghz) - 2.5 * np.log10(frequency_ghz / 2.0) ** 2
    by_path = 20.0 * np.log10(length_km) + 0.573 * path_mrad - 0.15 * atmosphere.sea_level_refractivity
    return float(190.1 + by_frequency + by_path - 10.125 * np.log10(50.0 / time_pct) ** 0.7)


def ducting_db(
    profile: Profile, link: Link, seen: Horizons, surface: SmoothSurface, duct_pct: float, atmosphere: Atmosphere
) -> float:
    """Loss by ducting and layer reflection (section 4.5), dB."""
    f, length, radius = link.frequency_mhz / 1000.0, profile.length_km, atmosphere.median_radius_km
    ends = (
        (seen.transmitter_mrad, seen.transmitter_km, link.coast_transmitter_km, profile.transmitter_amsl_m, 0),
        (seen.receiver_mrad, seen.receiver_km, link.coast_receiver_km, profile.receiver_amsl_m, -1),
    )
    fixed = 102.45 + 20.0 * np.log10(f) + 20.0 * np.log10(seen.transmitter_km + seen.receiver_km)
    if f < _LOW_GHZ:
        fixed += 45.375 - 137.0 * f + 92.5 * f**2
    bend_mrad = 1000.0 * length / radius
    for angle, horizon_km, coast_km, height_m, end in ends:
        fixed += _shielding_db(angle, horizon_km, f)
        at_sea = profile.zone[end] == SEA
        fixed += _sea_coupling_db(0.0 if at_sea else coast_km, horizon_km, height_m, profile.sea_share)
        bend_mrad += min(angle, _UNSHIELDED_MRAD_PER_KM * horizon_km)
    beta = duct_pct * _geometry_factor(profile, surface, radius) * _roughness_factor(profile, seen, surface)
    lg = np.log10(beta)
    gamma = 1.076 / (2.0058 - lg) ** 1.012 * np.exp(-(9.51 - 4.8 * lg + 0.198 * lg**2) * 1e-6 * length**1.13)
    share = link.time_pct / beta
    by_time = -12.0 + (1.2 + 3.7e-3 * length) * np.log10(share) + 12.0 * share**gamma
    return float(fixed + 5e-5 * radius * np.cbrt(f) * bend_mrad + by_time)


def _shielding_db(angle_mrad: float, horizon_km: float, frequency_ghz: float) -> float:
    above = angle_mrad - _UNSHIELDED_MRAD_PER_KM * horizon_km
    if above <= 0:
        return 0.0
    edge = 20.0 * np.log10(1.0 + 0.361 * above * np.sqrt(frequency_ghz * horizon_km))
    return float(edge + 0.264 * above * np.cbrt(frequency_ghz))


def _sea_coupling_db(coast_km: float, horizon_km: float, height_m: float, sea_share: float) -> float:
    if coast_km > _LAST_COAST_KM or coast_km > horizon_km or sea_share < _MOSTLY_SEA:
        return 0.0
    return float(-3.0 * np.exp(-0.25 * coast_km**2) * (1.0 + np.tanh(0.07 * (50.0 - height_m))))


def _geometry_factor(profile: Profile, surface: SmoothSurface, radius_km: float) -> float:
    length = profile.length_km
    power = max(-0.6 - 3.5e-9 * length**3.1 * inland_weight(profile), -3.4)
    roots = np.sqrt(surface.duct_transmitter_m) + np.sqrt(surface.duct_receiver_m)
    return min(float((500.0 / radius_km * length**2 / roots**2) ** power), 1.0)


def _roughness_factor(profile: Profile, seen: Horizons, surface: SmoothSurface) -> float:
    if surface.roughness_m <= _ROUGH_M:
        return 1.0
    between_km = min(profile.length_km - seen.transmitter_km - seen.receiver_km, 40.0)
    return float(np.exp(-4.6e-5 * (surface.roughness_m - _ROUGH_M) * (43.0 + 6.0 * between_km)))


def _enhancement_db(seen: Horizons, time_pct: float) -> float:
    """Multipath and focusing: what a clear path gains for a small per cent of time, dB, negative or zero."""
    both_km = seen.transmitter_km + seen.receiver_km
    return float(2.6 * (1.0 - np.exp(-0.1 * both_km)) * np.log10(time_pct / 50.0))


def _fades(value: float, middle: float, steepness: float) -> float:
    """Interpolation factor that falls from 1 to 0 around a middle (``Fj`` and ``Fk``, section 4.7)."""
    return float(0.5 * (1.0 - np.tanh(3.0 * steepness * (value - middle) / middle)))


def location_sd_db(frequency_mhz: float, width_m: float, receiver_m: float = 1.5, clutter_m: float = 0.0) -> float:
    """Estimate how far the losses among the locations of a square spread: standard deviation, dB (section 4.8).

    Parameters
    ----------
    frequency_mhz
        MHz.
    width_m
        Edge of the square for which one loss is predicted.
    receiver_m, clutter_m
        Antenna and representative clutter above ground: an antenna 10 m above the clutter sees no variability.
    """
    above = float(np.clip((receiver_m - clutter_m) / 10.0, 0.0, 1.0))
    return float((0.52 + 0.024 * frequency_mhz / 1000.0) * width_m**0.28 * (1.0 - above))


def location_margin_db(location_pct: float, sd_db: float) -> float:
    """Loss to add so that it is not exceeded in a per cent of locations, dB; 0 at 50 %."""
    return -inverse_normal(location_pct / 100.0) * sd_db


def inverse_normal(probability: float) -> float:
    """Inverse complementary normal distribution as the Recommendation approximates it (attachment 2, within 5e-4)."""
    x = float(np.clip(probability, 1e-6, 1.0 - 1e-6))
    t = np.sqrt(-2.0 * np.log(min(x, 1.0 - x)))
    top = (0.010328 * t + 0.802853) * t + 2.515516698
    value = t - top / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0)
    return float(value if x <= 0.5 else -value)  # noqa: PLR2004
