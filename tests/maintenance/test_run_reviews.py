"""Generator runs graded by witnesses: who agrees, what contradicts, and which run counts after all.

The mains fails at 08:00 and is back at 20:00; a run from 10:00 to 13:00 carries 40 A, 6.42 kWh, with a set of 5 kW.
"""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.contracts.outages import CONTRADICTIONS, GENERATION_REVIEWS, WITNESSES
from ops_platform.maintenance.generation import power_events
from ops_platform.maintenance.run_reviews import readable, reviews, undecided
from ops_platform.policy import PowerPolicy
from tests.maintenance.builders import ZONE, Row, alarm, at, power, run

POLICY = PowerPolicy()
AS_OF = at("03-13 08:00")
MAINS = alarm("mains_failure", "03-12 08:00", "03-12 20:00", alarm_id="m1")
DISCHARGE = alarm("battery_discharging", "03-12 08:01", "03-12 10:05", alarm_id="b1")
"""It clears five minutes after a generator started at 10:00."""
STILL_DISCHARGING = DISCHARGE | {"cleared_at": at("03-12 20:01")}
ENGINE = alarm("generator_running", "03-12 09:00", "03-12 12:00", alarm_id="g1")
GOOD: Row = {
    "run_id": "R1", "arrived_latitude": 0.001, "arrived_longitude": 0.001, "energy_kwh": 8.0, "fuel_l": 3.0,
    "rated_kw": 5.0, "start_voltage_v": 48.0, "end_voltage_v": 53.6, "empty_trip": False,
}  # fmt: skip
BARE: Row = {"run_id": "R1"}


def claim(**more: Any) -> Row:
    return run("03-12 10:00", "03-12 13:00", **GOOD) | more


def decided(decision: str, when: str = "03-14 08:00", **more: Any) -> Row:
    return {"run_id": "R1", "decision": decision, "happened_at": at("03-12 10:00"), "decided_at": at(when), **more}


def reviewed(*alarms: Row, as_of: Any = AS_OF, **feeds: list[Row]) -> pd.DataFrame:
    return reviews(power_events(power(alarms=list(alarms), **feeds), POLICY, ZONE, as_of).judged)


def review(run_row: Row, *alarms: Row, **feeds: list[Row]) -> dict[str, Any]:
    (row,) = reviewed(*(alarms or (MAINS, DISCHARGE)), generator_runs=[run_row], **feeds).to_dict("records")
    return {str(name): value for name, value in row.items()}


def outage(*alarms: Row, **feeds: list[Row]) -> dict[str, Any]:
    events = power_events(power(alarms=list(alarms), **feeds), POLICY, ZONE, AS_OF)
    (row,) = events.mains_outages.to_dict("records")
    return {str(name): value for name, value in row.items()}


# The five witnesses


def test_five_witnesses_agree_of_a_good_run() -> None:
    found = review(claim())
    assert [found[f"witness_{name}"] for name in WITNESSES] == ["agree"] * 5
    assert (found["grade"], found["speaking"], found["verified"], found["counts"]) == (5, 5, True, True)
    assert (found["contradiction"], found["mains_outage_id"]) == ("none", "MO-S1-20260312T000000Z")
    assert pd.isna(found["evidence_zh"])
    assert pd.isna(found["evidence_en"])


def test_what_is_unknown_is_silent_and_contradicts_nothing() -> None:
    found = review(run("03-12 10:00", "03-12 13:00", **BARE))
    assert [found[f"witness_{name}"] for name in WITNESSES] == ["agree", *["silent"] * 4]
    assert (found["grade"], found["speaking"], found["contradiction"], found["counts"]) == (1, 1, "none", True)


