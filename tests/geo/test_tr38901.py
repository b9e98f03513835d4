"""3GPP TR 38.901 against the values of the ns-3 test suite (5 GHz, tolerance 0.05 dB)."""

import numpy as np
import pytest

from geo.propagation import along
from geo.tr38901 import (
    obstructed_line,
    rma_line_of_sight_db,
    rma_obstructed_db,
    uma_line_of_sight_db,
    uma_obstructed_db,
)


@pytest.mark.parametrize(
    ("model", "distance_m", "published_db"),
    [
        (rma_line_of_sight_db, [10, 100, 1000, 10_000], [77.3784, 87.2965, 108.5577, 140.3896]),
        (rma_obstructed_db, [10, 100, 1000, 5000], [77.3784, 95.7718, 133.5223, 160.5169]),
        (uma_line_of_sight_db, [10, 100, 1000, 5000], [72.9380, 86.2362, 109.7252, 137.6794]),
        (uma_obstructed_db, [10, 100, 1000, 5000], [82.5131, 106.1356, 144.7641, 172.0753]),
    ],
)
def test_the_published_losses_come_out(model, distance_m, published_db):
    assert model(5.0, distance_m) == pytest.approx(published_db, abs=1e-4)


@pytest.mark.parametrize("model", [rma_line_of_sight_db, rma_obstructed_db, uma_line_of_sight_db, uma_obstructed_db])
def test_loss_grows_with_distance_and_frequency(model):
    distance = np.geomspace(30, 5000, 60)
    assert (np.diff(model(3.5, distance)) > 0).all()
    assert (model(3.5, distance) > model(0.7, distance)).all()


def test_terminals_buildings_and_streets_matter_as_the_table_says():
    assert rma_obstructed_db(2.6, 2000, street_m=40) == pytest.approx(
        rma_obstructed_db(2.6, 2000) - 7.1 * np.log10(2), abs=1e-9
    )
    assert uma_obstructed_db(2.6, 2000, terminal_m=6.5) == pytest.approx(uma_obstructed_db(2.6, 2000) - 3.0, abs=0.02)
    assert rma_line_of_sight_db(2.6, 2000, building_m=20) > rma_line_of_sight_db(2.6, 2000)


@pytest.mark.parametrize(
    ("environment", "model", "base_m"),
    [("open", rma_obstructed_db, 35.0), ("suburban", rma_obstructed_db, 50.0), ("city", uma_obstructed_db, 25.0)],
)
def test_the_line_of_the_kernel_is_the_loss_without_line_of_sight(environment, model, base_m):
    distance_m = np.geomspace(200, 5000, 40)
    line = along(distance_m / 1000, *obstructed_line(3500.0, base_m, 1.5, environment))
    assert line == pytest.approx(model(3.5, distance_m, base_m), abs=0.55)
    assert line[distance_m > 1000] == pytest.approx(model(3.5, distance_m[distance_m > 1000], base_m), abs=0.03)
