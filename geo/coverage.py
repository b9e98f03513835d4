"""The best received level at places and on a grid, and the cell that gives it, where no terrain is known.

The model is the section Coverage of ``docs/definitions.md``. The level at a distance and bearing is written twice: as
plain numpy for the few thousand settlements, and as a compiled loop for the millions of pairs of cell and pixel. A test
holds the two equal.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import cos, isnan, log10, pi, sin, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geo.antenna import FRONT_TO_BACK_DB, HORIZONTAL_BEAM_DEG, SIDE_LOBE_DB, VERTICAL_BEAM_DEG, pattern_loss_db
from geo.cells import cell_values
from geo.compiled import compiled, part
from geo.crs import Floats, Grid, geodesic
from geo.propagation import MIN_DISTANCE_KM, HighBands, along, loss_line

_RADIO_COLUMNS = (
    "band_mhz",
    "latitude",
    "longitude",
    "antenna_height_m",
    "tilt_deg",
    "reference_power_dbm",
    "antenna_gain_dbi",
)
_NO_LEVEL = -np.inf
_TABLE_STEP_M, _TABLE_FROM_M = 10.0, 500.0
_PAIRS_AT_ONCE = 4_000_000
_SITES_AT_ONCE = 64
_MEAN_EARTH_RADIUS_M = 6_371_008.8
# A sphere's distance differs from the ellipsoid's by less than 0.6 %.
_SPHERE_MARGIN = 1.01


@dataclass(frozen=True)
class Coverage:
    """Best level and best server of every pixel of a grid."""

    grid: Grid
    level_dbm: NDArray[np.float32]
    """Grid's shape; NaN where no cell is within the radius."""
    server: NDArray[np.int32]
    """Grid's shape; position of the best cell in the ``cells`` that were given, -1 where there is none."""


class Reached(NamedTuple):
    """What a site gives the places it reaches: the level and position of its best cell there."""

    places: NDArray[np.intp]
    level_dbm: NDArray[np.float32]
    server: NDArray[np.int32]
    """Position of the cell in the ``cells`` that were given."""


class _Radio(NamedTuple):
    """What the level depends on, one element per cell; a named tuple, because numba takes one."""

    longitude: Floats
    latitude: Floats
    azimuth_deg: Floats
    tilt_deg: Floats
    drop_m: Floats
    """Antenna above receiver."""
    radiated_dbm: Floats
    at_1_km_db: Floats
    per_decade_db: Floats


