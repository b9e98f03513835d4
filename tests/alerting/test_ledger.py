"""The ledger: one open episode for each fingerprint, each told exactly once, across repeats, races and clock jumps."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ops_platform.alerting.ledger import CLOCK_TOLERANCE, Changes
from ops_platform.alerting.rota import NOBODY, Recipient
from ops_platform.alerting.rules import RULES
from ops_platform.state import EPISODE_EVENT, OUTBOX, OUTBOX_EPISODE, State
from tests.alerting.conftest import HAN, LI, NOW, empty, episodes, evaluate, inspection, outage, outbox


def events(state: State) -> list[str]:
    return [row["kind"] for row in state.rows(sa.select(EPISODE_EVENT).order_by(EPISODE_EVENT.c.id))]


def test_a_condition_opens_an_episode_and_tells_everybody_on_duty_once(state: State) -> None:
    changes = evaluate(state, outage(), people=(LI, HAN), channels=("smtp", "webhook"))
    assert changes == Changes(opened=("generator_leave_by:S001",), enqueued=4)
    assert [(row["channel"], row["recipient"]) for row in outbox(state)] == [
        ("smtp", "li@example.com"), ("webhook", "E07"), ("smtp", "han@example.com"), ("webhook", "E08"),
    ]  # fmt: skip
    assert events(state) == ["opened", *["enqueued"] * 4]
    again = evaluate(state, outage(), people=(LI, HAN), channels=("smtp", "webhook"), now=NOW + timedelta(minutes=1))
    assert again == Changes(kept=("generator_leave_by:S001",))
    assert len(outbox(state)) == 4


def test_what_is_gone_is_resolved_and_those_who_were_told_hear_of_it(state: State) -> None:
    evaluate(state, outage(), people=(LI,))
    changes = evaluate(state, people=(HAN,), now=NOW + timedelta(minutes=5))
    assert changes == Changes(resolved=("generator_leave_by:S001",), enqueued=1)
    raised, resolved = outbox(state)
    assert (resolved["kind"], resolved["recipient"]) == ("resolved", raised["recipient"])
    (episode,) = episodes(state)
    assert (episode["state"], episode["resolved_at"]) == ("resolved", NOW + timedelta(minutes=5))
    assert evaluate(state, now=NOW + timedelta(minutes=6)) == Changes()
    assert episodes(state) == [episode]


def test_what_returns_after_it_was_resolved_is_a_new_episode_and_is_told_again(state: State) -> None:
    for minute, conditions in enumerate([[outage()], [], [outage()]]):
        evaluate(state, *conditions, now=NOW + timedelta(minutes=minute))
    assert [row["state"] for row in episodes(state)] == ["resolved", "open"]
    assert [row["kind"] for row in outbox(state)] == ["raised", "resolved", "raised"]


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
    assert [line.split()[1] for line in message["body"].splitlines()[:2]] == ["S119", "S118"]


def test_what_joins_later_is_told_alone(state: State) -> None:
    evaluate(state, outage("S001"))
    evaluate(state, outage("S001"), outage("S002"), now=NOW + timedelta(minutes=1))
    assert [[episode["subject"] for episode in row["payload"]["episodes"]] for row in outbox(state)] == [
        ["S001"], ["S002"],
    ]  # fmt: skip


def test_facts_follow_the_condition_and_the_last_sight_is_kept(state: State) -> None:
    evaluate(state, outage(deadline_min=42))
    later = outage(deadline_min=10)
    evaluate(state, later, now=NOW + timedelta(minutes=3))
    (episode,) = episodes(state)
    assert episode["facts"] == dict(later.facts)
    assert episode["seen_at"] == NOW + timedelta(minutes=3)
    assert episode["opened_at"] == NOW


def test_where_nobody_is_on_duty_the_webhook_hears_it_and_the_next_person_is_told(state: State) -> None:
    changes = evaluate(state, outage(), people=(), channels=("smtp", "webhook"))
    assert changes.unstaffed == (("generator_leave_by", "O1"),)
    (row,) = outbox(state)
    assert (row["channel"], row["recipient"], row["step"]) == ("webhook", NOBODY.staff_id, 0)
    assert "无人值班" in row["body"]
    minute = timedelta(minutes=1)
    still = evaluate(state, outage(), outage("S002"), people=(), channels=("smtp", "webhook"), now=NOW + minute)
    assert (still.unstaffed, still.enqueued) == (changes.unstaffed, 1)
    assert [e["subject"] for e in outbox(state)[-1]["payload"]["episodes"]] == ["S002"]
    staffed = evaluate(state, outage(), outage("S002"), channels=("smtp", "webhook"), now=NOW + 2 * minute)
    assert (staffed.unstaffed, staffed.enqueued) == ((), 2)
    assert "无人值班" not in outbox(state)[-1]["body"]
    assert evaluate(state, outage(), outage("S002"), now=NOW + 3 * minute).enqueued == 0


def test_no_channel_or_no_address_never_makes_a_row_without_recipient(state: State) -> None:
    silent = Recipient("E09", "王五", "", "")
    assert evaluate(state, outage(), people=(silent,), channels=("smtp",)).unstaffed == (("generator_leave_by", "O1"),)
    assert evaluate(state, outage(), channels=()).unstaffed == (("generator_leave_by", "O1"),)
    assert outbox(state) == []
    assert evaluate(state, outage(), channels=("smtp",)).enqueued == 1


def test_two_people_with_one_address_are_one_message(state: State) -> None:
    shared = Recipient("E08", "韩梅梅", LI.email, "")
    assert evaluate(state, outage(), people=(LI, shared), channels=("smtp",)).enqueued == 1


def test_people_on_duty_share_one_message_in_a_room(state: State) -> None:
    assert evaluate(state, outage(), people=(LI, HAN), channels=("room",)).enqueued == 1
    assert outbox(state)[0]["recipient"] == "room"


def test_a_channel_carries_only_what_it_was_set_up_for(state: State) -> None:
    changes = evaluate(state, outage("S001", "O2"), channels=("room",))
    assert (changes.enqueued, changes.unstaffed) == (0, (("generator_leave_by", "O2"),))
    assert evaluate(state, inspection(), rules=("inspection_overdue",), channels=("room",)).enqueued == 0


def test_a_channel_taken_out_of_the_settings_is_told_no_more(state: State) -> None:
    evaluate(state, outage(), channels=("webhook", "room"))
    assert evaluate(state, channels=("webhook",), now=NOW + timedelta(minutes=1)).enqueued == 1


def test_an_evaluation_from_before_the_last_one_is_not_applied(state: State) -> None:
    evaluate(state, outage("S001"), outage("S002"))
    evaluate(state, outage("S001"), now=NOW + timedelta(hours=1))
    for conditions in ([], [outage("S002")], [outage("S003")]):
        assert evaluate(state, *conditions, now=NOW) == Changes(held=True)
    assert [row["state"] for row in episodes(state)] == ["open", "resolved"]


def test_a_clock_set_back_a_little_moves_no_moment_back(state: State) -> None:
    evaluate(state, outage())
    changes = evaluate(state, now=NOW - CLOCK_TOLERANCE)
    assert changes.resolved == ("generator_leave_by:S001",)
    assert episodes(state)[0]["resolved_at"] == NOW


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
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_history_keeps_the_promise(
    sqlite_state: State, history: list[tuple[tuple[str, ...], frozenset[str], int, int]]
) -> None:
    state, now = sqlite_state, NOW
    empty(state)
    worsened: set[int] = set()
    for rules, found, staffed, seconds in history:
        now += timedelta(seconds=seconds)
        conditions = [outage(key[-1], rule=key[:-2]) for key in found if key[:-2] in rules]
        before = {row["id"]: row for row in episodes(state) if row["state"] == "open"}
        changes = evaluate(state, *conditions, rules=rules, people=(LI, HAN)[:staffed], now=now)
        worse = {f"{rule.id}:{c.subject}" for c in conditions for rule in RULES.values() if rule.worsens_to == c.rule}
        worsened |= {key for key, row in before.items() if row["fingerprint"] in worse & set(changes.resolved)}
        standing = {row["fingerprint"]: row for row in episodes(state) if row["state"] == "open"}
        assert len(standing) == sum(row["state"] == "open" for row in episodes(state))
        if not changes.held:
            assert {key for key in standing if key[:-2] in rules} == {c.fingerprint for c in conditions}
            if staffed:
                assert not changes.unstaffed
    told = state.rows(
        sa.select(OUTBOX_EPISODE.c.episode_id, OUTBOX.c.kind, OUTBOX.c.channel, OUTBOX.c.recipient, OUTBOX.c.step)
        .join(OUTBOX)
    )  # fmt: skip
    each = Counter((row["episode_id"], row["kind"], row["channel"], row["recipient"]) for row in told)
    assert set(each.values()) <= {1}
    raised, resolved = (
        {(episode_id, person) for episode_id, kind, _, person in each if kind == wanted}
        for wanted in ("raised", "resolved")
    )
    gone = {row["id"] for row in episodes(state) if row["state"] == "resolved"} - worsened
    assert {row["id"] for row in episodes(state)} == {row["episode_id"] for row in told}
    assert resolved == {(episode_id, person) for episode_id, person in raised if episode_id in gone}
