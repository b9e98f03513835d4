"""The dispatcher: attempted once while its lease lasts, retried with a bound, in doubt where no answer came."""

import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ops_platform.alerting import dispatcher
from ops_platform.alerting.channels import Outcome
from ops_platform.alerting.dispatcher import (
    FIRST_WAIT_S,
    LEASE_MARGIN_S,
    LONGEST_RETRY_AFTER_S,
    LONGEST_WAIT_S,
    MAX_ATTEMPTS,
    UNHEARD_AGAIN,
    Delivered,
    drain,
)
from ops_platform.alerting.wording import POSSIBLE_REPEAT
from ops_platform.state import ALERT_GROUP, ATTEMPT, EPISODE_EVENT, OUTBOX, State
from tests.alerting.conftest import HAN, LI, NOW, Script, evaluate, outage, outbox, pass_time
from tests.alerting.test_groups import LADDER

RETRY = Outcome("retry", "451 later")
IN_DOUBT = Outcome("in_doubt", "connection lost")
PERMANENT = Outcome("permanent", "550 no such user")


def attempts(state: State) -> list[dict[str, Any]]:
    return state.rows(sa.select(ATTEMPT).order_by(ATTEMPT.c.id))


def last_event(state: State) -> tuple[str, str]:
    row = state.rows(sa.select(EPISODE_EVENT).order_by(EPISODE_EVENT.c.id))[-1]
    return row["kind"], row["detail"]


def drain_at(state: State, channel: Script, seconds: float = 0, limit: int = 100) -> Delivered:
    return drain(state, {"webhook": channel}, lambda: NOW + timedelta(seconds=seconds), limit)


def test_what_is_due_is_sent_once(state: State) -> None:
    evaluate(state, outage(), people=(LI, HAN))
    channel = Script()
    assert drain_at(state, channel) == Delivered(sent=2)
    assert drain_at(state, channel, 1) == Delivered()
    assert [message.recipient for message in channel.sent] == ["E07", "E08"]
    assert [(row["state"], row["sent_at"], row["attempts"]) for row in outbox(state)] == [("sent", NOW, 1)] * 2
    assert [(row["outcome"], row["answer"]) for row in attempts(state)] == [("accepted", "ok")] * 2
    assert last_event(state) == ("sent", "raised webhook E08: ok")


def test_the_attempt_is_committed_before_anything_leaves(state: State) -> None:
    evaluate(state, outage())
    seen: list[dict[str, Any]] = []
    channel = Script(during=lambda: seen.extend(attempts(state)))
    drain_at(state, channel)
    assert [row["outcome"] for row in seen] == ["started"]


def test_the_limit_and_the_channels_in_force_are_kept(state: State) -> None:
    evaluate(state, outage(), people=(LI, HAN), channels=("smtp", "webhook"))
    channel = Script()
    assert drain_at(state, channel, limit=1) == Delivered(sent=1)
    assert drain_at(state, channel) == Delivered(sent=1)
    assert {row["channel"] for row in outbox(state) if row["state"] == "pending"} == {"smtp"}


def test_what_is_refused_for_now_waits_longer_each_time(state: State) -> None:
    evaluate(state, outage())
    channel, at = Script([RETRY] * 3), 0.0
    for attempt in range(3):
        assert drain_at(state, channel, at) == Delivered(retried=1)
        (row,) = outbox(state)
        wait_s = (row["due_at"] - NOW).total_seconds() - at
        assert FIRST_WAIT_S * 2**attempt <= wait_s <= 1.25 * FIRST_WAIT_S * 2**attempt + 1e-3
        assert drain_at(state, channel, at + wait_s - 1) == Delivered()
        at += wait_s
    assert drain_at(state, channel, at) == Delivered(sent=1)
    assert {message.title for message in channel.sent} == {outbox(state)[0]["title"]}


@pytest.mark.parametrize(("asked_s", "granted_s"), [(120, 120), (86_400, LONGEST_RETRY_AFTER_S)])
def test_the_wait_that_a_provider_asks_for_is_granted_within_reason(
    state: State, asked_s: float, granted_s: float
) -> None:
    evaluate(state, outage())
    drain_at(state, Script([Outcome("retry", "429", asked_s)]))
    assert outbox(state)[0]["due_at"] == NOW + timedelta(seconds=granted_s)


def test_a_channel_may_be_away_for_an_hour() -> None:
    waits = [min(FIRST_WAIT_S * 2**n, LONGEST_WAIT_S) for n in range(MAX_ATTEMPTS - 1)]
    assert sum(waits) >= 3600