def predict_at(
    cells: pd.DataFrame,
    points: pd.DataFrame,
    *,
    radius_km: float,
    receiver_height_m: float,
    above_2_ghz: HighBands = "cost231",
) -> pd.DataFrame:
    """Best level and serving cell at places, with exact geodesic distances.

    Parameters
    ----------
    cells
        One row per cell: cell_id, band_mhz, latitude, longitude, antenna_height_m, azimuth_deg (NaN: no azimuth),
        tilt_deg, environment (``open``, ``suburban``, ``city``), reference_power_dbm, antenna_gain_dbi.
    points
        latitude and longitude in degrees, one row per place.
    radius_km
        Farther cells do not count.
    receiver_height_m
        Above ground, metres.
    above_2_ghz
        The formula there, see :func:`geo.propagation.loss_line`.

    Returns
    -------
    pandas.DataFrame
        Index of ``points``; ``level_dbm`` (float64, NaN without a cell in the radius) and ``cell_id`` (missing
        likewise). Of equal levels the first cell in ``cells`` serves.

    Raises
    ------
    ValueError
        A cell lacks a value the model needs, or has one it cannot use; the message names cell and column.
    """
    radio = _radio_of(cells, receiver_height_m, above_2_ghz)
    longitude = points["longitude"].to_numpy(np.float64)
    latitude = points["latitude"].to_numpy(np.float64)
    best = np.full(len(points), _NO_LEVEL)
    server = np.full(len(points), -1, np.intp)
    step = max(1, _PAIRS_AT_ONCE // max(1, len(cells)))
    for start in range(0, len(points), step):
        part = slice(start, start + step)
        best[part], server[part] = _best_at(radio, longitude[part], latitude[part], radius_km * 1000.0)
    serving = cells["cell_id"].reset_index(drop=True).reindex(server).set_axis(points.index)
    return pd.DataFrame({"level_dbm": np.where(server >= 0, best, np.nan), "cell_id": serving}, index=points.index)


def predict_grid(
    cells: pd.DataFrame,
    grid: Grid,
    *,
    radius_km: float,
    receiver_height_m: float,
    above_2_ghz: HighBands = "cost231",
) -> Coverage:
    """Best level and best server at the centre of every pixel.

    Distances are those of the grid's plane (see :func:`geo.crs.metric_crs`); azimuths are turned from true to grid
    north.

    Parameters
    ----------
    cells
        As for :func:`predict_at`; cells outside the grid count where their radius reaches in.
    grid
        Where to predict.
    radius_km
        Farther cells do not count.
    receiver_height_m
        Above ground, metres.
    above_2_ghz
        As for :func:`predict_at`.

    Returns
    -------
    Coverage
        Of equal levels the first cell in ``cells`` serves.

    Raises
    ------
    ValueError
        As for :func:`predict_at`.
    """
    radio = _radio_of(cells, receiver_height_m, above_2_ghz)
    x, y = grid.to_plane(radio.longitude, radio.latitude)
    in_plane = radio._replace(azimuth_deg=radio.azimuth_deg - grid.convergence_deg(radio.longitude, radio.latitude))
    best = np.full(grid.shape, _NO_LEVEL)
    server = np.full(grid.shape, -1, np.int32)

    lg = _logarithms(radius_km)

    def sweep(first_row: int, end_row: int) -> None:
        band = _Band(grid.west_m, grid.north_m - first_row * grid.pixel_m, grid.pixel_m, radius_km * 1000.0)
        _sweep_band(best[first_row:end_row], server[first_row:end_row], band, in_plane, (x, y), lg)

    # Bands of rows on plain threads, each writing its own rows: the result does not depend on their order, and unlike
    # numba's own thread pool it may be called from several threads of one process at once.
    workers = os.cpu_count() or 1
    edges = np.linspace(0, grid.shape[0], min(4 * workers, grid.shape[0]) + 1).astype(int).tolist()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(sweep, edges[:-1], edges[1:]))
    return Coverage(grid, np.where(server >= 0, best, np.nan).astype(np.float32), server)


def flat_sites(
    cells: pd.DataFrame,
    where: Grid | pd.DataFrame,
    *,
    radius_km: float,
    receiver_height_m: float,
    above_2_ghz: HighBands = "cost231",
) -> Iterator[Reached]:
    """Yield what each site gives the places it reaches, site by site, in the order of their first cell.

    Parameters
    ----------
    cells
        As for :func:`predict_at`, with site_id.
    where
        A grid, whose pixels count row by row, or places with latitude and longitude in degrees.
    radius_km, receiver_height_m, above_2_ghz
        As for :func:`predict_at`.

    Yields
    ------
    Reached
        Of equal levels the first cell in ``cells`` serves.

    Raises
    ------
    ValueError
        As for :func:`predict_at`.
    """
    radio, radius_m = _radio_of(cells, receiver_height_m, above_2_ghz), radius_km * 1000.0
    sites = list(pd.Series(np.arange(len(cells))).groupby(cells["site_id"].to_numpy(), sort=False).indices.values())
    if isinstance(where, Grid):
        grid, lg = where, _logarithms(radius_km)
        masts = grid.to_plane(radio.longitude, radio.latitude)
        azimuth = radio.azimuth_deg - grid.convergence_deg(radio.longitude, radio.latitude)
        in_plane = radio._replace(azimuth_deg=azimuth)

        def reach(cell: NDArray[np.intp]) -> Reached:
            one, own = _picked(in_plane, cell), (masts[0][cell], masts[1][cell])
            return _pixels_reached(one, own, grid, radius_m, lg)
    else:
        longitude, latitude = (where[name].to_numpy(np.float64) for name in ("longitude", "latitude"))

        def reach(cell: NDArray[np.intp]) -> Reached:
            level, server = _best_at(_picked(radio, cell), longitude, latitude, radius_m)
            places = np.flatnonzero(server >= 0)
            return Reached(places, level[places].astype(np.float32), server[places].astype(np.int32))

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for first in range(0, len(sites), _SITES_AT_ONCE):
            some = sites[first : first + _SITES_AT_ONCE]
            for cell, found in zip(some, pool.map(reach, some), strict=True):
                yield found._replace(server=cell.astype(np.int32)[found.server])


def _picked(radio: _Radio, cell: NDArray[np.intp]) -> _Radio:
    return _Radio(*(values[cell] for values in radio))


