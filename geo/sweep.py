"""The best received level over terrain: a radial sweep per mast, shared by all its bands and sectors.

The model is the section Coverage over terrain of ``docs/coverage.md``. What a place sees of the terrain is traced once
per mast and height and may be kept on disk (``geo.trace_cache``); bands and sectors then cost milliseconds.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.cells import cell_values
from geo.coverage import Coverage, Reached
from geo.crs import Floats, Grid
from geo.p1812 import location_margin_db, location_sd_db
from geo.p1812_path import Atmosphere
from geo.terrain import Terrain
from geo.terrain_level import Sector, raise_levels
from geo.terrain_loss import median_loss_db
from geo.terrain_trace import FALL, Mast, Singles
from geo.trace_cache import TraceCache

CLUTTER_M = {"open": 0.0, "suburban": 10.0, "city": 15.0}
"""Representative clutter of a cell's environment (P.1812-8 table 2) where no raster of classes is given."""
_COLUMNS = (
    "band_mhz",
    "latitude",
    "longitude",
    "antenna_height_m",
    "mechanical_tilt_deg",
    "electrical_tilt_deg",
    "reference_power_dbm",
    "antenna_gain_dbi",
)
_MASTS_AT_ONCE = 64
Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Reach:
    """How far and for whom is predicted."""

    radius_km: float
    """Farther cells do not count."""
    receiver_height_m: float
    """Above ground."""
    location_pct: float = 50.0
    """The level is exceeded in this per cent of the locations around a place."""
    location_width_m: float = 250.0
    """Edge of the square of those locations."""
    lapse_rate: float = 45.0
    """Mean fall of the refractive index through the lowest kilometre, N-units/km."""


class _Receivers(NamedTuple):
    """Places in the plane of the terrain, metres."""

    x_m: Floats
    y_m: Floats


class _Site(NamedTuple):
    """Cells on one mast at one height, which see the terrain alike."""

    x_m: float
    y_m: float
    antenna_m: float
    clutter_m: float
    sectors: list[Sector]
    bands_mhz: list[float]
    """Of each sector."""


_Around = Callable[[_Site], tuple[Positions, _Receivers]]
"""Which places a site may reach."""


def sweep_grid(
    cells: pd.DataFrame, grid: Grid, terrain: Terrain, reach: Reach, cache: TraceCache | None = None
) -> Coverage:
    """Best level and best server at the centre of every pixel, over terrain.

    Parameters
    ----------
    cells
        As for :func:`geo.coverage.predict_grid`, with mechanical_tilt_deg and electrical_tilt_deg in place of tilt_deg.
        Cells outside the terrain do not count.
    grid
        Where to predict; in the plane of the terrain and within it.
    terrain
        Ground, and clutter where it is known.
    reach
        Radius, receiver, locations.
    cache
        Where traces are kept; none: nowhere.

    Returns
    -------
    Coverage
        Of equal levels the first cell in ``cells`` serves.

    Raises
    ------
    ValueError
        A cell lacks a value the model needs; the grid lies in another plane, or not within the terrain.
    """
    around = _pixels_around(grid, terrain, reach)
    level, server = _best(cells, terrain, reach, cache or TraceCache(), around, grid.shape[0] * grid.shape[1])
    return Coverage(grid, level.reshape(grid.shape), server.reshape(grid.shape))


def sweep_at(
    cells: pd.DataFrame, points: pd.DataFrame, terrain: Terrain, reach: Reach, cache: TraceCache | None = None
) -> pd.DataFrame:
    """Best level and serving cell at places, over terrain.

    Parameters
    ----------
    cells, terrain, reach, cache
        As for :func:`sweep_grid`.
    points
        latitude and longitude in degrees, one row per place; outside the terrain there is no level.

    Returns
    -------
    pandas.DataFrame
        Index of ``points``; ``level_dbm`` (float64, NaN without a cell in the radius) and ``cell_id`` (missing
        likewise).

    Raises
    ------
    ValueError
        A cell lacks a value the model needs.
    """
    around = _points_around(points, terrain, reach)
    level, server = _best(cells, terrain, reach, cache or TraceCache(), around, len(points))
    serving = cells["cell_id"].reset_index(drop=True).reindex(server).set_axis(points.index)
    return pd.DataFrame({"level_dbm": level.astype(np.float64), "cell_id": serving}, index=points.index)


