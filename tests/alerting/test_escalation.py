"""Every edge of the ladder, in virtual time and without a database."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.alerting.escalation import Decision, Group, Member, decide, escalate_after, quiet_until
from ops_platform.policy import AlertPolicy, Ladder, Severity

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 12, 5, 18, tzinfo=UTC)  # 13:18 of the business day
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
POLICY = AlertPolicy()
LADDER = Ladder(severity="critical", steps=3, step_min=10, repeat_min=30, repeats=2, ack_min=60)
FRESH = Group("critical", 0, LADDER)
TOLD = Group("critical", 0, LADDER, told_at=NOW, step=1, escalate_at=NOW + 10 * MINUTE)
OPEN = Member(1, "open", NOW, (1,))


def at(group: Group, *members: Member, after: timedelta = timedelta(0)) -> Decision:
    return decide(group, members, POLICY, ZONE, NOW + after)


def told(member: Member) -> Member:
    return replace(member, told_at=NOW)


def test_what_is_new_is_told_at_once_to_the_first_step() -> None:
    decision = at(FRESH, OPEN)
    assert (decision.tell, decision.from_step, decision.to_step) == ("raised", 1, 1)


def test_a_rule_that_gathers_waits_from_the_first_that_became_true() -> None:
    group = replace(FRESH, gather_s=60)
    late = Member(2, "open", NOW + 50 * SECOND)
    assert at(group, OPEN, late, after=59 * SECOND) == Decision(next_at=NOW + MINUTE)
    assert at(group, OPEN, late, after=60 * SECOND).tell == "raised"


def test_a_step_has_its_time_and_then_the_next_is_told() -> None:
    assert at(TOLD, told(OPEN), after=10 * MINUTE - SECOND) == Decision(next_at=TOLD.escalate_at)
    decision = at(TOLD, told(OPEN), after=10 * MINUTE)
    assert (decision.tell, decision.from_step, decision.to_step) == ("escalated", 2, 2)


def test_after_the_last_step_all_are_told_again() -> None:
    last = replace(TOLD, step=3, escalate_at=NOW + 30 * MINUTE)
    decision = at(last, told(OPEN), after=30 * MINUTE)
    assert (decision.tell, decision.from_step, decision.to_step) == ("repeated", 1, 3)


def test_the_ladder_ends_after_its_repeats() -> None:
    waits = [escalate_after(LADDER, step, repeats, NOW) for step, repeats in ((1, 0), (2, 0), (3, 0), (3, 1), (3, 2))]
    assert waits == [NOW + 10 * MINUTE, NOW + 10 * MINUTE, NOW + 30 * MINUTE, NOW + 30 * MINUTE, None]
    assert at(replace(TOLD, escalate_at=None), told(OPEN), after=timedelta(days=9)) == Decision()


@pytest.mark.parametrize("silent", ["suppressed", "acked"])
def test_nothing_is_told_of_what_is_silenced_or_taken_on(silent: str) -> None:
    member = told(OPEN)
    member = replace(member, silent=True) if silent == "suppressed" else replace(member, state="acked")
    assert at(TOLD, member, after=timedelta(hours=9)) == Decision()


def test_an_acknowledgement_that_ends_is_told_from_the_first_step() -> None:
    taken = replace(told(OPEN), state="acked", ack_until=NOW + 60 * MINUTE)
    group = replace(TOLD, step=2)
    assert at(group, taken, after=59 * MINUTE) == Decision(next_at=taken.ack_until)
    decision = at(group, taken, after=60 * MINUTE)
    assert (decision.expire, decision.tell, decision.from_step, decision.to_step) == ((1,), "expired", 1, 1)


def test_what_joins_is_told_when_it_makes_the_group_a_quarter_larger() -> None:
    group = replace(TOLD, escalate_at=None)
    eight = [told(Member(n, "open", NOW, (n,))) for n in range(8)]
    one, two = (Member(100 + n, "open", NOW, (100 + n,)) for n in range(2))
    assert at(group, *eight, one, after=MINUTE) == Decision(next_at=NOW + 15 * MINUTE)
    assert at(group, *eight, one, two, after=59 * SECOND) == Decision(next_at=NOW + MINUTE)
    decision = at(group, *eight, one, two, after=MINUTE)
    assert (decision.tell, decision.from_step, decision.to_step) == ("grown", 1, 1)
    assert at(replace(group, step=2), *eight, one, two, after=MINUTE).to_step == 2


def test_what_joins_is_told_when_it_is_more_urgent_than_all_before() -> None:
    group = replace(TOLD, escalate_at=None)
    eight = [told(Member(n, "open", NOW, (n,))) for n in range(8)]
    assert at(group, *eight, Member(100, "open", NOW, (-1,)), after=MINUTE).tell == "grown"


def test_what_joins_is_told_within_a_quarter_of_an_hour_in_any_case() -> None:
    group = replace(TOLD, escalate_at=None)
    eight = [told(Member(n, "open", NOW, (n,))) for n in range(8)]
    assert at(group, *eight, Member(100, "open", NOW, (100,)), after=15 * MINUTE).tell == "grown"


def test_what_joins_after_all_before_were_taken_on_is_told_anew() -> None:
    taken = replace(told(OPEN), state="acked", ack_until=NOW + 60 * MINUTE)
    new = Member(2, "open", NOW)
    group = replace(TOLD, step=2)
    assert at(group, taken, new, after=30 * SECOND).tell is None, "not right after the last message"
    decision = at(group, taken, new, after=MINUTE)
    assert (decision.tell, decision.from_step, decision.to_step) == ("raised", 1, 1)


def test_the_end_is_told_at_once_when_nothing_is_left() -> None:
    over = replace(told(OPEN), state="resolved", resolved_at=NOW + MINUTE)
    decision = at(TOLD, over, after=MINUTE)
    assert (decision.tell_end, decision.close, decision.next_at) == ((1,), True, None)


def test_while_some_stand_ends_are_gathered() -> None:
    group = replace(TOLD, escalate_at=None)
    over = replace(told(OPEN), state="resolved", resolved_at=NOW)
    stands = told(Member(2, "open", NOW))
    assert at(group, over, stands, after=14 * MINUTE) == Decision(next_at=NOW + 15 * MINUTE)
    decision = at(group, over, stands, after=15 * MINUTE)
    assert (decision.tell_end, decision.close) == ((1,), False)


def test_what_is_only_expected_holds_up_no_end_and_keeps_the_group() -> None:
    over = replace(told(OPEN), state="resolved", resolved_at=NOW)
    expected = Member(2, "pending", NOW + 5 * MINUTE)
    decision = at(replace(TOLD, escalate_at=None), over, expected)
    assert (decision.tell_end, decision.close, decision.next_at) == ((1,), False, NOW + 5 * MINUTE)


def test_a_group_of_which_nothing_is_left_closes() -> None:
    assert at(TOLD).close


def test_what_is_expected_wakes_at_its_moment() -> None:
    expected = Member(1, "pending", NOW + 5 * MINUTE)
    assert at(FRESH, expected) == Decision(next_at=NOW + 5 * MINUTE)
    decision = at(FRESH, expected, after=5 * MINUTE)
    assert (decision.wake, decision.tell) == ((1,), "raised")


def test_history_wakes_and_is_told_to_nobody() -> None:
    assert at(FRESH, replace(OPEN, silent=True)) == Decision()


@pytest.mark.parametrize(
    ("local", "end"),
    [("21:59", None), ("22:00", "07:00"), ("23:30", "07:00"), ("06:59", "07:00"), ("07:00", None), ("13:00", None)],
)
def test_quiet_hours_are_those_of_the_business(local: str, end: str | None) -> None:
    moment = datetime.combine(NOW.date(), time.fromisoformat(local), tzinfo=ZONE)
    until = quiet_until("major", POLICY, ZONE, moment)
    assert quiet_until("critical", POLICY, ZONE, moment) is None
    assert (until.astimezone(ZONE).strftime("%H:%M") if until else None) == end
    assert until is None or timedelta(0) < until - moment <= timedelta(hours=9)


def test_quiet_hours_within_one_day() -> None:
    noon = POLICY.model_copy(update={"quiet_from": time(12), "quiet_to": time(14)})
    assert quiet_until("minor", noon, ZONE, NOW) == datetime(2026, 3, 12, 6, tzinfo=UTC)
    assert quiet_until("minor", noon, ZONE, NOW + timedelta(hours=1)) is None


def test_in_the_quiet_hours_only_the_critical_is_told_and_the_rest_waits() -> None:
    night = datetime(2026, 3, 12, 18, tzinfo=UTC)  # 02:00 of the business day
    morning = datetime(2026, 3, 12, 23, tzinfo=UTC)
    member = replace(OPEN, true_at=night)
    over = replace(told(member), state="resolved", resolved_at=night)
    severity: Severity
    for severity in ("major", "minor"):
        group = replace(FRESH, severity=severity)
        assert decide(group, [member], POLICY, ZONE, night) == Decision(next_at=morning)
        assert decide(group, [over], POLICY, ZONE, night) == Decision(next_at=morning)
        assert decide(group, [member], POLICY, ZONE, morning).tell == "raised"
    assert decide(FRESH, [member], POLICY, ZONE, night).tell == "raised"


moments = st.integers(-120, 120).map(lambda minutes: NOW + minutes * MINUTE)
members = st.builds(
    Member,
    st.integers(1, 9),
    st.sampled_from(["pending", "open", "acked"]),
    moments,
    st.tuples(st.integers(0, 3)),
    st.booleans(),
    st.none() | moments,
    moments,
)
groups = st.builds(
    Group, st.just("critical"), st.sampled_from([0, 60]), st.just(LADDER), st.just(NOW - 120 * MINUTE),
    st.integers(1, 3), st.integers(0, 2), st.none() | moments,
)  # fmt: skip


@given(group=groups, some=st.lists(members, max_size=5, unique_by=lambda member: member.id))
def test_nothing_that_is_to_be_told_is_ever_left_without_a_moment(group: Group, some: list[Member]) -> None:
    decision = decide(group, some, POLICY, ZONE, NOW)
    untold = [m for m in some if m.state == "open" and not m.silent and not m.told_at]
    assert not untold or decision.tell or decision.next_at
    assert decision.next_at is None or decision.next_at > NOW
    if not any(m.state == "open" and not m.silent for m in some) and not decision.wake and not decision.expire:
        assert decision.tell is None
