"""A site that failed its acceptance or has open hazards is not in service."""

from typing import Any

from ops_platform.maintenance.network_service import sites_in_service
from tests.maintenance.builders import Row, frame, on

DAYS = [on("03-10"), on("03-11"), on("03-12")]


def days_in_service(*tests: Row, **site: Any) -> list[str]:
    rows = sites_in_service(frame("sites", {"site_id": "S1"} | site), frame("acceptance_tests", *tests), DAYS)
    assert set(rows["site_id"]) <= {"S1"}
    return [f"{day:%m-%d}" for day in rows["day_on"]]


def test_a_site_is_in_service_from_its_first_day() -> None:
    assert days_in_service(in_service_on=on("03-11")) == ["03-11", "03-12"]


def test_a_site_is_out_of_service_from_the_day_it_retires() -> None:
    assert days_in_service(retired_on=on("03-12")) == ["03-10", "03-11"]


def test_a_site_that_failed_is_out_of_service_from_the_day_of_the_test() -> None:
    assert days_in_service({"tested_on": on("03-11"), "passed": False}) == ["03-10"]


def test_a_site_with_one_open_hazard_is_out_of_service_though_it_passed() -> None:
    assert days_in_service({"tested_on": on("03-01"), "open_hazards": 1}) == []


def test_a_later_pass_brings_the_site_into_service() -> None:
    failed, passed = {"tested_on": on("03-01"), "passed": False}, {"tested_on": on("03-12")}
    assert days_in_service(passed, failed) == ["03-12"]


def test_of_two_tests_on_one_day_the_later_row_decides() -> None:
    failed, passed = {"tested_on": on("03-01"), "passed": False}, {"tested_on": on("03-01")}
    assert days_in_service(failed, passed) == ["03-10", "03-11", "03-12"]
    assert days_in_service(passed, failed) == []


def test_the_test_of_another_site_says_nothing() -> None:
    assert len(days_in_service({"site_id": "S2", "tested_on": on("03-01"), "passed": False})) == len(DAYS)


def test_no_day_asked_for_is_no_day_in_service() -> None:
    assert sites_in_service(frame("sites", {}), frame("acceptance_tests"), []).empty
