"""The coverage of a month: facts become cells, areas and settlements, and `geo` predicts, finds gaps and draws."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from geo.antenna import reference_power_dbm
from geo.coverage import Coverage, predict_at, predict_grid
from geo.crs import LONLAT, grid_over
from geo.gaps import find_gaps
from geo.map import MapContent
from geo.sweep import Reach, sweep_at, sweep_grid
from geo.terrain import Clutter, TerrainError, read_terrain
from geo.terrain_loss import HIGHEST_MHZ, LOWEST_MHZ
from geo.trace_cache import TraceCache
from geo.words import WORDS, Text
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
OVER_TERRAIN = Text(
    "按 ITU-R P.1812-8 中值（视距与绕射）在地形 {terrain} 上预测，{clutter}。",
    "Prediction: median of ITU-R P.1812-8 (line of sight and diffraction) over the terrain {terrain}, {clutter}.",
)
CLUTTER = {
    True: Text("地物高度取自 {land_cover}", "clutter of {land_cover}"),
    False: Text("地物高度按站点所在区域类别统一取值", "clutter by the class of the site's area"),
}


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
        Cells in service that could not be predicted: antenna data incomplete, or a band the model does not know.
    basis
        What the prediction rests on, for the asset's reader: model, terrain, what was filled, what was traced anew.
    """

    levels: pa.Table
    content: MapContent
    left_out: pd.DataFrame
    basis: dict[str, str | int | float]


@dataclass(frozen=True)
class _Prediction:
    at_settlements: pd.DataFrame
    on_grid: Coverage
    model: Text
    basis: dict[str, str | int | float]


def month_coverage(facts: Facts, month: str, settings: Settings) -> MonthCoverage:
    """Predict the coverage of the cells in service on a month's last day."""
    policy = settings.policy.coverage
    every = _cells(facts, month, policy)
    complete = every[RADIO_COLUMNS].notna().all(axis=1)
    if settings.terrain:
        complete &= every["band_mhz"].between(LOWEST_MHZ, HIGHEST_MHZ)
    cells = every[complete]
    areas, settlements = _areas(facts), facts.whole("settlements")
    predict = _over_terrain if settings.terrain else _over_flat_ground
    predicted = predict(cells, settlements, areas, settings)
    sites = _sites(facts, month)
    standing = sites[sites["state"] == "in_service"]
    levels, coverage = predicted.at_settlements, predicted.on_grid
    gaps = find_gaps(coverage, areas, settlements, levels["level_dbm"], standing, threshold_dbm=policy.threshold_dbm)
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
        settlement_levels=levels,
        model=predicted.model,
    )
    return MonthCoverage(_levels(settlements, levels, month, policy), content, every[~complete], predicted.basis)


def _over_flat_ground(
    cells: pd.DataFrame, settlements: pd.DataFrame, areas: gpd.GeoDataFrame, settings: Settings
) -> _Prediction:
    """Predict where no terrain is set."""
    policy = settings.policy.coverage
    reach = {"radius_km": policy.radius_km, "receiver_height_m": policy.receiver_height_m}
    levels = predict_at(cells, settlements, **reach)
    coverage = predict_grid(cells, grid_over(areas, policy.pixel_m), **reach)
    model = WORDS["model"]
    return _Prediction(levels, coverage, model, {"model": "\n\n".join(model), "terrain": "OPS_TERRAIN is not set"})


def _over_terrain(
    cells: pd.DataFrame, settlements: pd.DataFrame, areas: gpd.GeoDataFrame, settings: Settings
) -> _Prediction:
    """Predict over the elevation model that is set.

    Raises
    ------
    PermanentError
        If the elevation model or the land cover cannot be used.
    """
    policy, source = settings.policy.coverage, settings.terrain
    assert source is not None  # noqa: S101 - chosen by it
    clutter = Clutter(settings.land_cover, policy.clutter_m) if settings.land_cover else None
    # Masts stand, and paths run, as far beyond the areas as a cell reaches.
    beyond = int(np.ceil(policy.radius_km * 1000 / policy.terrain_step_m)) + 1
    try:
        terrain = read_terrain(source, grid_over(areas, policy.terrain_step_m, beyond), areas, clutter)
    except TerrainError as error:
        raise PermanentError(f"OPS_TERRAIN, OPS_LAND_COVER: {error}") from error
    reach = Reach(
        radius_km=policy.radius_km,
        receiver_height_m=policy.receiver_height_m,
        location_pct=policy.location_pct,
        location_width_m=policy.pixel_m,
        lapse_rate=policy.lapse_rate,
    )
    cache = TraceCache(settings.terrain_traces)
    levels = sweep_at(cells, settlements, terrain, reach, cache)
    coverage = sweep_grid(cells, grid_over(areas, policy.pixel_m), terrain, reach, cache)
    cache.drop_unused()
    cover = settings.land_cover.name if settings.land_cover else ""
    model = Text(*(
        text.format(terrain=source.name, clutter=of_clutter.format(land_cover=cover))
        for text, of_clutter in zip(OVER_TERRAIN, CLUTTER[clutter is not None], strict=True)
    ))  # fmt: skip
    basis: dict[str, str | int | float] = {
        "model": "\n\n".join(model),
        "terrain": str(source),
        "terrain_version": terrain.version,
        "terrain_filled_share": terrain.filled_share,
        "traces_kept": cache.kept,
        "traces_made": cache.made,
    }
    return _Prediction(levels, coverage, model, basis)


def _cells(facts: Facts, month: str, policy: CoveragePolicy) -> pd.DataFrame:
    """Return the cells in service on the month's last day as `geo` takes them."""
    last = month_days(month)[-1]
    radio = facts.whole("cells").drop(columns=["site_id", "technology", "channels", "in_service_on"])
    places = facts.whole("sites")[["site_id", "latitude", "longitude", "area_class"]]
    cells = cells_in_service(facts, [last]).merge(radio, on="cell_id").merge(places, on="site_id")
    tilts = cells[["mechanical_tilt_deg", "electrical_tilt_deg"]].fillna(0)
    reference = cells["reference_power_dbm"].fillna(_reference_power_dbm(cells, policy))
    return cells.assign(
        **tilts,
        tilt_deg=tilts.sum(axis=1),
        environment=cells["area_class"].map(ENVIRONMENTS),
        reference_power_dbm=reference,
    )


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
