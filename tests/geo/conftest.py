"""A small made-up branch: two square areas side by side, one full of sites and one almost empty."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.coverage import predict_at, predict_grid
from geo.crs import grid_over
from geo.gaps import find_gaps
from geo.map import MapContent
from geo.words import Text

THRESHOLD_DBM = -105.0
RADIUS_KM = 20.0
RECEIVER_M = 1.5


@pytest.fixture(scope="session")
def areas() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "office_id": ["A", "B"],
            "office_name": ["东县分公司", "西县分公司"],
            "office_name_en": ["East county", "West county"],
        },
        geometry=[shapely.box(101.5, 35.0, 101.8, 35.3), shapely.box(101.2, 35.0, 101.5, 35.3)],
        crs=4326,
    )


@pytest.fixture(scope="session")
def sites() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "site_id": [f"S{i:02d}" for i in range(12)],
            "site_name": ["</script><b>坏名字</b>"] + [f"测试站 {i}" for i in range(1, 12)],
            "office_id": ["A"] * 11 + ["B"],
            "state": ["in_service"] * 9 + ["down", "on_battery", "planned"],
            "latitude": rng.uniform(35.05, 35.25, 12).round(5),
            "longitude": np.append(rng.uniform(101.52, 101.78, 11), 101.45).round(5),
            "people_without": pd.array([*range(100, 1200, 100), None], "Int64"),
        }
    )


@pytest.fixture(scope="session")
def cells(sites: pd.DataFrame) -> pd.DataFrame:
    sectors = sites.loc[sites.index.repeat(3)].reset_index(drop=True)
    sector = np.arange(len(sectors)) % 3
    low = np.arange(len(sectors)) % 2 == 0
    return pd.DataFrame(
        {
            "cell_id": sectors["site_id"] + "-" + pd.Series(sector + 1).astype(str),
            "site_id": sectors["site_id"],
            "technology": np.where(low, "GSM", "LTE"),
            "band_mhz": np.where(low, 900, 1800),
            "latitude": sectors["latitude"],
            "longitude": sectors["longitude"],
            "antenna_height_m": 30.0 + sector,
            "azimuth_deg": np.where(sectors["site_id"] == "S03", np.nan, 120.0 * sector),
            "tilt_deg": 2.0 + sector,
            "environment": np.array(["open", "suburban", "city"])[np.arange(len(sectors)) % 3],
            "reference_power_dbm": np.where(low, 20.0, 5.0),
            "antenna_gain_dbi": 15.0,
        }
    )


@pytest.fixture(scope="session")
def settlements() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "settlement_id": [f"V{i:02d}" for i in range(40)],
            "settlement_name": [f"某村 {i}" for i in range(40)],
            "latitude": rng.uniform(35.01, 35.29, 40),
            "longitude": rng.uniform(101.21, 101.79, 40),
            "people": rng.integers(10, 900, 40),
        }
    )


@pytest.fixture(scope="session")
def candidates() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rank": [1, 2],
            "office_id": ["B", None],
            "site_kind": ["macro", "picket"],
            "latitude": [35.2, 35.1],
            "longitude": [101.3, 101.35],
            "people_gained": [1500, 40],
            "people_so_far": [1500, 1540],
            "holds_share": [0.93, None],
            "nearest_site_id": ["S03", None],
            "nearest_site_km": [12.34, None],
            "places_gained": ["、".join(f"某村 {i}" for i in range(7)), None],
        }
    )


@pytest.fixture(scope="session")
def content(
    areas: gpd.GeoDataFrame,
    sites: pd.DataFrame,
    cells: pd.DataFrame,
    settlements: pd.DataFrame,
    candidates: pd.DataFrame,
) -> MapContent:
    coverage = predict_grid(cells, grid_over(areas, 500), radius_km=RADIUS_KM, receiver_height_m=RECEIVER_M)
    rows, columns = np.indices(coverage.grid.shape)
    levels = predict_at(cells, settlements, radius_km=RADIUS_KM, receiver_height_m=RECEIVER_M)
    gaps = find_gaps(coverage, areas, settlements, levels["level_dbm"], sites, threshold_dbm=THRESHOLD_DBM)
    return MapContent(
        title=Text("测试分公司覆盖图", "Coverage of the test branch"),
        note=Text("演示数据", "made-up data"),
        coverage=coverage,
        threshold_dbm=THRESHOLD_DBM,
        areas=areas,
        gaps=gaps,
        sites=sites,
        cells=cells,
        settlements=settlements,
        settlement_levels=levels,
        depth=np.where(coverage.level_dbm >= THRESHOLD_DBM, 1 + columns % 10, 0).astype(np.uint16),
        people=(rows * 0.5).astype(np.float64),
        candidates=candidates,
        states=Text("断站：此刻", "Down: now"),
    )
