"""Put the levels that sites give together: the strongest of them at every place."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled
from geo.coverage import Coverage, Reached
from geo.crs import Grid
from geo.servers import NO_LEVEL, NOBODY, SERVING, STEP_DB, WEAK_DB, Mask, Servers


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


def best_of(servers: Servers, grid: Grid) -> Coverage:
    """Best level and server of every pixel, where the places are those of a grid."""
    server = servers.cell[:, 0].astype(np.int32)
    server[server == NOBODY] = -1
    return Coverage(grid, servers.level_dbm[:, 0].reshape(grid.shape), server.reshape(grid.shape))


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
