"""Sensors and schedules, each on its own: what they ask for, what they write, and what they leave alone."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from ops_platform.contracts import FEEDS
from ops_platform.policy import CoveragePolicy
from ops_platform.state import EPISODE, OUTBOX
from ops_platform.ticks import CURSORS
from sensors import month_close as closing
from sensors.inbox import RANGE_END, RANGE_START, day_ranges, newest_by_month, stale_months
from sensors.jobs import CARDS
from tests.dagster.conftest import LONG_AGO_S, House

FAILED_AT = datetime(2026, 6, 2, 22, 0, tzinfo=UTC)
DEADLINE = FAILED_AT + timedelta(hours=4)
SHANGHAI_DAY = date(2026, 6, 3)


def names(request: dg.RunRequest) -> list[str]:
    return sorted(key.to_user_string() for key in request.asset_selection or [])


def note_run(house: House, job: str, status: dg.DagsterRunStatus, request: dg.RunRequest | None = None) -> str:
    """Record a run of a job in a given state, as a request asked for it."""
    tags = dict(request.tags) if request else {}
    return house.instance.create_run_for_job(house.defs.resolve_job_def(job), tags=tags, status=status).run_id


def received(house: House, feed: str, months: list[str]) -> None:
    """Note a receipt, and that what it touched is loaded."""
    house.receipt(feed, months, months)
    for job, request in house.tick("new_receipts"):
        note_run(house, job, dg.DagsterRunStatus.SUCCESS, request)


def written(file: Path, text: str = "a") -> None:
    """Write a file that has not changed since a moment long past."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (LONG_AGO_S, LONG_AGO_S))


def outbox_size(house: House) -> int:
    return len(house.platform.state.rows(sa.select(OUTBOX)))


def open_episodes(house: House) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in house.platform.state.rows(sa.select(EPISODE).where(EPISODE.c.state == "open")):
        found.setdefault(row["rule"], []).append(row["subject"])
    return found


@pytest.fixture
def branch(house: House) -> House:
    """One office, one site three hours of battery deep, one person on duty."""
    office = {"office_id": "O1", "office_name": "前旗", "office_name_en": "Front", "latitude": 36.6, "longitude": 101.7}
    site = {
        "site_id": "S1", "site_name": "一号站", "office_id": "O1", "staff_id": "E1", "latitude": 36.8,
        "longitude": 101.7, "area_class": "rural", "priority": "b", "capacity_ah": 5000.0, "strings": 2,
        "temperature_c": 25.0,
        "battery_installed_on": date(2026, 1, 1), "load_a": 50.0, "fixed_generator": False,
        "in_service_on": date(2020, 1, 1),
    }  # fmt: skip
    house.put("offices", [office])
    house.put("sites", [site])
    house.put("staff", [{"staff_id": "E1", "staff_name": "李雷", "office_id": "O1", "role": "maintenance"}])
    shift = {"starts_at": datetime(2026, 5, 1, tzinfo=UTC), "ends_at": datetime(2026, 8, 1, tzinfo=UTC)}
    house.put("duty_rota", [shift | {"office_id": "O1", "step": 1, "staff_id": "E1"}], "2026-05")
    return house


# new_files


def test_an_empty_inbox_starts_nothing(house: House) -> None:
    assert house.tick("new_files") == []


def test_a_missing_inbox_starts_nothing(house: House) -> None:
    house.settings.inbox.rmdir()
    assert house.tick("new_files") == []


def test_a_file_starts_one_intake_until_it_changes(house: House) -> None:
    file = house.settings.inbox / "sites.csv"
    written(file)
    ((job, first),) = house.tick("new_files")
    assert job == "intake"
    ((_, again),) = house.tick("new_files")
    assert again.run_key == first.run_key
    written(file, "ab")
    ((_, changed),) = house.tick("new_files")
    assert changed.run_key != first.run_key


def test_a_file_that_may_still_grow_is_left_until_it_is_whole(house: House) -> None:
    file = house.settings.inbox / "sites.csv"
    file.write_text("a")
    assert house.tick("new_files") == []
    written(file)
    assert len(house.tick("new_files")) == 1


