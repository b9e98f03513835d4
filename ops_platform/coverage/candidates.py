"""Where the next sites should stand: a month's ranked list, how near the optimum it is, and how sure each pick is."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.spatial import KDTree

from geo.coverage import Reached
from geo.crs import Floats, Grid, geodesic, grid_over
from geo.siting import Choice, Goal, choose
from geo.siting_bound import Certificate, certify
from geo.siting_problem import Kind, of_lists
from geo.siting_stress import stressed_gains
from geo.spatial import area_of_points
from ops_platform.clock import first_day
from ops_platform.contracts.coverage import SITE_CANDIDATES
from ops_platform.coverage.calibration import errors_db
from ops_platform.coverage.demand import month_demand
from ops_platform.coverage.model import Model, model_of
from ops_platform.coverage.network import ENVIRONMENTS, month_sites, office_areas
from ops_platform.facts import Facts
from ops_platform.policy import SitingPolicy
from ops_platform.settings import Settings

NAMED = 5
_PERCENTILES = (10, 50, 90)
_HALF = 0.5
_SEED = 1


@dataclass(frozen=True)
class MonthCandidates:
    """The candidates of a month.

    Attributes
    ----------
    rows
        Rows of ``site_candidates``.
    uncovered
        People without coverage.
    places
        Places and kinds looked at that help anybody.
    certificate
        How near to the optimum the list is, in people and what counts like people; None where nothing was to be chosen
        or the solver found no bound.
    sds_db
        Standard deviations of the errors that the picks were tried on: of all levels, of each site.
    """

    rows: pa.Table
    uncovered: int
    places: int
    certificate: Certificate | None
    sds_db: tuple[float, float]


def month_candidates(facts: Facts, month: str, settings: Settings) -> MonthCandidates:
    """Choose new sites for the network of a month.

    Raises
    ------
    PermanentError
        If the month was not predicted yet, or the elevation model cannot be used.
    """
    policy, threshold = settings.policy.siting, settings.policy.coverage.threshold_dbm
    demand, areas = month_demand(facts, month, settings), office_areas(facts)
    sites = month_sites(facts, month)
    standing = sites[sites["state"] != "retired"].reset_index(drop=True)
    sds = errors_db(facts, month) or (policy.constant_sd_db, policy.site_sd_db)
    uncovered = int(demand["uncovered"].sum())
    cells = _candidate_cells(demand, standing, areas, policy)
    if cells.empty:
        return MonthCandidates(SITE_CANDIDATES.schema.empty_table(), uncovered, 0, None, sds)
    model = model_of(areas, settings, "candidates")
    levels = _Levels.of(model, cells, demand)
    model.drop_unused_traces()
    load = demand["complaints"] * policy.complaint_people + demand["traffic_erl"] * policy.erl_people
    helped = _helped(levels, demand, load, threshold, policy)
    if not len(helped[0]):
        return MonthCandidates(SITE_CANDIDATES.schema.empty_table(), uncovered, 0, None, sds)
    grid = grid_over(areas, 1000.0)
    siting = of_lists(
        *helped,
        np.concatenate([demand["uncovered"].to_numpy(np.float64), load.to_numpy()]),
        _plane(grid, cells.iloc[:: len(policy.kinds)]),
        [Kind(name, policy.within_km * 1000, kind.cost, kind.spacing_m) for name, kind in policy.kinds.items()],
        _plane(grid, standing),
    )
    goal = Goal(count=policy.count, budget=np.inf if policy.budget is None else policy.budget)
    choice = choose(siting, goal, moves=policy.moves, seed=_SEED)
    certificate = certify(siting, goal, choice, seconds=policy.certify_s)
    picked = cells.iloc[choice.place * len(policy.kinds) + choice.kind].reset_index(drop=True)
    new_dbm = levels.matrix(choice.place * len(policy.kinds) + choice.kind)
    rows = _rows(picked, choice, new_dbm, demand, threshold, policy)
    rows = rows.assign(**_stressed(new_dbm, demand, rows["people_gained"], threshold, sds, policy.draws))
    rows = rows.assign(month_on=first_day(month), **_whereabouts(rows, standing, areas))
    table = pa.Table.from_pandas(
        rows[SITE_CANDIDATES.schema.names], schema=SITE_CANDIDATES.schema, preserve_index=False
    )
    return MonthCandidates(table, uncovered, len(np.unique(helped[0])), certificate, sds)


@dataclass(frozen=True)
class _Levels:
    """Levels of candidates at settlements, pair by pair."""

    candidate: NDArray[np.int64]
    place: NDArray[np.int64]
    level_dbm: Floats
    places: int

    @classmethod
    def of(cls, model: Model, cells: pd.DataFrame, demand: pd.DataFrame) -> "_Levels":
        # None at all where every candidate stands beyond the elevation model.
        nothing = Reached(np.zeros(0, np.intp), np.zeros(0, np.float32), np.zeros(0, np.int32))
        reached = [nothing, *model.sites(cells, demand[["latitude", "longitude"]])]
        parts = [(one.server, one.places, one.level_dbm) for one in reached]
        candidate, place, level = (np.concatenate(values) for values in zip(*parts, strict=True))
        return cls(candidate.astype(np.int64), place.astype(np.int64), level.astype(np.float64), len(demand))

    def matrix(self, candidates: NDArray[np.int64]) -> Floats:
        """Levels of some candidates at all places; NaN where they do not reach."""
        found = np.full((len(candidates), self.places), np.nan)
        row = pd.Series(np.arange(len(candidates)), candidates).reindex(self.candidate).to_numpy()
        mine = ~np.isnan(row)
        found[row[mine].astype(np.int64), self.place[mine]] = self.level_dbm[mine]
        return found


def _candidate_cells(
    demand: pd.DataFrame, sites: pd.DataFrame, areas: gpd.GeoDataFrame, policy: SitingPolicy
) -> pd.DataFrame:
    """Return a cell for each place and kind, all kinds of a place one after the other."""
    wanting = demand[(demand["uncovered"] > 0) | (demand["complaints"] > 0) | (demand["traffic_erl"] > 0)]
    if wanting.empty:
        return pd.DataFrame()
    lattice = grid_over(areas, policy.lattice_m, margin_px=0)
    longitude, latitude = (values.ravel() for values in lattice.centres_lonlat())
    points = pd.DataFrame({"latitude": latitude, "longitude": longitude})
    distance, _ = KDTree(_plane(lattice, wanting)).query(_plane(lattice, points))
    points = points[(distance <= policy.within_km * 1000) & (area_of_points(points, areas) >= 0)]
    places = pd.concat([wanting[["latitude", "longitude"]], points], ignore_index=True)
    environment = "open"
    if len(sites):
        _, nearest = KDTree(_plane(lattice, sites)).query(_plane(lattice, places))
        environment = sites["area_class"].map(ENVIRONMENTS).to_numpy()[nearest]
    places = places.assign(environment=environment, azimuth_deg=np.nan)
    kinds = pd.DataFrame([kind.model_dump() | {"site_kind": name} for name, kind in policy.kinds.items()])
    cells = places.merge(kinds, how="cross")
    number = "N" + pd.Series(np.arange(len(cells))).astype(str)
    tilts = dict.fromkeys(("mechanical_tilt_deg", "electrical_tilt_deg", "tilt_deg"), 0.0)
    return cells.assign(cell_id=number, site_id=number, **tilts)


def _helped(
    levels: _Levels, demand: pd.DataFrame, load: pd.Series, threshold_dbm: float, policy: SitingPolicy
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of candidate and demand: people from the threshold on, the load of weak places from strong levels on."""
    people = demand["uncovered"].to_numpy() > 0
    loaded = load.to_numpy() > 0
    covers = (levels.level_dbm >= threshold_dbm) & people[levels.place]
    lifts = (levels.level_dbm >= threshold_dbm + policy.weak_db) & loaded[levels.place]
    candidate = np.concatenate([levels.candidate[covers], levels.candidate[lifts]])
    return candidate, np.concatenate([levels.place[covers], levels.place[lifts] + len(demand)])


