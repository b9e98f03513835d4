"""The power clock of the outages that are open now."""

from typing import Any

import pandas as pd
import pytest

from ops_platform.maintenance.generation import open_outages
from ops_platform.maintenance.travel import RoadTravel
from ops_platform.policy import PowerPolicy
from tests.maintenance.builders import ZONE, Row, alarm, at, on, power, run

# The site stands at its office: leave-by is 20 minutes before the deadline of 11:30.
ROAD = RoadTravel(PowerPolicy())
OPEN = alarm("mains_failure", "03-12 08:00")
DISCHARGE = alarm("battery_discharging", "03-12 08:01", "03-12 10:05")


def clock(*alarms: Row, now: str = "03-12 11:15", **feeds: list[Row]) -> pd.DataFrame:
    facts = power(alarms=[OPEN, *alarms], **feeds)
    return open_outages(facts, ROAD, PowerPolicy(), ZONE, at(now))


def only(*alarms: Row, now: str = "03-12 11:15", **feeds: list[Row]) -> Any:
    (row,) = clock(*alarms, now=now, **feeds).itertuples()
    return row


def test_an_open_outage_has_its_deadline_and_the_moment_to_leave() -> None:
    row = only()
    assert (row.deadline_at, row.leave_by_at) == (at("03-12 11:30"), at("03-12 11:10"))
    assert (row.state, row.dispatched, row.generating) == ("leave_now", False, False)


def test_leave_by_is_from_the_nearest_crew_and_not_from_the_office_where_one_is_ready() -> None:
    # 0.1 degree of the equator is 11.13195 km: 23.38 min by road.
    row = only(crews=[{"crew_id": "far", "generator_id": "G1", "longitude": 0.1}], generators=[{"generator_id": "G1"}])
    assert row.from_crew_id == "far"
    assert (at("03-12 11:10") - row.leave_by_at).total_seconds() == pytest.approx(23.377 * 60, abs=0.1)
    assert row.state == "leave_now"
    assert pd.isna(only().from_crew_id), "the office's own"


def test_a_crew_whose_set_is_on_its_way_leaves_no_more() -> None:
    crew = {
        "crews": [{"crew_id": "far", "generator_id": "G1", "longitude": 0.1}],
        "generators": [{"generator_id": "G1"}],
    }
    away = run(None, generator_id="G1")
    assert pd.isna(only(**crew, generator_runs=[away]).from_crew_id)


def test_the_outage_becomes_late_by_the_passing_of_time_alone() -> None:
    states = [only(now=now).state for now in ("03-12 11:09", "03-12 11:10", "03-12 11:29", "03-12 11:30")]
    assert states == ["on_battery", "leave_now", "leave_now", "too_late"]


def test_a_restored_outage_is_not_open() -> None:
    facts = power(alarms=[OPEN | {"cleared_at": at("03-12 09:00")}])
    assert open_outages(facts, ROAD, PowerPolicy(), ZONE, at("03-12 09:00")).empty


def test_a_dispatched_crew_is_seen_from_the_failure_to_now() -> None:
    assert only(generator_runs=[run(None, dispatched="03-12 08:00")]).dispatched
    assert only(generator_runs=[run(None, dispatched="03-12 11:15")]).dispatched
    assert not only(generator_runs=[run(None, dispatched="03-12 07:59:59")]).dispatched
    assert not only(generator_runs=[run(None, dispatched="03-12 11:15:01")]).dispatched
    assert not only(generator_runs=[run(None, site_id="S2")]).dispatched


def test_a_crew_on_its_way_does_not_yet_generate() -> None:
    assert only(generator_runs=[run(None)]).state == "leave_now"


def test_a_run_that_started_and_has_not_ended_generates() -> None:
    assert only(generator_runs=[run("03-12 10:00")]).state == "running"
    assert only(generator_runs=[run("03-12 10:00", "03-12 10:01")]).state == "leave_now", (
        "ended, and nothing confirms it"
    )
    assert only(generator_runs=[run("03-12 07:00", dispatched="03-12 06:00")]).state == "leave_now", "an older run"


def test_a_run_that_has_ended_generates_no_more() -> None:
    assert only(DISCHARGE, generator_runs=[run("03-12 10:00", "03-12 10:30")]).state == "leave_now"


def test_a_generator_alarm_that_is_still_on_generates() -> None:
    assert only(alarm("generator_running", "03-12 08:05")).state == "running"
    assert only(alarm("generator_running", "03-12 08:05", "03-12 09:00")).state == "leave_now"
    assert only(alarm("generator_running", "03-12 07:05")).state == "leave_now"


def test_the_most_urgent_outage_comes_first() -> None:
    sites = [{"site_id": "S3"}, {"site_id": "S1"}, {"site_id": "S2", "priority": "vip"}]
    others = [OPEN | {"site_id": "S2", "alarm_id": "b"}, OPEN | {"site_id": "S3", "alarm_id": "c"}]
    assert clock(*others, sites=sites)["site_id"].tolist() == ["S2", "S1", "S3"]


def test_without_a_past_the_battery_is_empty_when_its_design_says() -> None:
    row = only()
    assert (row.empty_at, row.autonomy_basis, row.autonomy_differs) == (at("03-12 12:00"), "design", False)
    assert row.empty_low_at < row.empty_at < row.empty_high_at


def test_the_past_moves_the_moment_at_which_the_battery_is_empty_and_never_the_deadline() -> None:
    past = alarm("mains_failure", "02-20 08:00", "02-20 14:00", alarm_id="p1")
    down = alarm("site_down", "02-20 10:00", "02-20 14:00", alarm_id="p2")
    sites = [{"battery_installed_on": on("01-01")}]
    row = only(past, down, sites=sites)
    assert at("03-12 10:00") < row.empty_at < at("03-12 11:00"), "two hours then, against four by design"
    assert row.autonomy_basis == "learned"
    assert (row.deadline_at, row.state) == (only(sites=sites).deadline_at, "leave_now")


def test_a_test_of_the_battery_moves_it_too() -> None:
    tested = {"tested_at": at("03-12 00:00"), "duration_s": 2 * 3600, "test_id": "t1"}
    row = only(battery_tests=[tested])
    assert row.empty_at < at("03-12 11:00")
    assert row.autonomy_basis == "test"


def test_what_the_open_outage_itself_has_shown_so_far_moves_nothing() -> None:
    assert only(now="03-12 15:00").empty_at == at("03-12 12:00")


def test_an_unknown_battery_is_empty_nobody_knows_when() -> None:
    row = only(sites=[{"capacity_ah": None}])
    assert pd.isna(row.empty_at)
    assert pd.isna(row.empty_low_at)
    assert row.deadline_at == at("03-12 14:00"), "the limit of its class"
