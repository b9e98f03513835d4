"""Where traffic goes when a site is down: neighbours, their usual, what is more than chance, and who was overloaded."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ops_platform.facts import as_frame
from ops_platform.kpi.load_shift import load_shift
from ops_platform.policy.cells import LoadShiftPolicy
from tests.kpi.conftest import MONTH
from tests.maintenance.builders import Row, at, on, store

AS_OF = at("03-20 10:00")
DAYS = [on("03-09") + timedelta(days=day) for day in range(9)]
STEP_DEG = 0.029
"""3.2 km to the north."""
SITES = [
    {"site_id": f"S{n}", "latitude": 35 + n * STEP_DEG, "longitude": 102.0, "office_id": f"O{n % 2}"} for n in range(5)
]
DOWN = {"site_outage_id": "D1", "site_id": "S0", "office_id": "O0", "cause": "power", "down_at": at("03-12 09:30"),
        "up_at": at("03-12 13:00")}  # fmt: skip
"""Three whole hours: from 10 to 13."""
CHS = 3600


def hours(site: str, usual: int, during: int | None = None, **more: Any) -> list[Row]:
    """Return the hours of a site's cell from 8 to 20, of `usual` channel-seconds and a little more on odd days."""
    rows = []
    for day in DAYS:
        for hour in range(8, 20):
            moment = at(f"{day:%m-%d} {hour:02d}:00")
            out = DOWN["down_at"] <= moment < DOWN["up_at"]
            if out and during is None:
                continue
            traffic = during if out and during is not None else usual + (day.day % 3 - 1) * usual // 20
            row = {"cell_id": f"C{site}", "day_on": day, "hour_number": int(moment.timestamp()) // 3600}
            rows.append(row | {"traffic_chs": traffic, "tch_attempts": 100, "tch_overflows": 0} | (more if out else {}))
    return rows


def shifts(root: Path, *counted: list[Row], down: list[Row] | None = None, **policy: Any) -> pd.DataFrame:
    cells = [{"cell_id": f"C{site['site_id']}", "site_id": site["site_id"], "channels": 10} for site in SITES]
    days = [{"cell_id": cell["cell_id"], "site_id": cell["site_id"], "day_on": day} for cell in cells for day in DAYS]
    facts = store(root, sites=SITES, cells=cells, cell_days=days, cell_hours=[row for rows in counted for row in rows],
                  site_outages=[DOWN] if down is None else down)  # fmt: skip
    rows = as_frame(load_shift(facts, MONTH, LoadShiftPolicy(**policy), AS_OF))
    return rows.set_index("neighbour_id", drop=False)


def test_a_neighbour_that_carries_more_is_told_with_how_much_of_the_loss_it_took(tmp_path: Path) -> None:
    rows = shifts(tmp_path, hours("S0", 5 * CHS), hours("S1", 4 * CHS, 6 * CHS), hours("S2", 4 * CHS, 4 * CHS))
    first, second = rows.loc["S1"], rows.loc["S2"]
    assert first[["hours", "heard_hours", "lost_erl", "usual_erl", "carried_erl"]].tolist() == [3, 3, 5, 4, 6]
    assert first[["extra_pct", "taken_pct", "load_pct", "congestion_pct"]].tolist() == [50, 40, 60, 0]
    assert (first["office_id"], first["neighbour_office_id"]) == ("O0", "O1")
    assert first["distance_km"] == pytest.approx(3.22, abs=0.02)
    assert rows["shifted"].to_dict() == {"S1": True, "S2": False}
    assert not first["overloaded"]
    assert second["extra_pct"] == 0


def test_what_is_within_the_usual_spread_is_chance(tmp_path: Path) -> None:
    # A twentieth up and down, by thirds: its median deviation is a twentieth; three hours together, sqrt(3) as much.
    limit = 3 * 1.4826 * 0.05 / 3**0.5
    more = [hours(f"S{n}", 4 * CHS, round(4 * CHS * (1 + limit * share))) for n, share in ((1, 0.98), (2, 1.02))]
    assert shifts(tmp_path, *more)["shifted"].to_dict() == {"S1": False, "S2": True}


@pytest.mark.parametrize(("carried", "overflows", "overloaded"), [(8.0, 2, False), (8.01, 2, True), (6.0, 3, True)])
def test_a_neighbour_is_overloaded_over_its_limits(
    tmp_path: Path, carried: float, overflows: int, *, overloaded: bool
) -> None:
    rows = shifts(tmp_path, hours("S1", 4 * CHS, round(carried * CHS), tch_overflows=overflows))
    assert rows.loc["S1", "overloaded"] == overloaded


def test_overload_without_a_shift_is_not_the_outages(tmp_path: Path) -> None:
    rows = shifts(tmp_path, hours("S1", 9 * CHS, 9 * CHS, tch_overflows=50))
    assert rows.loc["S1", ["shifted", "overloaded"]].tolist() == [False, False]


def test_only_the_nearest_and_near_enough_are_looked_at_and_none_that_was_not_heard(tmp_path: Path) -> None:
    counted = [hours(f"S{n}", 4 * CHS, 5 * CHS) for n in range(1, 5)]
    assert sorted(shifts(tmp_path / "near", *counted).index) == ["S1", "S2", "S3"], "S4 is 13 km away"
    assert sorted(shifts(tmp_path / "two", *counted, neighbours=2).index) == ["S1", "S2"]
    assert sorted(shifts(tmp_path / "heard", hours("S1", 4 * CHS), counted[1]).index) == ["S2"]


def test_an_outage_counts_by_its_whole_hours_up_to_now(tmp_path: Path) -> None:
    short = DOWN | {"up_at": at("03-12 11:59")}
    counted = hours("S1", 4 * CHS, 6 * CHS)
    assert shifts(tmp_path / "short", counted, down=[short]).empty
    assert shifts(tmp_path / "short enough", counted, down=[short], least_hours=1)["hours"].tolist() == [1]
    still = DOWN | {"down_at": at("03-17 18:00"), "up_at": None}
    (row,) = shifts(tmp_path / "open", counted, down=[still]).itertuples()
    assert (row.hours, row.heard_hours) == (64, 2), "to now, and its neighbour was heard until 20:00"


def test_nothing_down_makes_an_empty_table(tmp_path: Path) -> None:
    assert shifts(tmp_path, hours("S1", 4 * CHS, 6 * CHS), down=[]).empty
