"""Levels over terrain: against the plain reference along exact profiles, and what is kept from run to run."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from scipy.ndimage import map_coordinates

from geo.antenna import tilted_pattern_loss_db
from geo.crs import LONLAT, grid_over
from geo.p1812 import Link, basic_loss_db, location_margin_db, location_sd_db
from geo.p1812_path import INLAND, Atmosphere, Profile
from geo.sweep import Reach, Reached, _merge, sweep_at, sweep_grid
from geo.terrain import Terrain
from geo.terrain_level import Sector, raise_levels
from geo.terrain_loss import median_loss_db
from geo.terrain_trace import FALL, Mast, trace
from geo.trace_cache import TraceCache

STEP_M = 100.0
REACH = Reach(radius_km=8.0, receiver_height_m=1.5)
AREAS = gpd.GeoDataFrame(geometry=[shapely.box(101.5, 35.1, 101.65, 35.22)], crs=4326)
GRID = grid_over(AREAS, 250.0)
TERRAIN_GRID = grid_over(AREAS, STEP_M, margin_px=85)


def hilly():
    x, y = np.meshgrid(TERRAIN_GRID.x_m, TERRAIN_GRID.y_m)
    waves = [(9000, 0.3, 160), (4100, 1.1, 90), (1700, 2.0, 35), (800, 0.7, 12)]
    height = sum(a * np.sin((x * np.cos(t) + y * np.sin(t)) * 2 * np.pi / w + t) for w, t, a in waves)
    return Terrain(TERRAIN_GRID, (3200 + height).astype(np.float32), None, "hilly", 0.0)


HILLY = hilly()


def one_cell(x=0.0, y=0.0, **changes):
    to_lonlat = Transformer.from_crs(GRID.crs, LONLAT, always_xy=True)
    longitude, latitude = to_lonlat.transform(x, y)
    cell = {
        "cell_id": "C1",
        "band_mhz": 900,
        "latitude": latitude,
        "longitude": longitude,
        "antenna_height_m": 30.0,
        "azimuth_deg": 90.0,
        "mechanical_tilt_deg": 2.0,
        "electrical_tilt_deg": 3.0,
        "environment": "open",
        "reference_power_dbm": 18.0,
        "antenna_gain_dbi": 15.0,
    }
    return pd.DataFrame([cell | changes])


def exact_loss_db(terrain, clutter_m, x, y, mhz):
    """Predict by the whole of P.1812-8 along the straight line from the mast at the plane's origin."""
    length = np.hypot(x, y)
    points = max(round(length / STEP_M), 4) + 1
    along = np.linspace(0, 1, points)
    grid = terrain.grid
    at = [(grid.north_m - along * y) / STEP_M - 0.5, (along * x - grid.west_m) / STEP_M - 0.5]
    height = map_coordinates(terrain.height_m.astype(float), at, order=1)
    zone, clutter = np.full(points, INLAND), np.full(points, clutter_m)
    profile = Profile(along * length / 1000, height, clutter, zone, 30.0, 1.5)
    return basic_loss_db(profile, Link(mhz), 35.0, Atmosphere())


def mast_of(cell, reach=REACH):
    x, y = GRID.to_plane(cell["longitude"], cell["latitude"])
    radius_km = Atmosphere(reach.lapse_rate).median_radius_km
    height = float(cell["antenna_height_m"].item())
    return Mast(x.item(), y.item(), height, reach.receiver_height_m, STEP_M, reach.radius_km * 1000, radius_km)


def places(count, seed=2, nearest_m=600.0):
    rng = np.random.default_rng(seed)
    points = pd.DataFrame({"x": rng.uniform(-5000, 5000, count), "y": rng.uniform(-5000, 5000, count)})
    points = points[np.hypot(points["x"], points["y"]) > nearest_m]
    to_lonlat = Transformer.from_crs(GRID.crs, LONLAT, always_xy=True)
    longitude, latitude = to_lonlat.transform(points["x"], points["y"])
    return points.assign(longitude=longitude, latitude=latitude)