def test_the_end_does_not_overtake_a_beginning_that_may_have_arrived(state: State) -> None:
    evaluate(state, outage())
    channel = Script([IN_DOUBT])
    drain_at(state, channel)
    evaluate(state, now=NOW + timedelta(seconds=5))
    drain_at(state, channel, 6)
    assert [row["kind"] for row in outbox(state) if row["state"] == "pending"] == ["raised", "resolved"]
    drain_at(state, channel, 60)
    assert [message.payload["kind"] for message in channel.sent] == ["raised", "raised", "resolved"]


def test_a_page_waits_for_no_other(state: State) -> None:
    evaluate(state, outage())
    channel = Script([RETRY])
    drain_at(state, channel)
    with state.transaction() as connection:
        connection.execute(OUTBOX.update().values(due_at=NOW + timedelta(minutes=14)))
    pass_time(state, NOW + timedelta(minutes=10))
    drain_at(state, channel, 601)
    assert [message.payload["why"] for message in channel.sent] == ["raised", "escalated"]


def test_a_permanent_refusal_is_given_up_at_once_and_in_sight(state: State, caplog: pytest.LogCaptureFixture) -> None:
    evaluate(state, outage())
    assert drain_at(state, Script([PERMANENT])) == Delivered(dead=1)
    assert drain_at(state, Script(), 10_000) == Delivered()
    assert last_event(state) == ("dead", "raised webhook E07: 550 no such user")
    assert "given up: 550 no such user" in caplog.text


def test_a_message_given_up_moves_its_ladder_on(state: State) -> None:
    evaluate(state, outage(), people=LADDER)
    drain_at(state, Script([PERMANENT]), 30)
    pass_time(state, NOW + timedelta(minutes=1), people=LADDER)
    assert [(row["recipient"], row["created_at"]) for row in outbox(state)] == [
        ("E07", NOW), ("E20", NOW + timedelta(seconds=30)),
    ]  # fmt: skip


def test_a_message_given_up_beside_one_that_arrived_moves_nothing(state: State) -> None:
    evaluate(state, outage(), people=(*LADDER, HAN))
    drain_at(state, Script([PERMANENT]), 30)
    pass_time(state, NOW + timedelta(minutes=1), people=LADDER)
    assert len(outbox(state)) == 2


def test_where_the_ladder_has_ended_and_nobody_has_heard_all_are_told_again(state: State) -> None:
    evaluate(state, outage())
    with state.transaction() as connection:
        connection.execute(ALERT_GROUP.update().values(escalate_at=None, next_at=None))
    drain_at(state, Script([PERMANENT]), 30)
    again = NOW + timedelta(seconds=30) + UNHEARD_AGAIN
    pass_time(state, again - timedelta(seconds=1), people=(LI,))
    assert len(outbox(state)) == 1
    pass_time(state, again, people=(LI,))
    assert [row["created_at"] for row in outbox(state)] == [NOW, again]


def test_where_the_ladder_has_ended_and_somebody_has_heard_it_has_ended(state: State) -> None:
    evaluate(state, outage(), people=(LI, HAN))
    drain_at(state, Script(), limit=1)
    with state.transaction() as connection:
        connection.execute(ALERT_GROUP.update().values(escalate_at=None, next_at=None))
    drain_at(state, Script([PERMANENT]), 30)
    pass_time(state, NOW + timedelta(days=1))
    assert len(outbox(state)) == 2


def test_what_is_over_is_not_told_again_where_its_message_is_given_up(state: State) -> None:
    evaluate(state, outage())
    drain_at(state, Script([IN_DOUBT]))
    evaluate(state, now=NOW + timedelta(minutes=1))
    drain_at(state, Script([PERMANENT] * 2), 3600)
    pass_time(state, NOW + timedelta(days=1))
    assert [row["kind"] for row in outbox(state)] == ["raised", "resolved"]


def test_a_dispatcher_that_was_held_up_since_its_claim_sends_nothing(state: State) -> None:
    evaluate(state, outage())
    channel = Script()
    moments = iter([0.0, LEASE_MARGIN_S + 0.1])

    def late() -> datetime:
        return NOW + timedelta(seconds=next(moments))

    assert drain(state, {"webhook": channel}, late, limit=1) == Delivered()
    assert channel.sent == []
    assert outbox(state)[0]["state"] == "claimed"
    assert drain_at(state, channel, Script.deadline_s + LEASE_MARGIN_S + 1) == Delivered(sent=1)


