"""Complaints about the network: where they belong, how many times already, what the counters say, who comes first."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ops_platform.contracts.reviews import COMPLAINT_QUEUE
from ops_platform.facts import Facts, as_frame, as_rows
from ops_platform.kpi.complaint_places import complaint_queue, located
from ops_platform.kpi.complaint_review import NEXT_STEPS, complaint_review
from ops_platform.policy import ComplaintPolicy, Policy
from tests.kpi.conftest import MONTH, book
from tests.maintenance.builders import Row, at, on, store

PLACES = [
    {"settlement_id": "V1", "latitude": 35.0, "longitude": 102.0, "people": 500},
    {"settlement_id": "V2", "latitude": 35.0, "longitude": 102.03, "people": 50},
]
LEVELS = [
    {"settlement_id": "V1", "month_on": on("03-01"), "cell_id": "C1", "level_dbm": -90.0, "people": 500},
    {"settlement_id": "V2", "month_on": on("03-01"), "cell_id": None, "level_dbm": None, "people": 50},
]


def complaint(name: str, received: str = "03-12 08:00", **more: Any) -> Row:
    return {"complaint_id": name, "customer_id": f"customer of {name}", "received_at": at(received),
            "cause": "weak_coverage"} | more  # fmt: skip


def facts_of(root: Path, complaints: list[Row], **more: Any) -> Facts:
    known = {"sites": [{}], "cells": [{}, {"cell_id": "L1", "technology": "LTE"}], "settlements": PLACES,
             "coverage_levels": LEVELS}  # fmt: skip
    return store(root, complaints=complaints, **(known | more))


def test_a_complaint_belongs_to_its_place_or_to_the_nearest_and_to_its_cell_or_the_best_server(tmp_path: Path) -> None:
    rows = located(facts_of(tmp_path, [
        complaint("given", settlement_id="V1", cell_id="L1"),
        complaint("place", settlement_id="V1"),
        # 1.9 km and 2.1 km north of V1; V2 is 2.7 km east of it.
        complaint("near", latitude=35.01708, longitude=102.0),
        complaint("far", latitude=35.0189, longitude=102.0),
        complaint("nearer to V2", latitude=35.0, longitude=102.016),
        complaint("nowhere"),
        complaint("no server", settlement_id="V2"),
        complaint("rude", cause="service", settlement_id="V1"),
    ]), MONTH, ComplaintPolicy()).set_index("complaint_id").astype(object)  # fmt: skip
    found = rows[["settlement_id", "cell_id", "cell_basis", "site_id"]]
    found = found.where(found.notna(), None).T.to_dict("list")
    assert found == {
        "given": ["V1", "L1", "complaint", "S1"],
        "place": ["V1", "C1", "map", "S1"],
        "near": ["V1", "C1", "map", "S1"],
        "far": [None] * 4,
        "nearer to V2": ["V2", None, None, None],
        "nowhere": [None] * 4,
        "no server": ["V2", None, None, None],
    }


def test_times_are_counted_by_customer_by_cell_and_by_place_of_the_same_cause(tmp_path: Path) -> None:
    rows = located(facts_of(tmp_path, [
        complaint("1", "01-31 08:00", customer_id="A", settlement_id="V1"),
        complaint("2", "03-02 08:00", customer_id="A", settlement_id="V1"),
        complaint("3", "03-02 09:00", customer_id="B", settlement_id="V1"),
        complaint("other cause", "03-02 10:00", customer_id="A", settlement_id="V1", cause="drops"),
        complaint("4", "03-03 08:00", customer_id="B", cell_id="L1"),
    ]), MONTH, ComplaintPolicy()).set_index("complaint_id")  # fmt: skip
    times = rows[["customer_times", "cell_times", "place_times"]].astype(object)
    times = times.where(times.notna(), None).T.to_dict("list")
    # Thirty days are 720 hours: the first still counts for the second, and no more an hour later.
    assert times == {"1": [1, 1, 1], "2": [2, 2, 2], "3": [1, 2, 2], "other cause": [1, 1, 1], "4": [2, 1, None]}


GSM = {"busy_tch_seizures": 900, "busy_handovers_in": 100, "busy_drops": 10}
LTE = {"cell_id": "L1", "technology": "LTE", "erab_releases": 1000, "erab_abnormal_releases": 5,
       "dl_volume_kbit": 80_000, "dl_time_ms": 10_000}  # fmt: skip
CALM = [{"day_on": on("03-12")} | GSM, {"day_on": on("03-12")} | LTE]
REVIEW = [{"cell_id": "C1", "site_id": "S1", "month_on": on("03-01"), "congestion_pct": 1.0, "utilisation_pct": 50.0,
           "action": "keep"}]  # fmt: skip
REPORTS = [{"cell_id": "C1", "period_start_at": at("03-12 08:00"), "kind": "mrs", "samples": 1000,
            "covered_samples": 900}]  # fmt: skip


def said(root: Path, cause: str, **more: Any) -> tuple[str, str, str]:
    known = {"cell_days": CALM, "traffic_review": REVIEW, "measurement_reports": REPORTS}
    facts = facts_of(root, [complaint("1", settlement_id="V1", cause=cause)], **(known | more))
    (row,) = as_frame(complaint_review(facts, MONTH, Policy())["complaint_review"]).itertuples()
    return row.counters, row.evidence_zh, row.evidence_en


@pytest.mark.parametrize("cause", ["no_coverage", "weak_coverage", "drops", "slow_data", "cannot_connect"])
def test_where_nothing_is_over_its_limit_the_counters_are_silent(tmp_path: Path, cause: str) -> None:
    counters, zh, en = said(tmp_path, cause)
    assert counters == "silent"
    assert zh.startswith("均未超限：基站中断 0.0 h，")
    assert en.startswith("nothing over its limit: site down for 0.0 h, ")


def outage(hours: int) -> Row:
    return {"down_at": at("03-12 00:00"), "up_at": at(f"03-12 {hours:02d}:00"), "cause": "power"}


OVER: dict[str, tuple[str, dict[str, list[Row]], str]] = {
    "outage": ("slow_data", {"site_outages": [outage(3)]}, "site down for 3.0 h"),
    "level": ("no_coverage", {"coverage_levels": [LEVELS[0] | {"level_dbm": -105.1}]}, "predicted level -105.1 dBm"),
    "reports": ("weak_coverage", {"measurement_reports": [REPORTS[0] | {"covered_samples": 899}]},
                "reports covered 89.9 %"),
    "drops": ("drops", {"cell_days": [CALM[0] | {"busy_drops": 21}]}, "drop rate 2.1 %"),
    "erab": ("drops", {"cell_days": [CALM[1] | {"erab_abnormal_releases": 11}]}, "E-RAB drop rate 1.1 %"),
    "congestion": ("cannot_connect", {"traffic_review": [REVIEW[0] | {"congestion_pct": 2.1}]}, "congestion 2.1 %"),
    "load": ("slow_data", {"traffic_review": [REVIEW[0] | {"utilisation_pct": 80.1}]}, "load 80.1 %"),
    "speed": ("slow_data", {"cell_days": [CALM[1] | {"dl_volume_kbit": 49_000}]}, "throughput 4.9 Mbit/s"),
}  # fmt: skip
AT_LIMIT: dict[str, tuple[str, dict[str, list[Row]]]] = {
    "outage": ("slow_data", {"site_outages": [outage(2)]}),
    "level": ("no_coverage", {"coverage_levels": [LEVELS[0] | {"level_dbm": -105.0}]}),
    "drops": ("drops", {"cell_days": [CALM[0] | {"busy_drops": 20}]}),
    "speed": ("slow_data", {"cell_days": [CALM[1] | {"dl_volume_kbit": 50_000}]}),
}


@pytest.mark.parametrize("name", OVER)
def test_a_sign_over_its_limit_says_what_its_causes_say(tmp_path: Path, name: str) -> None:
    cause, facts, evidence = OVER[name]
    assert said(tmp_path, cause, **facts)[::2] == ("agree", evidence)


@pytest.mark.parametrize("name", AT_LIMIT)
def test_at_its_limit_it_does_not(tmp_path: Path, name: str) -> None:
    cause, facts = AT_LIMIT[name]
    assert said(tmp_path, cause, **facts)[0] == "silent"


def test_a_sign_of_another_cause_says_nothing(tmp_path: Path) -> None:
    assert said(tmp_path, "slow_data", cell_days=[CALM[0] | {"busy_drops": 500}, CALM[1]])[0] == "silent"


def test_of_a_place_without_counters_nothing_is_known(tmp_path: Path) -> None:
    unknown = said(tmp_path, "drops", cell_days=[], traffic_review=[], measurement_reports=[])
    assert unknown == ("unknown", "没有该地点的指标", "no counters of this place")


def test_places_are_told_by_cause_with_customers_repeats_and_the_next_step(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, [
        complaint("1", "03-12 08:00", customer_id="A", settlement_id="V1"),
        complaint("2", "03-13 08:00", customer_id="A", settlement_id="V1", customer_class="group"),
        complaint("3", "03-14 08:00", customer_id="B", settlement_id="V1", closed_at=at("03-15 08:00")),
        complaint("drops", settlement_id="V1", cause="drops"),
        complaint("cell", cell_id="L1", cause="drops"),
        complaint("nowhere"),
        complaint("before", "02-28 23:59", settlement_id="V1", cause="slow_data"),
        complaint("after", "04-01 00:00", settlement_id="V1", cause="slow_data"),
    ], cell_days=CALM)  # fmt: skip
    places = as_frame(complaint_review(facts, MONTH, Policy())["complaint_places"])
    assert places[["place_id", "cause"]].to_numpy().tolist() == [
        ["V1", "weak_coverage"], ["S1", "drops"], ["V1", "drops"],
    ]  # fmt: skip
    row = places.iloc[0]
    counts = ["complaints", "customers", "priority", "repeats", "open", "people"]
    assert row[counts].tolist() == [3, 2, 1, 2, 2, 500]
    assert (row["counters"], row["site_id"]) == ("silent", "S1")
    assert (row["next_step_zh"], row["next_step_en"]) == NEXT_STEPS["silent"]


def queued(root: Path, complaints: list[Row]) -> pd.DataFrame:
    found = complaint_queue(facts_of(root, complaints), ComplaintPolicy(), at("03-20 08:00"))
    return as_frame(as_rows(COMPLAINT_QUEUE, found))


def test_the_queue_is_by_class_then_by_times_then_by_time_left(tmp_path: Path) -> None:
    rows = queued(tmp_path, [
        complaint("ordinary", "03-18 08:00"),
        complaint("ordinary, sooner", "03-17 07:59"),
        complaint("ordinary, again", "03-19 08:00", customer_id="A"),
        complaint("closed", "03-01 08:00", customer_id="A", closed_at=at("03-02 08:00")),
        complaint("closed later", "03-19 09:00", closed_at=at("03-20 08:01"), customer_class="group"),
        complaint("high value", "03-19 08:00", customer_class="high_value"),
        complaint("not yet", "03-20 08:01", customer_class="group"),
        complaint("rude", "03-19 08:00", customer_class="group", cause="service"),
    ])  # fmt: skip
    assert rows["complaint_id"].tolist() == [
        "closed later", "high value", "ordinary, again", "ordinary, sooner", "ordinary",
    ]  # fmt: skip
    assert rows["minutes_left"].tolist() == [49 * 60, 48 * 60, 48 * 60, -1, 24 * 60]
    assert rows["customer_times"].tolist() == [1, 1, 2, 1, 1]


def test_open_complaints_of_one_place_and_cause_are_handled_together(tmp_path: Path) -> None:
    rows = queued(tmp_path, [
        complaint("1", "03-19 08:00", settlement_id="V1"),
        complaint("2", "03-19 09:00", settlement_id="V1"),
        complaint("other cause", "03-19 10:00", settlement_id="V1", cause="drops"),
        complaint("nowhere", "03-19 11:00"),
    ]).set_index("complaint_id")  # fmt: skip
    assert rows["together"].to_dict() == {"1": 1, "2": 1, "other cause": 0, "nowhere": 0}


def test_complaints_per_10000_users_leave_out_service_and_other_operators(tmp_path: Path) -> None:
    customers = [
        {"office_id": "O1", "operator": "CM", "month_on": on("03-01"), "own": True, "customers": 4000},
        {"office_id": "O1", "operator": "CT", "month_on": on("03-01"), "own": False, "customers": 900},
    ]
    facts = facts_of(tmp_path, [complaint("1"), complaint("2"), complaint("3", cause="service")],
                     operator_customers=customers)  # fmt: skip
    found = book("service", facts)
    assert found.of("complaints_per_10000_users", office_id="O1", staff_id="") == (2, 4000, 0, 0, 0)
    assert found.of("complaints_per_10000_users", "CM", day_on=on("03-01")) == (0, 4000, 0, 0, 0)


def test_nothing_complained_of_makes_empty_tables(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, [])
    assert all(table.num_rows == 0 for table in complaint_review(facts, MONTH, Policy()).values())
    assert queued(tmp_path, []).empty


def test_what_gsm_carries_is_slow_everywhere_and_says_nothing(tmp_path: Path) -> None:
    slow = CALM[0] | {"dl_volume_kbit": 100, "dl_time_ms": 10_000}
    assert said(tmp_path, "slow_data", cell_days=[slow, CALM[1]])[0] == "silent"