@pytest.mark.parametrize(("clutter_m", "mhz"), [(0.0, 900), (0.0, 2600), (15.0, 900)])
def test_losses_are_those_of_exact_profiles_within_a_decibel(clutter_m, mhz):
    points, mast = places(250), mast_of(one_cell())
    traced = trace(HILLY.ground(clutter_m), mast, points["x"].to_numpy(), points["y"].to_numpy())
    swept = median_loss_db(traced, mhz / 1000, mast.earth_radius_km)
    exact = np.array([exact_loss_db(HILLY, clutter_m, *at, mhz) for at in zip(points["x"], points["y"], strict=True)])
    reached = exact < 150  # beyond, scatter and ducting count, which the kernel leaves out
    assert reached.sum() > 80
    assert np.std(swept[reached] - exact[reached]) < 1.0
    assert abs(np.mean(swept[reached] - exact[reached])) < 0.2
    assert ((swept <= 140) == (exact <= 140)).mean() >= 0.98


@pytest.mark.parametrize(("environment", "clutter_m"), [("open", 0.0), ("suburban", 10.0), ("city", 15.0)])
def test_a_level_is_power_less_loss_less_pattern(environment, clutter_m):
    cell = one_cell(6000, 3000, environment=environment, azimuth_deg=220.0)
    points = places(60, nearest_m=0.0)
    predicted = sweep_at(cell, points, HILLY, REACH)["level_dbm"].to_numpy()
    mast = mast_of(cell)
    east, north = points["x"].to_numpy(), points["y"].to_numpy()
    near = np.hypot(east - mast.x_m, north - mast.y_m) <= 8000
    traced = trace(HILLY.ground(clutter_m), mast, east, north)
    true_bearing = np.degrees(np.arctan2(east - mast.x_m, north - mast.y_m))
    true_bearing += GRID.convergence_deg(cell["longitude"], cell["latitude"])
    pattern = tilted_pattern_loss_db(true_bearing - 220.0, np.degrees(np.arctan(traced[:, FALL] / 1000)), 2.0, 3.0)
    expected = 33.0 - median_loss_db(traced, 0.9, mast.earth_radius_km) - pattern
    assert near.sum() > 20
    assert predicted[near] == pytest.approx(expected[near], abs=0.005)
    assert np.isnan(predicted[~near]).all()


directions = st.tuples(st.floats(-9000, 9000), st.floats(-9000, 9000), st.floats(-30, 60))


@settings(max_examples=150)
@given(
    st.lists(directions, min_size=1, max_size=8),
    st.one_of(st.just(np.nan), st.floats(0, 360)),
    st.floats(0, 15),
    st.floats(0, 12),
)
def test_the_compiled_pattern_is_the_plain_one(ways, azimuth, mechanical, electrical):
    east, north, below = (np.array(v) for v in zip(*ways, strict=True))
    east[np.hypot(east, north) < 1] = 1.0  # right at the mast there is no direction
    level, server = np.full(len(ways), -np.inf, np.float32), np.full(len(ways), -1, np.int32)
    none = np.zeros(len(ways), np.float32)
    sector = Sector(7, 40.0, azimuth, mechanical, electrical)
    fall = (1000 * np.tan(np.radians(below))).astype(np.float32)
    raise_levels(level, server, none, fall, (east, north), sector)
    off_azimuth = np.degrees(np.arctan2(east, north)) - azimuth
    plain = 40.0 - tilted_pattern_loss_db(off_azimuth, below, mechanical, electrical)
    assert level == pytest.approx(plain, abs=1e-3)
    assert (server == 7).all()
    raise_levels(level, server, none, fall, (east, north), sector._replace(position=8))
    assert (server == 7).all()


def three_sites():
    rows = [
        one_cell(x, y, cell_id=f"C{i}", azimuth_deg=float(azimuth), band_mhz=band)
        for i, (x, y, azimuth, band) in enumerate(
            [(0, 0, 0, 900), (0, 0, 120, 900), (0, 0, 120, 1800), (3000, -2000, 90, 900), (-4000, 2500, 300, 1800)]
        )
    ]
    return pd.concat(rows, ignore_index=True)


