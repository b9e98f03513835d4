"""What the map of a month shows, from what is stored."""

from datetime import datetime

import numpy as np
import pandas as pd

from geo.crs import Floats
from geo.gather import best_of
from geo.map import PEOPLE_WITHOUT, MapContent
from geo.words import Text
from ops_platform.clock import month_days, month_of
from ops_platform.contracts.coverage import COVERAGE_LEVELS, SITE_CANDIDATES
from ops_platform.coverage.gaps import stored_gaps, stored_layer
from ops_platform.coverage.network import month_sites, office_areas
from ops_platform.coverage.outage_table import concerned_now
from ops_platform.coverage.outages import people_without, populated_in
from ops_platform.coverage.predict import populated_pixels
from ops_platform.coverage.rasters import Layer
from ops_platform.errors import PermanentError
from ops_platform.facts import Facts
from ops_platform.settings import Settings

_SHOWN_AS = {"down": "down", "at_risk": "on_battery"}


def map_content(facts: Facts, month: str, settings: Settings, now: datetime) -> MapContent:
    """Return everything that a month's map shows.

    Which sites are down or on battery is shown in the month of ``now`` only: of another it would say nothing.

    Raises
    ------
    PermanentError
        If the month was not predicted yet, or its gaps not drawn.
    """
    layer, settlements = stored_layer(facts, month), facts.whole("settlements")
    gaps = stored_gaps(facts, month)
    if gaps is None:
        raise PermanentError(f"the gaps of {month} were not drawn yet: materialise coverage_gaps for it first")
    levels = facts.month(COVERAGE_LEVELS, month).set_index("settlement_id")[["level_dbm", "cell_id"]]
    return MapContent(
        title=Text(f"{settings.branch} {month} 覆盖图", f"{settings.branch_en}: coverage {month}"),
        note=Text(settings.note, settings.note_en),
        coverage=best_of(layer.servers, layer.grid),
        threshold_dbm=settings.policy.coverage.threshold_dbm,
        areas=office_areas(facts),
        gaps=gaps,
        sites=_sites(facts, month, settings, now),
        cells=layer.cells.assign(tilt_deg=layer.cells["mechanical_tilt_deg"] + layer.cells["electrical_tilt_deg"]),
        settlements=settlements,
        settlement_levels=levels.reindex(settlements["settlement_id"]).reset_index(drop=True),
        model=Text(layer.about["model_zh"], layer.about["model_en"]),
        depth=layer.servers.depth.reshape(layer.grid.shape),
        people=_people(facts, layer, settings),
        candidates=facts.month(SITE_CANDIDATES, month).sort_values("rank"),
        states=_moment(facts, month, now),
    )


def _sites(facts: Facts, month: str, settings: Settings, now: datetime) -> pd.DataFrame:
    """Return the sites with their state and with who has no coverage while one is down."""
    sites = month_sites(facts, month)
    down: set[str] = set()
    if month == month_of(now, facts.zone):
        concerned = concerned_now(facts, settings, now)
        state = concerned.set_index("site_id")["state"].map(_SHOWN_AS)
        down = {*concerned.loc[concerned["state"] == "down", "site_id"]}
        sites["state"] = sites["site_id"].map(state).where(sites["state"] == "in_service").fillna(sites["state"])
    asked = sites.loc[~sites["state"].isin(["planned", "retired"]), "site_id"]
    without = people_without(populated_in(facts, month), sites, asked, down)
    return sites.assign(**{PEOPLE_WITHOUT: sites["site_id"].map(without)})


def _people(facts: Facts, layer: Layer, settings: Settings) -> Floats | None:
    """Return the people of each pixel; None without a population raster, where the settlements tell."""
    if settings.population is None:
        return None
    pixels = populated_pixels(office_areas(facts), layer.grid, settings)
    size = layer.grid.shape[0] * layer.grid.shape[1]
    people = np.bincount(pixels["pixel"], pixels["people"], size)
    return np.asarray(people, np.float64).reshape(layer.grid.shape)


def _moment(facts: Facts, month: str, now: datetime) -> Text:
    """Say of which moment the sites' states are."""
    if month == month_of(now, facts.zone):
        moment = f"{now.astimezone(facts.zone):%Y-%m-%d %H:%M}"
        return Text(f"断站与电池供电：{moment}", f"Down and on battery as of {moment}")
    last = f"{month_days(month)[-1]:%Y-%m-%d}"
    return Text(f"状态：{last}", f"States as of {last}")
