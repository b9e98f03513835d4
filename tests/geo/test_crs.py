"""The grid and the ellipsoid."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.crs import LONLAT, geodesic, grid_over


def test_a_pixel_s_centre_finds_its_own_row_and_column(areas):
    grid = grid_over(areas, 500)
    row, column = grid.index_of(*grid.centres_lonlat())
    assert np.array_equal(row, np.indices(grid.shape)[0])
    assert np.array_equal(column, np.indices(grid.shape)[1])
    assert grid.index_of(0.0, 0.0) == (-1, -1)


def test_the_grid_holds_the_areas_and_its_bounds_hold_the_grid(areas):
    grid = grid_over(areas, 500)
    assert shapely.box(*grid.bounds_m).contains(areas.to_crs(grid.crs).union_all())
    west, south, east, north = grid.bounds_lonlat
    longitude, latitude = grid.centres_lonlat()
    assert west < longitude.min() < longitude.max() < east
    assert south < latitude.min() < latitude.max() < north


def test_areas_and_distances_in_the_plane_are_those_of_the_ellipsoid(areas):
    grid = grid_over(areas, 500)
    true_m2 = abs(Geod(ellps="WGS84").geometry_area_perimeter(areas.geometry[0].segmentize(0.001))[0])
    plane = areas.geometry[:1].segmentize(0.001).to_crs(grid.crs)
    assert plane.area[0] == pytest.approx(true_m2, rel=1e-6)
    distance, _ = geodesic(101.3, 35.1, 101.5, 35.1)
    x, y = grid.to_plane([101.3, 101.5], [35.1, 35.1])
    assert np.hypot(np.diff(x), np.diff(y))[0] == pytest.approx(distance, rel=4e-5)


def test_true_azimuths_less_the_convergence_are_those_of_the_plane(areas):
    grid = grid_over(areas, 500)
    here, there = (101.25, 35.05), (101.28, 35.11)
    _, true = geodesic(*here, *there)
    x, y = grid.to_plane([here[0], there[0]], [here[1], there[1]])
    plane = np.degrees(np.arctan2(np.diff(x), np.diff(y)))[0]
    assert true - grid.convergence_deg(*here) == pytest.approx(plane, abs=0.01)
    assert abs(grid.convergence_deg(*here)) > 0.1


@pytest.mark.parametrize(
    ("wrong", "pixel_m"),
    [
        (gpd.GeoDataFrame(geometry=[], crs=LONLAT), 250),
        (gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)]), 250),
        (gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=LONLAT), 0),
    ],
)
def test_a_grid_without_areas_crs_or_pixel_is_refused(wrong, pixel_m):
    with pytest.raises(ValueError, match=r"grid needs|pixel_m"):
        grid_over(wrong, pixel_m)
