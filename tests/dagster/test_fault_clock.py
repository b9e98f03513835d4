"""The clock of faults in Dagster: stored, shown, and kept going by its schedule."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg

from ops_platform.contracts.outages import FAULT_CLOCK
from tests.dagster.conftest import House

OCCURRED_AT = datetime(2026, 5, 31, 2, 0, tzinfo=UTC)


def clock_of(house: House, *faults: dict[str, object]) -> dict[str, dg.MetadataValue]:
    house.put("offices", [{"office_id": "O1", "office_name": "甲县", "office_name_en": "County A"}])
    site = {"site_id": "S1", "site_name": "一站", "office_id": "O1", "latitude": 30.0, "longitude": 110.0,
            "priority": "c", "area_class": "town", "fixed_generator": False,
            "in_service_on": date(2020, 1, 1)}  # fmt: skip
    house.put("sites", [site])
    house.put("faults", [{"site_id": "S1", "fault_class": "minor", **fault} for fault in faults], "2026-05")
    result = house.defs.resolve_job_def("clock_faults").execute_in_process(instance=house.instance)
    assert all(check.passed for check in result.get_asset_check_evaluations())
    (event,) = result.asset_materializations_for_node("fault_clock")
    return dict(event.metadata)


def test_the_clock_is_stored_and_tells_what_is_open_and_overdue(house: House) -> None:
    repaired = {"fault_id": "F2", "occurred_at": OCCURRED_AT, "repaired_at": OCCURRED_AT + timedelta(days=1)}
    shown = clock_of(house, {"fault_id": "F1", "occurred_at": OCCURRED_AT}, repaired)
    assert (shown["dagster/row_count"].value, shown["open"].value, shown["open_and_overdue"].value) == (2, 1, 1)
    assert [row["fault_id"] for row in house.rows(FAULT_CLOCK)] == ["F1", "F2"]
    assert "甲县 County A" in str(shown["clock"].value)
    assert "calendar" not in shown


def test_a_limit_that_needs_holidays_not_yet_published_is_told(house: House) -> None:
    rule = {"count": "working_days", "limit": 3650}
    policy = house.settings.policy.model_validate({"fault": {"repair_limits": [rule]}})
    later = House(house.settings.model_copy(update={"policy": policy}), house.instance)
    assert "weekends" in str(clock_of(later, {"fault_id": "F1", "occurred_at": OCCURRED_AT})["calendar"].value)


def test_a_house_without_any_fact_has_an_empty_clock(house: House) -> None:
    assert clock_of(house)["dagster/row_count"].value == 0