def _rows(
    picked: pd.DataFrame, choice: Choice, new_dbm: Floats, demand: pd.DataFrame, threshold: float, policy: SitingPolicy
) -> pd.DataFrame:
    """Say what each pick brings besides those before it."""
    covers, lifts = (np.nan_to_num(new_dbm, nan=-np.inf) >= level for level in (threshold, threshold + policy.weak_db))
    first_covers, first_lifts = (hit & (np.cumsum(hit, axis=0) == 1) for hit in (covers, lifts))
    uncovered = demand["uncovered"].to_numpy(np.int64)
    gained = first_covers @ uncovered
    names = demand["settlement_name"].to_numpy()
    order = np.argsort(-uncovered, kind="stable")
    named = ["、".join(names[[i for i in order if hit[i] and uncovered[i]][:NAMED]]) for hit in first_covers]
    return picked[["site_kind", "latitude", "longitude", "cost"]].assign(
        rank=np.arange(1, len(picked) + 1),
        cost_so_far=choice.cost.cumsum(),
        people_gained=gained,
        people_so_far=gained.cumsum(),
        complaints=first_lifts @ demand["complaints"].to_numpy(),
        traffic_erl=first_lifts @ demand["traffic_erl"].to_numpy(),
        places_gained=[text or None for text in named],
    )


def _stressed(
    new_dbm: Floats, demand: pd.DataFrame, gained: pd.Series, threshold: float, sds_db: tuple[float, float], draws: int
) -> dict[str, object]:
    """Try the picks on draws of the model's error."""
    number, _ = pd.factorize(demand["site_id"])
    gains = stressed_gains(
        new_dbm,
        demand["level_dbm"],
        np.maximum(number, 0),
        demand["people"],
        threshold,
        constant_sd_db=sds_db[0],
        site_sd_db=sds_db[1],
        draws=draws,
        seed=_SEED,
    )
    promised = gained.to_numpy(np.float64)
    holds = (gains >= _HALF * promised).mean(axis=0)
    found = np.rint(np.percentile(gains, _PERCENTILES, axis=0, method="lower")).astype(np.int64)
    return {f"people_p{share}": row for share, row in zip(_PERCENTILES, found, strict=True)} | {
        "holds_share": np.where(promised > 0, holds, np.nan)
    }


def _whereabouts(rows: pd.DataFrame, sites: pd.DataFrame, areas: gpd.GeoDataFrame) -> dict[str, object]:
    """Office of each pick, and the nearest site."""
    area = area_of_points(rows, areas)
    office = areas["office_id"].reset_index(drop=True).reindex(area).to_numpy()
    if sites.empty:
        return {"office_id": office, "nearest_site_id": None, "nearest_site_km": np.nan}
    grid = grid_over(areas, 1000.0)
    _, nearest = KDTree(_plane(grid, sites)).query(_plane(grid, rows))
    there = sites.iloc[nearest]
    distance, _ = geodesic(rows["longitude"], rows["latitude"], there["longitude"], there["latitude"])
    return {"office_id": office, "nearest_site_id": there["site_id"].to_numpy(), "nearest_site_km": distance / 1000}


def _plane(grid: Grid, places: pd.DataFrame) -> Floats:
    """Eastings and northings of places, shape (places, 2)."""
    return np.column_stack(grid.to_plane(places["longitude"], places["latitude"]))
