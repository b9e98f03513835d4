"""The rasters, gaps and areas of a month over facts: what is stored, renewed, compared and handed to other programs."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from geo.servers import NOBODY
from ops_platform.contracts.coverage import COVERAGE_CELLS, COVERAGE_GAPS, COVERAGE_SERVERS, SITE_CANDIDATES
from ops_platform.coverage.gaps import areas_of, changes_of, month_gaps, stored_gaps, stored_layer, write_gap_files
from ops_platform.coverage.picture import map_content
from ops_platform.coverage.rasters import Rasters
from ops_platform.errors import PermanentError
from tests.geo.test_month_coverage import AFTERWARDS, CELL, month_coverage, ridge, settings_of
from tests.maintenance.builders import EXAMPLES, store

EAST, WEST = ("POLYGON ((101.6 35.0, 101.8 35.0, 101.8 35.2, 101.6 35.2, 101.6 35.0))",
              "POLYGON ((101.4 35.0, 101.6 35.0, 101.6 35.2, 101.4 35.2, 101.4 35.0))")  # fmt: skip
PLACES = {"S1": (35.10, 101.45), "S2": (35.11, 101.50), "S3": (35.05, 101.75)}
WEAK = {"reference_power_dbm": 0.0, "azimuth_deg": None}


def cells_of(*sites, **more):
    return [CELL | WEAK | {"cell_id": f"{site}-1", "site_id": site} | more for site in sites]


def facts_of(root, cells):
    """Two counties, three sites, a village near each of the first and the third, and one near none."""
    return store(
        root,
        offices=[
            {"office_id": "O1", "office_name": "西县", "office_name_en": "West", "area_wkt": WEST},
            {"office_id": "O2", "office_name": "东县", "office_name_en": "East", "area_wkt": EAST},
        ],
        sites=[
            {"site_id": site, "office_id": "O1", "latitude": at[0], "longitude": at[1], "area_class": "rural",
             "in_service_on": date(2020, 1, 1)}
            for site, at in PLACES.items()
        ],
        cells=cells,
        settlements=[
            {"settlement_id": "V1", "settlement_name": "甲村", "office_id": "O1", "people": 100,
             "latitude": 35.101, "longitude": 101.452},
            {"settlement_id": "V3", "settlement_name": "乙村", "office_id": "O2", "people": 30,
             "latitude": 35.051, "longitude": 101.752},
            {"settlement_id": "V4", "settlement_name": "丙村", "office_id": "O2", "people": 7,
             "latitude": 35.19, "longitude": 101.62},
        ],
    )  # fmt: skip


@pytest.fixture
def facts(tmp_path):
    return facts_of(tmp_path / "warehouse", cells_of("S1", "S2", "S3"))


def files_of(facts, month):
    return {file.name: file.read_bytes() for file in Rasters(facts.warehouse).path(month).parent.iterdir()}


def test_a_month_has_a_raster_of_all_cells_of_each_technology_and_of_each_band(tmp_path):
    cells = [
        *cells_of("S1", "S2"),
        *cells_of("S3", technology="GSM"),
        CELL | {"cell_id": "S3-2", "site_id": "S3", "band_mhz": 1800.0},
    ]
    facts = facts_of(tmp_path / "warehouse", cells)
    found = month_coverage(facts, "2026-03", settings_of(tmp_path))
    assert found.layers == ["all", "gsm", "lte", "lte_900", "lte_1800"]
    rasters = Rasters(facts.warehouse)
    gsm, whole = rasters.read("2026-03", "gsm"), rasters.read("2026-03")
    assert set(gsm.cells["cell_id"].to_numpy()[np.unique(gsm.servers.cell[gsm.servers.cell != NOBODY])]) == {"S3-1"}
    assert (whole.servers.cell.shape[1], gsm.servers.cell.shape[1]) == (8, 3)
    assert whole.about["model_en"].startswith("Prediction: Okumura-Hata")
    assert whole.servers.depth.max() == 2
    store(tmp_path / "warehouse", cells=cells_of("S1", "S2", "S3"))
    month_coverage(facts, "2026-03", settings_of(tmp_path))
    assert sorted(name for name in files_of(facts, "2026-03") if "cells" not in name) == ["all.tif", "lte.tif"]
    assert len([name for name in files_of(facts, "2026-03") if "cells" in name]) == 1


def test_only_the_neighbourhood_of_a_changed_site_is_predicted_again_and_the_result_is_the_same(facts, tmp_path):
    month_coverage(facts, "2026-03", settings_of(tmp_path, policy={"radius_km": 5.0}))
    changed = [*cells_of("S1", "S3"), *cells_of("S2", reference_power_dbm=9.0), *cells_of("S2", cell_id="A-0")]
    store(tmp_path / "warehouse", cells=changed)
    again = month_coverage(facts, "2026-03", settings_of(tmp_path, policy={"radius_km": 5.0}))
    assert (again.basis["renewed_from"], again.basis["changed_sites"]) == ("2026-03", 1)
    assert 0 < again.basis["pixels_predicted"] < again.basis["pixels"] / 3
    fresh = facts_of(tmp_path / "fresh", changed)
    whole = month_coverage(fresh, "2026-03", settings_of(tmp_path, policy={"radius_km": 5.0}))
    assert "renewed_from" not in whole.basis
    assert files_of(facts, "2026-03") == files_of(fresh, "2026-03")


def test_a_new_month_renews_the_rasters_of_the_last(facts, tmp_path):
    month_coverage(facts, "2026-03", settings_of(tmp_path))
    store(tmp_path / "warehouse", cells=[*cells_of("S1", "S2"), *cells_of("S3", in_service_on=date(2026, 5, 1))])
    april = month_coverage(facts, "2026-04", settings_of(tmp_path))
    assert (april.basis["renewed_from"], april.basis["changed_sites"]) == ("2026-03", 1)
    assert stored_layer(facts, "2026-04").cells["site_id"].tolist() == ["S1", "S2"]
    assert stored_layer(facts, "2026-03").cells["site_id"].tolist() == ["S1", "S2", "S3"]


def test_layers_that_a_broken_run_left_behind_are_predicted_anew(facts, tmp_path, monkeypatch):
    settings, write = settings_of(tmp_path), Rasters.write
    month_coverage(facts, "2026-03", settings)

    def breaks(self, month, layer, *more):
        if layer != "all":
            raise OSError("no space left")
        return write(self, month, layer, *more)

    changed = [*cells_of("S2", "S3"), *cells_of("S1", cell_id="S2-0")]  # other numbers for the same sites
    store(tmp_path / "warehouse", cells=changed)
    monkeypatch.setattr(Rasters, "write", breaks)
    with pytest.raises(OSError, match="no space left"):
        month_coverage(facts, "2026-03", settings)
    monkeypatch.undo()
    assert month_coverage(facts, "2026-03", settings).basis["changed_sites"] == 0
    fresh = facts_of(tmp_path / "fresh", changed)
    month_coverage(fresh, "2026-03", settings)
    assert files_of(facts, "2026-03") == files_of(fresh, "2026-03")


@pytest.mark.parametrize(
    "other",
    [
        {"radius_km": 9.0},
        {"threshold_dbm": -100.0},
        {"pixel_m": 400},
        {"receiver_height_m": 3.0},
        {"above_2_ghz": "tr38901"},
    ],
)
def test_rasters_of_another_model_are_not_renewed(facts, tmp_path, other):
    month_coverage(facts, "2026-03", settings_of(tmp_path))
    again = month_coverage(facts, "2026-03", settings_of(tmp_path, policy=other))
    assert "renewed_from" not in again.basis


def test_over_terrain_the_traces_of_sites_that_were_not_looked_at_are_kept(facts, tmp_path):
    terrain = ridge(tmp_path / "ridge.tif")
    options = {"terrain": terrain, "policy": {"radius_km": 5.0, "terrain_step_m": 200.0}}
    month_coverage(facts, "2026-03", settings_of(tmp_path, **options))
    kept = len(list((tmp_path / "home" / "terrain_traces").iterdir()))
    store(tmp_path / "warehouse", cells=[*cells_of("S1", "S2"), *cells_of("S3", antenna_height_m=50.0)])
    again = month_coverage(facts, "2026-03", settings_of(tmp_path, **options))
    assert again.basis["changed_sites"] == 1
    assert again.basis["traces_made"] == 2  # to the pixels and to the settlements
    assert len(list((tmp_path / "home" / "terrain_traces").iterdir())) == kept + 2
    fresh = facts_of(tmp_path / "fresh", [*cells_of("S1", "S2"), *cells_of("S3", antenna_height_m=50.0)])
    month_coverage(fresh, "2026-03", settings_of(tmp_path, **options))
    assert files_of(facts, "2026-03") == files_of(fresh, "2026-03")


def test_who_serves_a_village_and_who_would_take_over_is_told_best_first(facts, tmp_path):
    month_coverage(facts, "2026-03", settings_of(tmp_path))
    rows = facts.month(COVERAGE_SERVERS, "2026-03")
    village = rows[rows["place_id"] == "V1"]
    assert village["site_id"].tolist()[:2] == ["S1", "S2"]
    assert village["rank"].tolist() == list(range(1, len(village) + 1))
    assert village["level_dbm"].is_monotonic_decreasing
    assert (village["people"] == 100).all()
    assert village["serves"].tolist() == (village["level_dbm"] >= -105).tolist()
    assert (village["depth"] == village["serves"].sum()).all()


def population(path, people):
    """Write a raster of a tenth of a degree with people in two of its pixels."""
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:4326", "nodata": -9999}
    with rasterio.open(path, "w", height=2, width=6, transform=from_origin(101.3, 35.2, 0.1, 0.1), **profile) as out:
        out.write(np.array(people, np.float32), 1)
    return path


def test_a_population_raster_gives_the_people_of_gaps_areas_and_servers(facts, tmp_path):
    raster = population(tmp_path / "people.tif", [[500, 60, 0, 40, 0, 9], [0, 0, 0, 0, 0, -9999]])
    settings = settings_of(tmp_path, population=raster)
    month_coverage(facts, "2026-03", settings)
    rows = facts.month(COVERAGE_SERVERS, "2026-03")
    first = rows[rows["rank"] == 1]
    assert first["place_id"].str.match(r"P\d{5}-\d{5}").all()
    assert set(first["office_id"]) == {"O1", "O2"}
    assert first.loc[first["office_id"] == "O1", "people"].sum() <= 60.001  # the 500 live beyond the border
    areas = areas_of(facts, "2026-03", settings).set_index("area_id")
    assert areas.loc["branch", "people"] == pytest.approx(100, rel=0.02)
    gaps = stored_gaps(facts, "2026-03")
    assert gaps["people"].sum() == pytest.approx(areas.loc["branch", "people_uncovered"], abs=3)
    assert gaps["settlements"].sum() == areas.loc["branch", "settlements_uncovered"] == 1
    assert gaps.loc[gaps["settlements"] == 1, "settlement_names"].item() == "丙村"


def test_the_map_has_the_people_of_the_population_raster_and_its_candidates(facts, tmp_path):
    settings = settings_of(
        tmp_path, population=population(tmp_path / "people.tif", [[500, 60, 0, 40, 0, 9], [0, 0, 0, 0, 0, -9999]])
    )
    month_coverage(facts, "2026-03", settings)
    blank = {c.name: None if c.nullable else EXAMPLES[c.dtype] for c in SITE_CANDIDATES.columns}
    rows = [blank | {"rank": rank, "people_gained": 9 - rank} for rank in (2, 1)]
    facts.warehouse.write(SITE_CANDIDATES, pa.Table.from_pylist(rows, schema=SITE_CANDIDATES.schema), "2026-03")
    content = map_content(facts, "2026-03", settings, AFTERWARDS)
    branch = areas_of(facts, "2026-03", settings).set_index("level")["people"]["branch"]
    assert content.people.sum() == pytest.approx(branch)
    assert content.people.shape == content.coverage.grid.shape
    assert content.candidates["people_gained"].tolist() == [8, 7]


def test_a_population_that_cannot_be_used_names_the_setting(facts, tmp_path):
    with pytest.raises(PermanentError, match=r"OPS_POPULATION: .*missing\.tif: no raster"):
        month_coverage(facts, "2026-03", settings_of(tmp_path, population=tmp_path / "missing.tif"))


def test_areas_sum_up_the_branch_its_offices_and_its_townships(facts, tmp_path):
    townships = gpd.GeoDataFrame(
        {"乡镇名称": ["北乡"]}, geometry=[shapely.box(101.4, 35.1, 101.8, 35.2)], crs=4326
    ).to_crs(3857)
    townships.to_file(tmp_path / "townships.gpkg")
    settings = settings_of(tmp_path, townships=tmp_path / "townships.gpkg")
    month_coverage(facts, "2026-03", settings)
    rows = areas_of(facts, "2026-03", settings).set_index(["level", "area_id"])
    assert rows.index.tolist() == [("branch", "branch"), ("office", "O1"), ("office", "O2"), ("township", "北乡")]
    offices, branch = rows.loc["office"], rows.loc[("branch", "branch")]
    for name in ("people", "people_uncovered", "settlements", "settlements_uncovered"):
        assert offices[name].sum() == branch[name], name
    assert (branch["people"], branch["people_uncovered"], branch["settlements_uncovered"]) == (137, 7, 1)
    for name in ("area_km2", "uncovered_km2", "single_km2"):
        assert offices[name].sum() == pytest.approx(branch[name], rel=1e-3), name
    assert rows.loc[("township", "北乡"), "area_km2"] == pytest.approx(branch["area_km2"] / 2, rel=0.01)
    assert rows.loc[("township", "北乡"), ["people", "people_uncovered"]].tolist() == [107, 7]
    covered = branch["area_km2"] - branch["uncovered_km2"]
    twice = covered - branch["single_km2"]
    assert stored_layer(facts, "2026-03").servers.depth.max() == 2
    assert branch["overlap"] == pytest.approx((branch["single_km2"] + 2 * twice) / covered)
    assert twice > 5


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (gpd.GeoDataFrame({"name": ["x"]}, geometry=[shapely.box(0, 0, 1, 1)]), "lacks a coordinate system"),
        (gpd.GeoDataFrame({"n": ["x"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326), "lacks a column of names"),
    ],
)
@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_townships_that_cannot_be_used_name_the_setting(facts, tmp_path, frame, says):
    frame.to_file(tmp_path / "t.gpkg")
    month_coverage(facts, "2026-03", settings_of(tmp_path))
    with pytest.raises(PermanentError, match=f"OPS_TOWNSHIPS: .*t.gpkg {says}"):
        areas_of(facts, "2026-03", settings_of(tmp_path, townships=tmp_path / "t.gpkg"))
    with pytest.raises(PermanentError, match=r"OPS_TOWNSHIPS: .*none.shp is no file of areas"):
        areas_of(facts, "2026-03", settings_of(tmp_path, townships=tmp_path / "none.shp"))


def test_a_site_that_came_closes_gaps_and_one_that_went_opens_them(facts, tmp_path):
    settings = settings_of(tmp_path)
    store(tmp_path / "warehouse", cells=[*cells_of("S1", "S2"), *cells_of("S3", in_service_on=date(2026, 4, 2))])
    month_coverage(facts, "2026-03", settings)
    assert changes_of(facts, "2026-03", settings).empty
    month_coverage(facts, "2026-04", settings)
    changes = changes_of(facts, "2026-04", settings)
    east = changes[changes["office_id"] == "O2"]
    assert set(east["change"]) <= {"shrunk", "closed"}
    assert east["lost_km2"].sum() > 20
    assert (east["earlier_people"] - east["people"]).sum() == 30
    assert (changes.loc[changes["office_id"] == "O1", "gained_km2"] < 0.5).all()
    assert changes["month_on"].unique().tolist() == [date(2026, 4, 1)]


def test_gaps_are_written_for_other_programs_alike_every_time(facts, tmp_path):
    month_coverage(facts, "2026-03", settings_of(tmp_path))
    gaps = stored_gaps(facts, "2026-03")
    files = write_gap_files(gaps, "2026-03", tmp_path / "reports")
    assert [file.name for file in files] == [f"coverage_gaps.{kind}" for kind in ("gpkg", "geojson", "parquet")]
    for file in files:
        read = gpd.read_parquet(file) if file.suffix == ".parquet" else gpd.read_file(file)
        assert read.crs == gaps.crs
        assert read["gap_id"].tolist() == gaps["gap_id"].tolist()
        assert read["settlement_names"].fillna("").tolist() == gaps["settlement_names"].tolist()
        assert shapely.area(read.geometry.to_numpy()).sum() == pytest.approx(
            shapely.area(gaps.geometry.to_numpy()).sum()
        )
        assert read.is_valid.all()
    before = [file.read_bytes() for file in files]
    assert [file.read_bytes() for file in write_gap_files(gaps, "2026-03", tmp_path / "reports")] == before


def test_a_month_without_any_cell_is_one_gap_an_office(tmp_path):
    facts = facts_of(tmp_path / "warehouse", cells_of("S1", antenna_height_m=None))
    found = month_coverage(facts, "2026-03", settings_of(tmp_path))
    assert found.left_out == ["S1-1"]
    assert found.layers == ["all"]
    gaps = stored_gaps(facts, "2026-03")
    assert sorted(gaps["office_id"]) == ["O1", "O2"]
    assert gaps["people"].sum() == 137
    assert facts.month(COVERAGE_SERVERS, "2026-03").empty
    assert areas_of(facts, "2026-03", settings_of(tmp_path))["overlap"].isna().all()


def test_what_was_not_made_yet_is_named(facts, tmp_path):
    settings = settings_of(tmp_path)
    with pytest.raises(PermanentError, match="materialise best_server"):
        month_gaps(facts, "2026-03", settings)
    month_coverage(facts, "2026-03", settings)
    facts.warehouse.path(COVERAGE_GAPS, "2026-03").unlink()
    with pytest.raises(PermanentError, match="materialise coverage_gaps"):
        map_content(facts, "2026-03", settings, AFTERWARDS)


def test_cells_are_numbered_by_their_id_and_those_left_out_have_no_number(tmp_path):
    facts = facts_of(tmp_path / "warehouse", [*cells_of("S3", "S1"), *cells_of("S2", band_mhz=None)])
    month_coverage(facts, "2026-03", settings_of(tmp_path))
    rows = facts.month(COVERAGE_CELLS, "2026-03")
    assert rows["cell_id"].tolist() == ["S1-1", "S2-1", "S3-1"]
    assert rows["number"].fillna(-1).tolist() == [0, -1, 1]
    assert pd.isna(rows.set_index("cell_id").loc["S1-1", "azimuth_deg"])
