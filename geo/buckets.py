"""Places of a plane sorted into square buckets, so that those near a spot are found without looking at the others."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.crs import Floats

Ints = NDArray[np.int64]


class Buckets(NamedTuple):
    """Places in the order of their buckets, row after row; a named tuple, because numba takes one."""

    x: Floats
    y: Floats
    first: Ints
    """Where each bucket begins; one element more than there are buckets."""
    west: float
    south: float
    edge: float
    columns: int
    rows: int


def sort_into_buckets(places: Floats, edge: float) -> tuple[Buckets, Ints]:
    """Sort places into buckets.

    Parameters
    ----------
    places
        Shape (places, 2), one at least; finite.
    edge
        Edge of a bucket, positive, in the places' unit. It grows where there would be far more buckets than places.

    Returns
    -------
    buckets
        The sorted places.
    order
        Position in ``places`` of each sorted place, shape (places,). Linear time.
    """
    x, y = np.ascontiguousarray(places.T)
    west, south = float(x.min()), float(y.min())
    wide, high = float(x.max()) - west, float(y.max()) - south
    edge = max(edge, float(np.sqrt(wide * high / (16.0 * len(x)))), max(wide, high) / (16.0 * len(x)))
    columns, rows = int(wide // edge) + 1, int(high // edge) + 1
    column = np.minimum(((x - west) / edge).astype(np.int64), columns - 1)
    row = np.minimum(((y - south) / edge).astype(np.int64), rows - 1)
    bucket = row * columns + column
    # A stable sort of whole numbers is a radix sort.
    order = np.argsort(bucket, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(bucket, minlength=columns * rows))])
    return Buckets(x[order], y[order], first, west, south, edge, columns, rows), order