@pytest.mark.parametrize("name", ["sites.csv.part", "sites.csv.PART", ".sites.csv"])
def test_what_intake_would_not_take_starts_nothing(house: House, name: str) -> None:
    written(house.settings.inbox / name)
    assert house.tick("new_files") == []


def test_a_file_claimed_by_an_intake_that_broke_off_starts_it_again(house: House) -> None:
    written(house.settings.inbox / ".claimed" / "sites.csv")
    assert [job for job, _ in house.tick("new_files")] == ["intake"]


@pytest.mark.parametrize("state", ["NOT_STARTED", "STARTING", "STARTED"])
def test_one_intake_at_a_time(house: House, state: str) -> None:
    written(house.settings.inbox / "sites.csv")
    note_run(house, "intake", dg.DagsterRunStatus[state])
    assert house.tick("new_files") == []


# new_receipts


def test_receipts_load_exactly_what_they_touched(house: House) -> None:
    house.receipt("sites", [""], [])
    house.receipt("cells", [""], [])
    house.receipt("faults", ["2026-04", "2026-05"], ["2026-04"])
    house.receipt("alarms", ["2026-05"], ["2026-05"])
    newest = house.receipt("cell_counters", ["2026-05-30", "2026-06-01", "2026-05-31", "2026-06-03"], ["2026-05"])
    asked = house.tick("new_receipts")
    assert [(job, request.partition_key, names(request)) for job, request in asked] == [
        ("load_dimensions", None, ["cells", "sites"]),
        ("load_events", "2026-04", ["faults"]),
        ("load_events", "2026-05", ["alarms", "faults"]),
        ("load_counters", None, ["cell_counters", "cell_days"]),
        ("load_counters", None, ["cell_counters", "cell_days"]),
    ]
    ranges = [(request.tags[RANGE_START], request.tags[RANGE_END]) for _, request in asked[-2:]]
    assert ranges == [("2026-05-30", "2026-06-01"), ("2026-06-03", "2026-06-03")]
    keys = [request.run_key for _, request in asked]
    assert len(set(keys)) == len(keys)
    assert house.instance.daemon_cursor_storage.get_cursor_values({CURSORS + "new_receipts"}) == {
        CURSORS + "new_receipts": str(newest)
    }


def test_days_of_two_feeds_are_loaded_apart_and_only_counters_make_cell_days(house: House) -> None:
    house.receipt("cell_counters", ["2026-05-30"], ["2026-05"])
    house.receipt("measurement_reports", ["2026-05-30"], ["2026-05"])
    asked = [request for _, request in house.tick("new_receipts")]
    assert sorted(map(names, asked)) == [["cell_counters", "cell_days"], ["measurement_reports"]]
    assert len({request.run_key for request in asked}) == 2


def test_receipts_are_loaded_once_and_later_ones_alone(house: House) -> None:
    house.receipt("faults", ["2026-04"], ["2026-04"])
    assert len(house.tick("new_receipts")) == 1
    assert house.tick("new_receipts") == []
    house.receipt("complaints", ["2026-05"], ["2026-05"])
    ((job, request),) = house.tick("new_receipts")
    assert (job, request.partition_key, names(request)) == ("load_events", "2026-05", ["complaints"])


def test_every_feed_has_a_job_that_loads_it(house: House) -> None:
    keys = {"none": "", "month": "2026-05", "day": "2026-05-31"}
    for feed, contract in FEEDS.items():
        house.receipt(feed, [keys[contract.grain]], [])
    loaded = {name for _, request in house.tick("new_receipts") for name in names(request)}
    assert loaded == {*FEEDS, "cell_days"}


def test_a_file_without_one_good_row_loads_nothing_and_holds_up_nothing(house: House) -> None:
    house.receipt("faults", [], [])
    house.receipt("cell_counters", [], [])
    house.receipt("sites", [], [])
    assert house.tick("new_receipts") == []
    house.receipt("faults", ["2026-05"], ["2026-05"])
    assert [request.partition_key for _, request in house.tick("new_receipts")] == ["2026-05"]


