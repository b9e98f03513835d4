"""A siting problem: points to cover, places for sites and kinds of sites, sorted for the kernel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.buckets import Buckets, Ints, sort_into_buckets
from geo.crs import Floats

_FINE = 3.0
"""Buckets of so small a part of the smallest radius, so that few places are looked at in vain."""
_NOTHING_LISTED = np.zeros(1, np.int64), np.zeros(0, np.int32)


class Problem(NamedTuple):
    """Points to cover, places for sites, kinds of sites."""

    points: Buckets
    weight: Floats
    """Of each point, in the order of the buckets."""
    places: Buckets
    radius: Floats
    """Of each kind."""
    cost: Floats
    spacing: Floats
    """Of each kind: least distance from any other site; between two kinds the larger holds."""
    widest: float
    """The largest spacing."""
    listed_from: Ints
    """Where the points of each candidate begin in ``listed``; one element: nothing is listed, radii hold."""
    listed: NDArray[np.int32]
    located: bool
    """Whether the points' places are known; else only lists say who covers them."""


class State(NamedTuple):
    """What has been chosen; its arrays change."""

    chosen: Ints
    """Candidate in each slot, -1 where the slot is free."""
    loss: Floats
    """Weight that a slot alone covers."""
    by: Ints
    """Who covers a point: a large number for each chosen site, and the sum of their slots, which names a single one."""
    blockers: NDArray[np.int16]
    """How many sites are too near for a candidate,"""
    blocking: NDArray[np.int32]
    """and the sum of their slots."""
    covered: Floats
    """One element: the weight covered."""
    spent: Floats
    """One element: the cost of what is chosen."""
    found: NDArray[np.int32]
    """Room for points; found and near belong to one call at a time."""
    near: NDArray[np.int32]
    """Room for places."""


@dataclass(frozen=True)
class Kind:
    """A kind of site.

    Attributes
    ----------
    name
        What people call it.
    radius
        How far it covers; where its points are listed, how far they lie about.
    cost
        Of one site.
    spacing
        Least distance from any other site, existing ones included; between two kinds the larger holds.
    """

    name: str
    radius: float
    cost: float = 1.0
    spacing: float = 0.0


@dataclass(frozen=True)
class Siting:
    """A siting problem, sorted for the kernel; made by :func:`of_discs` or :func:`of_lists`."""

    problem: Problem
    kinds: tuple[Kind, ...]
    existing: NDArray[np.float64]
    """Existing sites, shape (sites, 2)."""
    point_order: Ints
    """Position of each sorted point among those given."""
    place_order: Ints
    """Position of each sorted place among those given."""

    @property
    def demand(self) -> float:
        """Weight of all points that existing sites leave uncovered."""
        return float(self.problem.weight.sum())


def of_discs(
    points: ArrayLike,
    weight: ArrayLike,
    places: ArrayLike,
    kinds: Sequence[Kind],
    existing: ArrayLike = (),
) -> Siting:
    """Pose a problem in which a site covers what lies within its kind's radius.

    Parameters
    ----------
    points
        Shape (points, 2), in the unit of radius and spacing.
    weight
        Shape (points,); points without weight are left out.
    places
        Where sites may stand, shape (places, 2).
    kinds
        One at least, each with a positive radius and cost.
    existing
        Existing sites, shape (sites, 2); they only keep their distance, for the points are what they leave uncovered.

    Raises
    ------
    ValueError
        No points with weight, no places, no kinds, or a value that cannot be.
    """
    where, weights, stands = _pairs(points, "points"), np.asarray(weight, np.float64), _pairs(places, "places")
    _require(len(where), weights, stands, kinds)
    point_rows = np.flatnonzero(weights > 0)
    smallest = min(kind.radius for kind in kinds)
    buckets, order = sort_into_buckets(where[point_rows], smallest / _FINE)
    sorted_places, place_order = sort_into_buckets(stands, smallest / _FINE)
    problem = Problem(
        buckets, weights[point_rows][order], sorted_places, *_of_kinds(kinds), *_NOTHING_LISTED, located=True
    )
    return Siting(problem, tuple(kinds), _pairs(existing, "existing sites"), point_rows[order], place_order)


def of_lists(
    candidate: ArrayLike,
    point: ArrayLike,
    weight: ArrayLike,
    places: ArrayLike,
    kinds: Sequence[Kind],
    existing: ArrayLike = (),
) -> Siting:
    """Pose a problem in which each candidate covers listed points.

    Parameters
    ----------
    candidate, point
        Pairs: candidate ``place * len(kinds) + kind`` covers the point of this position; shape (pairs,), each once.
    weight
        Of each point, shape (points,).
    places, kinds, existing
        As for :func:`of_discs`.

    Raises
    ------
    ValueError
        As for :func:`of_discs`; a pair names what there is not.
    """
    stands, weights = _pairs(places, "places"), np.asarray(weight, np.float64)
    candidates, points = np.asarray(candidate, np.int64), np.asarray(point, np.int64)
    _require(len(weights), weights, stands, kinds)
    size = len(stands) * len(kinds)
    for named, most in ((candidates, size), (points, len(weights))):
        if len(named) and not (named.min() >= 0 and named.max() < most):
            raise ValueError("a pair names a candidate or a point that there is not")
    sorted_places, place_order = sort_into_buckets(stands, min(kind.radius for kind in kinds) / _FINE)
    rank = np.empty(len(stands), np.int64)
    rank[place_order] = np.arange(len(stands))
    useful = weights[points] > 0
    moved = rank[candidates[useful] // len(kinds)] * len(kinds) + candidates[useful] % len(kinds)
    order = np.lexsort((points[useful], moved))
    first = np.concatenate([[0], np.cumsum(np.bincount(moved, minlength=size))])
    # Nobody looks for listed points by place, but the kernel takes them in buckets.
    nowhere, _ = sort_into_buckets(np.zeros((len(weights), 2)), 1.0)
    listed = points[useful][order].astype(np.int32)
    problem = Problem(nowhere, weights, sorted_places, *_of_kinds(kinds), first, listed, located=False)
    return Siting(problem, tuple(kinds), _pairs(existing, "existing sites"), np.arange(len(weights)), place_order)


def _of_kinds(kinds: Sequence[Kind]) -> tuple[Floats, Floats, Floats, float]:
    """Radius, cost and spacing of the kinds, and the largest spacing."""
    return (
        np.array([kind.radius for kind in kinds], np.float64),
        np.array([kind.cost for kind in kinds], np.float64),
        np.array([kind.spacing for kind in kinds], np.float64),
        float(max(kind.spacing for kind in kinds)),
    )


def _pairs(values: ArrayLike, name: str) -> NDArray[np.float64]:
    found = np.asarray(values, np.float64).reshape(-1, 2)
    if not np.isfinite(found).all():
        raise ValueError(f"{name} must be finite")
    return found


def _require(points: int, weight: Floats, places: Floats, kinds: Sequence[Kind]) -> None:
    if not points or not len(places) or not kinds:
        raise ValueError("a siting problem needs points, places and kinds of sites")
    if len(weight) != points or not (weight >= 0).all():
        raise ValueError("every point needs a weight that is not negative")
    if not weight.any():
        raise ValueError("there is nothing to cover: no point has weight")
    for kind in kinds:
        if not (kind.radius > 0 and kind.cost > 0 and kind.spacing >= 0):
            raise ValueError(f"kind {kind.name}: radius and cost must be positive, and the spacing not negative")
