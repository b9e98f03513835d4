"""The ledger: one open episode for each fingerprint, each told exactly once, across repeats, races and clock jumps."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ops_platform.alerting import ledger
from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.ledger import CLOCK_TOLERANCE, LONGEST_GAP, Changes, reconcile
from ops_platform.alerting.rota import NOBODY, Recipient
from ops_platform.alerting.rules import Condition
from ops_platform.state import EPISODE_EVENT, OUTBOX, OUTBOX_EPISODE, State
from tests.alerting.conftest import (
    HAN,
    LI,
    NOW,
    Script,
    desk,
    empty,
    episodes,
    evaluate,
    inspection,
    outage,
    outbox,
    pass_time,
)

MINUTE = timedelta(minutes=1)


def events(state: State) -> list[str]:
    return [row["kind"] for row in state.rows(sa.select(EPISODE_EVENT).order_by(EPISODE_EVENT.c.id))]


def deliver(state: State) -> None:
    """Have everything sent that waits to be."""
    with state.transaction() as connection:
        connection.execute(OUTBOX.update().where(OUTBOX.c.state == "pending").values(state="sent"))


def test_a_condition_opens_an_episode_and_tells_everybody_on_duty_once(state: State) -> None:
    changes = evaluate(state, outage(), people=(LI, HAN), channels=("smtp", "webhook"))
    assert changes == Changes(opened=("generator_leave_by:S001",), enqueued=4)
    assert [(row["channel"], row["recipient"]) for row in outbox(state)] == [
        ("smtp", "li@example.com"), ("webhook", "E07"), ("smtp", "han@example.com"), ("webhook", "E08"),
    ]  # fmt: skip
    assert events(state) == ["opened", *["enqueued"] * 4]
    again = evaluate(state, outage(), people=(LI, HAN), channels=("smtp", "webhook"), now=NOW + MINUTE)
    assert again == Changes(kept=1)
    assert len(outbox(state)) == 4


def test_what_is_gone_is_resolved_and_those_who_were_told_hear_of_it(state: State) -> None:
    evaluate(state, outage(), people=(LI,))
    deliver(state)
    changes = evaluate(state, people=(HAN,), now=NOW + 5 * MINUTE)
    assert changes == Changes(resolved=("generator_leave_by:S001",), enqueued=1)
    raised, resolved = outbox(state)
    assert (resolved["kind"], resolved["recipient"]) == ("resolved", raised["recipient"])
    (episode,) = episodes(state)
    assert (episode["state"], episode["resolved_at"], episode["end_told"]) == ("resolved", NOW + 5 * MINUTE, True)
    assert evaluate(state, now=NOW + 6 * MINUTE) == Changes()
    assert episodes(state) == [episode]


def test_what_is_over_before_it_was_sent_is_not_sent(state: State) -> None:
    evaluate(state, outage(), rules=["generator_leave_by"])
    evaluate(state, now=NOW + MINUTE)
    assert [(row["kind"], row["state"]) for row in outbox(state)] == [("raised", "withdrawn")]


def test_what_returns_after_it_was_resolved_is_a_new_generation_and_is_told_again(state: State) -> None:
    for minute, conditions in enumerate([[outage()], [], [outage()]]):
        evaluate(state, *conditions, now=NOW + minute * MINUTE)
    assert [(row["state"], row["generation"]) for row in episodes(state)] == [("resolved", 1), ("open", 2)]
    assert [row["kind"] for row in outbox(state) if row["state"] == "pending"] == ["raised"]


def test_rules_that_were_not_evaluated_are_left_alone(state: State) -> None:
    evaluate(state, inspection(), rules=["inspection_overdue"])
    assert evaluate(state, rules=["inspection_due_soon", "generator_leave_by"]) == Changes()
    assert episodes(state)[0]["state"] == "open"


def test_a_county_without_mains_is_one_message_the_most_urgent_first(state: State) -> None:
    changes = evaluate(
        state,
        *(outage(f"S{n:03}", deadline_min=200 - n) for n in range(120)),
        outage("T001", office_id="O2"),
    )
    assert (len(changes.opened), changes.enqueued) == (121, 2)
    message = outbox(state)[0]
    assert "120 个基站" in message["title"]
    assert "S119" in message["title"]
    subjects = [episode["subject"] for episode in message["payload"]["episodes"]]
    assert subjects == [f"S{n:03}" for n in reversed(range(120))]
    lines = message["body"].splitlines()
    assert [line.split()[1] for line in lines[:2]] == ["S119", "S118"]
    assert (len(lines), "另有 100 个基站" in lines[-1]) == (21, True)


def test_a_rule_that_gathers_waits_for_more_from_when_it_became_true(state: State) -> None:
    rules = ["generator_not_dispatched"]

    def found(*sites: str) -> list[Condition]:
        return [outage(site, rule="generator_not_dispatched", true_min=-0.5) for site in sites]

    assert evaluate(state, *found("S1"), rules=rules).enqueued == 0
    assert evaluate(state, *found("S1", "S2"), rules=rules, now=NOW + timedelta(seconds=20)).enqueued == 0
    pass_time(state, NOW + MINUTE)
    (message,) = outbox(state)
    assert message["created_at"] == NOW + timedelta(seconds=30)
    assert len(message["payload"]["episodes"]) == 2


def test_what_time_alone_makes_true_is_told_at_its_moment_without_another_evaluation(state: State) -> None:
    assert evaluate(state, outage(true_min=7)).enqueued == 0
    assert episodes(state)[0]["state"] == "pending"
    pass_time(state, NOW + timedelta(minutes=6, seconds=59))
    assert outbox(state) == []
    pass_time(state, NOW + 8 * MINUTE)
    (message,) = outbox(state)
    assert message["created_at"] == NOW + 7 * MINUTE
    (episode,) = episodes(state)
    assert (episode["state"], episode["opened_at"], episode["told_at"]) == ("open", *[NOW + 7 * MINUTE] * 2)


def test_what_did_not_come_true_is_told_to_nobody(state: State) -> None:
    evaluate(state, outage(true_min=7))
    evaluate(state, now=NOW + MINUTE)
    pass_time(state, NOW + timedelta(days=1))
    assert outbox(state) == []
    assert events(state) == ["expected", "resolved"]


def test_what_is_expected_sooner_or_later_than_it_was_is_told_then(state: State) -> None:
    evaluate(state, outage("S1", true_min=5), outage("S2", office_id="O2", true_min=5))
    evaluate(state, outage("S1", true_min=3), outage("S2", office_id="O2", true_min=8), now=NOW + MINUTE)
    pass_time(state, NOW + 9 * MINUTE)
    assert [row["created_at"] for row in outbox(state)] == [NOW + 3 * MINUTE, NOW + 8 * MINUTE]


def test_a_matter_that_has_got_worse_ends_without_a_message_and_is_told_as_what_it_is(state: State) -> None:
    rules = ["generator_leave_by", "generator_late"]
    evaluate(state, outage(), outage(rule="generator_late", true_min=5), rules=rules)
    deliver(state)
    evaluate(state, outage(rule="generator_late", true_min=5), rules=rules, now=NOW + 5 * MINUTE)
    pass_time(state, NOW + 5 * MINUTE)
    assert [(row["kind"], row["payload"]["rule"]) for row in outbox(state)] == [
        ("raised", "generator_leave_by"), ("raised", "generator_late"),
    ]  # fmt: skip
    evaluate(state, outage("S2", office_id="O2"), rules=rules, now=NOW + 6 * MINUTE)
    deliver(state)
    dispatched = outage("S2", office_id="O2", rule="generator_late", true_min=9)
    evaluate(state, dispatched, rules=rules, now=NOW + 7 * MINUTE)
    assert [row["kind"] for row in outbox(state)][2:] == ["raised", "resolved"], "a worse one that is only expected"


def test_facts_follow_the_condition(state: State) -> None:
    evaluate(state, outage(deadline_min=42))
    later = outage(deadline_min=10)
    assert evaluate(state, later, now=NOW + 3 * MINUTE) == Changes(kept=1)
    (episode,) = episodes(state)
    assert episode["facts"] == dict(later.facts)
    assert episode["opened_at"] == NOW


def test_planned_work_silences_and_what_outlives_it_is_told(state: State) -> None:
    assert evaluate(state, outage(suppressed="PW12")).enqueued == 0
    pass_time(state, NOW + timedelta(hours=2))
    assert outbox(state) == []
    assert evaluate(state, outage(), now=NOW + timedelta(hours=2)).enqueued == 1


def test_planned_work_stops_the_ladder(state: State) -> None:
    evaluate(state, outage())
    evaluate(state, outage(suppressed="PW12"), now=NOW + MINUTE)
    pass_time(state, NOW + timedelta(days=1))
    assert len(outbox(state)) == 1


def test_an_open_cause_at_the_same_site_inhibits_until_it_ends(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    effect = replace(RULES["inspection_overdue"], inhibited_by=("generator_late",))
    monkeypatch.setattr(ledger, "RULES", {**RULES, effect.id: effect})
    rules = ["generator_late", "inspection_overdue"]
    cause = outage("S1", rule="generator_late")
    evaluate(state, cause, inspection("S1"), inspection("S2"), rules=rules)
    told = [
        e["subject"]
        for row in outbox(state)
        for e in row["payload"]["episodes"]
        if row["payload"]["rule"] != cause.rule.id
    ]
    assert told == ["S2"]
    assert [bool(row["inhibited_by"]) for row in episodes(state)] == [False, True, False]
    evaluate(state, inspection("S1"), inspection("S2"), rules=rules, now=NOW + timedelta(hours=1))
    assert not any(row["inhibited_by"] for row in episodes(state))
    assert [e["subject"] for e in outbox(state)[-1]["payload"]["episodes"]] == ["S1", "S2"]


def test_what_was_true_for_too_long_when_it_is_found_is_written_down_and_told_to_nobody(state: State) -> None:
    old = outage(true_min=-60 * 13)
    assert evaluate(state, old) == Changes(opened=(old.fingerprint,))
    pass_time(state, NOW + timedelta(days=1))
    assert evaluate(state, now=NOW + timedelta(days=1)).resolved == (old.fingerprint,)
    assert outbox(state) == []
    assert episodes(state)[0]["history"]


def test_what_was_true_before_a_rule_was_first_looked_at_stays_history(state: State) -> None:
    evaluate(state)
    assert evaluate(state, outage(true_min=-60 * 13), now=NOW + timedelta(hours=1)).enqueued == 0


def test_where_nobody_is_on_duty_the_webhook_hears_it_and_the_next_person_is_told(state: State) -> None:
    both = ("smtp", "webhook")
    changes = evaluate(state, outage(), people=(), channels=both)
    assert changes.unstaffed == (("generator_leave_by", "O1"),)
    (row,) = outbox(state)
    assert (row["channel"], row["recipient"], row["step"]) == ("webhook", NOBODY.staff_id, 0)
    assert "无人值班" in row["closing"]
    pass_time(state, NOW + 5 * MINUTE, people=(), channels=both)
    assert len(outbox(state)) == 1
    pass_time(state, NOW + 6 * MINUTE, channels=both)
    assert [row["recipient"] for row in outbox(state)[1:]] == ["li@example.com", "E07"]
    assert "无人值班" not in outbox(state)[-1]["closing"]
    assert episodes(state)[0]["told_at"] == NOW + 6 * MINUTE


def test_no_channel_or_no_address_never_makes_a_row_without_recipient(state: State) -> None:
    silent = Recipient("E09", "王五", "", "")
    assert evaluate(state, outage(), people=(silent,), channels=("smtp",)).unstaffed == (("generator_leave_by", "O1"),)
    assert outbox(state) == []
    pass_time(state, NOW + MINUTE, channels=())
    assert outbox(state) == []
    pass_time(state, NOW + 2 * MINUTE, channels=("smtp",))
    assert len(outbox(state)) == 1


def test_people_who_share_an_address_share_a_message(state: State) -> None:
    shared = Recipient("E08", "韩梅梅", LI.email, "")
    assert evaluate(state, outage(), people=(LI, shared), channels=("smtp", "room")).enqueued == 2
    assert [[p["staff_id"] for p in row["payload"]["people"]] for row in outbox(state)] == [["E07", "E08"]] * 2


def test_each_person_is_told_in_their_language_and_a_room_in_that_of_the_installation(state: State) -> None:
    english = Recipient("E08", "Han", "han@example.com", "", language="en")
    evaluate(state, outage(), people=(english,), channels=("webhook",))
    evaluate(state, outage("S2", office_id="O2"), outage(), people=(LI, english), channels=("room",))
    assert [row["title"][:4] for row in outbox(state)] == ["[Cri", "【紧急】"]


def test_people_on_duty_share_one_message_in_a_room(state: State) -> None:
    assert evaluate(state, outage(), people=(LI, HAN), channels=("room",)).enqueued == 1
    assert outbox(state)[0]["recipient"] == "room"


def test_a_channel_carries_only_what_it_was_set_up_for(state: State) -> None:
    narrow = replace(desk(), channels={"room": Script(by="", offices=("O1",))})
    reconcile(state, ["generator_leave_by"], [outage("S1", "O1"), outage("S2", "O2")], narrow, NOW)
    assert [row["payload"]["office_id"] for row in outbox(state)] == ["O1"]


def test_a_channel_taken_out_of_the_settings_is_told_no_more(state: State) -> None:
    evaluate(state, outage(), channels=("webhook", "room"))
    deliver(state)
    assert evaluate(state, channels=("webhook",), now=NOW + MINUTE).enqueued == 1


def test_an_evaluation_from_before_the_last_one_is_not_applied(state: State) -> None:
    evaluate(state, outage("S001"), outage("S002"))
    evaluate(state, outage("S001"), now=NOW + timedelta(hours=1))
    for conditions in ([], [outage("S002")], [outage("S003")]):
        assert evaluate(state, *conditions, now=NOW) == Changes(held=True)
    assert [row["state"] for row in episodes(state)] == ["open", "resolved"]


def test_of_evaluations_that_overlap_the_older_does_not_undo_the_newer(state: State) -> None:
    evaluate(state, outage())
    second = timedelta(seconds=1)
    for at in (NOW - CLOCK_TOLERANCE, NOW - CLOCK_TOLERANCE + second, NOW - second):
        assert evaluate(state, now=at) == Changes(held=True)
    assert evaluate(state, now=NOW).resolved == ("generator_leave_by:S001",)


def test_what_is_history_only_by_a_clock_that_ran_ahead_is_told_once_it_is_right(state: State) -> None:
    evaluate(state, now=NOW - MINUTE)
    assert evaluate(state, outage(), now=NOW + timedelta(days=1)).enqueued == 0
    assert [evaluate(state, outage(), now=NOW + n * MINUTE).enqueued for n in range(3)] == [0, 1, 0]
    assert not episodes(state)[0]["history"]


def test_history_stays_history(state: State) -> None:
    old = outage(true_min=-60 * 13)
    assert [evaluate(state, old, now=NOW + n * MINUTE).enqueued for n in range(3)] == [0, 0, 0]


def test_a_jump_ahead_waits_for_a_second_evaluation_that_agrees(state: State) -> None:
    def look(at: datetime, *conditions: Condition) -> Changes:
        return reconcile(state, ["generator_leave_by"], conditions, desk(), at)

    look(NOW, outage())
    assert look(NOW + LONGEST_GAP, outage()).kept == 1
    day = NOW + timedelta(days=1)
    assert look(day).held
    assert look(NOW + LONGEST_GAP + MINUTE, outage()).kept == 1  # the clock was put right
    assert look(day).held
    assert look(day + timedelta(days=1)).held  # still jumping about
    assert look(day + timedelta(days=1, seconds=30)).resolved
    assert not look(day + timedelta(days=1, seconds=60)).held


def test_a_condition_of_a_rule_that_was_not_evaluated_is_a_mistake(sqlite_state: State) -> None:
    with pytest.raises(ValueError, match="generator_leave_by"):
        evaluate(sqlite_state, outage(), rules=["inspection_overdue"])
    with pytest.raises(ValueError, match="no_such_rule"):
        evaluate(sqlite_state, rules=["no_such_rule"])


def test_evaluations_at_the_same_time_tell_once(state: State) -> None:
    conditions = [outage(f"S{n:03}", office_id=f"O{n % 3}") for n in range(12)]
    with ThreadPoolExecutor(8) as threads:
        changes = list(threads.map(lambda _: evaluate(state, *conditions), range(8)))
    assert sorted(len(change.opened) for change in changes) == [0] * 7 + [12]
    assert len(outbox(state)) == 3


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[tuple[str, ...], frozenset[str], int, int]]:
    """Draw evaluations: rules looked at, fingerprints found, people on duty, seconds since the last (may be < 0)."""
    rules = ("generator_leave_by", "generator_late")
    one = st.tuples(
        st.sampled_from([rules[:1], rules[1:], rules]),
        st.frozensets(st.sampled_from([f"{rule}:{site}" for rule in rules for site in "ABC"])),
        st.integers(0, 2),
        st.sampled_from([-3600, -30, 0, 1, 60, 7200]),
    )
    return draw(st.lists(one, max_size=8))


@given(history=histories())
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_history_keeps_the_promise(
    sqlite_state: State, history: list[tuple[tuple[str, ...], frozenset[str], int, int]]
) -> None:
    state, now, latest = sqlite_state, NOW, NOW
    empty(state)
    for rules, found, staffed, seconds in history:
        now += timedelta(seconds=seconds)
        latest = max(latest, now)
        minutes = (now - NOW) / MINUTE
        conditions = [outage(key[-1], rule=key[:-2], true_min=minutes) for key in found if key[:-2] in rules]
        changes = evaluate(state, *conditions, rules=rules, people=(LI, HAN)[:staffed], now=now)
        standing = {row["fingerprint"]: row for row in episodes(state) if row["state"] == "open"}
        assert len(standing) == sum(row["state"] == "open" for row in episodes(state))
        if not changes.held:
            assert {key for key in standing if key[:-2] in rules} == {c.fingerprint for c in conditions}
        if staffed and seconds >= 0:
            pass_time(state, latest + timedelta(hours=1), people=(LI, HAN)[:staffed])
            assert all(row["told_at"] for row in episodes(state) if row["state"] == "open")
    keys = [row["key"] for row in outbox(state)]
    assert len(keys) == len(set(keys))
    told = state.rows(
        sa.select(OUTBOX_EPISODE.c.episode_id, OUTBOX.c.kind, OUTBOX.c.channel, OUTBOX.c.recipient)
        .join(OUTBOX)
        .where(OUTBOX.c.kind == "resolved")
    )
    assert set(Counter(tuple(row.values()) for row in told).values()) <= {1}
    heard = {e["id"] for row in outbox(state) for e in row["payload"]["episodes"]}
    assert {row["id"] for row in episodes(state) if row["told_at"]} <= heard
