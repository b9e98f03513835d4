"""Percentiles of the drop rate, neighbours that took over, and packet data channels, as an engineer reads them."""

from pathlib import Path

import pytest

from ops_platform.facts import Facts, as_frame
from ops_platform.reporting.traffic import overloaded_neighbours, packet_advice
from ops_platform.reporting.worst_cells import network_percentiles
from tests.maintenance.builders import at, store, table


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    return store(
        tmp_path,
        offices=[{"office_id": "O1", "office_name": "甲", "office_name_en": "A"}],
        sites=[{"site_id": "S1", "site_name": "一站"}, {"site_id": "S2", "site_name": "二站"}],
        cells=[{"cell_id": "C1", "cell_name": "一小区"}],
    )


def test_percentiles_name_the_branch_and_its_offices(facts: Facts) -> None:
    row = {"rule": "qsd", "cells_pct": 90.0, "days_pct": 90.0, "value_pct": 1.234, "limit_pct": 2.0, "met": True}
    rows = as_frame(table("drop_percentiles", row | {"office_id": ""}, row | {"office_id": "O1", "met": False}))
    first, second = network_percentiles(rows, facts).splitlines()[2:]
    assert first.startswith("| 分公司 Branch | qsd | 90 | 90 | 1.23 | 2 |")
    assert second.startswith("| 甲 A | qsd |")


def test_neighbours_that_were_overloaded_come_first_and_those_without_a_shift_are_left_out(facts: Facts) -> None:
    row = {"site_id": "S1", "down_at": at("03-12 08:00"), "shifted": True, "extra_pct": 80.0}
    overloaded = row | {"neighbour_id": "S2", "overloaded": True, "extra_pct": 40.0}
    rows = as_frame(table(
        "load_shift", row | {"neighbour_id": "calm"}, overloaded,
        row | {"neighbour_id": "far", "shifted": False},
    ))  # fmt: skip
    lines = overloaded_neighbours(rows, facts).splitlines()[2:]
    assert [line.split(" | ")[:2] for line in lines] == [["| 一站", "二站"], ["| 一站", "calm"]]
    assert "2026-03-12 08:00" in lines[0]


def test_packet_advice_leaves_out_what_keeps_its_channels(facts: Facts) -> None:
    row = {"cell_id": "C1", "action": "enable_edge", "expected_kbps": None, "expected_then_kbps": 55.6, "edge": False}
    rows = as_frame(table("packet_review", row, {"cell_id": "C2", "action": "keep"}))
    (line,) = packet_advice(rows, facts).splitlines()[2:]
    assert line.startswith("| 一小区 | 开通EDGE enable edge |")
    assert line.endswith("| — | 55.6 |")


def test_nothing_is_shown_of_nothing(facts: Facts) -> None:
    for show, name in ((network_percentiles, "drop_percentiles"), (overloaded_neighbours, "load_shift"),
                       (packet_advice, "packet_review")):  # fmt: skip
        assert len(show(as_frame(table(name)), facts).splitlines()) <= 2
