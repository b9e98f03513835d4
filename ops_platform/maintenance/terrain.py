"""How much straight lines between places climb and fall over a raster of heights."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.errors import RasterioIOError
from rasterio.windows import Window
from scipy.ndimage import map_coordinates

from geo.crs import LONLAT, geodesic
from geo.terrain import TerrainError, tiles_of
from ops_platform.errors import PermanentError

Floats = NDArray[np.float64]
Place = tuple[ArrayLike, ArrayLike]
"""Longitudes and latitudes in degrees."""
POINTS_AT_ONCE = 500_000
"""Samples held in memory at a time."""


@dataclass(frozen=True)
class _Heights:
    """Heights around some lines, averaged over about one step; columns and rows count in these averages."""

    metres: Floats
    step_px: tuple[float, float]
    """Pixels of the raster per average, across and down."""
    corner_px: tuple[float, float]


def relief_m(raster: Path, start: Place, end: Place, step_m: float) -> Floats:
    """Return how many metres each straight line climbs and falls, both counted upwards.

    Parameters
    ----------
    raster
        Heights in metres, or a folder of tiles of them; any CRS, any format of GDAL.
    start, end
        Ends of the lines; shapes broadcast.
    step_m
        Heights are averaged over, and sampled at, about this distance.

    Returns
    -------
    numpy.ndarray
        The broadcast shape. Where the raster holds no height the line counts as level.

    Raises
    ------
    PermanentError
        If the raster cannot be read or has no CRS.
    """
    from_lon, from_lat, to_lon, to_lat = (
        np.asarray(values, np.float64) for values in np.broadcast_arrays(*start, *end)
    )
    shape, known = from_lon.shape, np.isfinite(from_lon + from_lat + to_lon + to_lat)
    relief = np.zeros(shape)
    if not known.any():
        return relief
    start, end = (from_lon[known], from_lat[known]), (to_lon[known], to_lat[known])
    try:
        tiles = tiles_of(raster)
        relief[known] = np.sum([_in_tile(tile, start, end, step_m) for tile in tiles], axis=0)
    except (RasterioIOError, TerrainError) as error:
        raise PermanentError(f"OPS_TERRAIN：无法读取 / OPS_TERRAIN cannot be read: {error}") from error
    return relief


def _in_tile(raster: Path, start: Place, end: Place, step_m: float) -> Floats:
    """Return what lines climb and fall within one tile; the step from one tile to the next counts in neither."""
    metres, _ = geodesic(*start, *end)
    with rasterio.open(raster) as source:
        if source.crs is None:
            raise PermanentError(f"OPS_TERRAIN：{raster} 没有坐标系 / OPS_TERRAIN: {raster} has no CRS")
        lines = _in_pixels(source, start, end)
        return _along(_around(source, lines, metres, step_m), lines, metres, step_m)


def _in_pixels(source: rasterio.DatasetReader, start: Place, end: Place) -> Floats:
    """Return the ends of lines as column and row of start and end, shape (4, lines)."""
    to_raster = Transformer.from_crs(LONLAT, source.crs.to_wkt(), always_xy=True)
    to_pixel = ~source.transform
    ends = [to_raster.transform(*place) for place in (start, end)]
    across = [(to_pixel.a * x + to_pixel.b * y + to_pixel.c, to_pixel.d * x + to_pixel.e * y + to_pixel.f)
              for x, y in ends]  # fmt: skip
    return np.asarray([axis for place in across for axis in place], np.float64)


def _around(source: rasterio.DatasetReader, lines: Floats, metres: Floats, step_m: float) -> _Heights:
    """Read the part of the raster that the lines cross."""
    pixels = np.hypot(lines[2] - lines[0], lines[3] - lines[1]).sum()
    step = max(1.0, step_m * pixels / metres.sum()) if metres.sum() > 0 else 1.0
    low = np.maximum(np.floor([lines[[0, 2]].min(), lines[[1, 3]].min()]) - step, 0)
    high = np.minimum(
        np.ceil([lines[[0, 2]].max(), lines[[1, 3]].max()]) + step, [float(source.width), float(source.height)]
    )
    if (high <= low).any():
        return _Heights(np.full((1, 1), np.nan), (1.0, 1.0), (0.0, 0.0))
    size = high - low
    columns, rows = np.maximum(np.round(size / step), 1).astype(int)
    found = source.read(
        1, window=Window(*low, *size), out_shape=(rows, columns), resampling=Resampling.average, masked=True
    )
    return _Heights(
        found.astype(np.float64).filled(np.nan),
        (float(size[0] / columns), float(size[1] / rows)),
        (float(low[0]), float(low[1])),
    )


def _along(heights: _Heights, lines: Floats, metres: Floats, step_m: float) -> Floats:
    """Return what the lines climb and fall, sampled at even steps."""
    steps = max(int(np.ceil(metres.max() / step_m)), 1)
    share = np.linspace(0, 1, steps + 1)
    found = np.empty(len(metres))
    for part in _parts(len(metres), steps + 1):
        column, row = (
            lines[axis, part, None] + (lines[axis + 2, part] - lines[axis, part])[:, None] * share for axis in (0, 1)
        )
        climb = np.abs(np.diff(_sampled(heights, column, row), axis=1))
        found[part] = np.nansum(climb, axis=1)
    return found


def _parts(count: int, points: int) -> Iterator[slice]:
    size = max(POINTS_AT_ONCE // points, 1)
    return (slice(first, first + size) for first in range(0, count, size))


def _sampled(heights: _Heights, column: Floats, row: Floats) -> Floats:
    """Return heights between the centres of the averages, linear; not a number outside the raster."""
    x = (column - heights.corner_px[0]) / heights.step_px[0]
    y = (row - heights.corner_px[1]) / heights.step_px[1]
    rows, columns = heights.metres.shape
    inside = (x >= 0) & (x <= columns) & (y >= 0) & (y <= rows)
    # The height of an average holds at its centre.
    found = map_coordinates(heights.metres, [y - 0.5, x - 0.5], order=1, mode="nearest")
    return np.where(inside, found, np.nan)