def _pixels_reached(radio: _Radio, masts_m: tuple[Floats, Floats], grid: Grid, radius_m: float, lg: Floats) -> Reached:
    """Best level and cell of one site in the part of a grid that its cells reach."""
    x, y = masts_m
    down, right = (grid.north_m - y) / grid.pixel_m, (x - grid.west_m) / grid.pixel_m
    reach = radius_m / grid.pixel_m + 1.0
    rows = np.clip([down.min() - reach, down.max() + reach + 1], 0, grid.shape[0]).astype(int)
    columns = np.clip([right.min() - reach, right.max() + reach + 1], 0, grid.shape[1]).astype(int)
    shape = rows[1] - rows[0], columns[1] - columns[0]
    best, server = np.full(shape, _NO_LEVEL), np.full(shape, -1, np.int32)
    corner = grid.west_m + columns[0] * grid.pixel_m, grid.north_m - rows[0] * grid.pixel_m
    _sweep_band(best, server, _Band(*corner, grid.pixel_m, radius_m), radio, masts_m, lg)
    row, column = np.nonzero(server >= 0)
    places = (row + rows[0]) * grid.shape[1] + column + columns[0]
    return Reached(places, best[row, column].astype(np.float32), server[row, column])


def _logarithms(radius_km: float) -> Floats:
    """Logarithm of the distance in km at every step of the kernel's table, and a little beyond the radius."""
    steps = np.maximum(np.arange(radius_km * 1000.0 / _TABLE_STEP_M + 3.0), 1.0)
    return np.asarray(np.log10(steps * (_TABLE_STEP_M / 1000.0)))


def _level_dbm(radio: _Radio, cell: NDArray[np.intp], distance_m: Floats, bearing_deg: ArrayLike) -> Floats:
    """Level of cells at distances and true bearings; all shapes (pairs,). The plain twin of ``_sweep_band``."""
    below_horizon = np.degrees(np.arctan2(radio.drop_m[cell], distance_m))
    off_azimuth = np.asarray(bearing_deg) - radio.azimuth_deg[cell]
    path = along(distance_m / 1000.0, radio.at_1_km_db[cell], radio.per_decade_db[cell])
    return np.asarray(
        radio.radiated_dbm[cell] - path - pattern_loss_db(off_azimuth, below_horizon, radio.tilt_deg[cell])
    )


def _best_at(radio: _Radio, longitude: Floats, latitude: Floats, radius_m: float) -> tuple[Floats, NDArray[np.intp]]:
    """Best level and position of the best cell at places; (places,) each, -inf and -1 where none."""
    best = np.full(len(longitude), _NO_LEVEL)
    server = np.full(len(longitude), -1, np.intp)
    roughly = _sphere_m(longitude[:, None], latitude[:, None], radio.longitude, radio.latitude)
    place, cell = np.nonzero(roughly <= radius_m * _SPHERE_MARGIN)
    distance, bearing = geodesic(radio.longitude[cell], radio.latitude[cell], longitude[place], latitude[place])
    within = distance <= radius_m
    place, cell = place[within], cell[within]
    level = _level_dbm(radio, cell, distance[within], bearing[within])
    np.maximum.at(best, place, level)
    top = level == best[place]
    served, first = np.unique(place[top], return_index=True)
    server[served] = cell[top][first]
    return best, server


def _sphere_m(longitude: Floats, latitude: Floats, to_longitude: Floats, to_latitude: Floats) -> Floats:
    """Great-circle distance in metres on the mean sphere (haversine); shapes broadcast."""
    lat, to_lat = np.radians(latitude), np.radians(to_latitude)
    half = np.sin((to_lat - lat) / 2) ** 2
    half = half + np.cos(lat) * np.cos(to_lat) * np.sin(np.radians(to_longitude - longitude) / 2) ** 2
    return np.asarray(2.0 * _MEAN_EARTH_RADIUS_M * np.arcsin(np.sqrt(half)))


def _radio_of(cells: pd.DataFrame, receiver_height_m: float, above_2_ghz: HighBands) -> _Radio:
    """Check the cells and take the arrays the model needs."""
    values = cell_values(cells, _RADIO_COLUMNS)
    environment = cells["environment"].to_numpy(object)
    at_1_km, per_decade = loss_line(
        values["band_mhz"], values["antenna_height_m"], receiver_height_m, environment, above_2_ghz
    )
    return _Radio(
        longitude=values["longitude"],
        latitude=values["latitude"],
        azimuth_deg=values["azimuth_deg"],
        tilt_deg=values["tilt_deg"],
        drop_m=values["antenna_height_m"] - receiver_height_m,
        radiated_dbm=values["reference_power_dbm"] + values["antenna_gain_dbi"],
        at_1_km_db=at_1_km,
        per_decade_db=per_decade,
    )


