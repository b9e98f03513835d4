"""Calls with other operators over a month: hours, relations, trend, changes, and competitors by office."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ops_platform.facts import as_frame
from ops_platform.kpi.interconnect import interconnect
from ops_platform.policy.service import InterconnectPolicy
from tests.maintenance.builders import Row, at, on, store

MONTH = "2026-03"


def hour(start: str, valid: int, answered: int = 0, busy: int = 0, **more: Any) -> Row:
    blank = {"invalid_attempts": 5, "no_answer": 0, "unreachable": 0, "talk_s": 0}
    row = {"hour_start_at": at(start), "attempts": valid + 5, "answered": answered, "busy": busy}
    return blank | row | more


def tables(root: Path, hours: list[Row], customers: list[Row] | None = None, **policy: Any) -> dict[str, pd.DataFrame]:
    facts = store(root, interconnect_counters=hours, operator_customers=customers or [])
    found = interconnect(facts, MONTH, InterconnectPolicy(**policy))
    return {name: as_frame(table) for name, table in found.items()}


def test_an_hour_has_its_ratios_and_the_branch_is_the_sum_of_its_offices(tmp_path: Path) -> None:
    rows = tables(tmp_path, [
        hour("03-12 09:00", 100, 50, 30, no_answer=5, unreachable=5, talk_s=7200),
        hour("03-12 09:00", 300, 150, 60, operator="CU", talk_s=3600),
        hour("03-12 09:00", 100, 10, 20, office_id="O2", talk_s=1800),
        hour("03-12 09:00", 900, 0, 0, direction="incoming"),
    ])["interconnect_hours"].set_index(["office_id", "operator", "direction"])  # fmt: skip
    first = rows.loc["O1", "CT", "outgoing"]
    assert first[["valid", "connected", "answered", "traffic_erl"]].tolist() == [100, 90, 50, 2]
    assert first[["connect_pct", "answer_pct", "share_pct"]].tolist() == [90, 50, 25]
    branch = rows.loc["", "CT", "outgoing"]
    assert branch[["valid", "connected", "answered", "traffic_erl"]].tolist() == [200, 120, 60, 2.5]
    assert branch[["connect_pct", "answer_pct", "share_pct"]].tolist() == [60, 30, 40]


def test_what_is_not_known_has_no_value(tmp_path: Path) -> None:
    rows = tables(tmp_path, [hour("03-12 09:00", 0, talk_s=None), hour("03-12 09:00", 10, 5, office_id="O2")])
    hours = rows["interconnect_hours"].set_index("office_id")
    assert hours.loc["O1", ["connect_pct", "answer_pct", "share_pct", "traffic_erl"]].isna().all()
    assert pd.isna(hours.loc["", "traffic_erl"]), "one office does not say, so the branch does not know"
    assert hours.loc["O2", "traffic_erl"] == 0
    assert rows["interconnect_review"].set_index("office_id").loc["O1", "connect_pct"] is not None


def test_a_relation_is_a_ratio_of_sums_beside_last_month_with_its_serious_hours(tmp_path: Path) -> None:
    row = tables(tmp_path, [
        hour("02-12 09:00", 50, 40), hour("02-12 09:00", 50, 50, operator="CU"),
        hour("03-12 09:00", 300, 300, talk_s=3600), hour("03-12 10:00", 100, 29, talk_s=7200),
        hour("03-13 10:00", 100, 30), hour("03-13 11:00", 19, 0), hour("03-13 12:00", 20, 0),
        # The last hour of the month is the branch's own.
        hour("03-31 23:00", 61, 61), hour("04-01 00:00", 1000, 0),
    ])["interconnect_review"].set_index(["office_id", "operator"]).loc["O1", "CT"]  # fmt: skip
    assert row["valid"] == 600
    assert row["connect_pct"] == row["answer_pct"] == pytest.approx(100 * 420 / 600)
    assert (row["previous_connect_pct"], row["previous_share_pct"]) == (80, 50)
    assert row["traffic_erl"] == pytest.approx(3 / 6)
    assert row["serious_hours"] == 2, "29 of 100 and 0 of 20, not 30 of 100 nor 0 of 19"


def test_a_trend_is_told_of_two_weeks_and_more(tmp_path: Path) -> None:
    def falling(days: int) -> list[Row]:
        return [hour(f"03-{day:02d} 09:00", 1000, 900 - 10 * day) for day in range(1, days + 1)]

    row = tables(tmp_path / "long", falling(14))["interconnect_review"].iloc[0]
    assert row["trend_points"] == pytest.approx(-7)
    assert [row["trend_low"], row["trend_high"]] == pytest.approx([-7, -7])
    short = tables(tmp_path / "short", falling(13))["interconnect_review"].iloc[0]
    assert short[["trend_points", "trend_low", "trend_high"]].isna().all()


def drawn(to: float) -> list[Row]:
    """Return hours of February and March; from 12 March 14:00 to 13 March 14:00 the ratio of connected is another."""
    rng = np.random.default_rng(3)
    first, rows = at("02-01 00:00"), []
    for number in range(24 * 59):
        start = first + timedelta(hours=number)
        reach = to if at("03-12 14:00") <= start < at("03-13 14:00") else 0.85
        connected = int(rng.binomial(200, reach))
        rows.append({"hour_start_at": start, "attempts": 200, "invalid_attempts": 0, "answered": connected // 2,
                     "busy": connected - connected // 2, "no_answer": 0, "unreachable": 0})  # fmt: skip
    return rows


def test_a_sudden_change_has_its_interval_of_time_and_of_size(tmp_path: Path) -> None:
    found = tables(tmp_path, drawn(0.4))
    changes = found["interconnect_changes"]
    mine = changes[(changes["office_id"] == "O1") & (changes["ratio"] == "connect")]
    (change,) = mine.itertuples()
    assert (change.changed_at, change.over_at) == (at("03-12 14:00"), at("03-13 14:00"))
    assert (change.hours, change.attempts) == (24, 4800)
    assert change.size_points == pytest.approx(-45, abs=2)
    assert change.low_points < change.size_points < change.high_points < -40
    assert change.ratio_pct - change.usual_pct == pytest.approx(change.size_points)
    review = found["interconnect_review"].set_index("office_id")
    assert review["changes"].to_dict() == {"": 2, "O1": 2}, "connected and answered"


def test_a_change_of_the_month_before_is_not_told_again_and_one_that_lasts_has_no_end(tmp_path: Path) -> None:
    shifted = [
        row | {"hour_start_at": row["hour_start_at"] + timedelta(days=gap)} for gap in (-14,) for row in drawn(0.4)
    ]
    assert tables(tmp_path / "before", shifted)["interconnect_changes"].empty
    cut = [row for row in drawn(0.4) if row["hour_start_at"] < at("03-13 06:00")]
    changes = tables(tmp_path / "lasting", cut)["interconnect_changes"]
    assert len(changes) == 4
    assert changes["over_at"].isna().all()


CUSTOMERS = [
    {"office_id": "O1", "operator": "CM", "month_on": on("03-01"), "own": True, "customers": 600},
    {"office_id": "O1", "operator": "CT", "month_on": on("03-01"), "own": False, "customers": 300},
    {"office_id": "O1", "operator": "CU", "month_on": on("03-01"), "own": False, "customers": 100},
    {"office_id": "O1", "operator": "CM", "month_on": on("02-01"), "own": True, "customers": 750},
    {"office_id": "O1", "operator": "CT", "month_on": on("02-01"), "own": False, "customers": 250},
    {"office_id": "O2", "operator": "CT", "month_on": on("03-01"), "own": False, "customers": 100},
]


def test_competitors_are_seen_by_their_customers_and_by_their_calls(tmp_path: Path) -> None:
    view = tables(tmp_path, [
        hour("03-12 09:00", 300, 150, talk_s=3600), hour("03-12 10:00", 100, 80, direction="incoming", talk_s=1800),
        hour("03-12 09:00", 100, 10, operator="CB"), hour("03-12 09:00", 600, 0, office_id="O2"),
    ], CUSTOMERS)["competitor_view"].set_index(["office_id", "operator"])  # fmt: skip
    row = view.loc["O1", "CT"]
    assert row[["valid", "talk_h", "incoming_pct"]].tolist() == [400, 1.5, 25]
    assert row[["operator_share_pct", "office_share_pct"]].tolist() == [80, 40]
    assert row[["customers", "own_customers", "market_pct", "previous_market_pct"]].tolist() == [300, 600, 30, 25]
    assert row["customer_share_pct"] == 75
    assert row["calls_per_customer"] == pytest.approx(400 / 300)
    assert row["answer_pct"] == pytest.approx(100 * 230 / 400)
    silent, unknown, alone = view.loc["O1", "CU"], view.loc["O1", "CB"], view.loc["O2", "CT"]
    assert (silent["valid"], silent["market_pct"]) == (0, 10)
    assert pd.isna(silent["connect_pct"])
    assert unknown[["customers", "market_pct", "calls_per_customer"]].isna().all()
    assert pd.isna(alone["market_pct"]), "our own customers are not known there"


def test_nothing_known_makes_empty_tables(tmp_path: Path) -> None:
    assert all(rows.empty for rows in tables(tmp_path, []).values())