def sweep_sites(
    cells: pd.DataFrame, where: Grid | pd.DataFrame, terrain: Terrain, reach: Reach, cache: TraceCache | None = None
) -> Iterator[Reached]:
    """Yield what each site gives the places it reaches over terrain, site by site, in the order of their first cell.

    Parameters
    ----------
    cells, terrain, reach, cache
        As for :func:`sweep_grid`; the cells with site_id.
    where
        A grid, whose pixels count row by row, or places with latitude and longitude in degrees.

    Yields
    ------
    Reached
        Of equal levels the first cell in ``cells`` serves.

    Raises
    ------
    ValueError
        As for :func:`sweep_grid`.
    """
    around = (_pixels_around if isinstance(where, Grid) else _points_around)(where, terrain, reach)
    masts: dict[str, list[_Site]] = {}
    owners = cells["site_id"].tolist()
    for mast in _sites(cells, terrain, owners):
        masts.setdefault(owners[mast.sectors[0].position], []).append(mast)
    one = partial(_reached, terrain=terrain, reach=reach, cache=cache or TraceCache(), around=around)
    sites = list(masts.values())
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for first in range(0, len(sites), _MASTS_AT_ONCE):
            yield from pool.map(
                lambda site: _together([one(mast) for mast in site]), sites[first : first + _MASTS_AT_ONCE]
            )


def _together(parts: list[Reached]) -> Reached:
    """Best of several masts of one site at every place."""
    if len(parts) == 1:
        return parts[0]
    places, level, server = (np.concatenate(values) for values in zip(*parts, strict=True))
    order = np.lexsort((server, -level, places))
    kept, first = np.unique(places[order], return_index=True)
    return Reached(kept, level[order][first], server[order][first])


def _pixels_around(grid: Grid, terrain: Terrain, reach: Reach) -> _Around:
    """Pixels within the radius of a site."""
    if grid.crs != terrain.grid.crs:
        raise ValueError("grid and terrain lie in different planes")
    outer, inner = terrain.grid.bounds_m, grid.bounds_m
    if not (outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]):
        raise ValueError(f"the grid {inner} reaches beyond the terrain {outer}")

    def around(site: _Site) -> tuple[Positions, _Receivers]:
        radius = reach.radius_km * 1000.0
        left, right = np.searchsorted(grid.x_m, [site.x_m - radius, site.x_m + radius])
        top, bottom = np.searchsorted(-grid.y_m, [-site.y_m - radius, -site.y_m + radius])
        x, y = np.meshgrid(grid.x_m[left:right], grid.y_m[top:bottom])
        row, column = np.nonzero(np.hypot(x - site.x_m, y - site.y_m) <= radius)
        return (row + top) * grid.shape[1] + column + left, _Receivers(x[row, column], y[row, column])

    return around


def _points_around(points: pd.DataFrame, terrain: Terrain, reach: Reach) -> _Around:
    """Places within the radius of a site and on the terrain."""
    x, y = terrain.grid.to_plane(points["longitude"], points["latitude"])
    known = _within(terrain.grid, x, y)

    def around(site: _Site) -> tuple[Positions, _Receivers]:
        near = np.flatnonzero(known & (np.hypot(x - site.x_m, y - site.y_m) <= reach.radius_km * 1000.0))
        return near, _Receivers(x[near], y[near])

    return around


