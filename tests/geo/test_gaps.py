"""Gaps: what they are made of, and that nothing is lost or counted twice."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis.extra.numpy import arrays

from geo.coverage import Coverage
from geo.crs import LONLAT, geodesic, grid_over
from geo.gaps import find_gaps, people_covered
from geo.spatial import area_of_points

NOBODY = pd.DataFrame(
    {
        "settlement_name": pd.Series([], dtype="str"),
        "latitude": [],
        "longitude": [],
        "people": pd.Series([], dtype="int64"),
    }
)
NO_SITE = pd.DataFrame({"site_id": pd.Series([], dtype="str"), "latitude": [], "longitude": []})


def gaps_of(coverage, areas, **options):
    options = {"settlements": NOBODY, "settlement_level_dbm": [], "sites": NO_SITE, "min_area_km2": 0.0} | options
    return find_gaps(coverage, areas, threshold_dbm=-105.0, **options)


def coverage_of(areas, covered, pixel_m=2000):
    """Coverage of a grid over the areas, from a repeated pattern of covered pixels."""
    grid = grid_over(areas, pixel_m)
    mask = np.resize(covered, grid.shape)
    level = np.where(mask, -80.0, np.where(np.indices(grid.shape)[0] % 2, np.nan, -120.0))
    return Coverage(grid, level.astype(np.float32), np.where(mask, 0, -1).astype(np.int32))


def test_gaps_are_valid_do_not_overlap_and_stay_in_their_area(content, areas):
    gaps = content.gaps
    assert len(gaps) > 0
    assert gaps.is_valid.all()
    assert (gaps.geom_type == "Polygon").all()
    assert gaps["gap_id"].is_unique
    assert (gaps["area_km2"] >= 1.0).all()
    plane = gaps.to_crs(content.coverage.grid.crs)
    assert plane.union_all().area == pytest.approx(plane.area.sum(), rel=1e-9)
    homes = areas.set_index("office_id").geometry.reindex(gaps["office_id"])
    assert shapely.area(shapely.difference(gaps.geometry.to_numpy(), homes.to_numpy())).max() < 1e-15


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(covered=arrays(np.bool_, (7, 9)))
def test_gaps_and_covered_pixels_together_are_the_areas(areas, covered):
    coverage = coverage_of(areas, covered)
    grid = coverage.grid
    gaps = gaps_of(coverage, areas)
    plane = areas.to_crs(grid.crs)
    x, y = np.meshgrid(grid.x_m, grid.y_m)
    half = grid.pixel_m / 2
    reached = coverage.level_dbm >= -105.0
    pixels = shapely.box(x[reached] - half, y[reached] - half, x[reached] + half, y[reached] + half)
    county = plane.union_all()
    covered_m2 = shapely.area(shapely.intersection(pixels, county)).sum()
    # Straightening the staircase moves an edge by less than a pixel.
    gap_border = sum(shapely.length(shapely.boundary(g)) for g in gaps.to_crs(grid.crs).geometry)
    assert covered_m2 + gaps["area_km2"].sum() * 1e6 == pytest.approx(county.area, abs=gap_border * half + 1)
    assert gaps.is_valid.all()
    united = gaps.to_crs(grid.crs).union_all().area if len(gaps) else 0.0
    assert united == pytest.approx(gaps["area_km2"].sum() * 1e6, rel=1e-6, abs=1)


def test_an_area_without_any_cell_is_one_gap_along_its_own_border(areas):
    gaps = gaps_of(coverage_of(areas, [False]), areas)
    assert gaps["office_id"].tolist() == ["A", "B"] or gaps["office_id"].tolist() == ["B", "A"]
    whole = areas.set_index("office_id").to_crs(grid_over(areas, 2000).crs).area / 1e6
    assert gaps.set_index("office_id")["area_km2"].to_dict() == pytest.approx(whole.to_dict(), rel=1e-6)


def test_a_covered_branch_has_no_gap(areas):
    gaps = gaps_of(coverage_of(areas, [True]), areas)
    assert gaps.empty
    assert gaps.crs == LONLAT


def test_a_pixel_at_the_threshold_is_covered(areas):
    coverage = coverage_of(areas, [True])
    at = np.full(coverage.grid.shape, -105.0, np.float32)
    assert gaps_of(Coverage(coverage.grid, at, coverage.server), areas).empty
    below = np.full(coverage.grid.shape, -105.1, np.float32)
    assert len(gaps_of(Coverage(coverage.grid, below, coverage.server), areas)) == 2


def test_small_pieces_are_left_out(areas):
    spot = np.ones(grid_over(areas, 500).shape, bool)
    spot[20, 20:22] = False  # 0.5 km2
    spot[30, 30:36] = False  # 1.5 km2
    coverage = coverage_of(areas, spot, pixel_m=500)
    assert sorted(gaps_of(coverage, areas)["area_km2"].round(2)) == pytest.approx([0.5, 1.5], abs=0.13)
    assert len(gaps_of(coverage, areas, min_area_km2=1.0)) == 1


def test_people_are_those_of_uncovered_settlements_inside(areas):
    settlements = pd.DataFrame(
        {
            "settlement_name": ["小村", "有覆盖村", "西村", "外村", "大村"],
            "latitude": [35.1, 35.2, 35.1, 36.0, 35.25],
            "longitude": [101.6, 101.6, 101.3, 101.6, 101.7],
            "people": [10, 20, 40, 80, 11],
        }
    )
    levels = [-110.0, -100.0, np.nan, np.nan, -105.1]
    uncovered = {"settlements": settlements, "settlement_level_dbm": levels}
    gaps = gaps_of(coverage_of(areas, [False]), areas, **uncovered)
    assert gaps[["gap_id", "office_id", "people", "settlements", "settlement_names"]].to_numpy().tolist() == [
        ["B-001", "B", 40, 1, "西村"],
        ["A-001", "A", 21, 2, "大村、小村"],
    ]
    raster = pd.DataFrame({"latitude": [35.1, 35.1], "longitude": [101.65, 101.66], "people": [1.3, 1.3]})
    counted = gaps_of(coverage_of(areas, [False]), areas, **uncovered, uncovered_people=raster).set_index("office_id")
    assert counted["people"].to_dict() == {"A": 3, "B": 0}
    assert counted["settlements"].to_dict() == {"A": 2, "B": 1}


def test_the_nearest_site_is_measured_from_the_middle(areas):
    sites = pd.DataFrame({"site_id": ["far", "near"], "latitude": [35.15, 35.15], "longitude": [101.0, 101.95]})
    gaps = gaps_of(coverage_of(areas, [False]), areas, sites=sites).set_index("office_id")
    assert gaps["nearest_site_id"].to_dict() == {"A": "near", "B": "far"}
    middle_of_a, _ = geodesic(101.65, 35.15, 101.95, 35.15)
    assert gaps.loc["A", "nearest_site_km"] == pytest.approx(float(middle_of_a) / 1000, abs=4)


def test_the_farthest_place_of_a_gap_is_measured_too(areas):
    sites = pd.DataFrame({"site_id": ["S"], "latitude": [35.15], "longitude": [101.65]})
    gaps = gaps_of(coverage_of(areas, [False]), areas, sites=sites).set_index("office_id")
    corner, _ = geodesic(101.65, 35.15, 101.2, 35.0)
    assert gaps.loc["B", "farthest_km"] == pytest.approx(float(corner) / 1000, rel=1e-3)
    around = gaps_of(coverage_of(areas, [False]), areas, sites=corners_of_a()).set_index("office_id")
    middle, _ = geodesic(101.5, 35.0, 101.65, 35.15)
    assert around.loc["A", "farthest_km"] == pytest.approx(float(middle) / 1000, abs=1.5)  # inside, at no corner


def corners_of_a():
    corners = [(35.0, 101.5), (35.0, 101.8), (35.3, 101.5), (35.3, 101.8)]
    return pd.DataFrame(
        {"site_id": list("abcd"), "latitude": [c[0] for c in corners], "longitude": [c[1] for c in corners]}
    )


def test_specks_are_taken_for_what_surrounds_them(areas):
    covered = np.ones(grid_over(areas, 500).shape, bool)
    covered[10:30, 10:30] = False
    covered[20, 20:23] = True  # three pixels of coverage within the gap
    covered[40, 40:43] = False  # three pixels without within coverage
    sieved = gaps_of(coverage_of(areas, covered, pixel_m=500), areas, speck_px=4)
    assert len(sieved) == 1
    assert sieved["area_km2"].item() == pytest.approx(100, rel=0.01)
    assert not len(shapely.get_rings(sieved.geometry.iloc[0])) > 1
    finer = gaps_of(coverage_of(areas, covered, pixel_m=500), areas, speck_px=3)
    assert len(finer) == 2
    assert finer["area_km2"].sum() == pytest.approx(100, rel=0.01)


def test_without_sites_the_nearest_one_is_missing(areas):
    gaps = gaps_of(coverage_of(areas, [False]), areas)
    assert gaps["farthest_km"].isna().all()
    assert gaps["nearest_site_id"].isna().all()
    assert gaps["nearest_site_km"].isna().all()


def test_an_area_beyond_the_grid_is_refused(areas):
    coverage = coverage_of(areas[:1], [True])
    with pytest.raises(ValueError, match="does not hold all areas"):
        gaps_of(coverage, areas)


def test_areas_in_another_crs_are_refused(areas):
    with pytest.raises(ValueError, match="EPSG:4326"):
        gaps_of(coverage_of(areas, [True]), areas.to_crs(3857))


def test_people_covered_counts_a_settlement_whole_or_not_at_all():
    people = pd.DataFrame({"people": [10, 20, 30]}, index=[5, 6, 7])
    counted = people_covered(people, [-105.0, -105.01, np.nan], -105.0)
    assert counted.to_dict() == {5: 10, 6: 0, 7: 0}


def test_a_place_on_a_common_border_is_counted_once(areas):
    places = pd.DataFrame({"latitude": [35.1, 35.1, 35.1], "longitude": [101.5, 101.7, 102.5]})
    assert area_of_points(places, areas).tolist() == [0, 0, -1]
    with pytest.raises(ValueError, match="EPSG:4326"):
        area_of_points(places, gpd.GeoDataFrame(geometry=areas.geometry.to_crs(3857)))
