"""Percentiles of percentiles of the drop rate: what so many cells keep on so many days."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.facts import as_frame
from ops_platform.kpi.drop_percentiles import drop_percentiles, percentile
from ops_platform.policy.cells import Percentiles, WorstCellPolicy
from tests.kpi.conftest import MONTH
from tests.maintenance.builders import Row, on, store

QSD, QTD = WorstCellPolicy().network_percentiles


def rates(matrix: list[list[float | None]]) -> pd.DataFrame:
    """Return the daily rates of cells (rows) on days (columns)."""
    return pd.DataFrame(
        [
            {"cell_id": f"C{cell}", "day_on": on("03-01") + timedelta(days=day), "drop_pct": rate}
            for cell, row in enumerate(matrix)
            for day, rate in enumerate(row)
            if rate is not None
        ]
    )


@pytest.mark.parametrize(("poor", "kept"), [(1, True), (2, False)])
def test_one_poor_day_of_ten_is_forgiven_and_two_are_not(poor: int, kept: bool) -> None:  # noqa: FBT001
    days = [9.0] * poor + [1.0] * (10 - poor)
    assert (percentile(QSD, rates([days] * 10)) <= 2) == kept


@pytest.mark.parametrize(("poor", "kept"), [(1, True), (2, False)])
def test_one_poor_cell_of_ten_is_forgiven_and_two_are_not(poor: int, kept: bool) -> None:  # noqa: FBT001
    cells = [[9.0] * 10] * poor + [[1.0] * 10] * (10 - poor)
    assert (percentile(QSD, rates(cells)) <= 2) == kept


def test_over_days_three_poor_cells_of_a_hundred_are_forgiven_on_nine_days_of_ten() -> None:
    matrix = np.ones((100, 10))
    matrix[:3] = 9
    assert percentile(QTD, rates(matrix.tolist())) == 1
    matrix[3, 0] = 9
    assert percentile(QTD, rates(matrix.tolist())) == 1, "a fourth on one day"
    matrix[3, 1] = 9
    assert percentile(QTD, rates(matrix.tolist())) == 9, "and on a second"


@given(st.lists(st.lists(st.none() | st.integers(0, 20), min_size=1, max_size=12), min_size=1, max_size=12),
       st.integers(1, 100), st.integers(1, 100), st.sampled_from(["cells", "days"]))  # fmt: skip
def test_it_is_numpys_percentile_of_percentiles(
    matrix: list[list[float | None]], cells_pct: int, days_pct: int, over: str
) -> None:
    frame = rates(matrix)
    if frame.empty:
        return
    rule = Percentiles(id="x", over=over, cells_pct=cells_pct, days_pct=days_pct, limit_pct=1)  # type: ignore[arg-type]
    by, first, then = ("cell_id", days_pct, cells_pct) if over == "cells" else ("day_on", cells_pct, days_pct)
    inner = [np.percentile(mine["drop_pct"], first, method="inverted_cdf") for _, mine in frame.groupby(by)]
    assert percentile(rule, frame) == np.percentile(inner, then, method="inverted_cdf")


def a_day(cell: str, drops: int | None, day: str = "03-12", **more: object) -> Row:
    return {"cell_id": cell, "day_on": on(day), "busy_tch_seizures": 80, "busy_handovers_in": 20,
            "busy_drops": drops} | more  # fmt: skip


def test_the_branch_is_of_all_cells_and_what_has_no_rate_is_in_none(tmp_path: Path) -> None:
    sites = [{"site_id": "S1", "office_id": "O1"}, {"site_id": "S2", "office_id": "O2"}]
    cells = [{"cell_id": "A", "site_id": "S1"}, {"cell_id": "B", "site_id": "S2"}, {"cell_id": "N", "site_id": "S1"},
             {"cell_id": "L", "site_id": "S1", "technology": "LTE"}]  # fmt: skip
    days = [a_day("A", 1), a_day("A", 2, "03-13"), a_day("B", 5), a_day("N", None), a_day("L", 50),
            a_day("N", 3, "03-13", busy_tch_seizures=0, busy_handovers_in=0)]  # fmt: skip
    facts = store(tmp_path, sites=sites, cells=cells, cell_days=days)
    rows = as_frame(drop_percentiles(facts, MONTH, WorstCellPolicy())).set_index(["office_id", "rule"])
    assert rows["value_pct"].to_dict() == {
        ("", "qsd"): 5, ("", "qtd"): 5, ("O1", "qsd"): 2, ("O1", "qtd"): 2, ("O2", "qsd"): 5, ("O2", "qtd"): 5,
    }  # fmt: skip
    assert rows["met"].to_dict() == {
        ("", "qsd"): False, ("", "qtd"): False, ("O1", "qsd"): True, ("O1", "qtd"): True, ("O2", "qsd"): False,
        ("O2", "qtd"): False,
    }  # fmt: skip
    assert rows.loc[("", "qsd"), ["cells", "days", "cell_days"]].tolist() == [2, 2, 3]


def test_a_month_without_cells_has_no_percentile(tmp_path: Path) -> None:
    assert drop_percentiles(store(tmp_path, sites=[], cells=[]), MONTH, WorstCellPolicy()).num_rows == 0
