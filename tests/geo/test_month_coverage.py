"""The month's coverage over facts: over terrain where one is set, over flat ground elsewhere, and it says which."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from geo.map import coverage_map
from ops_platform.contracts.coverage import COVERAGE_CELLS, COVERAGE_GAPS, COVERAGE_LEVELS, COVERAGE_SERVERS
from ops_platform.coverage.gaps import month_gaps
from ops_platform.coverage.model import model_of
from ops_platform.coverage.network import month_cells, office_areas, predicted_cells
from ops_platform.coverage.picture import map_content
from ops_platform.coverage.predict import store_prediction
from ops_platform.errors import PermanentError
from ops_platform.policy import CoveragePolicy, Policy
from ops_platform.settings import Settings
from tests.maintenance.builders import store

AREA = "POLYGON ((101.5 35.1, 101.7 35.1, 101.7 35.2, 101.5 35.2, 101.5 35.1))"
AFTERWARDS = datetime(2026, 12, 1, tzinfo=UTC)
"""When the maps of these months are drawn."""
CELL = {
    "site_id": "S1",
    "technology": "LTE",
    "band_mhz": 900.0,
    "antenna_height_m": 30.0,
    "antenna_gain_dbi": 15.0,
    "mechanical_tilt_deg": 2.0,
    "reference_power_dbm": 12.2,
    "in_service_on": date(2020, 1, 1),
}


@pytest.fixture
def facts(tmp_path):
    """One site in the west of a county, a village near it and one behind a ridge."""
    return store(
        tmp_path / "warehouse",
        offices=[{"area_wkt": AREA, "office_name_en": "County"}],
        sites=[{"latitude": 35.15, "longitude": 101.56, "area_class": "rural", "in_service_on": date(2020, 1, 1)}],
        cells=[
            CELL | {"cell_id": "C1", "azimuth_deg": 90.0},
            CELL | {"cell_id": "C2", "azimuth_deg": 270.0, "electrical_tilt_deg": 4.0},
            CELL | {"cell_id": "C3", "reference_power_dbm": None, "power_dbm": 43.0},
        ],
        settlements=[
            {"settlement_id": "V1", "office_id": "O1", "latitude": 35.151, "longitude": 101.575, "people": 100},
            {"settlement_id": "V2", "office_id": "O1", "latitude": 35.151, "longitude": 101.640, "people": 100},
        ],
    )


def settings_of(tmp_path, *, policy=None, **more):
    coverage = CoveragePolicy(**({"radius_km": 10.0, "pixel_m": 500} | (policy or {})))
    return Settings(home=tmp_path / "home", policy=Policy(coverage=coverage), **more)


@dataclass
class Month:
    """What the steps of a month gave."""

    levels: dict
    left_out: list
    content: object
    basis: dict
    layers: list


def month_coverage(facts, month, settings):
    """All steps of a month, as the assets take them."""
    cells = month_cells(facts, month, settings)
    facts.warehouse.write(COVERAGE_CELLS, cells, month)
    found = store_prediction(facts, month, settings)
    facts.warehouse.write(COVERAGE_LEVELS, found.levels, month)
    facts.warehouse.write(COVERAGE_SERVERS, found.servers, month)
    path = facts.warehouse.path(COVERAGE_GAPS, month)
    path.parent.mkdir(parents=True, exist_ok=True)
    month_gaps(facts, month, settings).to_parquet(path)
    left_out = [row["cell_id"] for row in cells.to_pylist() if row["number"] is None]
    levels = {row["settlement_id"]: row["level_dbm"] for row in found.levels.to_pylist()}
    return Month(levels, left_out, map_content(facts, month, settings, AFTERWARDS), found.basis, found.layers)


def ridge(path, height_m=400.0):
    """Write an elevation model: a plain at 3,000 m with a wall along longitude 101.6."""
    heights = np.full((600, 700), 3000.0, np.float32)
    longitude = 101.3 + (np.arange(700) + 0.5) * 0.001
    heights[:, np.abs(longitude - 101.6) < 0.0015] += height_m
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:4326", "nodata": -9999}
    with rasterio.open(
        path, "w", height=600, width=700, transform=from_origin(101.3, 35.45, 0.001, 0.001), **profile
    ) as out:
        out.write(heights, 1)
    return path


def test_without_terrain_the_prediction_says_so(facts, tmp_path):
    found = month_coverage(facts, "2026-03", settings_of(tmp_path))
    assert found.basis["terrain"] == "OPS_TERRAIN is not set"
    assert "Okumura-Hata" in found.basis["model"]
    assert "平地" in found.basis["model"]
    assert "over flat ground" in coverage_map(found.content)
    assert found.left_out == ["C3"]
    assert not (tmp_path / "home").exists()


def test_over_terrain_the_village_behind_the_ridge_is_lost_and_the_reader_told_why(facts, tmp_path):
    flat, walled = ridge(tmp_path / "plain.tif", 0.0), ridge(tmp_path / "ridge.tif")
    before = month_coverage(facts, "2026-03", settings_of(tmp_path, terrain=flat))
    after = month_coverage(facts, "2026-03", settings_of(tmp_path, terrain=walled))
    assert before.levels["V1"] == pytest.approx(after.levels["V1"], abs=0.01)
    assert before.levels["V2"] - after.levels["V2"] > 25
    assert after.content.gaps["area_km2"].sum() > before.content.gaps["area_km2"].sum() + 20
    assert after.basis["terrain"] == str(walled)
    assert after.basis["terrain_filled_share"] == 0.0
    assert (after.basis["traces_made"], after.basis["traces_kept"]) == (2, 0)
    page = coverage_map(after.content)
    assert "median of ITU-R P.1812-8 (line of sight and diffraction) over the terrain ridge.tif" in page
    assert "over flat ground" not in page


def test_a_second_run_traces_nothing_anew(facts, tmp_path):
    terrain = ridge(tmp_path / "ridge.tif")
    month_coverage(facts, "2026-03", settings_of(tmp_path, terrain=terrain))
    again = month_coverage(facts, "2026-03", settings_of(tmp_path, terrain=terrain))
    assert again.basis["renewed_from"] == "2026-03"
    assert (again.basis["changed_sites"], again.basis["pixels_predicted"]) == (0, 0)
    assert (again.basis["traces_made"], again.basis["traces_kept"]) == (0, 1)  # of the settlements; the grid stands
    month_coverage(facts, "2026-03", settings_of(tmp_path, terrain=terrain, policy={"receiver_height_m": 5.0}))
    assert len(list((tmp_path / "home" / "terrain_traces").iterdir())) == 2  # the others were dropped


def test_a_prediction_leaves_the_traces_of_another_purpose_alone(facts, tmp_path):
    settings = settings_of(tmp_path, terrain=ridge(tmp_path / "ridge.tif"))
    month_coverage(facts, "2026-03", settings)
    other = model_of(office_areas(facts), settings, "candidates")
    other.levels(predicted_cells(facts, "2026-03"), facts.whole("settlements"))
    kept = sorted((settings.terrain_traces / "candidates").iterdir())
    assert kept
    month_coverage(facts, "2026-03", settings_of(tmp_path, terrain=settings.terrain, policy={"receiver_height_m": 5.0}))
    assert sorted((settings.terrain_traces / "candidates").iterdir()) == kept
    model_of(office_areas(facts), settings, "candidates").drop_unused_traces()
    assert not list((settings.terrain_traces / "candidates").iterdir())


def test_policy_reaches_the_prediction_over_terrain(facts, tmp_path):
    terrain = ridge(tmp_path / "ridge.tif")
    plain = month_coverage(facts, "2026-03", settings_of(tmp_path, terrain=terrain)).levels
    for policy in ({"location_pct": 95.0}, {"lapse_rate": 100.0}, {"terrain_step_m": 60.0}, {"receiver_height_m": 4.0}):
        changed = month_coverage(facts, "2026-03", settings_of(tmp_path, terrain=terrain, policy=policy)).levels
        assert abs(changed["V2"] - plain["V2"]) > 0.001, policy


def test_land_cover_takes_level_and_is_named(facts, tmp_path):
    terrain = ridge(tmp_path / "plain.tif", 0.0)
    cover = tmp_path / "cover.tif"
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": "EPSG:4326", "nodata": 0}
    with rasterio.open(
        cover, "w", height=60, width=70, transform=from_origin(101.3, 35.45, 0.01, 0.01), **profile
    ) as out:
        out.write(np.full((60, 70), 10, np.uint8), 1)
    bare = month_coverage(facts, "2026-03", settings_of(tmp_path, terrain=terrain))
    wooded = month_coverage(facts, "2026-03", settings_of(tmp_path, terrain=terrain, land_cover=cover))
    assert "clutter by the class of the site's area" in bare.content.model.en
    assert "clutter of cover.tif" in wooded.content.model.en
    assert bare.levels["V1"] - wooded.levels["V1"] > 10


def test_a_band_that_the_terrain_model_does_not_know_is_left_out(facts, tmp_path):
    millimetre = CELL | {"cell_id": "C9", "band_mhz": 26_000.0}
    store(tmp_path / "warehouse", cells=[CELL | {"cell_id": "C1"}, millimetre])
    flat = month_coverage(facts, "2026-03", settings_of(tmp_path))
    hilly = month_coverage(facts, "2026-03", settings_of(tmp_path, terrain=ridge(tmp_path / "ridge.tif")))
    assert flat.left_out == []
    assert hilly.left_out == ["C9"]


def test_terrain_that_cannot_be_used_names_the_setting(facts, tmp_path):
    with pytest.raises(PermanentError, match=r"OPS_TERRAIN.*missing\.tif: no raster that GDAL reads"):
        month_coverage(facts, "2026-03", settings_of(tmp_path, terrain=tmp_path / "missing.tif"))


def test_a_carrier_s_power_becomes_that_of_a_resource_element(facts, tmp_path):
    found = month_coverage(facts, "2026-03", settings_of(tmp_path, policy={"bandwidth_mhz": {"LTE": 20}}))
    assert found.left_out == []
    power = found.content.cells.set_index("cell_id")["reference_power_dbm"]
    assert power["C3"] == pytest.approx(43 - 30.79, abs=0.01)
    assert power["C1"] == 12.2
    with pytest.raises(PermanentError, match=r"OPS_POLICY__COVERAGE__BANDWIDTH_MHZ: LTE has no channel of 7\.0 MHz"):
        month_coverage(facts, "2026-03", settings_of(tmp_path, policy={"bandwidth_mhz": {"LTE": 7}}))


def test_the_settings_are_read_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("OPS_TERRAIN", str(tmp_path / "dem.tif"))
    monkeypatch.setenv("OPS_LAND_COVER", str(tmp_path / "cover.tif"))
    monkeypatch.setenv("OPS_POLICY__COVERAGE__CLUTTER_M", '{"10": 12, "50": 8}')
    read = Settings()
    assert (read.terrain, read.land_cover) == (tmp_path / "dem.tif", tmp_path / "cover.tif")
    assert read.policy.coverage.clutter_m == {10: 12.0, 50: 8.0}
