"""Groups carried along by the passing of time: ladders climbed, acknowledged, handed over, on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from ops_platform.alerting.acknowledge import acknowledge, hand_over
from ops_platform.alerting.groups import advance, audit
from ops_platform.alerting.ledger import reconcile
from ops_platform.alerting.rota import Recipient
from ops_platform.alerting.rules import Condition
from ops_platform.errors import PermanentError
from ops_platform.state import ALERT_GROUP, EPISODE_EVENT, State
from tests.alerting.conftest import HAN, LI, NOW, desk, episodes, evaluate, inspection, outage, outbox, pass_time
from tests.alerting.test_ledger import deliver

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SECOND = Recipient("E20", "主管", "boss@example.com", "", step=2)
THIRD = Recipient("E30", "经理", "head@example.com", "", step=3)
LADDER = (LI, SECOND, THIRD)


def told(state: State) -> list[tuple[int, str, str]]:
    """Return minute, why and whom of every message."""
    return [
        (int((row["created_at"] - NOW) / MINUTE), row["payload"]["why"], row["recipient"])
        for row in outbox(state)
        if row["state"] != "withdrawn"
    ]


def test_a_matter_nobody_takes_on_climbs_and_is_repeated_as_often_as_the_ladder_says(state: State) -> None:
    evaluate(state, outage(), people=LADDER)
    pass_time(state, NOW + timedelta(days=2), people=LADDER)
    everybody = ("E07", "E20", "E30")
    assert told(state) == [
        (0, "raised", "E07"), (10, "escalated", "E20"), (20, "escalated", "E30"),
        *((20 + 30 * n, "repeated", person) for n in range(1, 6) for person in everybody),
    ]  # fmt: skip


def test_a_step_without_anybody_is_passed_over_at_once_and_the_ladder_starts_again_above_its_end(state: State) -> None:
    evaluate(state, outage(), people=(LI, THIRD))
    pass_time(state, NOW + 20 * MINUTE, people=(LI, THIRD))
    assert told(state) == [(0, "raised", "E07"), (10, "escalated", "E30")]
    evaluate(state, outage(), outage("S2", office_id="O2"), people=(LI,), now=NOW + 21 * MINUTE)
    pass_time(state, NOW + 32 * MINUTE, people=(LI,))
    assert told(state)[2:] == [(21, "raised", "E07"), (31, "escalated", "E07")]


def test_nothing_is_told_after_an_acknowledgement_until_it_ends(state: State) -> None:
    evaluate(state, outage(), people=LADDER)
    deliver(state)
    (episode,) = episodes(state)
    assert acknowledge(state, desk(LADDER), [episode["id"]], "E07", NOW + 5 * MINUTE, "在路上") == [episode["id"]]
    (episode,) = episodes(state)
    assert (episode["state"], episode["acked_by"], episode["ack_until"]) == ("acked", "E07", NOW + 125 * MINUTE)
    pass_time(state, NOW + 140 * MINUTE, people=LADDER)
    assert told(state)[1:] == [(125, "expired", "E07"), (135, "escalated", "E20")]
    assert episodes(state)[0]["state"] == "open"


def test_what_waits_to_be_sent_is_taken_back_when_it_is_acknowledged(state: State) -> None:
    evaluate(state, outage(), people=(LI, HAN))
    acknowledge(state, desk(), [episodes(state)[0]["id"]], "E07", NOW + MINUTE)
    assert [row["state"] for row in outbox(state)] == ["withdrawn", "withdrawn"]


def test_the_end_of_what_was_acknowledged_is_told(state: State) -> None:
    evaluate(state, outage())
    deliver(state)
    acknowledge(state, desk(), [1], "E07", NOW + MINUTE)
    evaluate(state, now=NOW + HOUR)
    assert told(state) == [(0, "raised", "E07"), (60, "resolved", "E07")]
    (group,) = state.rows(sa.select(ALERT_GROUP))
    assert (group["closed_at"], group["next_at"]) == (NOW + HOUR, None)


def test_to_whom_a_group_is_one_matter_it_has_one_end(state: State) -> None:
    """A person hears the end of each part; an incident elsewhere must not close while a part of it stands."""
    of_one = desk(channels=("webhook", "smtp"))
    of_one.channels["webhook"].holds_one_matter = True
    every = timedelta(days=30)

    def at(minutes: int, *conditions: Condition) -> None:
        reconcile(state, ["generator_leave_by"], conditions, of_one, NOW + minutes * MINUTE, every)
        deliver(state)
        advance(state, of_one, NOW + minutes * MINUTE)
        deliver(state)

    at(0, outage("S1"), outage("S2"))
    at(30, outage("S2"))
    at(60, outage("S2"))
    at(90)
    ends = [row for row in outbox(state) if row["kind"] == "resolved"]
    assert [(row["channel"], [one["subject"] for one in row["payload"]["episodes"]]) for row in ends] == [
        ("smtp", ["S1"]), ("webhook", ["S1", "S2"]), ("smtp", ["S2"]),
    ]  # fmt: skip


def test_an_end_in_silence_ends_the_matter_where_it_is_held_open(state: State) -> None:
    of_one = desk(channels=("webhook", "smtp"))
    of_one.channels["webhook"].holds_one_matter = True
    every = timedelta(days=30)
    reconcile(state, ["generator_leave_by", "generator_late"], [outage()], of_one, NOW, every)
    deliver(state)
    worse = outage(rule="generator_late")
    reconcile(state, ["generator_leave_by", "generator_late"], [worse], of_one, NOW + HOUR, every)
    ends = [(row["channel"], row["payload"]["rule"]) for row in outbox(state) if row["kind"] == "resolved"]
    assert ends == [("webhook", "generator_leave_by")]


def test_an_acknowledgement_is_of_its_episode_alone(state: State) -> None:
    evaluate(state, outage("S1"), outage("S2"))
    deliver(state)
    acknowledge(state, desk(), [1], "E07", NOW + MINUTE)
    pass_time(state, NOW + 11 * MINUTE, people=LADDER)
    (escalated,) = [row for row in outbox(state) if row["payload"]["why"] == "escalated"]
    assert [episode["subject"] for episode in escalated["payload"]["episodes"]] == ["S2"]


def test_a_false_alarm_is_marked_and_who_said_what_is_kept(state: State) -> None:
    evaluate(state, outage())
    acknowledge(state, desk(), [1], "E07", NOW + MINUTE, "表计故障", false_alarm=True)
    assert episodes(state)[0]["false_alarm"]
    (said,) = state.rows(sa.select(EPISODE_EVENT).where(EPISODE_EVENT.c.kind == "acknowledged"))
    assert said["detail"] == "E07: false alarm: 表计故障"


def test_what_is_over_or_unknown_cannot_be_taken_on(state: State) -> None:
    evaluate(state, outage())
    evaluate(state, now=NOW + MINUTE)
    assert acknowledge(state, desk(), [1], "E07", NOW + HOUR) == []
    with pytest.raises(PermanentError, match="no alert 99"):
        acknowledge(state, desk(), [1, 99], "E07", NOW + HOUR)
    with pytest.raises(PermanentError, match="who"):
        acknowledge(state, desk(), [1], " ", NOW + HOUR)


def test_what_is_handed_over_is_told_to_that_person_and_climbs_unless_they_take_it_on(state: State) -> None:
    evaluate(state, outage(), people=LADDER)
    deliver(state)
    acknowledge(state, desk(LADDER), [1], "E07", NOW + 2 * MINUTE)
    assert hand_over(state, desk(LADDER), [1], "E07", HAN, NOW + 5 * MINUTE, "换班") == [1]
    (message,) = [row for row in outbox(state) if row["payload"]["why"] == "handed_over"]
    assert (message["recipient"], "转交给您" in message["title"]) == ("E08", True)
    pass_time(state, NOW + 15 * MINUTE, people=LADDER)
    assert told(state)[1:] == [(5, "handed_over", "E08"), (15, "escalated", "E20")]


def test_what_no_channel_can_bring_is_not_handed_over(state: State) -> None:
    evaluate(state, outage())
    with pytest.raises(PermanentError, match="no alert channel reaches"):
        hand_over(state, desk(channels=("smtp",)), [1], "E07", Recipient("E50", "无邮箱", "", ""), NOW)
    assert told(state) == [(0, "raised", "E07")]


def test_what_joins_a_storm_is_told_in_few_messages(state: State) -> None:
    """One more site each half minute, for an hour: told in digests, the last within a quarter of an hour."""
    for n in range(120):
        now = NOW + n * MINUTE / 2
        some = [outage(f"S{k:03}", deadline_min=200 + k, true_min=k / 2) for k in range(n + 1)]
        evaluate(state, *some, now=now, people=(LI,))
        pass_time(state, now, people=(LI,))
    pass_time(state, NOW + 80 * MINUTE, people=(LI,))
    assert len([row for row in outbox(state) if row["payload"]["why"] in {"raised", "grown"}]) <= 15
    assert all(row["told_at"] - row["opened_at"] <= 15 * MINUTE for row in episodes(state))


def test_a_restart_goes_on_where_it_stopped(state: State) -> None:
    """Nobody looked for three hours: what was due meanwhile is told once, not as often as it was due."""
    evaluate(state, outage(), people=LADDER)
    assert advance(state, desk(LADDER), NOW + 3 * HOUR) == 1
    assert told(state) == [(0, "raised", "E07"), (180, "escalated", "E20")]
    assert advance(state, desk(LADDER), NOW + 3 * HOUR) == 0


def lose_the_plan(state: State) -> None:
    with state.transaction() as connection:
        connection.execute(ALERT_GROUP.update().values(next_at=None))


def test_what_lost_its_plan_is_found_by_the_auditor_and_told(state: State, caplog: pytest.LogCaptureFixture) -> None:
    evaluate(state, outage("S1", true_min=1), outage("S2", "O2"), outage("S3", "O3"), outage("S4", "O4"), people=LADDER)
    deliver(state)
    acknowledge(state, desk(LADDER), [3], "E07", NOW)
    rest = [outage("S1", true_min=1), outage("S2", "O2"), outage("S3", "O3")]
    evaluate(state, *rest, people=LADDER, now=NOW + timedelta(seconds=1))
    lose_the_plan(state)
    assert audit(state, desk(LADDER), NOW + 10 * MINUTE) == []
    assert audit(state, desk(LADDER), NOW + 31 * MINUTE) == [1, 2]
    assert "overlooked" in caplog.text
    lose_the_plan(state)
    assert audit(state, desk(LADDER), NOW + 3 * HOUR) == [1, 2, 3]
    assert {(why, whom) for minute, why, whom in told(state) if minute == 31} == {
        ("raised", "E07"), ("escalated", "E20"),
    }  # fmt: skip
    assert ("expired", "E07") in {(why, whom) for minute, why, whom in told(state) if minute == 180}


def test_the_auditor_leaves_alone_what_waits_as_planned(state: State) -> None:
    night = NOW + timedelta(hours=12)  # 01:18 of the business day
    evaluate(state, inspection(), rules=["inspection_overdue"], now=night)
    evaluate(state, outage(suppressed="PW1"), now=night)
    assert audit(state, desk(), night + HOUR) == []
    assert outbox(state) == []