@pytest.mark.parametrize(
    ("witness", "values", "says"),
    [
        ("position", {"arrived_latitude": 0.0045, "arrived_longitude": 0.0}, "agree"),
        ("position", {"arrived_latitude": 0.0046, "arrived_longitude": 0.0}, "contradict"),
        ("position", {"arrived_latitude": 0.5, "arrived_longitude": None}, "silent"),
        ("energy", {"energy_kwh": 3.22}, "agree"),
        ("energy", {"energy_kwh": 3.2}, "contradict"),
        ("energy", {"energy_kwh": 19.2}, "agree"),
        ("energy", {"energy_kwh": 19.3}, "contradict"),
        ("energy", {"energy_kwh": 0.0}, "contradict"),
        ("energy", {"energy_kwh": None}, "silent"),
        ("fuel", {"fuel_l": 0.5}, "agree"),
        ("fuel", {"fuel_l": 0.4}, "contradict"),
        ("fuel", {"fuel_l": 6.7}, "agree"),
        ("fuel", {"fuel_l": 6.8}, "contradict"),
        ("fuel", {"rated_kw": None}, "silent"),
        ("fuel", {"fuel_l": None}, "silent"),
        ("voltage", {"start_voltage_v": 51.9, "end_voltage_v": 53.0}, "agree"),
        ("voltage", {"start_voltage_v": 52.0}, "contradict"),
        ("voltage", {"end_voltage_v": 52.9}, "contradict"),
        ("voltage", {"start_voltage_v": 52.0, "end_voltage_v": None}, "contradict"),
        ("voltage", {"start_voltage_v": None, "end_voltage_v": 52.9}, "contradict"),
        ("voltage", {"start_voltage_v": 48.0, "end_voltage_v": None}, "silent"),
        ("voltage", {"start_voltage_v": None, "end_voltage_v": 53.6}, "silent"),
    ],
)
def test_a_witness_agrees_contradicts_or_is_silent(witness: str, values: Row, says: str) -> None:
    found = review(claim(**values))
    assert found[f"witness_{witness}"] == says
    others = [found[f"witness_{name}"] for name in WITNESSES if name != witness]
    assert others == ["agree"] * 4
    assert (found["contradiction"] == "none") == (says != "contradict") == found["counts"]


def test_where_the_load_is_unknown_any_energy_agrees_but_none_does_not() -> None:
    sites = [{"load_a": None}]
    assert review(claim(energy_kwh=90.0), sites=sites)["witness_energy"] == "agree"
    found = review(claim(energy_kwh=0.0, fuel_l=None), sites=sites)
    assert (found["witness_energy"], found["evidence_en"]) == ("contradict", "0.0 kWh generated")


def test_energy_and_fuel_of_a_run_that_goes_on_are_silent() -> None:
    found = review(claim(ended_at=None, end_voltage_v=None))
    assert (found["witness_energy"], found["witness_fuel"], found["counts"]) == ("silent", "silent", True)


def test_of_a_run_without_length_energy_and_fuel_are_silent() -> None:
    found = review(claim(ended_at=at("03-12 10:00")))
    assert (found["witness_energy"], found["witness_fuel"]) == ("silent", "silent")


def test_fuel_before_any_energy_is_no_contradiction_while_the_run_goes_on() -> None:
    found = review(claim(ended_at=None, end_voltage_v=None, energy_kwh=0.0))
    assert found["contradiction"] == "none"
    assert pd.isna(found["evidence_en"])


# What contradicts


@pytest.mark.parametrize(
    ("values", "kind", "zh", "en"),
    [
        ({"arrived_latitude": 0.05, "arrived_longitude": 0.0}, "position_far", "签到处距基站 5529 米",
         "checked in 5529 m from the site"),
        ({"energy_kwh": 0.0}, "fuel_without_energy", "发电 0.0 kWh，3.0 小时直流负载用电 6.4 kWh；油耗 3.0 L",
         "0.0 kWh generated, 6.4 kWh of DC load in 3.0 h; 3.0 L of fuel"),
        ({"energy_kwh": 0.0, "fuel_l": None}, "energy_unlike_load", "发电 0.0 kWh，3.0 小时直流负载用电 6.4 kWh",
         "0.0 kWh generated, 6.4 kWh of DC load in 3.0 h"),
        ({"fuel_l": 40.0}, "fuel_unlike_rating", "油耗 40.0 L，3.0 小时，油机 5 kW",
         "40.0 L of fuel in 3.0 h, a set of 5 kW"),
        ({"start_voltage_v": 53.5, "end_voltage_v": None}, "voltage_unlike_running",
         "开关电源电压：开始 53.5 V，结束 —", "rectifier voltage 53.5 V at the start, — at the end"),
        ({"empty_trip": True}, "empty_trip", "发电单标为空跑", "the order says empty trip"),
    ],
)  # fmt: skip
def test_a_contradiction_is_named_with_its_evidence_and_does_not_count(
    values: Row, kind: str, zh: str, en: str
) -> None:
    found = review(claim(**values))
    assert (found["contradiction"], found["evidence_zh"], found["evidence_en"]) == (kind, zh, en)
    assert (found["verified"], found["counts"]) == (True, False)


