"""What an outage does: who loses service, and who takes over, from the servers that are kept of every place."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled
from geo.servers import NOBODY, Mask, Servers

Again = Callable[[Mask], Servers]
"""Predicts the sites that are up at some places, once more and from nothing."""


@dataclass(frozen=True)
class OutageEffect:
    """What happens where the best site is down."""

    lost: NDArray[np.intp]
    """Places that no site serves any more."""
    taken: NDArray[np.intp]
    """Places that another site serves now."""
    by: NDArray[np.uint16]
    """Its cell, aligned with ``taken``; `NOBODY` where one surely serves, but so weakly that it was not kept."""
    undecided: NDArray[np.intp]
    """Places whose kept sites are all down, where another may serve: none where everything was kept, or predicted."""


def outage_effect(servers: Servers, down: Mask, sites_down: int, again: Again | None = None) -> OutageEffect:
    """Say what happens when cells go down.

    Parameters
    ----------
    servers
        Of the network with all its cells.
    down
        Shape (cells,): which are down; of a site all or none.
    sites_down
        How many sites that are.
    again
        Decides what was not kept; None: it stays undecided, or without a name.

    Returns
    -------
    OutageEffect
        The same as predicting the cells that are up.
    """
    by = np.empty(len(servers.depth), np.uint16)
    what = np.zeros(len(servers.depth), np.uint8)
    _walk(servers.cell, servers.depth, np.append(down, False), sites_down, what, by)
    beyond = (what == _UNDECIDED) | ((what == _TAKEN) & (by == NOBODY))
    if again is not None and beyond.any():
        anew = again(beyond)
        by[beyond] = anew.cell[beyond, 0]
        what[beyond] = np.where(anew.served[beyond], _TAKEN, _LOST)
    taken = np.flatnonzero(what == _TAKEN)
    return OutageEffect(np.flatnonzero(what == _LOST), taken, by[taken], np.flatnonzero(what == _UNDECIDED))


_LOST, _TAKEN, _UNDECIDED = 1, 2, 3


@compiled
def _walk(
    cell: NDArray[np.uint16],
    depth: NDArray[np.uint16],
    down: Mask,
    sites_down: int,
    what: NDArray[np.uint8],
    by: NDArray[np.uint16],
) -> None:
    """Follow each place's list to the first cell that is up."""
    places, kept = cell.shape
    nobody = len(down) - 1
    for place in range(places):
        if depth[place] == 0 or not down[min(cell[place, 0], nobody)]:
            continue
        by[place] = NOBODY
        what[place] = _LOST
        for slot in range(1, min(kept, depth[place])):
            if not down[min(cell[place, slot], nobody)]:
                what[place], by[place] = _TAKEN, cell[place, slot]
                break
        if what[place] == _LOST and depth[place] > kept:
            # More sites serve than are down: one of those that were not kept does.
            what[place] = _TAKEN if depth[place] > sites_down else _UNDECIDED
