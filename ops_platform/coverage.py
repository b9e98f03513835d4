"""The coverage of a month: facts become cells, areas and settlements, and `geo` predicts, finds gaps and draws."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from geo.coverage import predict_at, predict_grid
from geo.crs import LONLAT, grid_over
from geo.gaps import find_gaps
from geo.map import MapContent
from geo.words import Text
from ops_platform.clock import first_day, month_days
from ops_platform.contracts.derived import COVERAGE_LEVELS
from ops_platform.errors import PermanentError
from ops_platform.facts import Facts
from ops_platform.kpi.cell_days import cells_in_service
from ops_platform.maintenance.network_service import sites_in_service
from ops_platform.policy import CoveragePolicy
from ops_platform.settings import Settings

ENVIRONMENTS = {"rural": "open", "town": "suburban", "urban": "city", "centre": "city"}
MARGIN_DEG = 0.1
RADIO_COLUMNS = ["band_mhz", "antenna_height_m", "reference_power_dbm", "antenna_gain_dbi"]


@dataclass(frozen=True)
class MonthCoverage:
    """The coverage of one month.

    Attributes
    ----------
    levels
        Rows of the contract ``coverage_levels``.
    content
        What the map shows, gaps included.
    left_out
        Cells in service that could not be predicted because their antenna data are incomplete.
    """

    levels: pa.Table
    content: MapContent
    left_out: pd.DataFrame


def month_coverage(facts: Facts, month: str, settings: Settings) -> MonthCoverage:
    """Predict the coverage of the cells in service on a month's last day."""
    policy = settings.policy.coverage
    every = _cells(facts, month)
    complete = every[RADIO_COLUMNS].notna().all(axis=1)
    cells = every[complete]
    areas, settlements = _areas(facts), facts.whole("settlements")
    reach = {"radius_km": policy.radius_km, "receiver_height_m": policy.receiver_height_m}
    predicted = predict_at(cells, settlements, **reach)
    coverage = predict_grid(cells, grid_over(areas, policy.pixel_m), **reach)
    sites = _sites(facts, month)
    standing = sites[sites["state"] == "in_service"]
    limit = policy.threshold_dbm
    gaps = find_gaps(coverage, areas, settlements, predicted["level_dbm"], standing, threshold_dbm=limit)
    content = MapContent(
        title=Text(f"{settings.branch} {month} 覆盖图", f"{settings.branch_en}: coverage {month}"),
        note=Text(settings.note, settings.note_en),
        coverage=coverage,
        threshold_dbm=policy.threshold_dbm,
        areas=areas,
        gaps=gaps,
        sites=sites,
        cells=cells,
        settlements=settlements,
        settlement_levels=predicted,
    )
    return MonthCoverage(_levels(settlements, predicted, month, policy), content, every[~complete])


def _cells(facts: Facts, month: str) -> pd.DataFrame:
    """Return the cells in service on the month's last day as `geo.coverage` takes them."""
    last = month_days(month)[-1]
    radio = facts.whole("cells").drop(columns=["site_id", "technology", "channels", "in_service_on"])
    places = facts.whole("sites")[["site_id", "latitude", "longitude", "area_class"]]
    cells = cells_in_service(facts, [last]).merge(radio, on="cell_id").merge(places, on="site_id")
    tilt = cells["mechanical_tilt_deg"].fillna(0) + cells["electrical_tilt_deg"].fillna(0)
    return cells.assign(tilt_deg=tilt, environment=cells["area_class"].map(ENVIRONMENTS))


def _sites(facts: Facts, month: str) -> pd.DataFrame:
    """Return the sites with their state on the month's last day."""
    last = month_days(month)[-1]
    sites = facts.whole("sites")
    standing = sites_in_service(sites, facts.whole("acceptance_tests"), [last])["site_id"]
    retired = pd.to_datetime(sites["retired_on"]) <= pd.Timestamp(last)
    return sites.assign(
        state=np.select([sites["site_id"].isin(standing), retired], ["in_service", "retired"], "planned")
    )


def _areas(facts: Facts) -> gpd.GeoDataFrame:
    """Return the offices' areas; where none is known, one area around the sites.

    Raises
    ------
    PermanentError
        If there is neither an area nor a site.
    """
    offices = facts.whole("offices").dropna(subset="area_wkt")
    names = ["office_id", "office_name", "office_name_en"]
    if not offices.empty:
        shapes = gpd.GeoSeries.from_wkt(offices["area_wkt"], crs=LONLAT)
        return gpd.GeoDataFrame(offices[names], geometry=shapes)
    sites = facts.whole("sites")
    if sites.empty:
        raise PermanentError("coverage needs the areas of the offices (feed offices, column 辖区) or the feed sites")
    around = shapely.multipoints(sites[["longitude", "latitude"]].to_numpy()).convex_hull.buffer(MARGIN_DEG)
    return gpd.GeoDataFrame({name: [""] for name in names}, geometry=[around], crs=LONLAT)


def _levels(settlements: pd.DataFrame, predicted: pd.DataFrame, month: str, policy: CoveragePolicy) -> pa.Table:
    rows = settlements[["settlement_id", "office_id", "people"]].assign(
        month_on=first_day(month),
        level_dbm=predicted["level_dbm"],
        cell_id=predicted["cell_id"],
        covered=predicted["level_dbm"] >= policy.threshold_dbm,
    )
    schema = COVERAGE_LEVELS.schema
    return pa.Table.from_pandas(rows[schema.names], schema=schema, preserve_index=False)
