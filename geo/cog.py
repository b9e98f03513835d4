"""The strongest sites of a grid as a cloud-optimised GeoTIFF, and back.

Bands, all of 16 bits: the overlap depth, then a pair for every kept site: its cell as a number, and its level in steps
with scale and offset in dBm.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import rasterio
from pyproj import CRS
from rasterio.transform import from_origin

from geo.crs import Grid
from geo.servers import NO_LEVEL, NOBODY, STEP_DB, WEAK_DB, Servers

_THRESHOLD = "threshold_dbm"
_BLOCK_PX = 256


def write_servers(path: Path, servers: Servers, grid: Grid, about: Mapping[str, str]) -> None:
    """Write the servers of a grid.

    Parameters
    ----------
    path
        File, replaced where it exists.
    servers
        Of the grid's pixels, row by row.
    about
        What else the file says of itself, as tags.
    """
    kept = servers.cell.shape[1]
    bands = 1 + 2 * kept
    with rasterio.open(
        path,
        "w",
        driver="COG",
        width=grid.shape[1],
        height=grid.shape[0],
        count=bands,
        dtype="uint16",
        nodata=NOBODY,
        crs=grid.crs.to_wkt(),
        transform=from_origin(grid.west_m, grid.north_m, grid.pixel_m, grid.pixel_m),
        compress="DEFLATE",
        blocksize=_BLOCK_PX,
        overview_resampling="nearest",
    ) as out:
        out.write(servers.depth.reshape(grid.shape), 1)
        for place in range(kept):
            level = servers.step[:, place].astype(np.uint16)
            level[level == NO_LEVEL] = NOBODY
            out.write(servers.cell[:, place].reshape(grid.shape), 2 + 2 * place)
            out.write(level.reshape(grid.shape), 3 + 2 * place)
        names = [f"{what} {place}" for place in range(1, kept + 1) for what in ("cell", "level")]
        out.descriptions = ("overlap depth", *names)
        out.scales = (1.0, *(1.0, STEP_DB) * kept)
        out.offsets = (0.0, *(0.0, servers.threshold_dbm - WEAK_DB) * kept)
        out.units = ("sites", *("", "dBm") * kept)
        out.update_tags(**{_THRESHOLD: repr(servers.threshold_dbm)}, **about)


def read_servers(path: Path) -> tuple[Servers, Grid, dict[str, str]]:
    """Read what :func:`write_servers` wrote: servers, grid and tags."""
    with rasterio.open(path) as raster:
        transform, shape = raster.transform, (raster.height, raster.width)
        grid = Grid(CRS.from_wkt(raster.crs.to_wkt()), transform.c, transform.f, transform.a, shape)
        kept = (raster.count - 1) // 2
        cell = np.empty((shape[0] * shape[1], kept), np.uint16)
        step = np.empty(cell.shape, np.uint8)
        for place in range(kept):
            cell[:, place] = raster.read(2 + 2 * place).ravel()
            step[:, place] = np.minimum(raster.read(3 + 2 * place).ravel(), NO_LEVEL)
        about = dict(raster.tags())
        return Servers(cell, step, raster.read(1).ravel(), float(about.pop(_THRESHOLD))), grid, about