def test_a_channel_is_sent_no_more_in_a_minute_than_it_takes(state: State) -> None:
    evaluate(state, *(outage(f"S{n:02}", office_id=f"O{n}") for n in range(5)))
    slow = Script(per_minute=2)
    sent = [drain_at(state, slow, seconds).sent for seconds in (0, 59, 60, 61, 120)]
    assert sent == [2, 0, 2, 0, 1]


def test_a_clock_set_back_a_day_holds_up_no_message(state: State) -> None:
    evaluate(state, outage())
    day_s = 86400
    assert drain_at(state, Script([RETRY]), day_s) == Delivered(retried=1)
    assert drain_at(state, Script(), 60) == Delivered(sent=1)


def test_attempts_are_bounded(state: State) -> None:
    evaluate(state, outage())
    channel = Script([RETRY] * 50)
    results = [drain_at(state, channel, 3600 * n) for n in range(MAX_ATTEMPTS + 2)]
    assert results[MAX_ATTEMPTS - 2 :] == [Delivered(retried=1), Delivered(dead=1), Delivered(), Delivered()]
    assert len(channel.sent) == MAX_ATTEMPTS


def test_without_an_answer_it_is_sent_again_as_a_possible_repeat_of_the_same(state: State) -> None:
    evaluate(state, outage())
    channel = Script([IN_DOUBT, RETRY])
    assert drain_at(state, channel) == Delivered(in_doubt=1)
    assert drain_at(state, channel, 3600) == Delivered(retried=1)
    assert drain_at(state, channel, 7200) == Delivered(sent=1)
    first, *repeats = channel.sent
    assert not first.possible_repeat
    for repeat in repeats:
        assert repeat.possible_repeat
        assert repeat.title == POSSIBLE_REPEAT + first.title
        assert (repeat.key, repeat.body) == (first.key, first.body)


def test_an_attempt_that_outlasts_its_deadline_is_in_doubt(sqlite_state: State) -> None:
    evaluate(sqlite_state, outage())
    channel = Script(deadline_s=0.1, during=lambda: time.sleep(0.3))
    assert drain_at(sqlite_state, channel) == Delivered(in_doubt=1)
    assert attempts(sqlite_state)[0]["answer"] == "no outcome within 0.1 s"


def test_a_claim_is_left_alone_until_its_lease_ends_and_then_cannot_mark(state: State) -> None:
    evaluate(state, outage())
    lease_s = Script.deadline_s + LEASE_MARGIN_S
    second = Script([RETRY])

    def meanwhile() -> None:
        assert drain_at(state, second, lease_s - 1) == Delivered()
        assert drain_at(state, second, lease_s + 1) == Delivered(retried=1)

    drain_at(state, Script(during=meanwhile))
    (message,) = second.sent
    assert message.possible_repeat
    (row,) = outbox(state)
    assert (row["state"], row["attempts"], row["fence"], row["in_doubt"]) == ("pending", 2, 2, True)
    assert [row["outcome"] for row in attempts(state)] == ["accepted", "retry"]


def test_an_old_claim_cannot_mark_while_a_newer_one_is_under_way(state: State) -> None:
    evaluate(state, outage())
    channel = Script()
    later = NOW + timedelta(seconds=channel.deadline_s + LEASE_MARGIN_S + 1)
    channel.during = lambda: dispatcher._claim(state, {"webhook": Script()}, later)
    drain_at(state, channel)
    (row,) = outbox(state)
    assert (row["state"], row["fence"], row["sent_at"]) == ("claimed", 2, None)
    assert [row["outcome"] for row in attempts(state)] == ["accepted", "started"]
    assert last_event(state)[0] == "enqueued"


def test_a_message_that_kills_its_dispatcher_is_given_up(state: State) -> None:
    evaluate(state, outage())
    for n in range(MAX_ATTEMPTS):
        assert dispatcher._claim(state, {"webhook": Script()}, NOW + timedelta(hours=n))
    channel = Script()
    assert drain_at(state, channel, 3600 * MAX_ATTEMPTS) == Delivered(dead=1)
    assert channel.sent == []
    assert last_event(state)[0] == "dead"


def test_drains_at_the_same_time_never_send_a_row_twice(state: State) -> None:
    evaluate(state, *(outage(f"S{n:02}", office_id=f"O{n}") for n in range(20)))
    channels = [Script() for _ in range(4)]
    threads = [threading.Thread(target=drain_at, args=(state, channel, 60)) for channel in channels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = [message.key for channel in channels for message in channel.sent]
    assert len(sent) == len(set(sent)) == 20