def test_grid_and_places_agree():
    cells = three_sites()
    coverage = sweep_grid(cells, GRID, HILLY, REACH)
    longitude, latitude = GRID.centres_lonlat()
    pixels = pd.DataFrame({"longitude": longitude.ravel(), "latitude": latitude.ravel()})
    predicted = sweep_at(cells, pixels, HILLY, REACH)
    assert np.allclose(coverage.level_dbm.ravel(), predicted["level_dbm"], atol=0.05, equal_nan=True)
    same = coverage.server.ravel() == pd.Index(cells["cell_id"]).get_indexer(predicted["cell_id"])
    assert same.mean() > 0.999
    assert {"C0", "C1", "C3", "C4"} <= set(predicted["cell_id"])


def test_the_best_of_all_cells_serves_and_of_equal_ones_the_first():
    cells = three_sites()
    together = sweep_grid(cells, GRID, HILLY, REACH)
    alone = np.stack([sweep_grid(cells[i : i + 1], GRID, HILLY, REACH).level_dbm for i in range(len(cells))])
    strongest = np.fmax.reduce(alone, axis=0)
    assert np.array_equal(together.level_dbm, strongest, equal_nan=True)
    twins = pd.concat([one_cell(x=5.0), one_cell(), one_cell(x=5.0, cell_id="C2")], ignore_index=True)
    assert set(np.unique(sweep_grid(twins, GRID, HILLY, REACH).server)) <= {-1, 0, 1}


def test_of_equal_sites_the_one_with_the_earlier_cell_serves():
    level, server = np.array([-80, -80, -80, -90], np.float32), np.array([2, 2, 2, -1], np.int32)
    found = Reached(
        np.array([0, 1, 2, 3]), np.array([-80, -80, -81, -85], np.float32), np.array([1, 5, 0, 4], np.int32)
    )
    _merge(level, server, found)
    assert server.tolist() == [1, 2, 2, 4]
    assert level.tolist() == [-80, -80, -80, -85]


def test_bands_and_sectors_share_a_trace_and_only_a_moved_site_is_traced_anew(tmp_path):
    cells = three_sites()
    first = TraceCache(tmp_path / "traces")
    fresh = sweep_grid(cells, GRID, HILLY, REACH, first)
    assert (first.made, first.kept) == (3, 0)
    again = TraceCache(tmp_path / "traces")
    kept = sweep_grid(cells, GRID, HILLY, REACH, again)
    assert (again.made, again.kept) == (0, 3)
    assert np.array_equal(fresh.level_dbm, kept.level_dbm, equal_nan=True)
    moved = pd.concat([cells[:-1], one_cell(-4100, 2500, cell_id="C4", azimuth_deg=300.0)], ignore_index=True)
    third = TraceCache(tmp_path / "traces")
    sweep_grid(moved, GRID, HILLY, REACH, third)
    assert (third.made, third.kept) == (1, 2)
    assert third.drop_unused() == 1
    assert len(list((tmp_path / "traces").iterdir())) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"cells": three_sites().assign(antenna_height_m=31.0)},
        {"cells": three_sites().assign(environment="city")},
        {"terrain": dataclasses.replace(HILLY, version="other")},
        {"reach": dataclasses.replace(REACH, radius_km=7.0)},
        {"reach": dataclasses.replace(REACH, receiver_height_m=10.0)},
        {"reach": dataclasses.replace(REACH, lapse_rate=60.0)},
        {"grid": grid_over(AREAS, 500.0)},
    ],
)
def test_a_trace_depends_on_all_that_shapes_it(tmp_path, change):
    asked = {"cells": three_sites(), "grid": GRID, "terrain": HILLY, "reach": REACH}
    sweep_grid(**asked, cache=TraceCache(tmp_path))
    again = TraceCache(tmp_path)
    sweep_grid(**(asked | change), cache=again)
    assert (again.made, again.kept) == (3, 0)