@pytest.mark.parametrize(
    ("days", "ranges"),
    [
        (set(), []),
        ({"2026-03-01"}, [("2026-03-01", "2026-03-01")]),
        ({"2026-02-28", "2026-03-01"}, [("2026-02-28", "2026-03-01")]),
        ({"2025-12-31", "2026-01-01", "2026-01-03"}, [("2025-12-31", "2026-01-01"), ("2026-01-03", "2026-01-03")]),
    ],
)
def test_days_become_ranges(days: set[str], ranges: list[tuple[str, str]]) -> None:
    assert day_ranges(days) == ranges


# stale_months


def months_built(house: House) -> list[tuple[str | None, list[str]]]:
    """Tick until no month is asked for, making no run; return months and selections."""
    found = []
    while asked := house.tick("stale_months"):
        ((_, request),) = asked
        found.append((request.partition_key, names(request)))
    return found


def test_months_are_rebuilt_one_a_tick_and_the_earliest_first(house: House) -> None:
    received(house, "faults", ["2026-05"])
    received(house, "alarms", ["2026-03", "2026-04"])
    assert months_built(house) == [("2026-03", []), ("2026-04", []), ("2026-05", [])]
    assert months_built(house) == []


def test_a_late_receipt_rebuilds_its_month_and_the_cards_of_those_that_look_back(house: House) -> None:
    for month in ("2026-02", "2026-03", "2026-04", "2026-05"):
        received(house, "faults", [month])
    months_built(house)
    received(house, "faults", ["2026-03"])
    assert months_built(house) == [("2026-03", []), ("2026-04", sorted(CARDS)), ("2026-05", sorted(CARDS))]


def test_where_measurements_calibrate_the_model_later_months_are_built_whole(house: House) -> None:
    coverage = CoveragePolicy(calibration="drive_tests", calibration_months=3)
    policy = house.settings.policy.model_copy(update={"coverage": coverage})
    house = House(house.settings.model_copy(update={"policy": policy}), house.instance)
    for month in ("2026-02", "2026-03", "2026-04"):
        received(house, "faults", [month])
    months_built(house)
    received(house, "drive_tests", ["2026-03"])
    assert months_built(house) == [("2026-03", []), ("2026-04", [])]


def test_a_new_register_rebuilds_the_running_month_and_no_other(house: House) -> None:
    for month in ("2026-04", "2026-05"):
        received(house, "faults", [month])
    months_built(house)
    house.receipt("targets", [""], [])
    for job, request in house.tick("new_receipts"):
        note_run(house, job, dg.DagsterRunStatus.SUCCESS, request)
    assert months_built(house) == [("2026-06", [])]


def test_a_month_looks_back_at_its_year_and_at_the_month_before() -> None:
    months = {1: ["2025-12"], 2: ["2026-01"], 3: ["2026-03"], 4: ["2025-10"]}
    assert newest_by_month(months, back=0) == {
        "2025-10": (4, 0),
        "2025-12": (1, 4),
        "2026-01": (2, 1),
        "2026-03": (3, 2),
    }
    assert newest_by_month(months, back=3)["2026-01"] == (2, 4), "calibration reaches farther than a scorecard"


def test_no_month_is_built_before_its_rows_are_loaded(house: House) -> None:
    house.receipt("faults", ["2026-04"], ["2026-04"])
    assert house.tick("stale_months") == [], "the sensors tick in no order; the facts are not there yet"
    ((job, request),) = house.tick("new_receipts")
    assert house.tick("stale_months") == []
    note_run(house, job, dg.DagsterRunStatus.SUCCESS, request)
    ((_, build),) = house.tick("stale_months")
    assert build.partition_key == "2026-04"


def test_a_lost_cursor_does_no_work_twice(house: House) -> None:
    received(house, "faults", ["2026-04", "2026-05"])
    for _ in range(2):
        ((job, request),) = house.tick("stale_months")
        note_run(house, job, dg.DagsterRunStatus.SUCCESS, request)
    key = CURSORS + stale_months.name
    house.instance.daemon_cursor_storage.set_cursor_values({key: "{}"})
    assert house.tick("stale_months") == []
    assert house.tick("stale_months") == []
    kept = house.instance.daemon_cursor_storage.get_cursor_values({key})
    assert json.loads(kept[key]) == {"2026-04": 1, "2026-05": 1}


