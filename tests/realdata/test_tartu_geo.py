"""The geography room on a real city: 1,996 cells of Tartu and its 18 districts (OpenCelliD, CC BY-SA 4.0)."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo.coverage import predict_at, predict_grid
from geo.crs import grid_over
from geo.gaps import find_gaps
from geo.map import MapContent, coverage_map
from geo.preview import preview_png
from geo.spatial import area_of_points
from geo.words import Text

FOLDER = Path(__file__).parents[2].parent / "shared" / "realdata" / "cells_tartu"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real data at {FOLDER}")

# House assumptions: the source has no antenna data. A town's usual mast, no azimuth, and for each radio a typical band
# and the power of its reference signal (GSM: BCCH carrier; UMTS: CPICH; LTE: one resource element).
HEIGHT_M, TILT_DEG, GAIN_DBI = 25.0, 4.0, 15.0
ASSUMED = pd.DataFrame(
    {"band_mhz": [900, 2100, 1800], "reference_power_dbm": [43.0, 33.0, 18.0]}, index=["GSM", "UMTS", "LTE"]
)
THRESHOLD_DBM = -105.0


@pytest.fixture(scope="module")
def districts() -> gpd.GeoDataFrame:
    return gpd.read_file(FOLDER / "tartu_city_districts_edu.geojson").to_crs(4326)


@pytest.fixture(scope="module")
def towers() -> pd.DataFrame:
    return pd.DataFrame(gpd.read_file(FOLDER / "tartu_city_celltowers_edu.geojson").drop(columns="geometry"))


def test_the_spatial_join_gives_the_published_count_of_all_18_districts(districts, towers):
    found = area_of_points(towers.rename(columns={"lat": "latitude", "lon": "longitude"}), districts)
    counted = np.bincount(found[found >= 0], minlength=len(districts))
    assert len(districts) == 18
    assert (
        dict(zip(districts["NIMI"], counted.tolist(), strict=True)) == districts.set_index("NIMI")["TOWERS"].to_dict()
    )
    assert counted.sum() == len(towers) == 1996


def test_the_city_s_coverage_map_is_drawn(districts, towers):
    # The source's key is operator, area and cell; cells at one position make a site.
    site_id = "S" + pd.Series(towers.groupby(["lat", "lon"]).ngroup().astype(str))
    cells = pd.DataFrame(
        {
            "cell_id": towers["net"].astype(str) + "-" + towers["area"].astype(str) + "-" + towers["cell"].astype(str),
            "site_id": site_id,
            "technology": towers["radio"],
            "band_mhz": towers["radio"].map(ASSUMED["band_mhz"]),
            "latitude": towers["lat"],
            "longitude": towers["lon"],
            "antenna_height_m": HEIGHT_M,
            "azimuth_deg": np.nan,
            "tilt_deg": TILT_DEG,
            "environment": "city",
            "reference_power_dbm": towers["radio"].map(ASSUMED["reference_power_dbm"]),
            "antenna_gain_dbi": GAIN_DBI,
        }
    )
    areas = districts.rename(columns={"NIMI": "office_name"}).assign(office_name_en=districts["NIMI"])
    areas["office_id"] = "D" + areas["OBJECTID"].astype(str)
    sites = cells.drop_duplicates("site_id").assign(site_name=lambda s: s["site_id"], state="in_service", office_id="")
    middles = districts.geometry.representative_point()
    settlements = pd.DataFrame(
        {
            "settlement_id": areas["office_id"],
            "settlement_name": districts["NIMI"],
            "latitude": middles.y,
            "longitude": middles.x,
            "people": 1,
        }
    )
    coverage = predict_grid(cells, grid_over(areas, 50), radius_km=20, receiver_height_m=1.5)
    levels = predict_at(cells, settlements, radius_km=20, receiver_height_m=1.5)
    assert np.isfinite(coverage.level_dbm).all()
    assert (levels["level_dbm"] >= THRESHOLD_DBM).all()  # a city with 1,996 cells reaches every district
    gaps = find_gaps(coverage, areas, settlements, levels["level_dbm"], sites, threshold_dbm=THRESHOLD_DBM)
    assert gaps.empty
    content = MapContent(
        title=Text("塔尔图无线覆盖预测图", "Tartu: predicted coverage"),
        note=Text("天线数据为假设值", "antenna data are assumed"),
        coverage=coverage,
        threshold_dbm=THRESHOLD_DBM,
        areas=areas,
        gaps=gaps,
        sites=sites,
        cells=cells,
        settlements=settlements,
        settlement_levels=levels,
    )
    page = coverage_map(content, "en")
    assert len(page.encode()) < 2_000_000
    assert preview_png(content, "en").startswith(b"\x89PNG")
