"""Gaps of a month, what became of those of the month before, and the coverage of every area."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import from_origin

from geo.gap_changes import gap_changes
from geo.gaps import find_gaps
from geo.gather import best_of
from geo.spatial import area_of_points
from ops_platform.clock import first_day, shift_month
from ops_platform.contracts.coverage import COVERAGE_AREAS, COVERAGE_GAP_CHANGES, COVERAGE_GAPS, COVERAGE_LEVELS
from ops_platform.coverage.network import month_sites, office_areas, township_areas
from ops_platform.coverage.predict import populated_pixels
from ops_platform.coverage.rasters import Layer, Rasters
from ops_platform.errors import PermanentError
from ops_platform.facts import Facts
from ops_platform.settings import Settings
from ops_platform.warehouse import replacing

_M2_PER_KM2 = 1e6


def month_gaps(facts: Facts, month: str, settings: Settings) -> gpd.GeoDataFrame:
    """Return the gaps of a month; columns of ``coverage_gaps`` with the geometry as such."""
    policy, layer = settings.policy.coverage, stored_layer(facts, month)
    settlements, areas, sites = facts.whole("settlements"), office_areas(facts), month_sites(facts, month)
    levels = facts.month(COVERAGE_LEVELS, month).set_index("settlement_id")["level_dbm"]
    uncovered = None
    if settings.population is not None:
        people = populated_pixels(areas, layer.grid, settings)
        uncovered = people[~layer.servers.served[people["pixel"]]]
    gaps = find_gaps(
        best_of(layer.servers, layer.grid),
        areas,
        settlements,
        levels.reindex(settlements["settlement_id"]).to_numpy(np.float64, na_value=np.nan),
        sites[sites["state"] == "in_service"],
        threshold_dbm=policy.threshold_dbm,
        min_area_km2=policy.gap_min_km2,
        speck_px=policy.gap_speck_px,
        uncovered_people=uncovered,
    )
    return gaps.assign(month_on=first_day(month))


def stored_gaps(facts: Facts, month: str) -> gpd.GeoDataFrame | None:
    """Return the gaps of a month as they were stored; None where they were not."""
    file = facts.warehouse.path(COVERAGE_GAPS, month)
    return gpd.read_parquet(file, partitioning=None) if file.exists() else None


def stored_layer(facts: Facts, month: str) -> Layer:
    """Return the raster of all cells of a month.

    Raises
    ------
    PermanentError
        If it was never made.
    """
    layer = Rasters(facts.warehouse).read(month)
    if layer is None:
        raise PermanentError(f"coverage of {month} was not predicted yet: materialise best_server for it first")
    return layer


def write_gap_files(gaps: gpd.GeoDataFrame, month: str, reports: Path) -> list[Path]:
    """Write a month's gaps for other programs, as GeoPackage, GeoJSON and GeoParquet; return the files."""
    # A GeoPackage carries the moment of its writing; the same gaps shall make the same file.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{first_day(month):%Y-%m-%d}T00:00:00.000Z"})
    files = [reports / month / f"{COVERAGE_GAPS.name}{suffix}" for suffix in (".gpkg", ".geojson", ".parquet")]
    for file in files:
        with replacing(file, reports) as path:
            if file.suffix == ".parquet":
                gaps.to_parquet(path)
            else:
                pyogrio.write_dataframe(gaps, path, layer=COVERAGE_GAPS.name)
    return files


def changes_of(facts: Facts, month: str, settings: Settings) -> pd.DataFrame:
    """Return what became of the gaps since the month before, as ``coverage_gap_changes``; none without that month."""
    now, earlier = stored_gaps(facts, month), stored_gaps(facts, shift_month(month, -1))
    if now is None or earlier is None:
        return COVERAGE_GAP_CHANGES.schema.empty_table().to_pandas()
    grid = stored_layer(facts, month).grid
    found = gap_changes(now, earlier, grid, least_km2=settings.policy.coverage.gap_change_km2)
    return found.assign(month_on=first_day(month))


