"""What the sites that are down now, or on battery, do to people and area: the table of the asset ``outage_effect``."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geo.outage import Again
from geo.servers import Mask, Servers
from ops_platform.clock import month_of
from ops_platform.contracts.coverage import OUTAGE_EFFECT
from ops_platform.coverage.gaps import area_numbers
from ops_platform.coverage.layers import servers_on
from ops_platform.coverage.model import Model, model_of
from ops_platform.coverage.network import office_areas
from ops_platform.coverage.outages import Served, populated_now, with_behind
from ops_platform.coverage.rasters import Layer, Rasters
from ops_platform.facts import Facts
from ops_platform.maintenance.power_events import clock_now, down_now, facts_now
from ops_platform.settings import Settings

_M2_PER_KM2 = 1e6
_NAMED = 5
"""So many sites that take over are named."""
_AT_RISK = ("on_battery", "leave_now", "too_late")


@dataclass(frozen=True)
class OutageTable:
    """The effect of the present outages.

    Attributes
    ----------
    rows
        Rows of ``outage_effect``, most people first.
    month
        Whose coverage it rests on; empty where none was predicted.
    people, km2
        Who and what is without coverage because of all sites that are down together.
    people_at_worst, km2_at_worst
        The same when those on battery go down too.
    """

    rows: pd.DataFrame
    month: str
    people: float = 0.0
    km2: float = 0.0
    people_at_worst: float = 0.0
    km2_at_worst: float = 0.0


def outage_table(facts: Facts, settings: Settings, now: datetime) -> OutageTable:
    """Return what the sites that are down, or on battery, at a moment do to people and area."""
    known = facts_now(facts, settings.policy.power, now)
    rows = concerned_now(facts, settings, now)
    months = [month for month in Rasters(facts.warehouse).months() if month <= month_of(now, facts.zone)]
    people, layer = populated_now(facts, now), Rasters(facts.warehouse).read(months[-1]) if months else None
    if people is None or layer is None:
        return OutageTable(_rows([]), "")
    area = area_served(layer, facts, settings)
    groups = with_behind(known.sites, rows["site_id"])
    down = _union(groups, rows.loc[rows["state"] == "down", "site_id"])
    worst = down | _union(groups, rows["site_id"])
    near_people, near_area = people.served_by(worst), area.served_by(worst)
    table = []
    for row in rows.itertuples():
        own = groups[row.site_id]
        whom, where = near_people.handover(own, down), near_area.handover(own, down)
        takers = [site for site in [*whom.taken.index, *where.taken.index] if site]
        table.append(
            {
                "site_id": row.site_id,
                "office_id": row.office_id,
                "state": row.state,
                "since_at": row.since_at,
                "sites_behind": len(own) - 1,
                "people_without": round(near_people.lost(down | own) - near_people.lost(down - own)),
                "without_km2": near_area.lost(down | own) - near_area.lost(down - own),
                "people_taken_over": round(whom.taken.sum()),
                "taken_over_by": " ".join(list(dict.fromkeys(takers))[:_NAMED]),
            }
        )
    return OutageTable(
        rows=_rows(table),
        month=months[-1],
        people=people.lost(down),
        km2=area.lost(down),
        people_at_worst=people.lost(worst),
        km2_at_worst=area.lost(worst),
    )


def area_served(layer: Layer, facts: Facts, settings: Settings) -> Served:
    """Return the pixels with their servers, in km2 within the offices' areas; what was not kept is predicted again."""
    inside = area_numbers(office_areas(facts), layer) >= 0
    weight = np.where(inside, layer.grid.pixel_m**2 / _M2_PER_KM2, 0.0)
    site_of = layer.cells["site_id"].to_numpy(object)
    return Served(layer.servers, site_of, weight, predicted_again(layer, facts, settings))


def predicted_again(layer: Layer, facts: Facts, settings: Settings) -> Callable[[Collection[str]], Again]:
    """Return what predicts a layer once more at some pixels, without the sites that are down."""
    policy = settings.policy.coverage
    rows, columns = layer.grid.shape
    masts = np.column_stack(layer.grid.to_plane(layer.cells["longitude"], layer.cells["latitude"]))
    cells = layer.cells.assign(tilt_deg=layer.cells["mechanical_tilt_deg"] + layer.cells["electrical_tilt_deg"])

    @cache
    def model() -> Model:  # reads the terrain, and only where something must be predicted
        return model_of(office_areas(facts), settings)

    def without(down: Collection[str]) -> Again:
        up = ~cells["site_id"].isin(list(down)).to_numpy(np.bool_)

        def again(asked: Mask) -> Servers:
            row, column = np.unravel_index(np.flatnonzero(asked), (rows, columns))
            pixels = cKDTree(np.column_stack([layer.grid.x_m[column], layer.grid.y_m[row]]))
            distance, _ = pixels.query(masts)
            near = distance <= policy.radius_km * 1000.0 + layer.grid.pixel_m
            return servers_on(cells, up & near, layer.grid, model(), policy, kept=1, only=asked)

        return again

    return without


def concerned_now(facts: Facts, settings: Settings, now: datetime) -> pd.DataFrame:
    """Return the sites that are down, and those at risk: on battery, and no generator feeds them."""
    policy = settings.policy.power
    down = down_now(facts, policy, now)[["site_id", "office_id", "down_at"]].rename(columns={"down_at": "since_at"})
    clock = clock_now(facts, policy, now)
    clock = clock.loc[clock["state"].isin(_AT_RISK), ["site_id", "office_id", "failed_at"]].rename(
        columns={"failed_at": "since_at"}
    )
    both = pd.concat([down.assign(state="down"), clock.assign(state="at_risk")], ignore_index=True)
    return both.drop_duplicates("site_id", ignore_index=True)  # a site that is down is no longer at risk


def _union(groups: dict[str, set[str]], sites: pd.Series) -> set[str]:
    return set().union(*(groups[site] for site in sites))


def _rows(rows: list[dict[str, object]]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=OUTAGE_EFFECT.schema.names)
    return found.sort_values(["people_without", "without_km2"], ascending=False, ignore_index=True)
