"""Site outages: only of sites in service, and the cause that fits first."""

import pandas as pd
import pytest

from ops_platform.maintenance.generation import site_outages
from ops_platform.policy import PowerPolicy
from tests.maintenance.builders import ZONE, Row, alarm, at, on, power, span

DOWN = alarm("site_down", "03-12 12:00", "03-12 13:00", alarm_id="d1")
MAINS = alarm("mains_failure", "03-12 08:00", "03-12 20:00")
TRANSMISSION = alarm("transmission", "03-12 11:00", "03-12 14:00")
WORK = span("03-12 11:00", "03-12 14:00")


def outages(*alarms: Row, **feeds: list[Row]) -> pd.DataFrame:
    return site_outages(power(alarms=list(alarms), **feeds), PowerPolicy(), ZONE)


def cause(*alarms: Row, **feeds: list[Row]) -> str:
    (found,) = outages(*alarms, **feeds)["cause"]
    return str(found)


def test_planned_work_comes_before_power_before_transmission_before_equipment() -> None:
    assert cause(DOWN, MAINS, TRANSMISSION, planned_work=[WORK]) == "planned"
    assert cause(DOWN, MAINS, TRANSMISSION) == "power"
    assert cause(DOWN, TRANSMISSION) == "transmission"
    assert cause(DOWN) == "equipment"


def test_the_alarms_and_works_of_another_site_explain_nothing() -> None:
    elsewhere = [MAINS | {"site_id": "S2"}, TRANSMISSION | {"site_id": "S2"}]
    assert cause(DOWN, *elsewhere, planned_work=[WORK | {"site_id": "S2"}]) == "equipment"


@pytest.mark.parametrize(
    ("raised", "cleared", "expected"),
    [
        ("03-12 12:00", "03-12 13:00", "power"),
        ("03-12 12:00:01", "03-12 13:00", "equipment"),
        ("03-12 11:00", "03-12 12:00", "equipment"),
        ("03-12 11:00", None, "power"),
    ],
)
def test_a_mains_outage_must_cover_the_start(raised: str, cleared: str | None, expected: str) -> None:
    assert cause(DOWN, alarm("mains_failure", raised, cleared)) == expected


def test_planned_work_must_cover_the_start() -> None:
    assert cause(DOWN, planned_work=[span("03-12 12:00", "03-12 12:30")]) == "planned"
    assert cause(DOWN, planned_work=[span("03-12 12:00:01", "03-12 12:30")]) == "equipment"
    assert cause(DOWN, planned_work=[span("03-12 11:00", "03-12 12:00")]) == "equipment"


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("03-12 11:54:59", "equipment"),
        ("03-12 11:55:00", "transmission"),
        ("03-12 12:05:00", "transmission"),
        ("03-12 12:05:01", "equipment"),
    ],
)
def test_a_transmission_alarm_raised_within_300_seconds_is_the_cause(raised: str, expected: str) -> None:
    assert cause(DOWN, alarm("transmission", raised, raised)) == expected


def test_each_transmission_alarm_has_its_own_300_seconds() -> None:
    flapping = [
        alarm("transmission", "03-12 11:50", "03-12 11:55"),
        alarm("transmission", "03-12 11:56", "03-12 11:57"),
    ]
    assert cause(DOWN, *flapping) == "transmission"


def test_an_open_transmission_alarm_covers_everything_after_it() -> None:
    assert cause(DOWN, TRANSMISSION | {"cleared_at": None}) == "transmission"
    assert cause(DOWN, alarm("transmission", "03-12 11:00", "03-12 12:00")) == "equipment"


def test_alarms_120_seconds_apart_are_one_site_outage() -> None:
    found = outages(DOWN, alarm("site_down", "03-12 13:02", None, alarm_id="d2"))
    assert found["alarm_ids"].tolist() == ["d1 d2"]
    assert found["up_at"].isna().all()
    assert len(outages(DOWN, alarm("site_down", "03-12 13:02:01"))) == 2


def test_a_site_outage_belongs_to_the_office_and_the_person_of_its_site() -> None:
    found = outages(DOWN, sites=[{"office_id": "O7", "staff_id": "E9"}])
    assert found[["site_outage_id", "office_id", "staff_id", "down_at", "up_at"]].iloc[0].tolist() == [
        "SO-S1-20260312T040000Z", "O7", "E9", at("03-12 12:00"), at("03-12 13:00"),
    ]  # fmt: skip


def test_a_site_that_is_not_in_service_has_no_outage() -> None:
    assert outages(DOWN, acceptance_tests=[{"tested_on": on("03-12"), "passed": False}]).empty
    assert outages(DOWN, sites=[{"in_service_on": on("03-13")}]).empty


def test_in_service_is_asked_of_the_local_date_of_the_start() -> None:
    first = [{"in_service_on": on("03-12")}]
    assert len(outages(alarm("site_down", "03-12 00:30"), sites=first)) == 1
    assert outages(alarm("site_down", "03-11 23:30", "03-12 10:00"), sites=first).empty


def test_no_alarms_are_no_outages() -> None:
    assert outages().empty
