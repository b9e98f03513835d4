"""Mains outages: what is one outage, which run counts, and the outcome that fits first.

The battery lasts four hours: an outage that begins at 08:00 has its autonomy deadline, and its deadline, at 11:30.
"""

from typing import Any

import pandas as pd
import pytest

from ops_platform.contracts.outages import OUTCOMES
from ops_platform.maintenance.generation import power_events
from ops_platform.policy import PowerPolicy
from tests.maintenance.builders import ZONE, Row, alarm, at, power, run, span

POLICY = PowerPolicy()
AS_OF = at("03-13 08:00")
OUTAGE = alarm("mains_failure", "03-12 08:00", "03-12 20:00", alarm_id="m1")
OPEN = OUTAGE | {"cleared_at": None}
DISCHARGE = alarm("battery_discharging", "03-12 08:01", "03-12 10:05")
"""The battery stops discharging five minutes after a generator started at 10:00."""
RUN = run("03-12 10:00", "03-12 20:30")
SITE_DOWN = alarm("site_down", "03-12 12:00", "03-12 13:00")


def outages(*alarms: Row, as_of: Any = AS_OF, **feeds: list[Row]) -> pd.DataFrame:
    facts = power(alarms=list(alarms), **feeds)
    return power_events(facts, POLICY, ZONE, as_of).mains_outages


def outcome(*alarms: Row, as_of: Any = AS_OF, **feeds: list[Row]) -> str:
    (found,) = outages(*alarms, as_of=as_of, **feeds)["outcome"]
    assert found in OUTCOMES
    return str(found)


def verified(*alarms: Row, runs: list[Row], as_of: Any = AS_OF) -> bool:
    (started,) = outages(*alarms, generator_runs=runs, as_of=as_of)["started_at"]
    return bool(pd.notna(started))


def test_alarms_120_seconds_apart_are_one_outage() -> None:
    found = outages(OUTAGE, alarm("mains_failure", "03-12 20:02", "03-12 21:00", alarm_id="m2"))
    assert found["alarm_ids"].tolist() == ["m1 m2"]
    assert found["failed_at"].tolist() == [at("03-12 08:00")]
    assert found["restored_at"].tolist() == [at("03-12 21:00")]


def test_alarms_121_seconds_apart_are_two_outages() -> None:
    found = outages(OUTAGE, alarm("mains_failure", "03-12 20:02:01", "03-12 21:00", alarm_id="m2"))
    assert found["alarm_ids"].tolist() == ["m1", "m2"]
    assert found["mains_outage_id"].tolist() == ["MO-S1-20260312T000000Z", "MO-S1-20260312T120201Z"]


def test_an_outage_is_open_while_one_of_its_alarms_is() -> None:
    found = outages(OUTAGE, alarm("mains_failure", "03-12 09:00"))
    assert found["restored_at"].isna().tolist() == [True]


def test_an_outage_belongs_to_the_office_and_the_person_of_its_site() -> None:
    found = outages(OUTAGE, sites=[{"office_id": "O7", "staff_id": None}])
    assert found["office_id"].tolist() == ["O7"]
    assert found["staff_id"].isna().all()
    assert found["autonomy_s"].tolist() == [4 * 3600]
    assert found["autonomy_deadline_at"].tolist() == found["deadline_at"].tolist() == [at("03-12 11:30")]


def test_no_alarms_are_no_outages() -> None:
    assert outages().empty


# Which run counts


def test_a_run_during_which_the_alarm_clears_is_verified() -> None:
    assert verified(OUTAGE, DISCHARGE, runs=[RUN])


def test_a_claimed_run_that_no_alarm_confirms_is_not() -> None:
    assert not verified(OUTAGE, runs=[run("03-12 10:00", "03-12 11:00")])
    assert not verified(OUTAGE, DISCHARGE, runs=[run("03-12 10:00", "03-12 10:04:59")])
    assert verified(OUTAGE, DISCHARGE, runs=[run("03-12 10:00", "03-12 10:05")])


@pytest.mark.parametrize(
    ("kind", "counts"),
    [("mains_failure", True), ("battery_discharging", True), ("low_voltage", True), ("rectifier", False)],
)
def test_the_alarms_that_a_generator_clears_confirm_it(kind: str, counts: bool) -> None:  # noqa: FBT001
    assert verified(OPEN, alarm(kind, "03-12 09:00", "03-12 10:05"), runs=[RUN]) is counts


def test_the_alarm_must_have_been_raised_before_the_run_started() -> None:
    assert verified(OUTAGE, alarm("low_voltage", "03-12 10:00", "03-12 10:05"), runs=[RUN])
    late = alarm("low_voltage", "03-12 10:00:01", "03-12 10:05")
    assert not verified(OUTAGE, late, runs=[RUN | {"ended_at": at("03-12 19:00")}])


def test_an_alarm_cleared_before_the_run_says_nothing() -> None:
    runs = [run("03-12 10:00", "03-12 11:00")]
    assert verified(OUTAGE, alarm("low_voltage", "03-12 09:00", "03-12 10:00"), runs=runs)
    assert not verified(OUTAGE, alarm("low_voltage", "03-12 09:00", "03-12 09:59:59"), runs=runs)


