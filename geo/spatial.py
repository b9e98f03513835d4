"""Which area a place lies in, and how many places each area holds."""

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.crs import LONLAT


def area_of_points(points: pd.DataFrame, areas: gpd.GeoDataFrame) -> NDArray[np.intp]:
    """Find the area each place lies in.

    Parameters
    ----------
    points
        latitude and longitude, degrees; one row per place.
    areas
        Polygons in EPSG:4326 that do not overlap.

    Returns
    -------
    numpy.ndarray
        Shape (places,): position of the area, -1 outside all of them. A place on a common border belongs to the first.

    Raises
    ------
    ValueError
        The areas are not in EPSG:4326.
    """
    if areas.crs is None or areas.crs != LONLAT:
        raise ValueError(f"areas must be in EPSG:4326, not {areas.crs}")
    places = gpd.points_from_xy(points["longitude"], points["latitude"])
    place, area = areas.sindex.query(places, predicate="intersects")
    found = np.full(len(points), len(areas), np.intp)
    np.minimum.at(found, place, area)
    return np.where(found < len(areas), found, -1)


def points_in_areas(points: pd.DataFrame, areas: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Count the places in each area; shape (areas,). Parameters and errors as for :func:`area_of_points`."""
    found = area_of_points(points, areas)
    return np.bincount(found[found >= 0], minlength=len(areas)).astype(np.int64)
