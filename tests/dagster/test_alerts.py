"""The alert ledger in the UI: what is open, the handover, the month's figures, and what keeps them fresh."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from ops_platform.alerting.acknowledge import acknowledge
from ops_platform.contracts.alerting import ALERT_FIGURES, ALERT_PEOPLE, PLANNED_WORK_USE
from ops_platform.demo import MOMENT
from ops_platform.state import EPISODE
from tests.alerting.conftest import desk, evaluate, outage
from tests.dagster.conftest import House

NOW = MOMENT.astimezone(UTC)
SITE = {"site_id": "S1", "site_name": "一站", "office_id": "O1", "latitude": 30.0, "longitude": 110.0, "priority": "c",
        "area_class": "town", "fixed_generator": False, "in_service_on": date(2020, 1, 1)}  # fmt: skip
WORK = {"work_id": "W1", "site_id": "S1", "reason": "割接", "approved_by": "王主任",
        "starts_at": datetime(2026, 6, 1, tzinfo=UTC), "ends_at": datetime(2026, 6, 2, tzinfo=UTC)}  # fmt: skip


def fill(house: House) -> None:
    """Put in two alerts of which one is acknowledged, and a day of planned work."""
    house.put("offices", [{"office_id": "O1", "office_name": "甲县", "office_name_en": "County A"}])
    house.put("staff", [{"staff_id": "E07", "staff_name": "李雷", "office_id": "O1", "role": "generation"}])
    house.put("sites", [SITE])
    house.put("planned_work", [WORK], "2026-06")
    state = house.platform.state
    minutes = (NOW - datetime(2026, 3, 12, 5, 18, tzinfo=UTC)) / timedelta(minutes=1)
    evaluate(state, *(outage(site, deadline_min=minutes + 30, true_min=minutes) for site in ("S1", "S2")), now=NOW)
    acknowledge(state, desk(), [1], "E07", NOW + timedelta(minutes=3))


def run(house: House, job: str, asset: str, **more: Any) -> dict[str, dg.MetadataValue]:
    """Run a job and return what an asset tells of itself; every check must pass."""
    result = house.defs.resolve_job_def(job).execute_in_process(instance=house.instance, **more)
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert failed == []
    (event,) = result.asset_materializations_for_node(asset)
    return dict(event.metadata)


def test_what_is_open_is_shown_with_who_has_it(house: House) -> None:
    fill(house)
    shown = run(house, "show_alerts", "open_alerts")
    assert (shown["dagster/row_count"].value, shown["not_acknowledged"].value) == (2, 1)
    assert "李雷 已认领，至 10:33" in str(shown["alerts"].value)
    tally = str(shown["by_severity_and_age"].value)
    for counted in ("合计 All | 2 |", "未认领 Open | 1 |", "已认领 Acked | 1 |", "将至 Expected | 0 |"):
        assert counted in tally


def test_the_handover_is_shown_and_kept_as_a_page(house: House) -> None:
    fill(house)
    shown = run(house, "hand_over_shift", "shift_handover", partition_key="2026-06")
    page = house.settings.reports / "handover" / "2026-06-03-0800.html"
    assert str(shown["dagster/uri"].value) == page.absolute().as_uri()
    assert "立即出发发电" in page.read_text(encoding="utf-8")
    assert "无人值班 / nobody" in str(shown["duty"].value)


def test_the_months_figures_are_stored_checked_and_shown(house: House) -> None:
    fill(house)
    shown = run(house, "hand_over_shift", "alert_figures", partition_key="2026-06")
    rows = {(row["level"], row["office_id"]): row for row in house.rows(ALERT_FIGURES, "2026-06")}
    assert len(rows) == 4
    assert (rows["branch", ""]["told"], rows["office", "O1"]["ack_in_time"]) == (2, 1)
    assert rows["branch", ""]["ack_mean_min"] == 3
    assert rows["branch", ""]["resolve_mean_min"] is None
    assert "| 甲县 County A | 2 |" in str(shown["by_office"].value)
    assert "立即出发发电 Leave now with a generator" in str(shown["by_rule"].value)
    assert "data:image/png" in str(shown["chart"].value)
    (person,) = house.rows(ALERT_PEOPLE, "2026-06")
    assert (person["staff_id"], person["told"], person["acknowledged"], person["ack_median_min"]) == ("E07", 2, 1, 3)


def test_people_are_shown_without_their_names(house: House) -> None:
    fill(house)
    shown = run(house, "hand_over_shift", "alert_people", partition_key="2026-06")
    assert "E07" in str(shown["preview"].value)
    assert "李雷" not in str(shown["preview"].value)


def test_an_office_that_overuses_planned_work_is_named(house: House) -> None:
    fill(house)
    shown = run(house, "hand_over_shift", "planned_work_use", partition_key="2026-06")
    (use,) = house.rows(PLANNED_WORK_USE, "2026-06")
    assert (use["works"], use["silenced_h"], use["site_h"], use["overused"]) == (1, 24, 720, True)
    assert shown["overused_by"].value == "甲县"


def test_a_month_without_alerts_and_a_house_without_facts_have_empty_figures(house: House) -> None:
    for asset in ("alert_figures", "alert_people", "planned_work_use", "shift_handover"):
        run(house, "hand_over_shift", asset, partition_key="2026-05")
    assert house.rows(ALERT_FIGURES, "2026-05") == []
    assert run(house, "show_alerts", "open_alerts")["dagster/row_count"].value == 0


def test_the_open_alerts_are_shown_anew_while_there_are_any_and_once_more_after(house: House) -> None:
    assert house.tick("alerts_stand") == []
    fill(house)
    assert [job for job, _ in house.settle("alerts_stand")] == ["show_alerts"]
    assert house.settle("alerts_stand") == [], "once a moment"
    with house.platform.state.transaction() as connection:
        connection.execute(EPISODE.update().values(state="resolved", resolved_at=NOW))
    assert len(house.at(NOW + timedelta(minutes=5)).tick("alerts_stand")) == 1
    assert house.at(NOW + timedelta(minutes=15)).tick("alerts_stand") == []


def test_the_schedule_hands_over_at_each_change_with_the_running_months_figures(house: House) -> None:
    schedule = house.defs.resolve_schedule_def("shift_change")
    assert schedule.cron_schedule == ["0 8 * * *", "0 20 * * *"]
    for at, month in (
        (datetime(2026, 6, 30, 12, tzinfo=UTC), "2026-06"),
        (datetime(2026, 7, 1, tzinfo=UTC), "2026-07"),
    ):
        with dg.build_schedule_context(
            instance=house.instance, scheduled_execution_time=at, repository_def=house.defs.get_repository_def()
        ) as context:
            (request,) = schedule.evaluate_tick(context).run_requests or []
        assert request.partition_key == month
