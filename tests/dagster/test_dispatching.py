"""The dispatch board in Dagster: made by hand, and by its sensor while the mains is out."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg

from tests.dagster.conftest import House

FAILED_AT = datetime(2026, 6, 2, 22, 0, tzinfo=UTC)


def fill(house: House, restored_at: datetime | None = None) -> None:
    """Store one site without mains, a fault and a crew with a generator."""
    site = {"site_id": "S1", "site_name": "一站", "office_id": "O1", "latitude": 30.0, "longitude": 110.0,
            "priority": "c", "area_class": "town", "fixed_generator": False,
            "in_service_on": date(2020, 1, 1), "customers": 900, "load_a": 50.0}  # fmt: skip
    house.put("offices", [{"office_id": "O1", "office_name": "甲县", "office_name_en": "County A"}])
    house.put("sites", [site])
    house.put("generators", [{"generator_id": "G1", "office_id": "O1", "rated_kw": 5.0}])
    crew = {"crew_id": "C1", "office_id": "O1", "crew_name": "一队", "latitude": 30.0, "longitude": 110.0,
            "generator_id": "G1", "can_generate": True, "can_repair": True}  # fmt: skip
    house.put("crews", [crew])
    alarm = {"alarm_id": "A1", "site_id": "S1", "kind": "mains_failure", "raised_at": FAILED_AT,
             "cleared_at": restored_at}  # fmt: skip
    house.put("alarms", [alarm], "2026-06")
    fault = {"fault_id": "F1", "site_id": "S1", "fault_class": "critical", "occurred_at": FAILED_AT}
    house.put("faults", [fault], "2026-06")


def board_of(house: House) -> dict[str, dg.MetadataValue]:
    job = house.defs.resolve_job_def("plan_dispatch")
    result = job.execute_in_process(instance=house.instance)
    (event,) = result.asset_materializations_for_node("dispatch_board")
    return dict(event.metadata)


def test_the_board_tells_who_goes_where_and_what_is_lost(house: House) -> None:
    fill(house)
    shown = board_of(house)
    lines = str(shown["plan"].value).splitlines()
    assert len(lines) == 2 + 2
    assert "紧急抢修 urgent repair" in lines[2]
    assert "发电 generate" in lines[3]
    assert shown["sites_lost_anyway"].value == 1, "of its battery nothing is known"
    assert (
        0
        < float(str(shown["customer_hours_lost"].value))
        < float(str(shown["customer_hours_lost_if_nobody_goes"].value))
    )
    assert "甲县 County A" in str(shown["lost_anyway"].value)
    assert "no terrain is set" in str(shown["travel"].value)
    assert "the solver was done in time" in str(shown["planned_by"].value)


def test_a_house_without_any_fact_has_an_empty_board(house: House) -> None:
    shown = board_of(house)
    assert shown["dagster/row_count"].value == 0
    assert shown["customer_hours_lost"].value == 0


def test_the_board_is_made_anew_every_few_minutes_while_the_mains_is_out(house: House) -> None:
    fill(house)
    assert [job for job, _ in house.settle("open_outages")] == ["plan_dispatch"]
    assert house.settle("open_outages") == [], "once a moment"
    later = house.at(house.platform.now() + timedelta(minutes=5))
    assert [job for job, _ in later.settle("open_outages")] == ["plan_dispatch"]


def test_nothing_is_planned_when_the_mains_is_back(house: House) -> None:
    fill(house, restored_at=FAILED_AT + timedelta(hours=1))
    assert house.tick("open_outages") == []
