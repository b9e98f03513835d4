"""The generic webhook, and the receiver of the demonstration."""

import json
from pathlib import Path

from ops_platform.alerting.sink import Sink
from tests.alerting.conftest import LI
from tests.alerting.provider import MESSAGE, PAYLOAD, channel, http, provider


def test_it_gets_key_token_and_content_and_accepts_with_any_good_status() -> None:
    with provider() as server:
        server.answer = http("204 No Content", body="")
        webhook = channel("webhook", url=f"{server.url}/alerts?x=1", token="geheim-79")
        outcome = webhook.send(MESSAGE)
        assert (outcome.kind, outcome.answer) == ("accepted", "204")
        assert server.head.startswith("POST /alerts?x=1 HTTP/1.1\r\n")
        assert f"Idempotency-Key: {MESSAGE.key}" in server.head
        assert "Authorization: Bearer geheim-79" in server.head
        assert "Content-Type: application/json; charset=utf-8" in server.head
        assert server.body == {
            "id": MESSAGE.key,
            "title": MESSAGE.title,
            "body": f"{MESSAGE.body}\n{MESSAGE.closing}",
            "recipient": MESSAGE.recipient,
            "possible_repeat": False,
            "alert": PAYLOAD,
        }
        server.answer = http("200 OK", body="thanks geheim-79 and geheim%2D79")
        assert webhook.send(MESSAGE).answer == "200 thanks *** and geheim%2D79"


def test_it_is_told_the_staff_id() -> None:
    webhook = channel("webhook", url="http://127.0.0.1:9/")
    assert (webhook.address(LI), webhook.per_minute) == ("E07", None)


def test_without_a_token_it_sends_none() -> None:
    with provider() as server:
        channel("webhook", url=server.url).send(MESSAGE)
        assert server.head.startswith("POST / HTTP/1.1\r\n")
        assert "Authorization" not in server.head


def test_the_sink_writes_each_alert_as_a_line(tmp_path: Path) -> None:
    path = tmp_path / "below" / "alerts.jsonl"
    with Sink(path) as sink:
        webhook = channel("webhook", url=sink.url)
        assert [webhook.send(MESSAGE).kind for _ in range(2)] == ["accepted", "accepted"]
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["title"] for line in lines] == [MESSAGE.title] * 2
    assert "立即出发发电" in lines[0]
