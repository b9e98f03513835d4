"""Slow response to mains outages, by the power clock.

The site's battery lasts four hours, so that its generator must run by 11:30 and its crew leave by 11:10.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from ops_platform.alerting.rules import AHEAD, Condition
from ops_platform.alerting.watches.outages import WATCH
from ops_platform.policy import AlertPolicy, Policy
from tests.alerting.watches.looking import NAMES, SITES, look, since, texts, told
from tests.maintenance.builders import Row, alarm, at, run

NOW = at("03-12 11:15")
MAINS = alarm("mains_failure", "03-12 08:00")
CREW = run(None, dispatched="03-12 08:05")


def outages(root: Path, *alarms: Row, now: datetime = NOW, **more: Any) -> list[Condition]:
    return look(WATCH, root, now, **({"alarms": [MAINS, *alarms]} | more))


def test_nobody_dispatched_is_told_after_some_patience(tmp_path: Path) -> None:
    found = outages(tmp_path, now=at("03-12 08:00"))
    assert since(found) == {"generator_not_dispatched": at("03-12 08:10")}, "announced, to be told at its moment"
    assert since(outages(tmp_path, now=at("03-12 10:59"))) == {"generator_not_dispatched": at("03-12 08:10")}
    policy = Policy(alerts=AlertPolicy(dispatch_within_min=11))
    assert outages(tmp_path, now=at("03-12 08:00"), policy=policy) == []
    assert outages(tmp_path, now=at("03-12 08:05"), generator_runs=[CREW]) == []


def test_in_a_storm_there_is_no_patience(tmp_path: Path) -> None:
    storm = Policy(alerts=AlertPolicy(storm_sites=2, dispatch_within_min=30))
    other = alarm("mains_failure", "03-12 08:02", site_id="S2")
    found = outages(tmp_path, other, now=at("03-12 08:05"), policy=storm)
    assert [(one.subject, one.true_at) for one in found] == [("S1", at("03-12 08:00")), ("S2", at("03-12 08:02"))]
    assert outages(tmp_path, now=at("03-12 08:05"), policy=storm, alarms=[MAINS]) == []


def test_a_storm_is_of_one_office(tmp_path: Path) -> None:
    storm = Policy(alerts=AlertPolicy(storm_sites=2, dispatch_within_min=30))
    offices = [{"office_id": "O1", **NAMES}, {"office_id": "O2", **NAMES}]
    sites = [SITES[0], SITES[1] | {"office_id": "O2"}]
    other = alarm("mains_failure", "03-12 08:02", site_id="S2")
    found = outages(tmp_path, other, now=at("03-12 08:05"), policy=storm, offices=offices, sites=sites)
    assert found == []


def test_an_outage_is_told_when_its_crew_must_leave(tmp_path: Path) -> None:
    (condition,) = outages(tmp_path)
    assert (condition.rule.id, condition.subject, condition.office_id) == ("generator_leave_by", "S1", "O1")
    assert condition.site_id == "S1"
    assert condition.facts == {
        "site_name": "S1 站", **NAMES,
        "failed_at": at("03-12 08:00").isoformat(), "deadline_at": at("03-12 11:30").isoformat(),
        "empty_at": at("03-12 12:00").isoformat(timespec="minutes"), "customers_at_risk": None,
        "people_without": None,
    }  # fmt: skip


def test_the_customers_of_the_site_and_of_those_behind_it_are_told(tmp_path: Path) -> None:
    sites = [SITES[0] | {"customers": 300}, SITES[1] | {"customers": 500, "upstream_site_id": "S1"}]
    (condition,) = outages(tmp_path, sites=sites)
    assert condition.facts["customers_at_risk"] == 800
    zh, en = texts(condition)
    assert zh.endswith("断站影响 800 户")
    assert en.endswith("800 customers lose service")
    assert "empty about" in en


def test_people_who_lose_all_coverage_are_told(tmp_path: Path) -> None:
    served = {"month_on": at("02-01 00:00").date(), "place_id": "V1", "people": 321.4, "rank": 1, "depth": 1}
    (condition,) = outages(tmp_path, coverage_servers=[served | {"site_id": "S1"}])
    assert condition.facts["people_without"] == 321
    zh, en = texts(condition)
    assert zh.endswith("断站则 321 人无信号")
    assert en.endswith("321 people then without any coverage")
    neighbour = served | {"rank": 2, "depth": 2, "site_id": "S2"}
    second = [served | {"site_id": "S1", "depth": 2}, neighbour]
    assert outages(tmp_path, coverage_servers=second)[0].facts["people_without"] == 0
    also_down = alarm("site_down", "03-12 10:00", site_id="S2")
    assert outages(tmp_path, also_down, coverage_servers=second)[0].facts["people_without"] == 321


def test_a_site_whose_battery_is_unknown_goes_by_the_limit_of_its_class(tmp_path: Path) -> None:
    (condition,) = outages(tmp_path, now=at("03-12 14:00"), sites=[SITES[0] | {"load_a": None}])
    assert (condition.rule.id, condition.true_at) == ("generator_late", at("03-12 14:00"))
    assert condition.facts["empty_at"] is None
    assert "empty about" not in texts(condition)[1]


def test_the_conditions_follow_the_clock_without_any_new_data(tmp_path: Path) -> None:
    outages(tmp_path)

    def found(now: str) -> list[str]:
        return [rule for rule, _ in told(look(WATCH, tmp_path, at(f"03-12 {now}")))]

    assert found("10:59") == ["generator_not_dispatched"]
    assert found("11:00") == ["generator_not_dispatched", "generator_leave_by"]
    assert found("11:10") == ["generator_leave_by"]
    assert found("11:19") == ["generator_leave_by"]
    assert found("11:20") == ["generator_leave_by", "generator_late"]
    assert found("11:30") == ["generator_late"]


def test_each_is_found_ahead_and_true_at_its_own_moment(tmp_path: Path) -> None:
    assert since(outages(tmp_path, now=at("03-12 11:00")))["generator_leave_by"] == at("03-12 11:10")
    found = since(outages(tmp_path, now=at("03-12 11:30") - AHEAD))
    assert found == {"generator_leave_by": at("03-12 11:10"), "generator_late": at("03-12 11:30")}


def test_a_dispatched_crew_ends_leave_now_but_not_too_late(tmp_path: Path) -> None:
    crew = {"generator_runs": [run(None, dispatched="03-12 11:00")]}
    assert outages(tmp_path, **crew) == []
    assert told(outages(tmp_path, now=at("03-12 11:30"), **crew)) == [("generator_late", "S1")]


def test_a_running_generator_ends_both(tmp_path: Path) -> None:
    crew = {"generator_runs": [run("03-12 11:12", dispatched="03-12 11:00")]}
    assert outages(tmp_path, now=at("03-12 11:30"), **crew) == []


def test_a_site_with_a_fixed_generator_needs_a_crew_once_it_failed_to_start(tmp_path: Path) -> None:
    fixed = {"sites": [site | {"fixed_generator": True} for site in SITES]}
    for now in ("08:10", "11:15", "11:29"):
        assert outages(tmp_path, now=at(f"03-12 {now}"), **fixed) == [], now
    late = outages(tmp_path, now=at("03-12 11:30"), **fixed)
    assert since(late) == {"generator_late": at("03-12 11:30")}


def test_an_outage_open_since_an_earlier_month_is_still_told(tmp_path: Path) -> None:
    old = alarm("mains_failure", "01-05 08:00", site_id="S2")
    found = outages(tmp_path, old, now=at("03-12 11:10"))
    assert told(found) == [("generator_leave_by", "S1"), ("generator_late", "S2")]


def test_the_mains_back_ends_the_condition(tmp_path: Path) -> None:
    assert outages(tmp_path, alarms=[MAINS | {"cleared_at": at("03-12 11:14")}]) == []


def test_nothing_known_is_nothing_the_matter(tmp_path: Path) -> None:
    assert look(WATCH, tmp_path, NOW, sites=SITES) == []