@pytest.mark.parametrize("job", ["intake", "load_dimensions", "load_events", "load_counters", "build_month"])
def test_no_month_is_rebuilt_while_its_facts_move(house: House, job: str) -> None:
    received(house, "faults", ["2026-04"])
    run = house.instance.get_run_by_id(note_run(house, job, dg.DagsterRunStatus.STARTED))
    assert run is not None
    assert house.tick("stale_months") == []
    house.instance.report_run_canceled(run)
    assert len(house.tick("stale_months")) == 1


def test_a_month_that_fails_does_not_hold_up_the_others(house: House) -> None:
    received(house, "faults", ["2026-04", "2026-05"])
    ((job, request),) = house.tick("stale_months")
    note_run(house, job, dg.DagsterRunStatus.FAILURE, request)
    ((_, following),) = house.tick("stale_months")
    assert following.partition_key == "2026-05"


# overdue_inspections and slow_outage_response


def test_no_data_at_all_is_no_alert(house: House) -> None:
    for sensor in ("overdue_inspections", "slow_outage_response", "run_failures"):
        assert house.tick(sensor) == []
    assert open_episodes(house) == {}


def look(house: House, sensor: str, moment: datetime) -> House:
    """Evaluate a sensor at a moment; its jump from the last one is believed because it was seen just before."""
    house.at(moment - timedelta(seconds=30)).tick(sensor)
    then = house.at(moment)
    then.tick(sensor)
    return then


def test_an_outage_becomes_slow_by_the_passing_of_time_alone(branch: House) -> None:
    alarm = {"alarm_id": "A1", "site_id": "S1", "kind": "mains_failure", "raised_at": FAILED_AT}
    branch.put("alarms", [alarm], "2026-06")
    leave_by = DEADLINE - timedelta(minutes=67)  # 22 km of meridian at 40 km/h and 1.4 times as long, and 20 min
    seen = []
    for moment in (FAILED_AT, FAILED_AT + timedelta(minutes=12), leave_by + timedelta(minutes=1), DEADLINE):
        then = look(branch, "slow_outage_response", moment)
        seen.append((open_episodes(then), outbox_size(then)))
        then.tick("slow_outage_response")
        assert outbox_size(then) == seen[-1][1], "the same tick twice enqueues once"
    assert [episodes for episodes, _ in seen] == [
        {},
        {"generator_not_dispatched": ["S1"]},
        {"generator_leave_by": ["S1"]},
        {"generator_late": ["S1"]},
    ]
    assert [size for _, size in seen[:3]] == [0, 1, 2]


def test_an_outage_answered_or_over_is_resolved(branch: House) -> None:
    alarm = {"alarm_id": "A1", "site_id": "S1", "kind": "mains_failure", "raised_at": FAILED_AT}
    branch.put("alarms", [alarm], "2026-06")
    late = look(branch, "slow_outage_response", DEADLINE + timedelta(minutes=1))
    assert open_episodes(late) == {"generator_late": ["S1"]}
    branch.put("alarms", [alarm | {"cleared_at": DEADLINE + timedelta(minutes=5)}], "2026-06")
    after = look(branch, "slow_outage_response", DEADLINE + timedelta(minutes=10))
    assert open_episodes(after) == {}


def test_a_crew_on_its_way_is_not_sent_again(branch: House) -> None:
    alarm = {"alarm_id": "A1", "site_id": "S1", "kind": "mains_failure", "raised_at": FAILED_AT}
    branch.put("alarms", [alarm], "2026-06")
    run = {"run_id": "R1", "site_id": "S1", "dispatched_at": FAILED_AT + timedelta(minutes=30)}
    branch.put("generator_runs", [run], "2026-06")
    near = branch.at(DEADLINE - timedelta(minutes=5))
    near.tick("slow_outage_response")
    assert open_episodes(near) == {}


