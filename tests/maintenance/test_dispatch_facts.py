"""From stored facts to the dispatch board: what waits for a crew, and which crews can be sent."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ops_platform.maintenance.dispatch import DispatchPlan, Situation
from ops_platform.maintenance.dispatch_facts import dispatch_now, mains_is_out, situation_at
from ops_platform.maintenance.generation import open_outages
from ops_platform.maintenance.travel import RoadTravel
from ops_platform.policy import Policy
from tests.maintenance.builders import ZONE, Row, alarm, at, frame, power, run, store

NOW = at("03-12 09:00")
POLICY = Policy()
FAILED = alarm("mains_failure", "03-12 08:00", alarm_id="a1")
CREW = {"crew_id": "A", "latitude": 0.0, "longitude": 0.0, "generator_id": "G1", "can_generate": True}
GENERATOR = {"generator_id": "G1", "rated_kw": 5.0}


def situation(now: str = "03-12 09:00", **feeds: list[Row]) -> Situation:
    """Return what waits; the site's battery lasts from eight to noon."""
    feeds = {"alarms": [FAILED], "crews": [CREW], "generators": [GENERATOR], "faults": []} | feeds
    faults = frame("faults", *feeds.pop("faults"))
    known = power(**feeds)
    clock = open_outages(known, RoadTravel(POLICY.power), POLICY.power, ZONE, at(now))
    return situation_at(known, clock, faults, POLICY, ZONE, at(now))


def only(rows: pd.DataFrame) -> Any:
    (row,) = rows.itertuples()
    return row


def test_an_open_outage_waits_with_its_empty_battery_and_its_load() -> None:
    site = only(situation(sites=[{"customers": 700}]).outages)
    assert (site.dark_at, site.down, site.customers) == (at("03-12 12:00"), False, 700)
    assert site.load_kw == pytest.approx(40 * 53.5 / 1000)


def test_what_waits_says_why_it_comes_first() -> None:
    fault = {"fault_id": "F1", "site_id": "S1", "occurred_at": at("03-12 07:00")}
    found = situation(sites=[{"priority": "vip"}], faults=[fault])
    assert (only(found.outages).comes_first, only(found.faults).comes_first) == ("vip", "vip")
    assert only(situation().outages).comes_first == ""


def test_a_site_that_is_down_is_dark_now_whatever_its_battery_should_do() -> None:
    down = alarm("site_down", "03-12 08:30", alarm_id="a2")
    site = only(situation(alarms=[FAILED, down]).outages)
    assert (site.dark_at, site.down) == (NOW, True)


def test_a_battery_of_which_nothing_is_known_is_taken_as_empty() -> None:
    assert only(situation(sites=[{"capacity_ah": None}]).outages).dark_at == NOW


def test_a_site_with_a_generator_running_or_under_way_does_not_wait() -> None:
    assert situation(generator_runs=[run("03-12 08:40", dispatched="03-12 08:10")]).outages.empty
    assert situation(generator_runs=[run(None, dispatched="03-12 08:10")]).outages.empty
    assert situation(alarms=[FAILED, alarm("generator_running", "03-12 08:05", alarm_id="a2")]).outages.empty


def test_a_run_that_ended_or_belongs_to_an_earlier_outage_serves_nobody() -> None:
    assert len(situation(generator_runs=[run("03-12 08:20", "03-12 08:40", dispatched="03-12 08:10")]).outages) == 1
    assert len(situation(generator_runs=[run(None, dispatched="03-12 07:00")]).outages) == 1


def test_the_crew_whose_generator_is_under_way_is_not_sent_again() -> None:
    others = [CREW, CREW | {"crew_id": "B", "generator_id": None, "can_generate": False}]
    away = run(None, dispatched="03-12 08:10", generator_id="G1")
    assert situation(crews=others, generator_runs=[away]).crews["crew_id"].tolist() == ["B"]
    assert situation(crews=others).crews["rated_kw"].tolist() == [5.0, 0.0]


def test_a_fixed_set_is_left_to_start_by_itself_until_its_deadline_and_then_carries_any_load() -> None:
    fixed = [{"fixed_generator": True}]
    assert situation(sites=fixed).outages.empty
    assert only(situation("03-12 11:31", sites=fixed).outages).load_kw == 0


def test_an_open_fault_waits_with_its_limit_and_a_repaired_one_does_not() -> None:
    faults = [
        {"fault_id": "F1", "occurred_at": at("03-12 07:00"), "reported_at": at("03-12 07:10")},
        {"fault_id": "F2", "occurred_at": at("03-12 07:00"), "reported_at": None},
        {"fault_id": "F3", "occurred_at": at("03-12 07:00"), "repaired_at": at("03-12 08:00")},
        {"fault_id": "F4", "occurred_at": at("03-12 09:30")},
    ]
    waiting = situation(faults=faults).faults.set_index("fault_id")
    assert waiting["opened_at"].to_dict() == {"F1": at("03-12 07:10"), "F2": at("03-12 07:00")}
    assert set(waiting["limit_at"]) == {at("03-14 07:00")}


def board_of(root: Path, **feeds: list[Row]) -> DispatchPlan:
    feeds = {"sites": [{}], "offices": [{}], "alarms": [FAILED], "crews": [CREW], "generators": [GENERATOR]} | feeds
    return dispatch_now(store(root, **feeds), POLICY, NOW)


def test_the_board_is_made_from_the_stored_facts(tmp_path: Path) -> None:
    found = board_of(tmp_path, faults=[{"fault_id": "F1", "occurred_at": at("02-27 08:00")}])
    assert only(found.stops).site_id == "S1"
    assert found.waiting["fault_id"].tolist() == ["F1"], "of last month, and the crew repairs nothing"


def test_a_site_that_is_not_in_service_has_nobody_to_lose(tmp_path: Path) -> None:
    assert board_of(tmp_path, sites=[{"in_service_on": at("03-13 08:00").date()}]).stops.empty


def test_the_mains_is_out_while_one_failure_is_open(tmp_path: Path) -> None:
    facts = store(tmp_path, alarms=[FAILED, alarm("site_down", "03-12 07:00", alarm_id="a2")])
    assert mains_is_out(facts, POLICY, NOW)
    assert not mains_is_out(facts, POLICY, at("03-12 07:59"))
    back = store(tmp_path / "back", alarms=[FAILED | {"cleared_at": at("03-12 08:50")}])
    assert not mains_is_out(back, POLICY, NOW)


def test_a_fault_waits_with_its_limit_by_the_rule_or_its_own() -> None:
    row = {"occurred_at": at("03-12 08:00")}
    faults = [row | {"fault_id": "F1"}, row | {"fault_id": "F2", "limit_days": 1.0}]
    assert situation(faults=faults).faults["limit_at"].tolist() == [at("03-14 08:00"), at("03-13 08:00")]
