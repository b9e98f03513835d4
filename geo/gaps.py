"""Where the coverage has gaps, and whom they concern."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from rasterio.features import rasterize, sieve
from rasterio.transform import from_origin
from scipy.spatial import cKDTree

from geo.coverage import Coverage
from geo.crs import LONLAT, Grid, geodesic

GAP_COLUMNS = (
    "gap_id", "office_id", "area_km2", "people", "settlements", "settlement_names", "nearest_site_id",
    "nearest_site_km", "farthest_km",
)  # fmt: skip
_M2_PER_KM2 = 1e6
_STRAIGHTEN_PX = 0.75
"""Corners whose triangle is smaller than a square of this edge are cut: a staircase's steps (half a pixel of area, edge
0.71) are, the corners of two pixels side by side (a whole pixel) are not."""


def people_covered(settlements: pd.DataFrame, level_dbm: ArrayLike, threshold_dbm: float) -> pd.Series:
    """People of each settlement who are covered: all of them where the level reaches the threshold, else none.

    Parameters
    ----------
    settlements
        ``people`` per settlement.
    level_dbm
        Best level at each settlement, shape (settlements,); NaN where there is no cell.
    threshold_dbm
        Lowest level that counts.

    Returns
    -------
    pandas.Series
        Index of ``settlements``.
    """
    reached = np.asarray(level_dbm, np.float64) >= threshold_dbm
    return settlements["people"].where(reached, 0).rename("people_covered")


def find_gaps(
    coverage: Coverage,
    areas: gpd.GeoDataFrame,
    settlements: pd.DataFrame,
    settlement_level_dbm: ArrayLike,
    sites: pd.DataFrame,
    *,
    threshold_dbm: float,
    min_area_km2: float = 1.0,
    speck_px: int = 0,
    uncovered_people: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Find the polygons of an office's area that no cell covers.

    Specks are sieved away, the uncovered pixels joined, their staircase edges straightened by less than a pixel, and
    the result is cut with the areas' own borders: gaps are valid, do not overlap, and follow a border where they meet
    it.

    Parameters
    ----------
    coverage
        Levels on a grid that holds all areas.
    areas
        office_id and polygons that do not overlap, EPSG:4326.
    settlements
        settlement_name, latitude, longitude (degrees) and people.
    settlement_level_dbm
        Best level at each settlement (see :func:`geo.coverage.predict_at`), shape (settlements,).
    sites
        site_id, latitude, longitude.
    threshold_dbm
        A pixel or settlement below this, or without a level, is uncovered.
    min_area_km2
        Smaller pieces are left out.
    speck_px
        Covered or uncovered pieces of fewer pixels, joined by edges, are taken for what surrounds them.
    uncovered_people
        latitude, longitude and people of places without coverage, from a population raster; None: people are those of
        the uncovered settlements.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, one row per gap, most people first, then largest: ``gap_id`` (office and running number),
        ``office_id``, ``area_km2``, ``people`` (of the uncovered settlements inside), ``nearest_site_id`` and
        ``nearest_site_km`` (geodesic, from the centre of the largest circle within the gap; missing without sites).

    Raises
    ------
    ValueError
        An area reaches beyond the grid, or the areas are not in EPSG:4326.
    """
    grid = coverage.grid
    if areas.crs is None or areas.crs != LONLAT:
        raise ValueError(f"areas must be in EPSG:4326, not {areas.crs}")
    _require_inside(areas, grid)
    # Cut in degrees, where the areas' borders are exact: a straight border in degrees is a curve in the plane.
    pieces = gpd.GeoSeries(uncovered_pieces(coverage, threshold_dbm, speck_px), crs=grid.crs).to_crs(LONLAT).to_numpy()
    counties = areas.geometry.to_numpy()
    county, piece = shapely.STRtree(pieces).query(counties, predicate="intersects")
    cut, source = shapely.get_parts(shapely.intersection(counties[county], pieces[piece]), return_index=True)
    offices = areas["office_id"].to_numpy()[county[source]]
    gaps = gpd.GeoDataFrame({"office_id": offices}, geometry=cut, crs=LONLAT)
    gaps["area_km2"] = gaps.to_crs(grid.crs).area / _M2_PER_KM2
    # Lines and points, left where a piece only touches a border, have no area.
    gaps = gaps[(gaps["area_km2"] > 0) & (gaps["area_km2"] >= min_area_km2)].reset_index(drop=True)
    villages = settlements[~(np.asarray(settlement_level_dbm, np.float64) >= threshold_dbm)]
    gaps["people"] = _people_in(gaps, villages if uncovered_people is None else uncovered_people)
    gaps["settlements"], gaps["settlement_names"] = _villages_in(gaps, villages)
    gaps["nearest_site_id"], gaps["nearest_site_km"] = _nearest_sites(gaps, sites, grid)
    gaps["farthest_km"] = _farthest_km(gaps, sites, coverage, threshold_dbm)
    gaps = gaps.sort_values(["office_id", "people", "area_km2"], ascending=[True, False, False], ignore_index=True)
    number = (gaps.groupby("office_id").cumcount() + 1).astype(str).str.zfill(3)
    gaps["gap_id"] = gaps["office_id"].astype(str) + "-" + number
    gaps = gaps.sort_values(["people", "area_km2"], ascending=False, ignore_index=True)
    return gaps[[*GAP_COLUMNS, "geometry"]]


