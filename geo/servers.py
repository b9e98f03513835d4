"""The strongest sites at every place, how strong they are, and how many overlap there.

What is kept of a place is a short list: the best cell of each of its strongest sites, best first. That is enough to say
who serves, who would take over, and where nobody serves any more, without predicting again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.compiled import compiled
from geo.coverage import Coverage, Reached
from geo.crs import Floats, Grid

NOBODY = 65_535
"""In place of a cell where there is none."""
STEP_DB = 0.5
"""Levels are kept in steps of this, rounded down."""
WEAK_DB = 20.0
"""Sites are kept down to so much below the threshold."""
NO_LEVEL = 255
SERVING = int(WEAK_DB / STEP_DB)
"""The step at the threshold: from here on a site serves."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Servers:
    """The strongest sites of places, one site once, with its best cell."""

    cell: NDArray[np.uint16]
    """Shape (places, kept): position of the cell in the ``cells`` that were given, best first; `NOBODY` for none."""
    step: NDArray[np.uint8]
    """Shape (places, kept): steps above the threshold less `WEAK_DB`; `NO_LEVEL` where there is no cell."""
    depth: NDArray[np.uint16]
    """Shape (places,): sites at or above the threshold, those that are not kept included."""
    threshold_dbm: float

    @property
    def level_dbm(self) -> NDArray[np.float32]:
        """Levels, rounded down by less than a step; shape (places, kept), NaN where there is no cell."""
        level = self.threshold_dbm - WEAK_DB + self.step * np.float32(STEP_DB)
        return np.where(self.step == NO_LEVEL, np.nan, level).astype(np.float32)

    @property
    def served(self) -> Mask:
        """Where at least one site reaches the threshold; shape (places,)."""
        return self.depth > 0

    def best(self, grid: Grid) -> Coverage:
        """Best level and server of every pixel, where the places are those of a grid."""
        level = self.threshold_dbm - WEAK_DB + self.step[:, 0] * np.float32(STEP_DB)
        none = self.step[:, 0] == NO_LEVEL
        server = np.where(none, -1, self.cell[:, 0].astype(np.int32))
        return Coverage(
            grid,
            np.where(none, np.nan, level).astype(np.float32).reshape(grid.shape),
            server.astype(np.int32).reshape(grid.shape),
        )


def gather(
    reached: Iterable[Reached], places: int, *, kept: int, threshold_dbm: float, only: Mask | None = None
) -> Servers:
    """Keep the strongest sites of every place.

    Parameters
    ----------
    reached
        What each site gives, one item a site (:func:`geo.coverage.flat_sites`, :func:`geo.sweep.sweep_sites`).
    places
        How many there are.
    kept
        Sites that are kept of a place.
    threshold_dbm
        From here on a site serves.
    only
        Shape (places,): places that are looked at; the others stay empty. None: all.

    Returns
    -------
    Servers
        Of equal levels the first cell comes first.

    Raises
    ------
    ValueError
        More cells than a raster of 16 bits can tell apart.
    """
    cell = np.full((places, kept), NOBODY, np.uint16)
    level = np.full((places, kept), -np.inf, np.float32)
    depth = np.zeros(places, np.uint16)
    wanted = np.ones(1, np.bool_) if only is None else only
    for one in reached:
        if one.server.size and one.server.max() >= NOBODY:
            raise ValueError(f"at most {NOBODY:,} cells can be told apart in one raster")
        _insert(cell, level, depth, one.places, one.level_dbm, one.server, float(threshold_dbm), wanted)
    none = cell == NOBODY
    level -= np.float32(threshold_dbm)
    step = np.clip(np.floor(np.where(none, 0, level) / STEP_DB) + SERVING, 0, NO_LEVEL - 1)
    return Servers(cell, np.where(none, NO_LEVEL, step).astype(np.uint8), depth, float(threshold_dbm))


