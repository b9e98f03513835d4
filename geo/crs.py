"""Metric coordinates for a branch, the pixel grid laid over it, and distances on the ellipsoid."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Proj, Transformer

Floats = NDArray[np.float64]

LONLAT = CRS.from_epsg(4326)
_WGS84 = Geod(ellps="WGS84")


def metric_crs(longitude: float, latitude: float) -> Any:
    """Equal-area metric CRS centred on a place.

    Lambert azimuthal equal-area keeps areas exact everywhere and, up to 100 km from its centre, distances within
    0.004 %: a gap's square kilometres and a cell's 20 km radius are both right in the same plane.

    Parameters
    ----------
    longitude, latitude
        Centre, degrees, WGS-84.

    Returns
    -------
    pyproj.CRS
        Units are metres; the centre is (0, 0).
    """
    return CRS.from_dict({"proj": "laea", "lon_0": longitude, "lat_0": latitude, "datum": "WGS84", "units": "m"})


@dataclass(frozen=True)
class Grid:
    """Square pixels in a metric CRS; row 0 is the northern edge, column 0 the western."""

    crs: Any
    """Metric ``pyproj.CRS``."""
    west_m: float
    north_m: float
    pixel_m: float
    shape: tuple[int, int]
    """Rows and columns."""

    @property
    def x_m(self) -> Floats:
        """Eastings of the pixel centres, shape (columns,)."""
        return self.west_m + (np.arange(self.shape[1], dtype=np.float64) + 0.5) * self.pixel_m

    @property
    def y_m(self) -> Floats:
        """Northings of the pixel centres, shape (rows,), falling."""
        return self.north_m - (np.arange(self.shape[0], dtype=np.float64) + 0.5) * self.pixel_m

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge in the grid's CRS, metres."""
        rows, columns = self.shape
        return self.west_m, self.north_m - rows * self.pixel_m, self.west_m + columns * self.pixel_m, self.north_m

    @property
    def bounds_lonlat(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the grid in degrees; curved edges are followed."""
        to_lonlat = Transformer.from_crs(self.crs, LONLAT, always_xy=True)
        west, south, east, north = to_lonlat.transform_bounds(*self.bounds_m, densify_pts=41)
        return float(west), float(south), float(east), float(north)

    def centres_lonlat(self) -> tuple[Floats, Floats]:
        """Longitude and latitude of every pixel centre, degrees, each of the grid's shape."""
        x, y = np.meshgrid(self.x_m, self.y_m)
        longitude, latitude = Transformer.from_crs(self.crs, LONLAT, always_xy=True).transform(x, y)
        return np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)

    def to_plane(self, longitude: ArrayLike, latitude: ArrayLike) -> tuple[Floats, Floats]:
        """Easting and northing in metres of places given in degrees, same shape."""
        x, y = Transformer.from_crs(LONLAT, self.crs, always_xy=True).transform(
            np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)
        )
        return np.asarray(x, np.float64), np.asarray(y, np.float64)

    def index_of(self, longitude: ArrayLike, latitude: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Row and column of the pixel that holds each place; both are -1 outside the grid."""
        x, y = self.to_plane(longitude, latitude)
        column = np.floor((x - self.west_m) / self.pixel_m)
        row = np.floor((self.north_m - y) / self.pixel_m)
        inside = (row >= 0) & (row < self.shape[0]) & (column >= 0) & (column < self.shape[1])
        return np.where(inside, row, -1).astype(np.intp), np.where(inside, column, -1).astype(np.intp)

    def convergence_deg(self, longitude: ArrayLike, latitude: ArrayLike) -> Floats:
        """Angle from true north to grid north, degrees clockwise, same shape as the places."""
        if np.size(longitude) == 0:
            return np.zeros(np.shape(longitude))  # PROJ refuses to be asked about nothing
        factors = Proj(self.crs).get_factors(np.asarray(longitude, np.float64), np.asarray(latitude, np.float64))
        return np.asarray(factors.meridian_convergence, np.float64)


def grid_over(areas: gpd.GeoDataFrame, pixel_m: float, margin_px: int = 2) -> Grid:
    """Lay a grid over areas, in a metric CRS centred on them.

    Parameters
    ----------
    areas
        Polygons, any CRS; one row at least.
    pixel_m
        Edge of a pixel, metres.
    margin_px
        Pixels left around the areas.

    Raises
    ------
    ValueError
        No areas, areas without a CRS, or a pixel that is not positive.
    """
    if areas.empty or areas.crs is None:
        raise ValueError("a grid needs at least one area with a CRS")
    if not pixel_m > 0:
        raise ValueError(f"pixel_m must be positive, not {pixel_m}")
    west, south, east, north = areas.to_crs(LONLAT).total_bounds
    crs = metric_crs(float(west + east) / 2, float(south + north) / 2)
    left, bottom, right, top = areas.to_crs(crs).total_bounds / pixel_m
    first_column, first_row = np.floor(left) - margin_px, np.ceil(top) + margin_px
    columns = int(np.ceil(right) + margin_px - first_column)
    rows = int(first_row - (np.floor(bottom) - margin_px))
    return Grid(crs, float(first_column * pixel_m), float(first_row * pixel_m), float(pixel_m), (rows, columns))


def geodesic(
    from_longitude: ArrayLike, from_latitude: ArrayLike, to_longitude: ArrayLike, to_latitude: ArrayLike
) -> tuple[Floats, Floats]:
    """Length and starting azimuth of the shortest line on the WGS-84 ellipsoid.

    Parameters
    ----------
    from_longitude, from_latitude, to_longitude, to_latitude
        Degrees; shapes broadcast.

    Returns
    -------
    distance_m, azimuth_deg
        Metres; degrees clockwise from true north in [0, 360). Karney (2013), through PROJ.
    """
    starts_ends = np.broadcast_arrays(
        *(np.asarray(v, np.float64) for v in (from_longitude, from_latitude, to_longitude, to_latitude))
    )
    azimuth, _, distance = _WGS84.inv(*starts_ends)
    return np.asarray(distance, np.float64), np.mod(np.asarray(azimuth, np.float64), 360.0)
