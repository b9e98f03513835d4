"""What an outage does: where nobody serves any more and who takes over, from the sites that are kept of every place."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.servers import NOBODY, Mask, Servers

Again = Callable[[Mask], Servers]
"""Predicts the sites that are up, once more and from nothing, at some places; shape (places,) in and out."""


@dataclass(frozen=True)
class OutageEffect:
    """What happens where the best site is down; elsewhere nothing does."""

    lost: NDArray[np.intp]
    """Places that no site serves any more."""
    taken: NDArray[np.intp]
    """Places that another site serves now."""
    by: NDArray[np.uint16]
    """Its cell, aligned with ``taken``; `NOBODY` where one surely serves, but so weakly that it was not kept."""
    undecided: NDArray[np.intp]
    """Places whose kept sites are all down and where another may serve; none where all were kept, or asked again."""


def serving(servers: Servers, effect: OutageEffect) -> NDArray[np.int32]:
    """Cell that serves each place during an outage; -1 where none does, or where it is undecided. Shape (places,)."""
    by = np.where(servers.served, servers.cell[:, 0].astype(np.int32), -1)
    by[effect.taken] = effect.by
    by[effect.lost] = by[effect.undecided] = -1
    return by


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
    is_down = np.append(down, False)
    nobody = len(down)
    touched = np.flatnonzero(is_down[np.minimum(servers.cell[:, 0], nobody)] & servers.served)
    cell, depth = servers.cell[touched], servers.depth[touched]
    kept = cell.shape[1]
    stands = (np.arange(kept) < depth[:, None]) & ~is_down[np.minimum(cell, nobody)]
    known = stands.any(axis=1)
    by = np.where(known, cell[np.arange(len(cell)), stands.argmax(axis=1)], NOBODY).astype(np.uint16)
    beyond = ~known & (depth > kept)
    # More sites serve than are down: one of those that were not kept does.
    sure = known | (beyond & (depth > sites_down))
    undecided = beyond & ~sure
    if again is not None and beyond.any():
        asked = np.zeros(len(servers.depth), np.bool_)
        asked[touched[beyond]] = True
        anew = again(asked)
        by[beyond] = anew.cell[touched[beyond], 0]
        sure[beyond] = anew.served[touched[beyond]]
        undecided[:] = False
    lost = ~sure & ~undecided
    return OutageEffect(touched[lost], touched[sure], by[sure], touched[undecided])
