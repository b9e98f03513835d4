"""A change is judged against what happened to cells that nobody touched, and not before it can be."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from ops_platform.kpi.verdicts import Network, difference, judge

FIRST = date(2026, 3, 1)
DONE = FIRST + timedelta(days=40)
CELLS, DAYS = 60, 90
LAST = FIRST + timedelta(days=DAYS - 1)
CELL = "C00"


def network(factor: float, seed: int = 0, calls: float = 400.0, **more: float) -> Network:
    """Return cells of which the first truly changed by a factor; ``all``, ``site`` and ``before`` change others too."""
    rng = np.random.default_rng(seed)
    names = [f"C{n:02d}" for n in range(CELLS)]
    cells = pd.DataFrame(
        {"site_id": [f"S{n // 3:02d}" for n in range(CELLS)], "office_id": "O1",
         "latitude": [n // 3 / 10 for n in range(CELLS)], "longitude": 0.0}, index=pd.Index(names, name="cell_id"),
    )  # fmt: skip
    rate = np.repeat(rng.uniform(0.01, 0.02, CELLS)[:, None], DAYS, axis=1)
    rate[0, 41:] *= factor
    rate[:, 41:] *= more.get("all", 1.0)
    rate[1:12, 41:] *= more.get("site", 1.0)
    rate[0, 26:41] *= more.get("before", 1.0)
    exposure = np.full((CELLS, DAYS), calls)
    return Network(cells, FIRST, rng.poisson(rate * exposure).astype(float), exposure, {CELL: [DONE]})


def verdict(known: Network, last: date = LAST) -> tuple[object, object]:
    found = judge(known, CELL, DONE, last)
    return found["verdict"], found["reason"]


@pytest.mark.parametrize(("factor", "expected"), [(0.5, "improved"), (2.0, "worse"), (1.0, "no_evidence")])
def test_the_true_effect_is_found(factor: float, expected: str) -> None:
    known = network(factor)
    found = judge(known, CELL, DONE, LAST)
    assert found["verdict"] == expected
    assert found["low_pct"] < 100 * (factor - 1) < found["high_pct"]  # type: ignore[operator]
    assert (found["controls"], found["days_before"], found["days_after"]) == (20, 28, 28)


def test_what_happened_to_every_cell_is_no_effect_of_the_change() -> None:
    assert verdict(network(1.0, all=2.0))[0] == "no_evidence"
    assert verdict(network(0.5, all=2.0))[0] == "improved"


def test_changes_of_nothing_are_seldom_called_something() -> None:
    called = [verdict(network(1.0, seed))[0] for seed in range(60)]
    assert called.count("no_evidence") >= 57


def test_a_cell_that_moved_before_is_no_evidence() -> None:
    assert verdict(network(1.0, before=3.0)) == ("no_evidence", "already_moving")


def test_a_cell_that_improved_at_the_cost_of_its_neighbours_is_no_evidence() -> None:
    assert verdict(network(0.5, site=2.0)) == ("no_evidence", "neighbours_worse")


def test_before_the_review_date_it_is_too_early_and_from_it_on_not() -> None:
    known = network(0.4)
    review = judge(known, CELL, DONE, LAST)["review_on"]
    assert isinstance(review, date)
    assert (review - DONE).days % 7 == 1
    assert verdict(known, review - timedelta(days=1)) == ("too_early", "few_days")
    assert verdict(known, review)[0] == "improved"
    assert verdict(known, DONE) == ("too_early", "few_days")


def test_the_fewer_drops_the_later_is_the_honest_review() -> None:
    busy, quiet = (judge(network(1.0, calls=calls), CELL, DONE, LAST)["review_on"] for calls in (4000.0, 300.0))
    assert (busy, quiet) == (DONE + timedelta(days=8), DONE + timedelta(days=29))


def test_another_change_of_the_cell_ends_the_days_that_count() -> None:
    known = network(0.5)
    known.touched[CELL] = [DONE - timedelta(days=20), DONE, DONE + timedelta(days=10)]
    found = judge(known, CELL, DONE, LAST)
    assert (found["days_before"], found["days_after"]) == (19, 9)
    known.touched[CELL] = [DONE - timedelta(days=9), DONE]
    assert verdict(known) == ("no_evidence", "few_days")


def test_cells_that_were_touched_or_are_near_are_no_controls() -> None:
    known = network(0.5)
    for cell in known.cells.index[12:]:
        known.touched[cell] = [DONE + timedelta(days=3)]
    assert verdict(known) == ("no_evidence", "few_controls")


def test_a_difference_without_exposure_is_none() -> None:
    known = network(1.0)
    known.exposure[0] = 0
    days = np.arange(0, 20), np.arange(20, 40)
    assert difference(known, np.array([0]), np.arange(10, 30), *days) is None
    assert difference(known, np.array([1]), np.arange(10, 13), *days) is None