def test_a_claim_that_no_alarm_confirms_was_not_seen() -> None:
    found = review(claim(), MAINS, STILL_DISCHARGING)
    assert (found["contradiction"], found["verified"], found["counts"]) == ("claimed_not_seen", False, False)
    assert (found["grade"], found["speaking"]) == (4, 5)
    assert found["evidence_en"] == "no alarm cleared during it, or the site did not recover"


def test_a_claim_while_the_mains_had_not_failed_was_not_seen() -> None:
    found = review(claim(started_at=at("03-12 07:00"), ended_at=at("03-12 07:30")), MAINS, STILL_DISCHARGING)
    assert found["contradiction"] == "claimed_not_seen"
    assert pd.isna(found["mains_outage_id"])
    assert found["evidence_zh"].startswith("发电开始时市电未停")


def test_while_run_and_outage_last_the_alarms_are_silent() -> None:
    still = {"cleared_at": None}
    found = review(run("03-12 10:00", None, **BARE), MAINS | still, DISCHARGE | still)
    assert (found["witness_alarms"], found["contradiction"], found["counts"]) == ("silent", "none", False)
    over = review(run("03-12 10:00", "03-12 11:00", **BARE), MAINS | still, DISCHARGE | still)
    assert over["contradiction"] == "claimed_not_seen"


def test_once_the_mains_is_back_alarms_speak_of_a_run_that_goes_on_at_a_dark_site() -> None:
    dark = alarm("site_down", "03-12 09:00", None)
    found = review(run("03-12 10:00", None, **BARE), MAINS, STILL_DISCHARGING, dark)
    assert (found["witness_alarms"], found["contradiction"]) == ("contradict", "claimed_not_seen")


def test_everything_that_contradicts_stands_in_the_evidence() -> None:
    found = review(claim(arrived_latitude=0.05, fuel_l=40.0), MAINS, STILL_DISCHARGING)
    assert found["contradiction"] == "claimed_not_seen"
    assert found["evidence_en"].count("; ") == 2


def test_an_empty_trip_without_a_start_is_reviewed_at_its_arrival() -> None:
    found = review(run(None, None, **BARE, empty_trip=True, arrived_at=at("03-12 09:30")), MAINS)
    assert (found["contradiction"], found["happened_at"]) == ("empty_trip", at("03-12 09:30"))
    assert (found["witness_alarms"], found["evidence_en"]) == ("silent", "the order says empty trip")
    later = review(run(None, None, **BARE, empty_trip=True), MAINS)
    assert later["happened_at"] == at("03-12 08:00")


def test_a_dispatch_that_claims_nothing_is_not_reviewed() -> None:
    assert reviewed(MAINS, STILL_DISCHARGING, generator_runs=[run(None)]).empty


def test_a_run_without_a_rating_has_that_of_its_set_in_the_register() -> None:
    sets = {"generators": [{"generator_id": "G1", "rated_kw": 5.0}, {"generator_id": "G2", "rated_kw": 100.0}]}
    unrated = {"rated_kw": None, "generator_id": "G1"}
    assert review(claim(**unrated), **sets)["witness_fuel"] == "agree"
    heavy = review(claim(**unrated, fuel_l=90.0), **sets)
    assert heavy["contradiction"] == "fuel_unlike_rating"
    assert "a set of 5 kW" in heavy["evidence_en"]
    assert review(claim(generator_id="G2"), **sets)["witness_fuel"] == "agree", "the run's own rating stands"
    assert review(claim(rated_kw=None, generator_id="G9"), **sets)["witness_fuel"] == "silent"
    assert review(claim(rated_kw=None), **sets)["witness_fuel"] == "silent"


def test_no_fuel_and_no_energy_is_energy_unlike_the_load_and_no_fuel_without_energy() -> None:
    found = review(claim(energy_kwh=0.0, fuel_l=0.0))
    assert found["contradiction"] == "energy_unlike_load"
    assert review(claim(energy_kwh=0.0, fuel_l=0.1))["contradiction"] == "fuel_without_energy"
    silent = review(claim(energy_kwh=0.0, fuel_l=0.0, rated_kw=None))
    assert "of fuel" not in silent["evidence_en"]


# Seen and not claimed


