"""The strongest sites at every place, how strong they are, and how many overlap there.

What is kept of a place is a short list: the best cell of each of its strongest sites, best first. That is enough to say
who serves, who would take over, and where nobody serves any more, without predicting again.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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

    def of(self, places: NDArray[np.intp]) -> "Servers":
        """Return the servers of some places."""
        return Servers(self.cell[places], self.step[places], self.depth[places], self.threshold_dbm)

    @property
    def served(self) -> Mask:
        """Where at least one site reaches the threshold; shape (places,)."""
        return self.depth > 0


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
