"""What coverage is predicted of: the cells in service with their geometry, the sites, and the areas."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from geo.antenna import reference_power_dbm
from geo.crs import LONLAT, Grid, grid_over
from geo.terrain_loss import HIGHEST_MHZ, LOWEST_MHZ
from ops_platform.clock import first_day, month_days
from ops_platform.contracts.coverage import COVERAGE_CALIBRATION, COVERAGE_CELLS
from ops_platform.errors import PermanentError
from ops_platform.facts import Facts
from ops_platform.kpi.cell_register import CellRegister
from ops_platform.maintenance.network_service import sites_in_service
from ops_platform.policy import CoveragePolicy
from ops_platform.settings import Settings

ENVIRONMENTS = {"rural": "open", "town": "suburban", "urban": "city", "centre": "city"}
MARGIN_DEG = 0.1
RADIO_COLUMNS = ["band_mhz", "antenna_height_m", "reference_power_dbm", "antenna_gain_dbi"]
AREA_NAMES = ["office_id", "office_name", "office_name_en"]
NAME_OF_TOWNSHIP = ("township_name", "name", "NAME", "乡镇名称", "名称")


def month_cells(facts: Facts, month: str, settings: Settings) -> pa.Table:
    """Return the cells in service on a month's last day as coverage predicts them; rows of ``coverage_cells``.

    A cell without number cannot be predicted: antenna data incomplete, or a band that the model does not know.
    """
    policy = settings.policy.coverage
    last = month_days(month)[-1]
    radio = facts.whole("cells").drop(columns=["site_id", "technology", "channels", "in_service_on"])
    places = facts.whole("sites")[["site_id", "latitude", "longitude", "area_class"]]
    cells = CellRegister(facts).in_service([last]).merge(radio, on="cell_id").merge(places, on="site_id")
    cells = cells.sort_values("cell_id", ignore_index=True).assign(
        **cells.sort_values("cell_id", ignore_index=True)[["mechanical_tilt_deg", "electrical_tilt_deg"]].fillna(0),
        month_on=first_day(month),
        environment=lambda rows: rows["area_class"].map(ENVIRONMENTS),
        reference_power_dbm=lambda rows: rows["reference_power_dbm"].fillna(_reference_power_dbm(rows, policy)),
    )
    complete = cells[RADIO_COLUMNS].notna().all(axis=1)
    if settings.terrain:
        complete &= cells["band_mhz"].between(LOWEST_MHZ, HIGHEST_MHZ)
    cells = cells.merge(corrections(facts, month), on=["band_mhz", "environment"], how="left")
    number = (complete.cumsum() - 1).astype("Int64").where(complete)
    schema = COVERAGE_CELLS.schema
    return pa.Table.from_pandas(cells.assign(number=number)[schema.names], schema=schema, preserve_index=False)


def predicted_cells(facts: Facts, month: str) -> pd.DataFrame:
    """Return the cells of a month that can be predicted, each at the position that is its number in the rasters.

    With both tilts added up in ``tilt_deg``, as the model over flat ground takes them, and the correction by
    measurements in the reference power.
    """
    cells = facts.month(COVERAGE_CELLS, month).dropna(subset="number").sort_values("number", ignore_index=True)
    return with_tilt(cells).assign(
        reference_power_dbm=cells["reference_power_dbm"] + cells["correction_db"].astype(np.float64).fillna(0.0)
    )


def with_tilt(cells: pd.DataFrame) -> pd.DataFrame:
    """Add both tilts up in ``tilt_deg``."""
    return cells.assign(tilt_deg=cells["mechanical_tilt_deg"] + cells["electrical_tilt_deg"])


def corrections(facts: Facts, month: str) -> pd.DataFrame:
    """Return the correction_db that is applied in a month, by band_mhz and environment."""
    rows = facts.month(COVERAGE_CALIBRATION, month)
    return rows.loc[rows["applied"].astype(bool), ["band_mhz", "environment", "correction_db"]]


def month_sites(facts: Facts, month: str) -> pd.DataFrame:
    """Return the sites with their state on the month's last day."""
    last = month_days(month)[-1]
    sites = facts.whole("sites")
    standing = sites_in_service(sites, facts.whole("acceptance_tests"), [last])["site_id"]
    retired = pd.to_datetime(sites["retired_on"]) <= pd.Timestamp(last)
    return sites.assign(
        state=np.select([sites["site_id"].isin(standing), retired], ["in_service", "retired"], "planned")
    )


def office_areas(facts: Facts) -> gpd.GeoDataFrame:
    """Return the offices' areas; where none is known, one area around the sites.

    Raises
    ------
    PermanentError
        If there is neither an area nor a site.
    """
    offices = facts.whole("offices").dropna(subset="area_wkt")
    if not offices.empty:
        shapes = gpd.GeoSeries.from_wkt(offices["area_wkt"], crs=LONLAT)
        return gpd.GeoDataFrame(offices[AREA_NAMES], geometry=shapes).reset_index(drop=True)
    sites = facts.whole("sites")
    if sites.empty:
        raise PermanentError("coverage needs the areas of the offices (feed offices, column 辖区) or the feed sites")
    around = shapely.multipoints(sites[["longitude", "latitude"]].to_numpy()).convex_hull.buffer(MARGIN_DEG)
    return gpd.GeoDataFrame({name: [""] for name in AREA_NAMES}, geometry=[around], crs=LONLAT)


def township_areas(settings: Settings) -> gpd.GeoDataFrame:
    """Return the townships' areas with ``area_name``; empty where none are set.

    Raises
    ------
    PermanentError
        If the file cannot be read, has no coordinate system, or no column of names.
    """
    if settings.townships is None:
        return gpd.GeoDataFrame({"area_name": pd.Series(dtype="str")}, geometry=[], crs=LONLAT)
    try:
        areas = gpd.read_file(settings.townships)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise PermanentError(f"OPS_TOWNSHIPS: {settings.townships} is no file of areas ({error})") from error
    name = next((column for column in NAME_OF_TOWNSHIP if column in areas.columns), None)
    if areas.crs is None or name is None:
        wants = "a coordinate system" if areas.crs is None else f"a column of names ({', '.join(NAME_OF_TOWNSHIP)})"
        raise PermanentError(f"OPS_TOWNSHIPS: {settings.townships} lacks {wants}")
    return areas.to_crs(LONLAT)[[name, "geometry"]].rename(columns={name: "area_name"})


def branch_grid(areas: gpd.GeoDataFrame, policy: CoveragePolicy) -> Grid:
    """Return the pixels of the branch."""
    return grid_over(areas, policy.pixel_m)


def _reference_power_dbm(cells: pd.DataFrame, policy: CoveragePolicy) -> pd.Series:
    """Work out the reference signal's power from that of the carrier; missing where the bandwidth is not known.

    Raises
    ------
    PermanentError
        If the policy has a bandwidth that the technology does not.
    """
    below: dict[str, float] = {"GSM": reference_power_dbm(0.0, "GSM"), "UMTS": reference_power_dbm(0.0, "UMTS")}
    for technology, mhz in policy.bandwidth_mhz.items():
        try:
            below[technology] = reference_power_dbm(0.0, technology, mhz)
        except ValueError as error:
            raise PermanentError(f"OPS_POLICY__COVERAGE__BANDWIDTH_MHZ: {error}") from error
    return cells["power_dbm"] + cells["technology"].map(below)