@pytest.mark.parametrize(
    ("sign", "when"),
    [
        (ENGINE, "03-12 09:00"),
        (ENGINE | {"raised_at": at("03-12 19:58")}, "03-12 19:58"),
        (DISCHARGE, "03-12 10:05"),
        (DISCHARGE | {"kind": "low_voltage"}, "03-12 10:05"),
        (DISCHARGE | {"cleared_at": at("03-12 19:54:59")}, "03-12 19:54:59"),
    ],
)
def test_a_generator_or_a_relieved_battery_that_nobody_claims_was_seen(sign: Row, when: str) -> None:
    (found,) = reviewed(MAINS, sign).to_dict("records")
    assert (found["contradiction"], found["happened_at"], found["started_at"]) == (
        "seen_not_claimed",
        at(when),
        at(when),
    )
    assert pd.isna(found["run_id"])
    assert found["review_id"] == f"GR-S1-{at(when):%Y%m%dT%H%M%SZ}"
    assert (found["witness_alarms"], found["grade"], found["verified"], found["counts"]) == ("agree", 1, False, False)
    assert found["evidence_en"] == f"seen but not claimed: alarm {sign['alarm_id']}"


@pytest.mark.parametrize(
    ("alarms", "feeds"),
    [
        ([MAINS, ENGINE], {"sites": [{"fixed_generator": True}]}),
        ([MAINS, DISCHARGE | {"cleared_at": at("03-12 19:55")}], {}),
        ([MAINS, ENGINE | {"raised_at": at("03-12 20:00"), "cleared_at": at("03-12 21:00")}], {}),
        ([MAINS, ENGINE | {"raised_at": at("03-12 07:00")}], {}),
        ([DISCHARGE], {}),
    ],
)
def test_a_fixed_set_mains_coming_back_or_no_outage_is_no_sign(alarms: list[Row], feeds: dict[str, list[Row]]) -> None:
    assert reviewed(*alarms, **feeds).empty


@pytest.mark.parametrize("started", ["03-12 18:00", "03-12 07:00"])
def test_what_somebody_claims_of_the_outage_is_not_seen_beside(started: str) -> None:
    found = reviewed(MAINS, ENGINE, generator_runs=[run(started, "03-12 19:00", run_id="R1")])
    assert found["run_id"].tolist() == ["R1"]


OPENS = DISCHARGE | {"cleared_at": at("03-12 14:00")}


def down(since: str, until: str | None = "03-12 20:05") -> Row:
    return alarm("site_down", since, until, alarm_id="d1")


@pytest.mark.parametrize(
    ("site_down", "seen"),
    [
        (down("03-12 14:00"), False),
        (down("03-12 13:55"), False),
        (down("03-12 13:54:59"), True),
        (down("03-12 14:05"), False),
        (down("03-12 14:05:01"), True),
        (down("03-12 14:00", None), False),
        (down("03-12 13:58", "03-12 14:05:01"), False),
        (down("03-12 13:58", "03-12 14:05"), True),
        (down("03-12 14:00") | {"site_id": "S2"}, True),
    ],
)
def test_a_battery_alarm_that_the_disconnect_clears_is_no_sign(site_down: Row, *, seen: bool) -> None:
    # The disconnect opens at 14:00: the battery discharges no more, and the site is down with it.
    found = reviewed(MAINS, OPENS, site_down, sites=[{}, {"site_id": "S2"}])
    assert found["happened_at"].tolist() == ([at("03-12 14:00")] if seen else [])


def test_an_engine_at_a_site_that_goes_down_is_still_seen() -> None:
    engine = ENGINE | {"raised_at": at("03-12 14:00"), "cleared_at": at("03-12 18:00")}
    assert reviewed(MAINS, engine, down("03-12 14:00"))["happened_at"].tolist() == [at("03-12 14:00")]


def test_a_disconnect_hides_no_other_alarm_of_the_site() -> None:
    relieved = DISCHARGE | {"kind": "low_voltage", "alarm_id": "l1", "cleared_at": at("03-12 12:00")}
    assert reviewed(MAINS, OPENS, relieved, down("03-12 14:00"))["happened_at"].tolist() == [at("03-12 12:00")]


def test_the_first_sign_of_an_outage_stands_for_all() -> None:
    assert reviewed(MAINS, DISCHARGE, ENGINE)["happened_at"].tolist() == [at("03-12 09:00")]


# What counts


def test_of_runs_in_one_outage_the_first_that_is_not_contradicted_counts() -> None:
    first, second = claim(energy_kwh=0.0), claim(run_id="R2", started_at=at("03-12 10:02"))
    found = outage(MAINS, DISCHARGE, generator_runs=[first, second])
    assert (found["run_id"], found["started_at"], found["outcome"]) == ("R2", at("03-12 10:02"), "in_time")