def areas_of(facts: Facts, month: str, settings: Settings) -> pd.DataFrame:
    """Return the coverage of the branch, its offices, and its townships where their areas are set."""
    layer, offices = stored_layer(facts, month), office_areas(facts)
    levels = facts.month(COVERAGE_LEVELS, month).merge(
        facts.whole("settlements")[["settlement_id", "latitude", "longitude"]], on="settlement_id"
    )
    villages = levels.assign(uncovered=~levels["covered"].astype(bool))
    people = villages
    if settings.population is not None:
        pixels = populated_pixels(offices, layer.grid, settings)
        people = pixels.assign(uncovered=~layer.servers.served[pixels["pixel"]])
    townships = township_areas(settings)
    names = offices["office_name"]
    branch = gpd.GeoDataFrame(
        {"area_id": ["branch"], "area_name": [settings.branch]}, geometry=[offices.union_all()], crs=offices.crs
    )
    levels_of = {
        "branch": branch,
        "office": offices.assign(area_id=offices["office_id"], area_name=names),
        "township": townships.assign(area_id=townships["area_name"]),
    }
    rows = [
        _areas(areas, layer, people, villages).assign(level=level) for level, areas in levels_of.items() if len(areas)
    ]
    found = pd.concat(rows, ignore_index=True).assign(month_on=first_day(month))
    return found[COVERAGE_AREAS.schema.names]


def area_numbers(areas: gpd.GeoDataFrame, layer: Layer) -> NDArray[np.int32]:
    """Return the position of the area in which each pixel's middle lies, row by row; -1 outside all."""
    grid = layer.grid
    shapes = zip(areas.to_crs(grid.crs).geometry, range(len(areas)), strict=True)
    transform = from_origin(grid.west_m, grid.north_m, grid.pixel_m, grid.pixel_m)
    return np.asarray(rasterize(shapes, grid.shape, fill=-1, transform=transform, dtype="int32")).ravel()


def _areas(areas: gpd.GeoDataFrame, layer: Layer, people: pd.DataFrame, villages: pd.DataFrame) -> pd.DataFrame:
    areas = areas.reset_index(drop=True)
    number, depth = area_numbers(areas, layer), layer.servers.depth
    inside = number >= 0
    area_km2 = areas.to_crs(layer.grid.crs).area.to_numpy() / _M2_PER_KM2
    # Of what the area has, not of whole pixels: a border cuts through them.
    pixel_km2 = area_km2 / np.maximum(np.bincount(number[inside], minlength=len(areas)), 1)

    def pixels(which: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(number[inside & which], minlength=len(areas))

    covered = pixels(depth > 0)
    overlap = np.bincount(number[inside], weights=depth[inside], minlength=len(areas))
    return pd.DataFrame(areas[["area_id", "area_name"]]).assign(
        area_km2=area_km2,
        uncovered_km2=pixels(depth == 0) * pixel_km2,
        people=_sum(areas, people, people["people"]),
        people_uncovered=_sum(areas, people, people["people"].where(people["uncovered"], 0)),
        settlements=_sum(areas, villages, pd.Series(1, villages.index)).astype("int64"),
        settlements_uncovered=_sum(areas, villages, villages["uncovered"]).astype("int64"),
        overlap=pd.Series(overlap).div(pd.Series(covered).where(covered > 0)),
        single_km2=pixels(depth == 1) * pixel_km2,
    )


def _sum(areas: gpd.GeoDataFrame, places: pd.DataFrame, values: pd.Series) -> NDArray[np.float64]:
    """Sum values of places in each area."""
    area = area_of_points(places, gpd.GeoDataFrame(geometry=areas.geometry))
    weights = values.to_numpy(np.float64)
    return np.asarray(np.bincount(area[area >= 0], weights[area >= 0], len(areas)), np.float64)
