"""Terrain and clutter of a branch: any elevation model that GDAL reads, laid on the branch's metric grid."""

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioIOError
from rasterio.features import geometry_mask
from rasterio.fill import fillnodata
from rasterio.transform import from_origin
from rasterio.warp import reproject, transform_bounds
from scipy.ndimage import distance_transform_edt

from geo.crs import Grid
from geo.terrain_trace import Ground, Singles

_RASTERS = {".tif", ".tiff", ".hgt", ".vrt", ".img", ".asc", ".dem", ".dt0", ".dt1", ".dt2", ".bil"}
_FEET = {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us-ft": 1200 / 3937, "us survey foot": 1200 / 3937}
_METRES = {"", "m", "metre", "meter", "metres", "meters"}
_LOWEST_M, _HIGHEST_M = -500.0, 9000.0
_FILLED_M = 1000.0
"""Voids are filled from what lies at most so far away."""

_UNFILLED_M = -1e5


class TerrainError(ValueError):
    """An elevation model or a clutter raster that cannot be used; the message names the file."""


@dataclass(frozen=True)
class Clutter:
    """A raster of classes of land cover, and how high each stands."""

    path: Path
    height_m: Mapping[int, float]
    """Representative height of each class above ground."""


@dataclass(frozen=True)
class Terrain:
    """Ground and clutter on a metric grid, without gaps."""

    grid: Grid
    height_m: Singles
    """Ground above sea level, the grid's shape."""
    clutter_m: Singles | None
    """Above ground, the grid's shape; none where no raster of classes was given."""
    version: str
    """Changes with any height and with the grid."""
    filled_share: float
    """Share of the grid that had no height and was filled from nearby, or extended beyond the areas."""

    def ground(self, clutter_m: float = 0.0) -> Ground:
        """Hand the raster to the kernel; ``clutter_m`` stands everywhere where no raster of classes was given."""
        clutter = np.full((1, 1), clutter_m, np.float32) if self.clutter_m is None else self.clutter_m
        return Ground(self.height_m, clutter, self.grid.west_m, self.grid.north_m, self.grid.pixel_m)


def read_terrain(source: Path, grid: Grid, areas: gpd.GeoDataFrame, clutter: Clutter | None = None) -> Terrain:
    """Lay an elevation model, and optionally clutter, on a grid.

    Parameters
    ----------
    source
        A raster that GDAL reads (a tile, a mosaic, a ``.vrt``), or a folder of them; of overlapping tiles the first by
        name counts. Any coordinate system; heights in metres or, where the file says so, in feet, above mean sea level.
    grid
        Where to lay it; it may reach beyond the areas.
    areas
        Where heights must be known, any CRS.
    clutter
        Classes of land cover, none: no clutter is known.

    Returns
    -------
    Terrain
        Bilinear, or the mean where the model is more than twice as fine as the grid. Voids of up to 1 km are
        filled from their rim; beyond the areas the nearest height goes on.

    Raises
    ------
    TerrainError
        No raster, no coordinate system, ellipsoidal heights, an unknown unit, heights that cannot be, a void within the
        areas, a class without a height.
    """
    height = _mosaic(tiles_of(source), grid)
    low, high = _range(height)
    if low < _LOWEST_M or high > _HIGHEST_M:
        raise TerrainError(
            f"{source}: heights from {low:.0f} to {high:.0f} m cannot be; "
            "does the file say its unit and its value for voids?"
        )
    void = np.isnan(height)
    if void.any():
        height = _fill(height, void, grid, areas, source)
    cover = None if clutter is None else _clutter(clutter, grid)
    version = hashlib.blake2b(repr((grid.bounds_m, grid.shape, grid.crs.to_wkt())).encode(), digest_size=12)
    for raster in (height, cover):
        version.update(b"" if raster is None else raster.tobytes())
    return Terrain(grid, height, cover, version.hexdigest(), float(void.mean()))


def tiles_of(source: Path) -> list[Path]:
    """Return the rasters of a folder, or the one raster that is given.

    Raises
    ------
    TerrainError
        If the folder holds none.
    """
    if not source.is_dir():
        return [source]
    tiles = sorted(path for path in source.iterdir() if path.suffix.lower() in _RASTERS)
    if not tiles:
        raise TerrainError(f"{source}: the folder holds no raster ({', '.join(sorted(_RASTERS))})")
    return tiles


def _mosaic(tiles: list[Path], grid: Grid) -> Singles:
    """Heights in metres, NaN where no tile has any; each tile is warped into the part of the grid it reaches."""
    mosaic = np.full(grid.shape, np.nan, np.float32)
    for path in tiles:
        with _opened(path) as raster:
            rows, columns = _window(raster, grid)
            part = mosaic[rows, columns]
            if part.size == 0:
                continue
            fine = _pixel_m(raster, grid) < grid.pixel_m / 2
            heights = _warped(raster, grid, rows, columns, Resampling.average if fine else Resampling.bilinear)
            heights *= _metres_per_unit(raster, path)
            mosaic[rows, columns] = np.where(np.isnan(part), heights, part)
    return mosaic


def _opened(path: Path) -> Any:
    """Open a raster that lies somewhere on Earth."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            raster = rasterio.open(path)
    except RasterioIOError as error:
        raise TerrainError(f"{path}: no raster that GDAL reads ({error})") from error
    if raster.crs is None:
        raise TerrainError(f"{path}: no coordinate system; gdal_edit.py -a_srs EPSG:… writes one into the file")
    return raster


def _metres_per_unit(raster: Any, path: Path) -> float:
    """Metres of one unit of height, as the band or the vertical part of the coordinate system says."""
    crs = CRS.from_user_input(raster.crs.to_wkt())
    if len(crs.axis_info) > 2 and not crs.is_compound:  # noqa: PLR2004 - plane and height
        raise TerrainError(f"{path}: heights above the ellipsoid ({crs.name}); heights above sea level are needed")
    unit = (raster.units[0] or "").strip().lower()
    if unit in _FEET:
        return _FEET[unit]
    if unit not in _METRES:
        raise TerrainError(f"{path}: the unit of height is {unit!r}; metres and feet are known")
    vertical = [part for part in crs.sub_crs_list if part.is_vertical]
    return float(vertical[0].axis_info[0].unit_conversion_factor) if vertical else 1.0


def _window(raster: Any, grid: Grid) -> tuple[slice, slice]:
    """Rows and columns of the grid that a raster reaches."""
    west, south, east, north = transform_bounds(raster.crs, grid.crs.to_wkt(), *raster.bounds, densify_pts=41)
    rows = np.clip(
        [(grid.north_m - north) // grid.pixel_m, (grid.north_m - south) // grid.pixel_m + 1], 0, grid.shape[0]
    )
    columns = np.clip(
        [(west - grid.west_m) // grid.pixel_m, (east - grid.west_m) // grid.pixel_m + 1], 0, grid.shape[1]
    )
    return slice(*rows.astype(int)), slice(*columns.astype(int))


def _pixel_m(raster: Any, grid: Grid) -> float:
    """Edge of a raster's pixel in the plane of the grid, metres, roughly."""
    west, south, east, north = transform_bounds(raster.crs, grid.crs.to_wkt(), *raster.bounds)
    return float(np.sqrt((east - west) * (north - south) / (raster.width * raster.height)))


def _warped(raster: Any, grid: Grid, rows: slice, columns: slice, resampling: Resampling) -> Singles:
    """Values of a raster in a part of the grid, NaN where it has none."""
    out = np.full((rows.stop - rows.start, columns.stop - columns.start), np.nan, np.float32)
    west, north = grid.west_m + columns.start * grid.pixel_m, grid.north_m - rows.start * grid.pixel_m
    reproject(
        rasterio.band(raster, 1),
        out,
        dst_transform=from_origin(west, north, grid.pixel_m, grid.pixel_m),
        dst_crs=grid.crs.to_wkt(),
        dst_nodata=np.nan,
        resampling=resampling,
    )
    return out


def _fill(height: Singles, void: NDArray[np.bool_], grid: Grid, areas: gpd.GeoDataFrame, source: Path) -> Singles:
    """Fill voids from their rim, and beyond the areas from the nearest height."""
    filled = fillnodata(np.where(void, _UNFILLED_M, height), ~void, _FILLED_M / grid.pixel_m)
    filled[filled == _UNFILLED_M] = np.nan
    left = np.isnan(filled)
    transform = from_origin(grid.west_m, grid.north_m, grid.pixel_m, grid.pixel_m)
    outside = geometry_mask(areas.to_crs(grid.crs).geometry, grid.shape, transform)
    wanting = left & ~outside
    if wanting.any():
        row, column = np.argwhere(wanting)[0]
        longitude, latitude = (float(v[row, column]) for v in grid.centres_lonlat())
        share = wanting.sum() / (~outside).sum()
        raise TerrainError(
            f"{source}: no height in {share:.1%} of the areas and within {_FILLED_M:.0f} m of it, first at "
            f"longitude {longitude:.4f}, latitude {latitude:.4f}"
        )
    if left.any():
        nearest = distance_transform_edt(left, return_distances=False, return_indices=True)
        filled = filled[tuple(nearest)]
    return np.asarray(filled, np.float32)


def _clutter(clutter: Clutter, grid: Grid) -> Singles:
    """Heights of clutter on a grid; 0 where the raster of classes has none."""
    with _opened(clutter.path) as raster:
        whole = slice(0, grid.shape[0]), slice(0, grid.shape[1])
        fine = _pixel_m(raster, grid) < grid.pixel_m / 2
        classes = _warped(raster, grid, *whole, Resampling.mode if fine else Resampling.nearest)
    known = ~np.isnan(classes)
    found, where = np.unique(classes[known].astype(int), return_inverse=True)
    unknown = [int(c) for c in found if int(c) not in clutter.height_m]
    if unknown:
        raise TerrainError(f"{clutter.path}: no height is set for the classes {', '.join(map(str, unknown))}")
    out = np.zeros(grid.shape, np.float32)
    if len(found):
        out[known] = np.array([clutter.height_m[int(c)] for c in found], np.float32)[where]
    return out


def _range(height: Singles) -> tuple[float, float]:
    known = height[~np.isnan(height)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
