"""PagerDuty's Events API v2."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.alerting.provider import MESSAGE, PAYLOAD, SECRET, Provider, every, http, provider

ACCEPTED = http("202 Accepted", body='{"status":"success","message":"Event processed","dedup_key":"ops-platform/7"}')
REFUSED = '{"status":"invalid event","message":"Event object is invalid","errors":["%s"]}'


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with provider() as running:
        yield running


def test_a_raised_group_triggers_with_what_a_person_needs(server: Provider) -> None:
    server.answer = ACCEPTED
    service = every(server.url)["pagerduty"]
    assert service.send(MESSAGE).kind == "accepted"
    assert server.head.split()[1] == "/v2/enqueue"
    assert server.body == {
        "routing_key": SECRET,
        "event_action": "trigger",
        "dedup_key": "ops-platform/7",
        "client": "ops-platform",
        "payload": {
            "summary": MESSAGE.title,
            "source": "O1",
            "severity": "critical",
            "timestamp": "2026-03-12T05:18:00+00:00",
            "class": "generator_leave_by",
            "custom_details": {"body": MESSAGE.body, "closing": MESSAGE.closing},
        },
        "links": [{"href": "https://ops.example/a/1", "text": "确认 / acknowledge"}],
    }
    assert service.per_minute is None


@pytest.mark.parametrize(("kind", "action"), [("acknowledged", "acknowledge"), ("resolved", "resolve")])
def test_what_follows_goes_to_the_same_incident(server: Provider, kind: str, action: str) -> None:
    server.answer = ACCEPTED
    every(server.url)["pagerduty"].send(replace(MESSAGE, key="other", payload=PAYLOAD | {"kind": kind}))
    assert server.body == {"routing_key": SECRET, "event_action": action, "dedup_key": "ops-platform/7"}


@pytest.mark.parametrize(("ours", "theirs"), [("critical", "critical"), ("major", "error"), ("minor", "warning")])
def test_severities_are_those_of_the_common_event_format(server: Provider, ours: str, theirs: str) -> None:
    server.answer = ACCEPTED
    branch_wide = PAYLOAD | {"severity": ours, "office_id": "", "link": ""}
    every(server.url)["pagerduty"].send(replace(MESSAGE, payload=branch_wide))
    assert server.body["payload"]["severity"] == theirs
    assert server.body["payload"]["source"] == "ops-platform"
    assert server.body["links"] == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (http("400 Bad Request", body=REFUSED % "'payload.severity' is invalid"), "permanent"),
        (http("400 Bad Request", body=REFUSED % "Invalid routing key"), "retry"),
        (http("200 OK", body="welcome"), "in_doubt"),
        (http("403 Forbidden"), "retry"),
        (http("500 Internal Server Error"), "retry"),
    ],
)
def test_only_202_says_that_the_event_was_taken(server: Provider, answer: bytes, kind: str) -> None:
    server.answer = answer
    outcome = every(server.url)["pagerduty"].send(MESSAGE)
    assert outcome.kind == kind
    assert bool(outcome.check) == (b"400" in answer or b"200" in answer)


def test_a_long_event_fits(server: Provider) -> None:
    server.answer = ACCEPTED
    every(server.url)["pagerduty"].send(replace(MESSAGE, title="x" * 2000, body="站\n" * 300_000))
    assert len(server.body["payload"]["summary"].encode()) == 1024
    assert len(server.heard[-1]) <= 512_000


def test_it_alone_pages_by_itself_until_it_hears_of_an_acknowledgement() -> None:
    hearing = [name for name, channel in every("http://127.0.0.1:9").items() if channel.hears_acknowledgement]
    assert hearing == ["pagerduty"]
