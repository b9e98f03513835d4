"""Which area a place lies in, how many places each area holds, and which place is the nearest."""

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.crs import LONLAT

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""


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


def nearest_place(points: pd.DataFrame, places: pd.DataFrame, within_km: float) -> NDArray[np.intp]:
    """Find the place nearest to each point, along the great circle.

    Parameters
    ----------
    points, places
        latitude and longitude, degrees; one row per point or place. A point without both has no place.
    within_km
        Places further away do not count.

    Returns
    -------
    numpy.ndarray
        Shape (points,): position of the place, -1 where none is near enough.
    """
    found = np.full(len(points), -1, np.intp)
    known = points[["latitude", "longitude"]].notna().all(axis=1).to_numpy()
    if not len(places) or not known.any():
        return found
    # The straight line through the earth grows with the great circle, so that the nearest is the same.
    chord = 2 * np.sin(within_km / EARTH_KM / 2)
    away, place = cKDTree(_on_sphere(places)).query(_on_sphere(points[known]), distance_upper_bound=chord)
    found[known] = np.where(np.isfinite(away), place, -1)
    return found


def neighbours(
    places: pd.DataFrame, most: int, within_km: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Find the nearest other places of each place, along the great circle.

    Parameters
    ----------
    places
        latitude and longitude, degrees; one row per place.
    most
        How many of each at most.
    within_km
        Places further away do not count.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (pairs,) each: position of the place, of its neighbour, and their distance in km.
    """
    if len(places) < 2:  # noqa: PLR2004 - it takes two
        nothing = np.empty(0, np.intp)
        return nothing, nothing, np.empty(0)
    spots, chord = _on_sphere(places), 2 * np.sin(within_km / EARTH_KM / 2)
    away, other = cKDTree(spots).query(spots, k=min(most + 1, len(places)), distance_upper_bound=chord)
    place = np.broadcast_to(np.arange(len(places))[:, None], other.shape)
    # Of places on one spot the place itself need not come first.
    near = np.isfinite(away) & (other != place)
    near &= np.cumsum(near, axis=1) <= most
    return place[near], other[near], 2 * EARTH_KM * np.arcsin(away[near] / 2)


def _on_sphere(points: pd.DataFrame) -> NDArray[np.float64]:
    latitude, longitude = np.radians(points[["latitude", "longitude"]].to_numpy(float)).T
    east, north = np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude)
    return np.stack([east, north, np.sin(latitude)], axis=1)
