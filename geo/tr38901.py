"""Path loss of 3GPP TR 38.901 table 7.4.1-1: rural macro (RMa) and urban macro (UMa), 0.5 to 30 GHz, without shadowing.

Statistical models of open country and of streets; they know no terrain. Plain, vectorised functions. Without line of
sight both are a straight line over the logarithm of distance, which the coverage kernel takes.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_LIGHT_M_S = 3.0e8
_STREET_M = 1.0
"""Height of the reflecting street for terminals below 13 m (UMa)."""
_BUILDINGS_M, _STREETS_M = 5.0, 20.0
"""Heights of buildings and widths of streets in the country, where nothing else is known (RMa)."""
_URBAN = ("city", "large_city")


def obstructed_line(
    frequency_mhz: ArrayLike, base_m: ArrayLike, terminal_m: ArrayLike, environment: ArrayLike
) -> tuple[Floats, Floats]:
    """Without line of sight: loss at 1 km and slope per decade of distance, dB; shapes broadcast.

    Parameters
    ----------
    frequency_mhz, base_m, terminal_m
        MHz, and antennas above ground in metres.
    environment
        UMa for ``city`` and ``large_city``, RMa elsewhere; one or an array of them.
    """
    f, urban = np.asarray(frequency_mhz, np.float64) / 1000.0, np.isin(environment, _URBAN)
    streets = _uma_line(f, np.asarray(terminal_m, np.float64))
    country = _rma_line(f, np.asarray(base_m, np.float64), np.asarray(terminal_m, np.float64))
    return np.where(urban, streets[0], country[0]), np.where(urban, streets[1], country[1])


def rma_line_of_sight_db(
    frequency_ghz: ArrayLike,
    distance_m: ArrayLike,
    base_m: ArrayLike = 35.0,
    terminal_m: ArrayLike = 1.5,
    building_m: ArrayLike = _BUILDINGS_M,
) -> Floats:
    """Rural macro with line of sight, dB; shapes broadcast.

    Parameters
    ----------
    frequency_ghz
        GHz, at most 30 for RMa.
    distance_m
        Along the ground, 10 m to 10 km.
    base_m, terminal_m
        Antennas above ground, 10-150 m and 1-10 m.
    building_m
        Average height of buildings, 5-50 m.
    """
    f, flat = np.asarray(frequency_ghz, np.float64), np.asarray(distance_m, np.float64)
    h, base, terminal = (np.asarray(v, np.float64) for v in (building_m, base_m, terminal_m))
    turns_at = 2.0 * np.pi * base * terminal * f * 1e9 / _LIGHT_M_S

    def near(slant: Floats) -> Floats:
        spread = 20.0 * np.log10(40.0 * np.pi * slant * f / 3.0)
        rough = np.minimum(0.03 * h**1.72, 10.0) * np.log10(slant) - np.minimum(0.044 * h**1.72, 14.77)
        return np.asarray(spread + rough + 0.002 * np.log10(h) * slant)

    slant = _slant_m(flat, base, terminal)
    beyond = near(turns_at) + 40.0 * np.log10(slant / turns_at)
    return np.where(flat <= turns_at, near(slant), beyond)


def rma_obstructed_db(
    frequency_ghz: ArrayLike,
    distance_m: ArrayLike,
    base_m: ArrayLike = 35.0,
    terminal_m: ArrayLike = 1.5,
    building_m: ArrayLike = _BUILDINGS_M,
    street_m: ArrayLike = _STREETS_M,
) -> Floats:
    """Rural macro without line of sight, dB, 10 m to 5 km, streets ``street_m`` wide; else as with line of sight."""
    f, flat = np.asarray(frequency_ghz, np.float64), np.asarray(distance_m, np.float64)
    h, base, terminal = (np.asarray(v, np.float64) for v in (building_m, base_m, terminal_m))
    at_1_km, per_decade = _rma_line(f, base, terminal, h, np.asarray(street_m, np.float64))
    loss = at_1_km + per_decade * _decades(_slant_m(flat, base, terminal))
    return np.maximum(rma_line_of_sight_db(f, flat, base, terminal, h), loss)


def uma_line_of_sight_db(
    frequency_ghz: ArrayLike, distance_m: ArrayLike, base_m: ArrayLike = 25.0, terminal_m: ArrayLike = 1.5
) -> Floats:
    """Urban macro with line of sight, dB, 10 m to 5 km, terminals below 13 m; parameters as for RMa."""
    f, flat = np.asarray(frequency_ghz, np.float64), np.asarray(distance_m, np.float64)
    base, terminal = np.asarray(base_m, np.float64), np.asarray(terminal_m, np.float64)
    turns_at = 4.0 * (base - _STREET_M) * (terminal - _STREET_M) * f * 1e9 / _LIGHT_M_S
    lg = np.log10(_slant_m(flat, base, terminal))
    near = 28.0 + 22.0 * lg + 20.0 * np.log10(f)
    beyond = 28.0 + 40.0 * lg + 20.0 * np.log10(f) - 9.0 * np.log10(turns_at**2 + (base - terminal) ** 2)
    return np.where(flat <= turns_at, near, beyond)


def uma_obstructed_db(
    frequency_ghz: ArrayLike, distance_m: ArrayLike, base_m: ArrayLike = 25.0, terminal_m: ArrayLike = 1.5
) -> Floats:
    """Urban macro without line of sight, dB; as :func:`uma_line_of_sight_db`."""
    f, terminal = np.asarray(frequency_ghz, np.float64), np.asarray(terminal_m, np.float64)
    slant = _slant_m(np.asarray(distance_m, np.float64), np.asarray(base_m, np.float64), terminal)
    at_1_km, per_decade = _uma_line(f, terminal)
    loss = at_1_km + per_decade * _decades(slant)
    return np.maximum(uma_line_of_sight_db(f, distance_m, base_m, terminal), loss)


def _rma_line(
    f: Floats, base: Floats, terminal: Floats, building: ArrayLike = _BUILDINGS_M, street: ArrayLike = _STREETS_M
) -> tuple[Floats, Floats]:
    h = np.asarray(building, np.float64)
    at_1_km = (
        161.04
        - 7.1 * np.log10(street)
        + 7.5 * np.log10(h)
        - (24.37 - 3.7 * (h / base) ** 2) * np.log10(base)
        + 20.0 * np.log10(f)
        - (3.2 * np.log10(11.75 * terminal) ** 2 - 4.97)
    )
    return at_1_km, 43.42 - 3.1 * np.log10(base)


def _uma_line(f: Floats, terminal: Floats) -> tuple[Floats, Floats]:
    per_decade = np.float64(39.08)
    return 13.54 + 3.0 * per_decade + 20.0 * np.log10(f) - 0.6 * (terminal - 1.5), np.asarray(per_decade)


def _decades(metres: Floats) -> Floats:
    return np.asarray(np.log10(metres) - 3.0)


def _slant_m(flat_m: Floats, base_m: Floats, terminal_m: Floats) -> Floats:
    return np.asarray(np.hypot(flat_m, base_m - terminal_m))
