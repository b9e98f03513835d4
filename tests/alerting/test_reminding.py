"""Alertmanager forgets; every minute it is told again what is open, and for a while what is over."""

from datetime import timedelta

from ops_platform.alerting.acknowledge import acknowledge
from ops_platform.alerting.channels.alertmanager import AlertmanagerChannel
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.reminding import remind, told_last
from ops_platform.channel_settings import AlertmanagerSettings
from ops_platform.state import State
from tests.alerting.conftest import NOW, Script, desk, episodes, evaluate, outage, outbox, pass_time
from tests.alerting.provider import ok, provider

MINUTE = timedelta(minutes=1)


def delivered(state: State, at: timedelta = timedelta(0)) -> None:
    """Have everything accepted that waits."""
    drain(state, {"webhook": Script()}, lambda: NOW + at)


def told(state: State, after: timedelta) -> list[tuple[str, str]]:
    return sorted((m.payload["office_id"], m.payload["why"]) for m in told_last(state, "webhook", NOW + after))


def test_the_newest_message_of_every_open_group_is_told(state: State) -> None:
    evaluate(state, outage("S1", "O1"), outage("S2", "O2"))
    assert told(state, MINUTE) == [], "what it was not told yet comes by itself"
    delivered(state)
    assert told(state, MINUTE) == [("O1", "raised"), ("O2", "raised")]
    assert told_last(state, "another", NOW) == []
    evaluate(state, outage("S1", "O1"), outage("S2", "O2"), outage("S3", "O1", deadline_min=1), now=NOW + 2 * MINUTE)
    delivered(state, 2 * MINUTE)
    assert told(state, 2 * MINUTE) == [("O1", "grown"), ("O2", "raised")]


def test_what_is_over_is_told_for_five_minutes_and_no_longer(state: State) -> None:
    evaluate(state, outage())
    delivered(state)
    evaluate(state, now=NOW + MINUTE)
    delivered(state, MINUTE)
    assert told(state, 6 * MINUTE - timedelta(seconds=1)) == [("O1", "resolved")]
    assert told(state, 6 * MINUTE) == []


def test_a_group_of_which_a_part_is_over_is_told_as_open(state: State) -> None:
    evaluate(state, outage("S1"), outage("S2"))
    delivered(state)
    acknowledge(state, desk(), [row["id"] for row in episodes(state)], "E07", NOW)
    evaluate(state, outage("S1"), now=NOW + MINUTE)
    pass_time(state, NOW + 20 * MINUTE)
    delivered(state, 20 * MINUTE)
    assert [row["kind"] for row in outbox(state)] == ["raised", "resolved"]
    assert told(state, 21 * MINUTE) == [("O1", "raised")]


def test_it_is_posted_as_alertmanager_takes_it(state: State) -> None:
    evaluate(state, outage())
    delivered(state)
    with provider() as alertmanager:
        alertmanager.answer = ok({})
        settings = AlertmanagerSettings(base_url=alertmanager.url)
        assert remind(state, AlertmanagerChannel("another", settings), NOW).answer == "nothing to post"
        assert remind(state, AlertmanagerChannel("webhook", settings), NOW).kind == "accepted"
        (alert,) = alertmanager.body
        assert (alert["labels"]["alertname"], alert["labels"]["office"]) == ("generator_leave_by", "O1")