def changed_sites(before: pd.DataFrame, now: pd.DataFrame) -> set[str]:
    """Return the sites of which any cell came, went or was changed.

    Parameters
    ----------
    before, now
        One row per cell with cell_id and site_id, and the same other columns; any difference in them counts.
    """
    names = [name for name in now.columns if name != "cell_id"]
    old, new = (
        pd.Series(pd.util.hash_pandas_object(frame[names], index=False).to_numpy(), frame["cell_id"].to_numpy())
        for frame in (before, now)
    )
    differs = {*old.index.symmetric_difference(new.index)}
    common = old.index.intersection(new.index)
    differs |= {*common[old[common].to_numpy() != new[common].to_numpy()]}
    return {*before.loc[before["cell_id"].isin(differs), "site_id"], *now.loc[now["cell_id"].isin(differs), "site_id"]}


def around(grid: Grid, cells: pd.DataFrame, radius_km: float) -> Mask:
    """Pixels, row by row, whose centre is within a radius of any of some cells; shape (pixels,)."""
    within = np.zeros(grid.shape, np.bool_)
    radius, x, y = radius_km * 1000.0 + grid.pixel_m, grid.x_m, grid.y_m
    for east, north in _masts(grid, cells):
        left, right = np.searchsorted(x, [east - radius, east + radius])
        top, bottom = np.searchsorted(-y, [-north - radius, -north + radius])
        near = np.hypot(x[None, left:right] - east, y[top:bottom, None] - north) <= radius
        within[top:bottom, left:right] |= near
    return within.ravel()


def neighbours(grid: Grid, cells: pd.DataFrame, others: pd.DataFrame, radius_km: float) -> Mask:
    """Tell which cells may reach a pixel that any of some others reaches; shape (cells,)."""
    x, y = grid.to_plane(cells["longitude"], cells["latitude"])
    reach = 2 * (radius_km * 1000.0 + grid.pixel_m)
    near = np.zeros(len(cells), np.bool_)
    for east, north in _masts(grid, others):
        near |= np.hypot(x - east, y - north) <= reach
    return near


def renewed(before: Servers, position_now: NDArray[np.uint16], anew: Servers, only: Mask) -> Servers:
    """Return the servers of a changed network: what lies around the changes is new, the rest stands.

    Parameters
    ----------
    before
        Servers of the network before.
    position_now
        Position now of every cell before, and last `NOBODY` for `NOBODY`; the order of the cells is the same.
    anew
        Servers around the changes.
    only
        Shape (places,): where that is.
    """
    known = np.minimum(before.cell, len(position_now) - 1)
    return Servers(
        np.where(only[:, None], anew.cell, position_now[known]),
        np.where(only[:, None], anew.step, before.step),
        np.where(only, anew.depth, before.depth),
        before.threshold_dbm,
    )


def _masts(grid: Grid, cells: pd.DataFrame) -> Floats:
    """Places of cells in the plane, each once; shape (masts, 2)."""
    places = cells[["longitude", "latitude"]].drop_duplicates()
    return np.column_stack(grid.to_plane(places["longitude"], places["latitude"]))


@compiled
def _insert(
    cell: NDArray[np.uint16],
    level: NDArray[np.float32],
    depth: NDArray[np.uint16],
    places: NDArray[np.intp],
    level_dbm: NDArray[np.float32],
    server: NDArray[np.int32],
    threshold_dbm: float,
    only: Mask,
) -> None:
    """Put one site into the lists of the places it reaches."""
    kept = cell.shape[1]
    for i in range(len(places)):
        place, mine, who = places[i], level_dbm[i], server[i]
        if mine < threshold_dbm - WEAK_DB or (len(only) > 1 and not only[place]):
            continue
        if mine >= threshold_dbm:
            depth[place] += 1
        slot = kept
        while slot > 0 and (
            mine > level[place, slot - 1] or (mine == level[place, slot - 1] and who < cell[place, slot - 1])
        ):
            slot -= 1
        if slot == kept:
            continue
        for behind in range(kept - 1, slot, -1):
            level[place, behind] = level[place, behind - 1]
            cell[place, behind] = cell[place, behind - 1]
        level[place, slot] = mine
        cell[place, slot] = who