def test_an_inspection_becomes_due_and_overdue_by_the_passing_of_days(branch: House) -> None:
    inspection = {
        "inspection_id": "I1", "site_id": "S1", "staff_id": "E1", "window_starts_on": SHANGHAI_DAY,
        "due_on": SHANGHAI_DAY + timedelta(days=10), "accessible": True, "audited": False,
    }  # fmt: skip
    branch.put("inspections", [inspection], "2026-06")
    last_day_begins = datetime(2026, 6, 12, 16, 0, tzinfo=UTC)
    moments = {
        last_day_begins - timedelta(days=3, minutes=1): {},
        last_day_begins - timedelta(days=3): {"inspection_due_soon": ["S1"]},
        last_day_begins + timedelta(hours=23, minutes=59): {"inspection_due_soon": ["S1"]},
        last_day_begins + timedelta(days=1): {"inspection_overdue": ["S1"]},
    }
    for moment, expected in moments.items():
        then = branch.at(moment)
        then.tick("overdue_inspections")
        assert open_episodes(then) == expected, moment
        told = outbox_size(then)
        then.tick("overdue_inspections")
        assert outbox_size(then) == told


# run_failures


def test_a_failed_run_opens_an_episode_and_a_later_success_resolves_it(branch: House) -> None:
    run_id = note_run(branch, "build_month", dg.DagsterRunStatus.STARTED)
    branch.tick("run_failures")
    assert open_episodes(branch) == {}
    branch.instance.report_run_failed(branch.instance.get_run_by_id(run_id))
    branch.tick("run_failures")
    branch.tick("run_failures")
    assert open_episodes(branch) == {"run_failed": ["build_month"]}
    assert outbox_size(branch) == 1
    note_run(branch, "intake", dg.DagsterRunStatus.SUCCESS)
    branch.tick("run_failures")
    assert open_episodes(branch) == {"run_failed": ["build_month"]}, "another job's success says nothing of this one"
    note_run(branch, "build_month", dg.DagsterRunStatus.SUCCESS)
    branch.tick("run_failures")
    assert open_episodes(branch) == {}


def test_a_failed_run_says_which_step_failed_and_why(branch: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("the disk is full")

    monkeypatch.setattr("assets.facts.receive_all", fail)
    with pytest.raises(ValueError, match="disk is full"):
        branch.ticks.run("intake", dg.RunRequest())
    branch.tick("run_failures")
    ((told),) = branch.platform.state.rows(sa.select(EPISODE))
    assert told["facts"]["error"] == "receipts: ValueError: the disk is full"
    assert told["facts"]["job_name"] == "intake"


# month_close


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (datetime(2026, 6, 4, 0, 0, tzinfo=UTC), "2026-05"),
        (datetime(2027, 1, 4, 0, 0, tzinfo=UTC), "2026-12"),
        (datetime(2026, 3, 4, 0, 0, tzinfo=UTC), "2026-02"),
    ],
)
def test_the_fourth_at_eight_closes_last_month(at: datetime, month: str) -> None:
    context = dg.build_schedule_context(scheduled_execution_time=at)
    request = closing.month_close(context)
    assert isinstance(request, dg.RunRequest)
    assert (request.partition_key, request.run_key) == (month, f"close-{month}")


def test_closing_is_due_on_the_fourth_at_eight_local_time() -> None:
    schedule = closing.month_close
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 8 4 * *", "Asia/Shanghai")


# Ticks


def test_the_same_file_dropped_again_is_taken_again(house: House, tmp_path: Path) -> None:
    file = tmp_path / "strange.csv"
    file.write_text("a,b\n1,2\n")
    for _ in range(2):
        house.drop(file)
        assert [job for job, _ in house.settle("new_files")] == ["intake"]


def test_an_intake_that_fails_is_tried_three_times(house: House) -> None:
    written(house.settings.inbox / ".claimed" / "sites.csv")
    keys = set()
    for _ in range(3):
        ((job, request),) = house.tick("new_files")
        keys.add(request.run_key)
        note_run(house, job, dg.DagsterRunStatus.FAILURE, request)
    assert len(keys) == 3
    assert house.tick("new_files") == []


def test_a_later_success_of_another_month_does_not_hide_a_failure(house: House) -> None:
    for month, status in (("2026-04", dg.DagsterRunStatus.FAILURE), ("2026-05", dg.DagsterRunStatus.SUCCESS)):
        note_run(house, "build_month", status, dg.RunRequest(tags={"dagster/partition": month}))
    house.tick("run_failures")
    assert open_episodes(house) == {"run_failed": ["build_month 2026-04"]}
