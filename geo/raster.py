"""Grids as pictures: classes of level, overlap and population, colours, and a small PNG in the map's projection."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from geo.coverage import Coverage
from geo.crs import LONLAT, Grid

CLASS_COLOURS = ("#f7f6bd", "#c3e6b6", "#7dccbb", "#3fa9c0", "#2878b0", "#253b8e")
"""Weak to strong: ColorBrewer YlGnBu, even steps of lightness, told apart by colour-blind eyes and in grey print."""
CLASS_STEP_DB = 10.0
DEPTH_FLOORS = (1, 2, 3, 4, 6, 9)
DEPTH_COLOURS = ("#fde725", "#8ed645", "#35b779", "#21908d", "#31688e", "#443983")
"""Viridis, few sites to many."""
PEOPLE_FLOORS_PER_KM2 = (1, 10, 50, 200, 1000, 5000)
PEOPLE_COLOURS = ("#dadaeb", "#bcbddc", "#9e9ac8", "#807dba", "#6a51a3", "#3f007d")
"""ColorBrewer Purples, but for its palest ones."""
_NOTHING = 255
_MAX_EDGE_PX = 1800
_MERCATOR = "EPSG:3857"


@dataclass(frozen=True)
class Overlay:
    """A picture and the place it covers."""

    png: bytes
    bounds_lonlat: tuple[float, float, float, float]
    """West, south, east, north, degrees."""


def class_floors_dbm(threshold_dbm: float) -> tuple[float, ...]:
    """Lowest level of each colour class, weak to strong; the weakest class begins at the threshold."""
    return tuple(threshold_dbm + CLASS_STEP_DB * step for step in range(len(CLASS_COLOURS)))


def level_classes(coverage: Coverage, threshold_dbm: float) -> NDArray[np.uint8]:
    """Class of every pixel, 0 the weakest covered; 255 below the threshold or without a level. The grid's shape."""
    steps = np.floor((coverage.level_dbm.astype(np.float64) - threshold_dbm) / CLASS_STEP_DB)
    covered = coverage.level_dbm >= threshold_dbm
    return np.where(covered, np.clip(np.nan_to_num(steps), 0, len(CLASS_COLOURS) - 1), _NOTHING).astype(np.uint8)


def classes_from(values: NDArray[np.floating | np.integer], floors: Sequence[float]) -> NDArray[np.uint8]:
    """Class of every value, 0 from the first floor on; 255 below it. The shape of the values."""
    found = np.digitize(values, floors)
    return np.where(found > 0, found - 1, _NOTHING).astype(np.uint8)


def overlay(classes: NDArray[np.uint8], grid: Grid, colours: Sequence[str]) -> Overlay:
    """Draw classes as a PNG whose rows and columns are straight in Web Mercator.

    A web map stretches a picture between two corners of its own projection; a grid in another one would lie askew by
    kilometres at the edges of a branch. Every pixel of the picture therefore looks up its pixel of the grid.

    Parameters
    ----------
    classes
        Class of every pixel, the grid's shape; 255 stays transparent.
    grid
        Where the pixels lie.
    colours
        ``#rrggbb`` of each class.

    Returns
    -------
    Overlay
        Palette PNG with transparency.
    """
    west, south, east, north = grid.bounds_lonlat
    to_mercator = Transformer.from_crs(LONLAT, _MERCATOR, always_xy=True)
    (left, right), (bottom, top) = to_mercator.transform([west, east], [south, north])
    finest = max(right - left, top - bottom) / _MAX_EDGE_PX
    stretch = 1.0 / np.cos(np.radians((south + north) / 2))
    edge = max(finest, grid.pixel_m * stretch / 2)
    columns, rows = max(1, round((right - left) / edge)), max(1, round((top - bottom) / edge))
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = top - (np.arange(rows) + 0.5) * (top - bottom) / rows
    return Overlay(_palette_png(_look_up(classes, grid, x, y), colours), (west, south, east, north))


def _look_up(
    classes: NDArray[np.uint8], grid: Grid, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Classes at Mercator columns ``x`` and rows ``y``; shape (rows, columns)."""
    to_lonlat = Transformer.from_crs(_MERCATOR, LONLAT, always_xy=True)
    longitude, _ = to_lonlat.transform(x, np.zeros_like(x))
    _, latitude = to_lonlat.transform(np.zeros_like(y), y)
    row, column = grid.index_of(*np.meshgrid(longitude, latitude))
    return np.where(row >= 0, classes[row, column], _NOTHING).astype(np.uint8)


def _palette_png(classes: NDArray[np.uint8], colours: Sequence[str]) -> bytes:
    """Indexed PNG (PNG specification, colour type 3) of classes; the class after the last colour is transparent."""
    rows, columns = classes.shape
    clear = len(colours)
    indexed = np.where(classes == _NOTHING, clear, classes).astype(np.uint8)
    scanlines = np.hstack([np.zeros((rows, 1), np.uint8), indexed])  # each begins with its filter: none
    palette = bytes.fromhex("".join(colour.removeprefix("#") for colour in colours) + "ffffff")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette),
            _chunk(b"tRNS", b"\xff" * clear + b"\x00"),
            _chunk(b"IDAT", zlib.compress(scanlines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