class _Band(NamedTuple):
    """Where a band of rows lies, and how far a cell reaches, metres."""

    west_m: float
    north_m: float
    pixel_m: float
    radius_m: float


@part
def _angle(opposite: float, adjacent: float) -> float:
    """Angle in degrees from 0 to 180 whose sides are given, ``opposite`` not negative; within 0.001 degrees.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 4.4.47.
    """
    long = max(opposite, abs(adjacent))
    z = min(opposite, abs(adjacent)) / long if long > 0 else 0.0
    z2 = z * z
    acute = z * (0.9998660 + z2 * (-0.3302995 + z2 * (0.1801410 + z2 * (-0.0851330 + z2 * 0.0208351)))) * (180.0 / pi)
    acute = acute if opposite <= abs(adjacent) else 90.0 - acute
    return acute if adjacent >= 0 else 180.0 - acute


@compiled
def _sweep_band(
    best: Floats, server: NDArray[np.int32], band: _Band, radio: _Radio, masts_m: tuple[Floats, Floats], lg: Floats
) -> None:
    """Raise ``best`` and ``server`` (rows, columns) where a cell is stronger: one pass per cell over its radius box.

    ``lg`` holds the logarithm of the distance in km every 10 m; between, straight lines are right within 0.001 dB from
    500 m on, and nearer the logarithm is worked out.
    """
    rows, columns = best.shape
    west_m, north_m, pixel_m, radius_m = band
    x_m, y_m = masts_m
    for cell in range(len(x_m)):
        left = max(0, int((x_m[cell] - radius_m - west_m) / pixel_m - 0.5))
        right = min(columns, int((x_m[cell] + radius_m - west_m) / pixel_m + 1.5))
        top = max(0, int((north_m - y_m[cell] - radius_m) / pixel_m - 0.5))
        bottom = min(rows, int((north_m - y_m[cell] + radius_m) / pixel_m + 1.5))
        at_1_km, drop, tilt = (
            radio.radiated_dbm[cell] - radio.at_1_km_db[cell],
            radio.drop_m[cell],
            radio.tilt_deg[cell],
        )
        omni, azimuth = isnan(radio.azimuth_deg[cell]), radio.azimuth_deg[cell] * pi / 180.0
        sine, cosine = sin(azimuth), cos(azimuth)
        for row in range(top, bottom):
            dy = north_m - (row + 0.5) * pixel_m - y_m[cell]
            # Of the row, little more than lies within the radius.
            half_m = sqrt(max(radius_m * radius_m - dy * dy, 0.0))
            first = max(left, int((x_m[cell] - half_m - west_m) / pixel_m - 0.5))
            end = min(right, int((x_m[cell] + half_m - west_m) / pixel_m + 1.5))
            for column in range(first, end):
                dx = west_m + (column + 0.5) * pixel_m - x_m[cell]
                square = dx * dx + dy * dy
                if square > radius_m * radius_m:
                    continue
                distance = sqrt(square)
                if distance < _TABLE_FROM_M:
                    decades = log10(max(distance / 1000.0, MIN_DISTANCE_KM))
                else:
                    at = distance / _TABLE_STEP_M
                    k = int(at)
                    decades = lg[k] + (at - k) * (lg[k + 1] - lg[k])
                level = at_1_km - radio.per_decade_db[cell] * decades
                if level <= best[row, column]:
                    continue  # the pattern can only take away
                below = _angle(abs(drop), distance)
                off_tilt = (below if drop >= 0 else -below) - tilt
                loss = min(12.0 * (off_tilt / VERTICAL_BEAM_DEG) ** 2, SIDE_LOBE_DB)
                if level - loss <= best[row, column]:
                    continue
                if not omni:
                    phi = _angle(abs(dx * cosine - dy * sine), dx * sine + dy * cosine)
                    loss += min(12.0 * (phi / HORIZONTAL_BEAM_DEG) ** 2, FRONT_TO_BACK_DB)
                level -= min(loss, FRONT_TO_BACK_DB)
                if level > best[row, column]:
                    best[row, column] = level
                    server[row, column] = cell
