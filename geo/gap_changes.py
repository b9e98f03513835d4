"""What became of the gaps between two months."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.crs import Grid

CHANGE_COLUMNS = (
    "change_id", "office_id", "change", "gap_ids", "earlier_gap_ids", "area_km2", "earlier_area_km2", "gained_km2",
    "lost_km2", "people", "earlier_people",
)  # fmt: skip
_M2_PER_KM2 = 1e6


def gap_changes(now: gpd.GeoDataFrame, earlier: gpd.GeoDataFrame, grid: Grid, *, least_km2: float) -> pd.DataFrame:
    """Match the gaps of two months by where they lie, and say what became of them.

    Gaps of one office that overlap, also by way of others, count together: a gap that fell into two has shrunk and has
    not gone.

    Parameters
    ----------
    now, earlier
        As :func:`geo.gaps.find_gaps` gives them.
    grid
        In whose plane areas are measured.
    least_km2
        Overlaps and changes below this are noise of the straightened edges.

    Returns
    -------
    pandas.DataFrame
        Largest gain of people first: ``change_id`` (the largest gap, of now or else of earlier), ``office_id``,
        ``change`` (``new``, ``closed``, ``grown``, ``shrunk``, ``unchanged``; by area), ids, areas and people of both,
        areas gained and lost.
    """
    new, old = (frame.to_crs(grid.crs).reset_index(drop=True) for frame in (now, earlier))
    i, j = shapely.STRtree(old.geometry.to_numpy()).query(new.geometry.to_numpy(), predicate="intersects")
    same = new["office_id"].to_numpy()[i] == old["office_id"].to_numpy()[j]
    i, j = i[same], j[same]
    common = shapely.area(shapely.intersection(new.geometry.to_numpy()[i], old.geometry.to_numpy()[j])) / _M2_PER_KM2
    enough = common >= least_km2
    i, j, common = i[enough], j[enough], common[enough]
    links = coo_array((np.ones(len(i)), (i, len(new) + j)), shape=(len(new) + len(old),) * 2)
    _, group = connected_components(links, directed=False)
    shared_km2 = pd.Series(common, group[i], dtype="float64").groupby(level=0).sum()
    current, before = _together(new, group[: len(new)]), _together(old, group[len(new) :])
    rows = current.join(before.add_suffix("_before"), how="outer")
    known, known_before = rows["largest"].notna(), rows["largest_before"].notna()
    area, area_before = rows["area_km2"].fillna(0.0), rows["area_km2_before"].fillna(0.0)
    shared = shared_km2.reindex(rows.index).fillna(0.0)
    found = pd.DataFrame(
        {
            "change_id": rows["largest"].fillna(rows["largest_before"]),
            "office_id": rows["office_id"].fillna(rows["office_id_before"]),
            "change": np.select(
                [~known, ~known_before, area - area_before >= least_km2, area_before - area >= least_km2],
                ["closed", "new", "grown", "shrunk"],
                "unchanged",
            ),
            "gap_ids": rows["gap_ids"].fillna(""),
            "earlier_gap_ids": rows["gap_ids_before"].fillna(""),
            "area_km2": area,
            "earlier_area_km2": area_before,
            "gained_km2": (area - shared).clip(lower=0.0),
            "lost_km2": (area_before - shared).clip(lower=0.0),
            "people": rows["people"].fillna(0).astype("int64"),
            "earlier_people": rows["people_before"].fillna(0).astype("int64"),
        }
    )
    gain = found["people"] - found["earlier_people"]
    order = pd.DataFrame({"gain": -gain, "id": found["change_id"]}).sort_values(["gain", "id"]).index
    return found.loc[order, [*CHANGE_COLUMNS]].reset_index(drop=True)


def _together(gaps: gpd.GeoDataFrame, group: NDArray[np.int32]) -> pd.DataFrame:
    """Gaps that count together as one row; index of the groups."""
    ordered = pd.DataFrame(gaps.drop(columns="geometry")).assign(group=group)
    ordered = ordered.sort_values(["area_km2", "gap_id"], ascending=[False, True]).groupby("group")
    return pd.DataFrame(
        {
            "largest": ordered["gap_id"].first(),
            "office_id": ordered["office_id"].first(),
            "gap_ids": ordered["gap_id"].agg(" ".join),
            "area_km2": ordered["area_km2"].sum(),
            "people": ordered["people"].sum(),
        }
    )
