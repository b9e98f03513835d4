"""Classes of points against single linkage by SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from geo.clusters import cluster


def linked(points: np.ndarray, distance: float) -> np.ndarray:
    pairs = KDTree(points).query_pairs(distance, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs)), pairs.T), (len(points), len(points)))
    return connected_components(graph, directed=False)[1]


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether two labellings are the same but for names."""
    return len(np.unique(np.stack([one, other]), axis=1).T) == len(np.unique(one)) == len(np.unique(other))


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    size=st.integers(1, 300),
    side=st.integers(5, 400),
    distance=st.sampled_from([1.0, 5.0, 20.0]),
)
def test_classes_are_those_of_single_linkage(seed: int, size: int, side: int, distance: float) -> None:
    points = np.random.default_rng(seed).integers(0, side, (size, 2)).astype(float)
    assert alike(cluster(points, distance), linked(points, distance))


def test_points_just_at_the_distance_are_of_one_class_and_those_beyond_are_not() -> None:
    assert cluster([[0, 0], [12, 16]], 20.0).tolist() == [0, 0]
    assert cluster([[0, 0], [12, 16.001]], 20.0).tolist() == [0, 1]


def test_the_largest_class_comes_first() -> None:
    assert cluster([[100, 0], [0, 0], [1, 0], [200, 0]], 2.0).tolist() == [1, 0, 0, 2]


def test_a_chain_links_its_ends() -> None:
    chain = np.column_stack([np.arange(0, 2000, 20), np.zeros(100)])
    assert set(cluster(chain, 20.0).tolist()) == {0}
    assert len(set(cluster(chain, 19.0).tolist())) == 100


def test_few_points_in_a_wide_plane() -> None:
    points = np.array([[0.0, 0.0], [1e9, 0.0], [1e9 + 3, 0.0], [0.0, 1e9]])
    assert cluster(points, 5.0).tolist() == [1, 0, 0, 2]


def test_no_points_have_no_class() -> None:
    assert cluster(np.zeros((0, 2)), 20.0).tolist() == []


@pytest.mark.parametrize(("points", "distance"), [([[0, 0]], 0.0), ([[np.inf, 0]], 1.0)])
def test_what_cannot_be_is_refused(points, distance) -> None:
    with pytest.raises(ValueError, match="must be positive, and the points finite"):
        cluster(points, distance)
