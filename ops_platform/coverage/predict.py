"""Levels and servers of a month: at settlements, where people live, and on the grid, by technology and band."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa

from geo.crs import LONLAT, Grid
from geo.gather import gather
from geo.population import PopulationError, people_on
from geo.servers import NOBODY, Servers
from geo.spatial import area_of_points
from ops_platform.clock import first_day
from ops_platform.contracts.coverage import COVERAGE_LEVELS, COVERAGE_SERVERS
from ops_platform.coverage.calibration import calibrated
from ops_platform.coverage.layers import StoredLayers, store_layers
from ops_platform.coverage.model import Model, model_of
from ops_platform.coverage.network import branch_grid, office_areas, predicted_cells
from ops_platform.coverage.rasters import Rasters
from ops_platform.errors import PermanentError
from ops_platform.facts import Facts
from ops_platform.policy import CoveragePolicy
from ops_platform.settings import Settings

Basis = dict[str, str | int | float]


@dataclass(frozen=True)
class Prediction:
    """What a month's network gives besides its rasters.

    Attributes
    ----------
    levels
        Rows of ``coverage_levels``.
    servers
        Rows of ``coverage_servers``.
    layers
        Names of the rasters that were written.
    basis
        What the prediction rests on, for the asset's reader.
    """

    levels: pa.Table
    servers: pa.Table
    layers: list[str]
    basis: Basis


def store_prediction(facts: Facts, month: str, settings: Settings) -> Prediction:
    """Predict a month, write its rasters layer by layer, and return the rest.

    Raises
    ------
    PermanentError
        If the elevation model, the land cover or the population cannot be used.
    """
    policy = settings.policy.coverage
    cells, areas = predicted_cells(facts, month), office_areas(facts)
    grid, model = branch_grid(areas, policy), calibrated(model_of(areas, settings), facts, month)
    settlements = facts.whole("settlements")
    stored = store_layers(Rasters(facts.warehouse), month, cells, grid, model, policy)
    if settings.population is None:
        people = settlements.rename(columns={"settlement_id": "place_id"})
        reached = model.sites(cells, people)
        at_people = gather(reached, len(people), kept=policy.place_servers_kept, threshold_dbm=policy.threshold_dbm)
    else:
        people = populated_pixels(areas, grid, settings)
        at_people = stored.whole.of(people["pixel"].to_numpy())
    levels = model.levels(cells, settlements)
    return Prediction(
        levels=_levels(settlements, levels, month, policy),
        servers=_servers(people, at_people, cells, month),
        layers=stored.names,
        basis=model.basis | _again(stored, grid) | _people_of(settings) | _traces(model, stored),
    )


def _again(stored: StoredLayers, grid: Grid) -> Basis:
    """Return how much of the grid was predicted again."""
    pixels: Basis = {"pixels": grid.shape[0] * grid.shape[1]}
    if not stored.renewed_from:
        return pixels
    return pixels | {
        "renewed_from": stored.renewed_from,
        "changed_sites": stored.changed_sites,
        "pixels_predicted": stored.renewed_pixels,
    }


def _people_of(settings: Settings) -> Basis:
    return {"people": "settlements" if settings.population is None else str(settings.population)}


def _traces(model: Model, stored: StoredLayers) -> Basis:
    """Return what became of the traces of terrain; those that a whole prediction has not used are dropped."""
    if model.traces is None:
        return {}
    if not stored.renewed_from:
        model.drop_unused_traces()
    return {"traces_kept": model.traces.kept, "traces_made": model.traces.made}


def populated_pixels(areas: gpd.GeoDataFrame, grid: Grid, settings: Settings) -> pd.DataFrame:
    """Return the pixels of the offices' areas where the population raster has people.

    Raises
    ------
    PermanentError
        If the raster cannot be used.
    """
    assert settings.population is not None  # noqa: S101 - chosen by it
    try:
        people = people_on(settings.population, grid)
    except PopulationError as error:
        raise PermanentError(f"OPS_POPULATION: {error}") from error
    row, column = np.nonzero(people)
    places = gpd.GeoSeries(gpd.points_from_xy(grid.x_m[column], grid.y_m[row]), crs=grid.crs).to_crs(LONLAT)
    found = pd.DataFrame({"longitude": places.x, "latitude": places.y})
    area = area_of_points(found, areas)
    offices = areas["office_id"].to_numpy()[area]
    number = pd.Series(row).astype(str).str.zfill(5) + "-" + pd.Series(column).astype(str).str.zfill(5)
    found = found.assign(
        place_id="P" + number, office_id=offices, people=people[row, column], pixel=row * grid.shape[1] + column
    )
    return found[area >= 0].reset_index(drop=True)


def _levels(settlements: pd.DataFrame, predicted: pd.DataFrame, month: str, policy: CoveragePolicy) -> pa.Table:
    rows = settlements[["settlement_id", "office_id", "people"]].assign(
        month_on=first_day(month),
        level_dbm=predicted["level_dbm"],
        cell_id=predicted["cell_id"],
        covered=predicted["level_dbm"] >= policy.threshold_dbm,
    )
    schema = COVERAGE_LEVELS.schema
    return pa.Table.from_pandas(rows[schema.names], schema=schema, preserve_index=False)


def _servers(people: pd.DataFrame, servers: Servers, cells: pd.DataFrame, month: str) -> pa.Table:
    place, rank = np.nonzero(servers.cell != NOBODY)
    cell = servers.cell[place, rank]
    level = servers.level_dbm[place, rank].astype(np.float64)
    rows = people[["place_id", "office_id", "people"]].iloc[place].reset_index(drop=True)
    rows = rows.assign(
        month_on=first_day(month),
        rank=rank + 1,
        cell_id=cells["cell_id"].to_numpy()[cell],
        site_id=cells["site_id"].to_numpy()[cell],
        level_dbm=level,
        serves=level >= servers.threshold_dbm,
        depth=servers.depth[place].astype(np.int64),
    )
    schema = COVERAGE_SERVERS.schema
    return pa.Table.from_pandas(rows[schema.names], schema=schema, preserve_index=False)
