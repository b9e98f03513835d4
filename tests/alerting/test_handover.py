"""What one shift hands over to the next, on both databases."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ops_platform.alerting.acknowledge import acknowledge
from ops_platform.alerting.handover import LATE, Handover, Load, handover, shift_at
from ops_platform.alerting.standing import open_groups
from ops_platform.platform import Platform
from ops_platform.policy import AlertPolicy
from ops_platform.settings import Settings
from ops_platform.state import State
from tests.alerting.conftest import HAN, LI, NOW, desk, evaluate, inspection, outage, pass_time
from tests.maintenance.builders import at, store

ZONE = ZoneInfo("Asia/Shanghai")
CHANGES = (time(8), time(20))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SHIFTS = [
    {"office_id": "O1", "step": 1, "staff_id": "E07", "starts_at": at("03-12 08:00"), "ends_at": at("03-12 20:00")},
    {"office_id": "O1", "step": 1, "staff_id": "E08", "starts_at": at("03-12 20:00"), "ends_at": at("03-13 08:00")},
]


def given_over(state: State, home: Path, now: datetime) -> Handover:
    staff = [{"staff_id": "E07", "staff_name": "李雷"}, {"staff_id": "E08", "staff_name": "韩梅梅"}]
    store(home / "warehouse", duty_rota=SHIFTS, staff=staff, offices=[{"office_id": "O1", "office_name": "前旗"}])
    return handover(Platform(Settings(home=home, state_url=state.url, frozen_at=now)), now)


@pytest.mark.parametrize(
    ("moment", "starts", "ends"),
    [
        ("03-12 07:59", "03-11 20:00", "03-12 08:00"),
        ("03-12 08:00", "03-12 08:00", "03-12 20:00"),
        ("03-12 23:00", "03-12 20:00", "03-13 08:00"),
        ("03-13 00:30", "03-12 20:00", "03-13 08:00"),
    ],
)
def test_a_shift_lasts_from_one_change_to_the_next(moment: str, starts: str, ends: str) -> None:
    shift = shift_at(CHANGES, ZONE, at(moment))
    assert (shift.starts_at, shift.ends_at) == (at(starts), at(ends))


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sets(st.times().map(lambda one: one.replace(second=0, microsecond=0)), min_size=1, max_size=4),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Santiago"]),
)
def test_every_moment_lies_in_one_shift_also_where_clocks_change(
    moment: datetime, changes: set[time], zone: str
) -> None:
    where = ZoneInfo(zone)
    now = moment.replace(tzinfo=UTC)
    shift = shift_at(sorted(changes), where, now)
    assert shift.starts_at <= now < shift.ends_at
    assert shift_at(sorted(changes), where, shift.ends_at).starts_at == shift.ends_at
    assert shift_at(sorted(changes), where, shift.starts_at) == shift


def test_changes_of_shifts_are_in_the_order_of_the_day() -> None:
    for wrong in ((), (time(20), time(8)), (time(8), time(8)), (time(8, 0, 30),)):
        with pytest.raises(ValidationError):
            AlertPolicy(shift_changes=wrong)


def test_it_is_of_the_next_change_or_of_one_within_the_last_hour(sqlite_state: State, tmp_path: Path) -> None:
    for now, change in (
        (at("03-12 13:18"), at("03-12 20:00")),
        (at("03-12 20:00"), at("03-12 20:00")),
        (at("03-12 20:00") + LATE - MINUTE, at("03-12 20:00")),
        (at("03-12 20:00") + LATE, at("03-13 08:00")),
    ):
        given = given_over(sqlite_state, tmp_path, now)
        assert (given.outgoing.ends_at, given.incoming.starts_at) == (change, change)


def test_who_is_on_duty_before_and_after(sqlite_state: State, tmp_path: Path) -> None:
    for now in (at("03-12 19:30"), at("03-12 20:00"), at("03-12 20:30")):
        given = given_over(sqlite_state, tmp_path, now)
        assert (list(given.before["staff_id"]), list(given.after["staff_id"])) == (["E07"], ["E08"])


def test_what_was_resolved_is_told_since_the_shift_began(state: State, tmp_path: Path) -> None:
    first, second = outage("S1", true_min=-360), outage("S2", true_min=-360)
    evaluate(state, first, second, now=NOW - 6 * HOUR)
    evaluate(state, second, outage("S3", true_min=-330, suppressed="PW1"), now=NOW - 5.4 * HOUR)  # before 08:00
    evaluate(state, now=NOW)
    given = given_over(state, tmp_path, NOW)
    assert [row["subject"] for row in given.resolved] == ["S2"]


def test_what_comes_in_the_next_shift_is_due_expected_or_no_longer_acknowledged(state: State, tmp_path: Path) -> None:
    rules = ("generator_leave_by", "inspection_due_soon")
    soon = [inspection(f"S{n}", due, "inspection_due_soon") for n, due in ((5, "2026-03-12"), (6, "2026-03-13"))]
    evaluate(
        state, outage("S1", deadline_min=42), outage("S2", deadline_min=60 * 40), outage("S3", true_min=8),
        outage("S4", suppressed="PW1"), *soon, rules=rules,
    )  # fmt: skip
    acknowledge(state, desk(), [2], "E07", NOW)
    found = [(one.what, one.episode["subject"], one.at) for one in given_over(state, tmp_path, NOW).coming]
    assert found == [
        ("expected", "S3", NOW + 8 * MINUTE), ("due", "S1", NOW + 42 * MINUTE), ("ack_ends", "S2", NOW + 2 * HOUR),
        ("due", "S5", at("03-13 00:00")),
    ]  # fmt: skip


def test_the_load_of_each_person_on_duty(state: State, tmp_path: Path) -> None:
    evaluate(state, outage("S1"), outage("S2"), people=(LI, HAN))
    acknowledge(state, desk((LI, HAN)), [1], "E08", NOW + MINUTE, "note")
    pass_time(state, NOW + 11 * MINUTE, (LI, HAN))
    given = given_over(state, tmp_path, NOW + 11 * MINUTE)
    assert list(given.loads) == [Load("E07", 1, 0, 2, 0), Load("E08", 1, 1, 2, 1)]


def test_groups_stand_by_severity_then_by_what_needs_somebody_then_by_their_limit(state: State) -> None:
    rules = ("generator_leave_by", "inspection_overdue", "inspection_due_soon")
    conditions = [
        inspection("S1", "2026-03-09"), outage("S2", "O2", 90), outage("S3", "O3", 30), outage("S4", "O4", 10),
        inspection("S5", "2026-03-14", "inspection_due_soon"), outage("S6", "O6", 5, suppressed="PW1"),
    ]  # fmt: skip
    evaluate(state, *conditions, rules=rules)
    acknowledge(state, desk(), [4], "E07", NOW)
    groups = open_groups(state, Settings())
    assert [one.episodes[0]["subject"] for one in groups] == ["S3", "S2", "S4", "S1", "S5", "S6"]


def test_what_happens_next_is_what_would_be_decided_then(state: State) -> None:
    evaluate(state, outage("S1"), outage("S2", "O2", suppressed="PW1"), outage("S3", "O3"))
    acknowledge(state, desk(), [3], "E07", NOW)
    by_subject = {one.episodes[0]["subject"]: one for one in open_groups(state, Settings())}
    first = by_subject["S1"].foreseen
    assert first is not None
    assert (first.tell, first.to_step, by_subject["S1"].group["next_at"]) == ("escalated", 2, NOW + 10 * MINUTE)
    assert by_subject["S2"].foreseen is None
    third = by_subject["S3"].foreseen
    assert third is not None
    assert third.expire == (3,)
    assert by_subject["S3"].group["next_at"] == NOW + 2 * HOUR


def test_what_is_taken_on_comes_after_what_is_not_within_a_group(state: State) -> None:
    evaluate(state, outage("S1", deadline_min=5), outage("S2", deadline_min=50))
    acknowledge(state, desk(), [1], "E07", NOW)
    (group,) = open_groups(state, Settings())
    assert [row["subject"] for row in group.episodes] == ["S2", "S1"]
