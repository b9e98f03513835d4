"""Points in classes: those within a distance of each other belong together, and so do those that such points link."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.buckets import Buckets, Ints, sort_into_buckets
from geo.compiled import kept


def cluster(points: ArrayLike, distance: float) -> Ints:
    """Put points into classes.

    Two points at most ``distance`` apart are of one class, and so on from point to point: what single linkage cut at
    the distance gives. Points are sorted into square buckets whose diagonal is the distance; all points of a bucket are
    of one class, and two buckets are joined by the first pair that is near enough. The time is linear in the number of
    points as long as no bucket holds more than some number of them, as on a grid.

    Parameters
    ----------
    points
        Shape (points, 2); finite.
    distance
        Positive, in the points' unit.

    Returns
    -------
    numpy.ndarray
        Class of each point, shape (points,): 0 is the class with most points, of equals that of the earlier point.

    Raises
    ------
    ValueError
        The distance is not positive, or a coordinate not finite.
    """
    places = np.asarray(points, np.float64).reshape(-1, 2)
    if not distance > 0 or not np.isfinite(places).all():
        raise ValueError("the distance must be positive, and the points finite")
    if not len(places):
        return np.zeros(0, np.int64)
    # A hair under the diagonal, so that rounding puts no two points farther apart than it into one bucket.
    buckets, order = sort_into_buckets(places, distance / np.sqrt(2.0) * (1.0 - 1e-9))
    root = np.empty(len(places), np.int64)
    _join(buckets, distance, np.arange(len(places)), root)
    in_order = np.empty(len(places), np.int64)
    in_order[order] = root
    _, earliest, label, size = np.unique(in_order, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(size), np.int64)
    rank[np.lexsort((earliest, -size))] = np.arange(len(size))
    return rank[label]


@kept
def _join(buckets: Buckets, distance: float, parent: Ints, root: NDArray[np.int64]) -> None:
    """Write for each point the representative of its class."""
    span = int(np.ceil(distance / buckets.edge))
    # Where buckets had to grow, their points are not all near each other, and each is looked at like a neighbour.
    whole = buckets.edge * buckets.edge * 2.0 <= distance * distance
    for row in range(buckets.rows):
        for column in range(buckets.columns):
            here = row * buckets.columns + column
            start, end = buckets.first[here], buckets.first[here + 1]
            if start == end:
                continue
            if whole:
                for i in range(start + 1, end):
                    parent[_find(parent, i)] = _find(parent, start)
            for other_row in range(row, min(row + span, buckets.rows - 1) + 1):
                low = column - span if other_row > row else column
                for other_column in range(max(low, 0), min(column + span, buckets.columns - 1) + 1):
                    there = other_row * buckets.columns + other_column
                    if there != here or not whole:
                        _join_buckets(buckets, parent, here, there, distance, whole)
    for i in range(len(root)):
        root[i] = _find(parent, i)


@kept
def _join_buckets(buckets: Buckets, parent: Ints, here: int, there: int, distance: float, whole: bool) -> None:  # noqa: FBT001
    """Join the classes of points that are near enough; where each bucket is of one class, the first pair is enough."""
    start, end = buckets.first[there], buckets.first[there + 1]
    if start == end:
        return
    for i in range(buckets.first[here], buckets.first[here + 1]):
        if whole and _find(parent, i) == _find(parent, start):
            return
        for j in range(start, end):
            dx, dy = buckets.x[i] - buckets.x[j], buckets.y[i] - buckets.y[j]
            if dx * dx + dy * dy <= distance * distance:
                parent[_find(parent, i)] = _find(parent, j)
                if whole:
                    return


@kept
def _find(parent: Ints, i: int) -> int:
    """Return the representative of a class, and shorten the way to it."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i