def _best(
    cells: pd.DataFrame, terrain: Terrain, reach: Reach, cache: TraceCache, around: _Around, places: int
) -> tuple[Singles, NDArray[np.int32]]:
    """Best level and position of the best cell at places; (places,) each, NaN and -1 where none."""
    level, server = np.full(places, -np.inf, np.float32), np.full(places, -1, np.int32)
    sites = _sites(cells, terrain)
    one = partial(_reached, terrain=terrain, reach=reach, cache=cache, around=around)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for first in range(0, len(sites), _MASTS_AT_ONCE):  # so few that their levels fit in memory
            for found in pool.map(one, sites[first : first + _MASTS_AT_ONCE]):
                _merge(level, server, found)
    return np.where(server >= 0, level, np.nan).astype(np.float32), server


def _merge(level: Singles, server: NDArray[np.int32], found: Reached) -> None:
    """Put what a site gives where it is stronger, or as strong and of an earlier cell."""
    there, serving = level[found.places], server[found.places]
    better = (found.level_dbm > there) | ((found.level_dbm == there) & (found.server < serving))
    level[found.places] = np.where(better, found.level_dbm, there)
    server[found.places] = np.where(better, found.server, serving)


def _reached(site: _Site, terrain: Terrain, reach: Reach, cache: TraceCache, around: _Around) -> Reached:
    """Levels of a site's best sector where it reaches."""
    places, receivers = around(site)
    level, server = np.full(len(places), -np.inf, np.float32), np.full(len(places), -1, np.int32)
    if not len(places):
        return Reached(places, level, server)
    earth_km = Atmosphere(reach.lapse_rate).median_radius_km
    mast = Mast(
        x_m=site.x_m,
        y_m=site.y_m,
        antenna_m=site.antenna_m,
        receiver_m=reach.receiver_height_m,
        step_m=terrain.grid.pixel_m,
        radius_m=reach.radius_km * 1000.0,
        earth_radius_km=earth_km,
    )
    traced = cache.trace(terrain, site.clutter_m, mast, receivers.x_m, receivers.y_m)
    way = (receivers.x_m - site.x_m, receivers.y_m - site.y_m)
    losses: dict[float, Singles] = {}
    for sector, mhz in zip(site.sectors, site.bands_mhz, strict=True):
        if mhz not in losses:
            spread = location_sd_db(mhz, reach.location_width_m, reach.receiver_height_m, site.clutter_m)
            margin = location_margin_db(reach.location_pct, spread)
            losses[mhz] = median_loss_db(traced, mhz / 1000.0, earth_km) + np.float32(margin)
        raise_levels(level, server, losses[mhz], traced[:, FALL], way, sector)
    return Reached(places, level, server)


def _sites(cells: pd.DataFrame, terrain: Terrain, owners: Sequence[str] | None = None) -> list[_Site]:
    """Cells on the terrain by mast, height and clutter, and by owner where that is asked, by their first cell."""
    values = cell_values(cells, _COLUMNS)
    longitude, latitude = values["longitude"], values["latitude"]
    x, y = terrain.grid.to_plane(longitude, latitude)
    azimuth = values["azimuth_deg"] - terrain.grid.convergence_deg(longitude, latitude)
    uniform = terrain.clutter_m is None
    clutter = [CLUTTER_M[e] if uniform else 0.0 for e in cells["environment"]]
    radiated = values["reference_power_dbm"] + values["antenna_gain_dbi"]
    sites: dict[tuple[str, tuple[float, ...]], _Site] = {}
    for i in np.flatnonzero(_within(terrain.grid, x, y)).tolist():
        key = (float(x[i]), float(y[i]), float(values["antenna_height_m"][i]), clutter[i])
        site = sites.setdefault((owners[i] if owners else "", key), _Site(*key, [], []))
        tilts = float(values["mechanical_tilt_deg"][i]), float(values["electrical_tilt_deg"][i])
        site.sectors.append(Sector(i, float(radiated[i]), float(azimuth[i]), *tilts))
        site.bands_mhz.append(float(values["band_mhz"][i]))
    return list(sites.values())


def _within(grid: Grid, x: Floats, y: Floats) -> NDArray[np.bool_]:
    west, south, east, north = grid.bounds_m
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))