def test_the_alarm_of_another_site_says_nothing() -> None:
    facts = {"sites": [{}, {"site_id": "S2"}]}
    found = outages(OUTAGE, DISCHARGE | {"site_id": "S2"}, generator_runs=[run("03-12 10:00", "03-12 11:00")], **facts)
    assert found["started_at"].isna().all()


def test_a_run_that_goes_on_counts_up_to_the_moment() -> None:
    runs = [run("03-12 10:00")]
    assert not verified(OPEN, DISCHARGE, runs=runs, as_of=at("03-12 10:04"))
    assert verified(OPEN, DISCHARGE, runs=runs, as_of=at("03-12 10:05"))


@pytest.mark.parametrize(
    ("started", "counts"),
    [("03-12 07:59:59", False), ("03-12 08:00", True), ("03-12 19:59:59", True), ("03-12 20:00", False)],
)
def test_a_run_counts_if_it_started_while_the_mains_was_off(started: str, counts: bool) -> None:  # noqa: FBT001
    witness = alarm("battery_discharging", "03-12 07:00", "03-12 20:10")
    assert verified(OUTAGE, witness, runs=[run(started, "03-12 21:00")]) is counts


def test_a_crew_that_never_started_is_no_run() -> None:
    assert not verified(OUTAGE, DISCHARGE, runs=[run(None)])


def test_where_the_site_was_down_the_run_must_bring_it_back() -> None:
    down = alarm("site_down", "03-12 09:30", "03-12 11:00")
    assert verified(OUTAGE, DISCHARGE, down, runs=[run("03-12 10:00", "03-12 11:00")])
    assert not verified(OUTAGE, DISCHARGE, down, runs=[run("03-12 10:00", "03-12 10:59:59")])
    assert not verified(OUTAGE, DISCHARGE, down | {"cleared_at": None}, runs=[RUN])


def test_a_site_that_came_back_before_the_run_or_went_down_after_it_started_does_not_matter() -> None:
    runs = [run("03-12 10:00", "03-12 11:00")]
    assert verified(OUTAGE, DISCHARGE, alarm("site_down", "03-12 09:00", "03-12 10:00"), runs=runs)
    assert verified(OUTAGE, DISCHARGE, alarm("site_down", "03-12 10:00:01", "03-12 12:00"), runs=runs)
    assert not verified(OUTAGE, DISCHARGE, alarm("site_down", "03-12 10:00", "03-12 12:00"), runs=runs)


def test_the_first_verified_run_is_the_one() -> None:
    runs = [
        run("03-12 10:04", "03-12 11:00", run_id="second"),
        run("03-12 10:00", "03-12 11:00", run_id="first"),
        run("03-12 09:00", "03-12 09:30", run_id="unseen"),
    ]
    found = outages(OUTAGE, DISCHARGE, generator_runs=runs)
    assert found["run_id"].tolist() == ["first"]
    assert found["started_at"].tolist() == [at("03-12 10:00")]


# The outcome


def test_without_battery_data_the_outcome_is_unknown_whatever_else() -> None:
    unknown = [{"capacity_ah": None}]
    assert outcome(OUTAGE, DISCHARGE, sites=unknown, generator_runs=[RUN]) == "unknown"
    assert outcome(OPEN, sites=unknown, as_of=at("03-12 08:30")) == "unknown"


def test_an_open_outage_is_pending_up_to_its_autonomy_deadline() -> None:
    assert outcome(OPEN, DISCHARGE, generator_runs=[RUN], as_of=at("03-12 11:30")) == "pending"
    assert outcome(OPEN, as_of=at("03-12 11:30:01")) == "late"


def test_the_mains_back_by_the_autonomy_deadline_needs_no_generator() -> None:
    assert outcome(OUTAGE | {"cleared_at": at("03-12 11:30")}) == "mains_back"
    assert outcome(OUTAGE | {"cleared_at": at("03-12 11:30:01")}) == "late"


def test_mains_back_goes_by_the_battery_and_not_by_the_class_limit() -> None:
    back = OUTAGE | {"cleared_at": at("03-12 11:00")}
    assert outcome(back, sites=[{"priority": "vip"}]) == "mains_back"


def test_mains_back_comes_before_a_fixed_set() -> None:
    back = OUTAGE | {"cleared_at": at("03-12 11:00")}
    fixed = {"sites": [{"fixed_generator": True}]}
    assert outcome(back, alarm("generator_running", "03-12 08:01", "03-12 11:00"), **fixed) == "mains_back"


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("03-12 07:59:59", "late"),
        ("03-12 08:00", "fixed_set"),
        ("03-12 11:30", "fixed_set"),
        ("03-12 11:30:01", "late"),
    ],
)
def test_a_fixed_set_must_report_running_by_the_deadline(raised: str, expected: str) -> None:
    set_runs = alarm("generator_running", raised, "03-12 20:00")
    assert outcome(OUTAGE, set_runs, sites=[{"fixed_generator": True}]) == expected


