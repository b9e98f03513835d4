"""Packet data channels: the speed to expect, the channels needed, and what to do about a cell."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.facts import as_frame
from ops_platform.kpi.packet_review import SCHEME_KBPS, expected_kbps, packet_channels_needed, packet_review
from ops_platform.policy.cells import PacketPolicy
from tests.kpi.conftest import MONTH
from tests.maintenance.builders import Row, on, store

POLICY = PacketPolicy()
CS2 = SCHEME_KBPS["CS-2"]


def test_nobody_else_means_the_whole_speed_of_a_phone() -> None:
    assert expected_kbps(0, CS2, [1, 2, 4, 8], 4).tolist() == [CS2, 2 * CS2, 4 * CS2, 4 * CS2]


def test_one_server_shares_as_a_single_queue() -> None:
    # Of one server, the speed is that of the server less the demand: M/M/1 with shared processing.
    assert expected_kbps([10, 30], CS2, 4, 4).tolist() == pytest.approx([4 * CS2 - 10, 4 * CS2 - 30])
    assert expected_kbps(10, CS2, 7, 4) == pytest.approx(4 * CS2 - 10), "three channels more serve no other phone"


def test_two_servers_by_hand() -> None:
    # A = 1 on c = 2: C = 1/3, so that 4/3 are under way.
    assert expected_kbps(4 * CS2, CS2, 8, 4) == pytest.approx(4 * CS2 * 3 / 4)


def test_a_demand_that_cannot_be_carried_has_no_speed() -> None:
    assert np.isnan(expected_kbps([4 * CS2, 60, 1], CS2, [4, 4, 0], 4)).tolist() == [True, True, True]


@given(st.floats(0, 400), st.integers(1, 40), st.sampled_from(sorted(SCHEME_KBPS)))
def test_more_channels_never_make_it_slower_and_more_demand_never_faster(
    demand: float, channels: int, scheme: str
) -> None:
    rate = SCHEME_KBPS[scheme]
    here, more, busier = expected_kbps([demand, demand, demand + 1], rate, [channels, channels + 1, channels], 4)
    assert np.isnan(here) or more >= here * (1 - 1e-9)
    assert np.isnan(busier) or busier <= here * (1 + 1e-9)
    assert np.isnan(here) or 0 < here <= min(channels, 4) * rate


def test_the_fewest_channels_reach_the_target_and_one_less_does_not() -> None:
    demand = np.array([0.0, 5, 40, 100, 300])
    needed = packet_channels_needed(demand, CS2, POLICY)
    assert needed.tolist() == [3, 4, 8, 12, 32]
    assert (expected_kbps(demand, CS2, needed, POLICY.slots) >= POLICY.target_kbps).all()
    fewer = expected_kbps(demand, CS2, needed - 1, POLICY.slots)
    assert (np.isnan(fewer) | (fewer < POLICY.target_kbps)).all()
    assert packet_channels_needed(10_000, CS2, POLICY) == 0
    assert packet_channels_needed(1, CS2, PacketPolicy(target_kbps=60)) == 0, "a phone has no more than 53.6"


def kbit(demand: float) -> int:
    """Return the day's volume whose busy hour asks for so much."""
    return round(demand * 3600 * 100 / POLICY.busy_share_pct)


CELLS: dict[str, tuple[float, int | None, bool | None, int]] = {
    "keep": (40, 8, False, 0), "add": (40, 7, False, 0), "spare": (5, 8, False, 0), "reduce": (5, 8, False, 30),
    "enable_edge": (500, 32, None, 0), "split": (5_000, 32, True, 0), "unknown": (40, None, False, 0),
    "with edge": (40, 3, True, 0),
}  # fmt: skip
"""Demand, channels, EDGE, overflows of 1000 attempts."""


@pytest.fixture(scope="module")
def advised(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    cells = [{"cell_id": name, "packet_channels": has, "edge": edge} for name, (_, has, edge, _) in CELLS.items()]
    days: list[Row] = [
        {"cell_id": name, "day_on": on(day), "dl_volume_kbit": kbit(demand) * share, "dl_time_ms": kbit(demand) * 25,
         "busy_tch_attempts": 1000, "busy_tch_overflows": overflows}
        for name, (demand, _, _, overflows) in CELLS.items() for day, share in (("03-12", 0), ("03-13", 2))
    ]  # fmt: skip
    more: list[Any] = [{"cell_id": "silent"}, {"cell_id": "L1", "technology": "LTE"}]
    lte = {"cell_id": "L1", "day_on": on("03-12"), "technology": "LTE", "dl_volume_kbit": 5, "dl_time_ms": 5}
    facts = store(tmp_path_factory.mktemp("warehouse"), sites=[{}], cells=[*cells, *more], cell_days=[*days, lte])
    return as_frame(packet_review(facts, MONTH, POLICY)).set_index("cell_id", drop=False)


def test_every_cell_has_its_advice(advised: pd.DataFrame) -> None:
    assert advised["action"].to_dict() == {
        name: {"spare": "keep", "with edge": "keep"}.get(name, name) for name in CELLS
    }  # fmt: skip


def test_what_to_expect_before_and_after(advised: pd.DataFrame) -> None:
    add = advised.loc["add"]
    assert (add["days"], add["packet_channels"], add["channels_needed"]) == (2, 7, 8)
    assert add["demand_kbps"] == pytest.approx(40)
    assert add["volume_mbyte_a_day"] == pytest.approx(kbit(40) / 8000)
    assert add["measured_kbps"] == pytest.approx(40), "of both days, the sum over the sum"
    assert add["expected_kbps"] == pytest.approx(4 * CS2 - 40)
    assert add["expected_then_kbps"] == pytest.approx(float(expected_kbps(40, CS2, 8, 4)))
    edge = advised.loc["enable_edge"]
    assert pd.isna(edge["expected_kbps"])
    assert edge["expected_then_kbps"] >= POLICY.target_kbps
    kept, unknown = advised.loc["spare"], advised.loc["unknown"]
    assert kept["expected_then_kbps"] == kept["expected_kbps"] == pytest.approx(float(expected_kbps(5, CS2, 8, 4)))
    assert unknown[["expected_kbps", "expected_then_kbps"]].isna().all()
    assert unknown["channels_needed"] == 8


def test_nothing_known_makes_an_empty_table(tmp_path: Path) -> None:
    assert packet_review(store(tmp_path, sites=[{}], cells=[{}]), MONTH, POLICY).num_rows == 0
