"""The nearest place is the nearest along the globe, and only where it is near enough."""

import numpy as np
import pandas as pd
from pyproj import Geod

from geo.spatial import nearest_place, neighbours

RNG = np.random.default_rng(5)


def places(count: int, latitude: float = 35, longitude: float = 102, spread: float = 0.5) -> pd.DataFrame:
    return pd.DataFrame({"latitude": latitude + RNG.uniform(-spread, spread, count),
                         "longitude": longitude + RNG.uniform(-spread, spread, count)})  # fmt: skip


def test_it_is_the_one_that_the_geodesic_names() -> None:
    points, known = places(50), places(40)
    found = nearest_place(points, known, 1000)
    for index, row in enumerate(points.itertuples()):
        size = len(known)
        _, _, metres = Geod(ellps="WGS84").inv(
            np.full(size, row.longitude), np.full(size, row.latitude), known["longitude"], known["latitude"]
        )
        assert metres[found[index]] <= metres.min() * 1.005


def test_what_is_further_than_asked_is_not_near() -> None:
    known = pd.DataFrame({"latitude": [0.0], "longitude": [180.0]})
    points = pd.DataFrame({"latitude": [0.0, 0.0], "longitude": [-179.99, -179.98]})
    assert nearest_place(points, known, 1.5).tolist() == [0, -1], "1.1 and 2.2 km across the date line"


def test_a_point_without_coordinates_and_a_land_without_places_have_none() -> None:
    blank = pd.DataFrame({"latitude": [None, 35.0], "longitude": [102.0, None]}, dtype=float)
    assert nearest_place(blank, places(3), 1000).tolist() == [-1, -1]
    assert nearest_place(places(2), places(0), 1000).tolist() == [-1, -1]


def test_neighbours_are_the_nearest_others_within_reach() -> None:
    known = places(30)
    place, other, km = neighbours(known, 4, 30)
    geod = Geod(ellps="WGS84")
    for index, row in enumerate(known.itertuples()):
        size = len(known)
        _, _, metres = geod.inv(
            np.full(size, row.longitude), np.full(size, row.latitude), known["longitude"], known["latitude"]
        )
        metres[index] = np.inf
        wanted = [int(one) for one in np.argsort(metres)[:4] if metres[one] < 30_000]
        mine = place == index
        assert other[mine].tolist() == wanted
        np.testing.assert_allclose(km[mine] * 1000, metres[wanted], rtol=0.005)


def test_places_on_one_spot_are_neighbours_and_one_alone_has_none() -> None:
    twins = pd.DataFrame({"latitude": [35.0, 35.0, 35.0], "longitude": [102.0, 102.0, 102.0]})
    place, other, km = neighbours(twins, 1, 5)
    assert sorted(place.tolist()) == [0, 1, 2]
    assert (place != other).all()
    assert km.tolist() == [0, 0, 0]
    assert len(neighbours(twins[:1], 3, 5)[0]) == 0