def test_a_running_alarm_of_a_site_without_fixed_set_excludes_nothing() -> None:
    assert outcome(OUTAGE, alarm("generator_running", "03-12 08:01", "03-12 20:00")) == "late"


def test_a_fixed_set_comes_before_an_exclusion() -> None:
    assert (
        outcome(
            OUTAGE,
            alarm("generator_running", "03-12 08:01", "03-12 20:00"),
            sites=[{"fixed_generator": True}],
            exclusions=[EXCLUSION],
        )
        == "fixed_set"
    )


EXCLUSION = span("03-12 08:00", "03-12 09:00", site_id="S1", reason="force_majeure", approved_at=at("03-13 09:00"))


def test_an_approved_exclusion_that_covers_the_failure_exempts_also_what_was_in_time() -> None:
    assert outcome(OUTAGE, exclusions=[EXCLUSION]) == "exempt"
    assert outcome(OUTAGE, DISCHARGE, generator_runs=[RUN], exclusions=[EXCLUSION]) == "exempt"


def test_an_exclusion_that_nobody_approved_does_not_count() -> None:
    assert outcome(OUTAGE, exclusions=[EXCLUSION | {"approved_at": None, "approved_by": "Li"}]) == "late"


def test_refused_access_counts_only_with_evidence() -> None:
    refused = EXCLUSION | {"reason": "access_refused"}
    assert outcome(OUTAGE, exclusions=[refused]) == "late"
    assert outcome(OUTAGE, exclusions=[refused | {"evidence": "photo 12"}]) == "exempt"


def test_an_exclusion_from_another_kpi_or_of_another_site_does_not_count() -> None:
    assert outcome(OUTAGE, exclusions=[EXCLUSION | {"kpi_id": "fault_repair_time"}]) == "late"
    assert outcome(OUTAGE, exclusions=[EXCLUSION | {"site_id": "S2"}]) == "late"
    assert outcome(OUTAGE, exclusions=[EXCLUSION | {"site_id": None, "event_id": "F1"}]) == "late"


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("03-12 08:00", "03-12 08:01", "exempt"),
        ("03-12 08:00:01", "03-12 10:00", "late"),
        ("03-12 07:00", "03-12 08:00", "late"),
        ("03-12 07:00", "03-12 08:00:01", "exempt"),
    ],
)
def test_an_interval_must_cover_the_moment_of_the_failure(starts: str, ends: str, expected: str) -> None:
    assert outcome(OUTAGE, exclusions=[EXCLUSION | span(starts, ends)]) == expected
    assert outcome(OUTAGE, planned_work=[span(starts, ends)]) == expected


def test_a_verified_start_by_the_deadline_is_in_time() -> None:
    discharging = alarm("battery_discharging", "03-12 08:01", "03-12 11:40")
    assert outcome(OUTAGE, discharging, generator_runs=[run("03-12 11:30", "03-12 20:30")]) == "in_time"
    assert outcome(OUTAGE, discharging, generator_runs=[run("03-12 11:30:01", "03-12 20:30")]) == "late"


def test_the_class_limit_makes_a_start_late_that_the_battery_would_allow() -> None:
    discharging = alarm("battery_discharging", "03-12 08:01", "03-12 10:30")
    runs = [run("03-12 10:01", "03-12 20:30")]
    assert outcome(OUTAGE, discharging, generator_runs=runs) == "in_time"
    assert outcome(OUTAGE, discharging, generator_runs=runs, sites=[{"priority": "vip"}]) == "late"


def test_a_site_outage_of_cause_power_makes_a_timely_start_late() -> None:
    assert outcome(OUTAGE, DISCHARGE, SITE_DOWN, generator_runs=[RUN]) == "late"
    assert outcome(OPEN, DISCHARGE, SITE_DOWN, generator_runs=[RUN]) == "late"


def test_a_site_outage_that_planned_work_explains_does_not_make_it_late() -> None:
    work = [span("03-12 11:00", "03-12 14:00")]
    assert outcome(OUTAGE, DISCHARGE, SITE_DOWN, generator_runs=[RUN], planned_work=work) == "in_time"


def test_a_site_outage_after_the_mains_is_back_does_not_make_it_late() -> None:
    down = alarm("site_down", "03-12 21:00", "03-12 22:00")
    assert outcome(OUTAGE, DISCHARGE, down, generator_runs=[RUN]) == "in_time"


def test_the_site_outage_of_another_mains_outage_does_not_make_this_one_late() -> None:
    second = alarm("mains_failure", "03-13 01:00", "03-13 02:00")
    found = outages(OUTAGE, DISCHARGE, second, alarm("site_down", "03-13 01:30", "03-13 02:00"), generator_runs=[RUN])
    assert found["outcome"].tolist() == ["in_time", "mains_back"]


def test_a_claimed_but_unseen_run_leaves_the_outage_late() -> None:
    assert outcome(OUTAGE, generator_runs=[run("03-12 09:00", "03-12 10:00")]) == "late"