def test_a_ridge_takes_the_level_behind_it():
    flat = dataclasses.replace(HILLY, height_m=np.full(TERRAIN_GRID.shape, 3000, np.float32), version="flat")
    ridge = flat.height_m.copy()
    ridge[:, np.searchsorted(TERRAIN_GRID.x_m, 2000.0)] = 3200
    walled = dataclasses.replace(flat, height_m=ridge, version="ridge")
    before, after = (sweep_grid(one_cell(), GRID, t, REACH).level_dbm for t in (flat, walled))
    east = np.searchsorted(GRID.x_m, 3000.0)
    middle = np.searchsorted(-GRID.y_m, 0.0)
    assert before[middle, east] - after[middle, east] > 20
    west = np.searchsorted(GRID.x_m, -3000.0)
    assert before[middle, west] == pytest.approx(after[middle, west], abs=1e-3)


def test_without_classes_of_land_cover_the_environment_stands_for_clutter():
    city, open_land = (sweep_grid(one_cell(environment=e), GRID, HILLY, REACH).level_dbm for e in ("city", "open"))
    assert np.nanmedian(open_land - city) > 6
    covered = dataclasses.replace(HILLY, clutter_m=np.zeros(TERRAIN_GRID.shape, np.float32), version="bare")
    cache = TraceCache()
    both = pd.concat([one_cell(environment="city"), one_cell(environment="open")], ignore_index=True)
    known = sweep_grid(both, GRID, covered, REACH, cache).level_dbm
    assert cache.made == 1
    assert np.allclose(known, open_land, equal_nan=True)


def test_more_certain_locations_have_a_lower_level():
    median = sweep_grid(one_cell(), GRID, HILLY, REACH).level_dbm
    surer = dataclasses.replace(REACH, location_pct=90.0, location_width_m=100.0)
    margin = location_margin_db(90, location_sd_db(900, 100.0, 1.5))
    assert margin > 1.5
    assert np.nanmax(np.abs(median - sweep_grid(one_cell(), GRID, HILLY, surer).level_dbm - margin)) < 1e-3


def test_outside_the_terrain_there_is_no_cell_and_no_level():
    away = one_cell(90_000, 0)
    assert np.isnan(sweep_grid(away, GRID, HILLY, REACH).level_dbm).all()
    # The mast stands at the terrain's edge, the second place just beyond it.
    edge = TERRAIN_GRID.bounds_m[2]
    at_edge = one_cell(edge - 50, 0)
    to_lonlat = Transformer.from_crs(GRID.crs, LONLAT, always_xy=True)
    longitude, latitude = to_lonlat.transform([edge - 500, edge + 500], [0, 0])
    points = pd.DataFrame({"longitude": longitude, "latitude": latitude}, index=[5, 3])
    predicted = sweep_at(at_edge, points, HILLY, REACH)
    assert predicted.index.tolist() == [5, 3]
    assert predicted["level_dbm"].notna().tolist() == [True, False]
    assert predicted["cell_id"].isna().tolist() == [False, True]


def test_the_radius_bounds_the_reach():
    coverage = sweep_grid(one_cell(), GRID, HILLY, dataclasses.replace(REACH, radius_km=3.0))
    x, y = np.meshgrid(GRID.x_m, GRID.y_m)
    assert np.array_equal(np.isfinite(coverage.level_dbm), np.hypot(x, y) <= 3000)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="reaches beyond the terrain"):
        sweep_grid(one_cell(), grid_over(AREAS, 250.0, margin_px=60), HILLY, REACH)
    elsewhere = gpd.GeoDataFrame(geometry=[shapely.box(101.5, 35.1, 101.6, 35.2)], crs=4326)
    with pytest.raises(ValueError, match="different planes"):
        sweep_grid(one_cell(), grid_over(elsewhere, 250.0), HILLY, REACH)
    with pytest.raises(ValueError, match="cells lack the columns mechanical_tilt_deg"):
        sweep_grid(one_cell().drop(columns="mechanical_tilt_deg"), GRID, HILLY, REACH)


def test_without_cells_there_is_no_level():
    none = one_cell()[:0]
    assert np.isnan(sweep_grid(none, GRID, HILLY, REACH).level_dbm).all()
    assert sweep_at(one_cell(), places(9)[:0], HILLY, REACH).empty