def uncovered_pieces(coverage: Coverage, threshold_dbm: float, speck_px: int = 0) -> NDArray[np.object_]:
    """Polygons, in the grid's CRS, around the pixels below the threshold or without a level; specks are sieved away.

    Runs of pixels in a row become boxes, boxes that touch become one polygon, and the steps of a staircase are cut off,
    for all polygons together, so that none comes to overlap another.
    """
    grid = coverage.grid
    below = ~(coverage.level_dbm >= threshold_dbm)
    if speck_px > 1:
        below = sieve(below.astype(np.uint8), speck_px).astype(np.bool_)
    # A rim of two pixels keeps the straightening away from the areas at the edge of the grid.
    uncovered = np.pad(below, 2, constant_values=True)
    change = np.diff(np.pad(uncovered, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, first = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    west, north = grid.west_m - 2 * grid.pixel_m, grid.north_m + 2 * grid.pixel_m
    left, right = west + first * grid.pixel_m, west + end * grid.pixel_m
    top = north - row * grid.pixel_m
    boxes = shapely.box(left, top - grid.pixel_m, right, top)
    parts = shapely.get_parts(shapely.union_all(boxes))
    return np.asarray(shapely.coverage_simplify(parts, tolerance=_STRAIGHTEN_PX * grid.pixel_m))


def _require_inside(areas: gpd.GeoDataFrame, grid: Grid) -> None:
    left, bottom, right, top = areas.to_crs(grid.crs).total_bounds
    west, south, east, north = grid.bounds_m
    if left < west or bottom < south or right > east or top > north:
        raise ValueError("the grid does not hold all areas; lay it over them with geo.crs.grid_over")


def _people_in(gaps: gpd.GeoDataFrame, uncovered: pd.DataFrame) -> NDArray[np.int64]:
    """Sum the people of uncovered places in each gap, to the nearest person; shape (gaps,)."""
    place, gap = _places_in(gaps, uncovered)
    people = uncovered["people"].to_numpy(np.float64)
    return np.bincount(gap, weights=people[place], minlength=len(gaps)).round().astype(np.int64)


def _villages_in(gaps: gpd.GeoDataFrame, uncovered: pd.DataFrame) -> tuple[NDArray[np.int64], pd.Series]:
    """Count the uncovered settlements in each gap, and name them, most people first."""
    place, gap = _places_in(gaps, uncovered)
    inside = pd.DataFrame({"gap": gap, "name": uncovered["settlement_name"].to_numpy()[place],
                           "people": uncovered["people"].to_numpy()[place]})  # fmt: skip
    names = inside.sort_values(["people", "name"], ascending=[False, True]).groupby("gap")["name"].agg("、".join)
    count = np.bincount(gap, minlength=len(gaps)).astype(np.int64)
    return count, names.reindex(gaps.index).fillna("").astype("str")


def _places_in(gaps: gpd.GeoDataFrame, places: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of places and of the gap that holds each."""
    points = gpd.points_from_xy(places["longitude"], places["latitude"])
    place, gap = gaps.sindex.query(points, predicate="intersects")
    return place, gap


def _farthest_km(gaps: gpd.GeoDataFrame, sites: pd.DataFrame, coverage: Coverage, threshold_dbm: float) -> pd.Series:
    """Distance of the place in each gap that is farthest from its nearest site; missing where there is no site.

    Looked for among the corners of the gap and the middles of its uncovered pixels.
    """
    if sites.empty or gaps.empty:
        return pd.Series(np.nan, gaps.index)
    grid = coverage.grid
    plane = gaps.to_crs(grid.crs).geometry
    corners, of_corner = shapely.get_coordinates(plane.to_numpy(), return_index=True)
    number = rasterize(
        zip(plane, range(1, len(gaps) + 1), strict=True),
        grid.shape,
        transform=from_origin(grid.west_m, grid.north_m, grid.pixel_m, grid.pixel_m),
        dtype="int32",
    )
    row, column = np.nonzero((number > 0) & ~(coverage.level_dbm >= threshold_dbm))
    places = np.vstack([corners, np.column_stack([grid.x_m[column], grid.y_m[row]])])
    masts = np.column_stack(grid.to_plane(sites["longitude"], sites["latitude"]))
    distance, _ = cKDTree(masts).query(places)
    of_place = np.concatenate([of_corner, number[row, column] - 1])
    return pd.Series(distance, of_place).groupby(level=0).max().reindex(gaps.index) / 1000.0


def _nearest_sites(gaps: gpd.GeoDataFrame, sites: pd.DataFrame, grid: Grid) -> tuple[pd.Series, pd.Series]:
    """Nearest site of each gap and its distance in km; both missing where there is no site."""
    ids = sites["site_id"].reset_index(drop=True)
    if sites.empty or gaps.empty:
        return ids.reindex([-1] * len(gaps)).set_axis(gaps.index), pd.Series(np.nan, gaps.index)
    circles = shapely.maximum_inscribed_circle(gaps.to_crs(grid.crs).geometry.to_numpy(), tolerance=grid.pixel_m)
    middles = shapely.points(shapely.get_coordinates(circles)[::2])
    tree = shapely.STRtree(shapely.points(*grid.to_plane(sites["longitude"], sites["latitude"])))
    nearest = tree.nearest(middles)
    lonlat = gpd.GeoSeries(middles, crs=grid.crs).to_crs(LONLAT)
    longitude, latitude = sites["longitude"].to_numpy()[nearest], sites["latitude"].to_numpy()[nearest]
    distance, _ = geodesic(lonlat.x, lonlat.y, longitude, latitude)
    return ids.take(nearest).set_axis(gaps.index), pd.Series(distance / 1000.0, gaps.index)