def test_a_contradicted_run_counts_when_that_is_decided() -> None:
    runs = [claim(energy_kwh=0.0)]
    assert outage(MAINS, DISCHARGE, generator_runs=runs)["outcome"] == "late"
    decisions = [decided("counts")]
    assert outage(MAINS, DISCHARGE, generator_runs=runs, generator_decisions=decisions)["outcome"] == "in_time"


def test_a_claim_that_alarms_do_not_confirm_counts_only_when_that_is_decided() -> None:
    runs = [claim()]
    assert outage(MAINS, STILL_DISCHARGING, generator_runs=runs)["run_id"] is not runs[0]["run_id"]
    found = outage(MAINS, STILL_DISCHARGING, generator_runs=runs, generator_decisions=[decided("counts")])
    assert (found["run_id"], found["outcome"]) == ("R1", "in_time")


def test_a_run_of_which_all_agree_does_not_count_when_that_is_decided() -> None:
    found = outage(MAINS, DISCHARGE, generator_runs=[claim()], generator_decisions=[decided("does_not_count")])
    assert found["outcome"] == "late"
    assert pd.isna(found["started_at"])


def test_the_latest_decision_stands() -> None:
    decisions = [decided("counts", "03-15 08:00"), decided("does_not_count", "03-14 08:00")]
    assert review(claim(energy_kwh=0.0), generator_decisions=decisions)["counts"]


@pytest.mark.parametrize(
    ("place", "counts"),
    [
        ({"happened_at": at("03-12 09:00:30")}, True),
        ({"happened_at": at("03-12 09:01")}, False),
        ({"happened_at": at("03-12 09:00"), "site_id": "S2"}, False),
        ({"happened_at": at("03-12 09:00"), "run_id": "R9"}, False),
    ],
)
def test_what_nobody_claims_is_decided_by_site_and_minute(place: Row, *, counts: bool) -> None:
    decisions = [decided("counts") | {"run_id": None} | place]
    found = outage(MAINS, ENGINE, generator_decisions=decisions)
    assert found["outcome"] == ("in_time" if counts else "late")
    assert (found["started_at"] == at("03-12 09:00")) == counts


def test_undecided_contradictions_are_listed_earliest_first() -> None:
    far = {"arrived_latitude": 0.05}
    early, late = claim(started_at=at("03-12 10:01"), **far), claim(run_id="R2", started_at=at("03-12 10:03"), **far)
    good, settled = claim(run_id="R3"), claim(run_id="R4", **far)
    found = reviewed(
        MAINS, DISCHARGE, generator_runs=[late, early, good, settled],
        generator_decisions=[decided("does_not_count", run_id="R4")],
    )  # fmt: skip
    assert undecided(found)["run_id"].tolist() == ["R1", "R2"]
    assert undecided(found)["contradiction"].tolist() == ["签到过远 position far"] * 2
    assert readable(found)["run_id"].tolist() == ["R1", "R2", "R3", "R4"]
    assert readable(found)["decision"].dropna().tolist() == ["不计入 does not count"]


# Whatever is known of a run

maybe = st.one_of(st.none(), st.floats(0, 60))


@settings(max_examples=25)
@given(
    values=st.fixed_dictionaries(
        {"energy_kwh": maybe, "fuel_l": maybe, "rated_kw": maybe, "start_voltage_v": maybe, "end_voltage_v": maybe,
         "arrived_latitude": maybe, "arrived_longitude": maybe,
         "empty_trip": st.sampled_from([None, True, False])}
    ),
    decision=st.sampled_from([None, "counts", "does_not_count"]),
    confirmed=st.booleans(),
)  # fmt: skip
def test_a_run_counts_when_decided_or_else_when_alarms_agree_and_nothing_contradicts(
    values: Row, decision: str | None, *, confirmed: bool
) -> None:
    decisions = [decided(decision)] if decision else []
    found = review(claim(**values), MAINS, DISCHARGE if confirmed else STILL_DISCHARGING, generator_decisions=decisions)
    assert list(found) == GENERATION_REVIEWS.schema.names
    assert 0 <= found["grade"] <= found["speaking"] <= len(WITNESSES)
    said = [found[f"witness_{name}"] for name in WITNESSES]
    assert (found["grade"], found["speaking"]) == (said.count("agree"), 5 - said.count("silent"))
    assert found["contradiction"] in CONTRADICTIONS
    contradicted = "contradict" in said or bool(values["empty_trip"])
    assert (found["contradiction"] != "none") == contradicted == pd.notna(found["evidence_zh"])
    assert found["counts"] == (decision == "counts" or (decision is None and confirmed and not contradicted))
