"""Alertmanager: the request, and the real program where it is installed."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3

from ops_platform.alerting.channels import Message
from tests.alerting.conftest import NOW
from tests.alerting.provider import MESSAGE, PAYLOAD, SECRET, Provider, channel, every, free_port, http, provider

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
CONFIGURATION = "route:\n  receiver: none\nreceivers:\n  - name: none\n"
LABELS = {
    "alertname": "generator_leave_by",
    "severity": "critical",
    "office": "O1",
    "group": "7",
    "source": "ops-platform",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with provider() as running:
        yield running


def test_an_alert_is_open_for_an_hour_from_now(server: Provider) -> None:
    alertmanager = replace(every(server.url)["alertmanager"], clock=NOW.timestamp)
    assert alertmanager.send(MESSAGE).kind == "accepted"
    assert server.head.split()[1] == "/api/v2/alerts"
    assert f"Authorization: Bearer {SECRET}" in server.head
    assert server.body == [
        {
            "labels": LABELS,
            "annotations": {"summary": MESSAGE.title, "description": MESSAGE.body, "closing": MESSAGE.closing},
            "startsAt": "2026-03-12T05:10:00+00:00",
            "endsAt": "2026-03-12T06:18:00+00:00",
        }
    ]


def test_a_resolved_alert_has_the_same_labels_and_ends_when_it_was_resolved(server: Provider) -> None:
    resolved = replace(
        MESSAGE, payload=PAYLOAD | {"kind": "resolved"}, created_at=NOW + timedelta(minutes=9), closing=""
    )
    channel("alertmanager", base_url=f"{server.url}/prefix/").send(resolved)
    (alert,) = server.body
    assert (alert["labels"], alert["endsAt"]) == (LABELS, "2026-03-12T05:27:00+00:00")
    assert "closing" not in alert["annotations"]
    assert server.head.split()[1] == "/prefix/api/v2/alerts"
    assert "Authorization" not in server.head


def test_what_concerns_the_branch_has_no_office(server: Provider) -> None:
    every(server.url)["alertmanager"].send(replace(MESSAGE, payload=PAYLOAD | {"office_id": "", "episodes": []}))
    assert "office" not in server.body[0]["labels"]
    assert server.body[0]["startsAt"] == NOW.isoformat()


def test_a_refused_alert_is_permanent_and_says_where_to_look(server: Provider) -> None:
    server.answer = http("400 Bad Request", body='"start time must be before end time"')
    outcome = every(server.url)["alertmanager"].send(MESSAGE)
    assert (outcome.kind, outcome.answer) == ("permanent", '400 "start time must be before end time"')
    assert "log" in outcome.check
    server.answer = http("200 OK")


def test_open_ones_and_those_resolved_within_five_minutes_are_posted_again(server: Provider) -> None:
    alertmanager = replace(every(server.url)["alertmanager"], clock=NOW.timestamp)
    ages = {1: ("raised", 86_400), 2: ("acknowledged", 60), 3: ("resolved", 300), 4: ("resolved", 301)}
    messages = [
        replace(
            MESSAGE, payload=PAYLOAD | {"group_id": group, "kind": kind}, created_at=NOW - timedelta(seconds=seconds)
        )
        for group, (kind, seconds) in ages.items()
    ]
    assert alertmanager.post_again(messages).kind == "accepted"
    assert [alert["labels"]["group"] for alert in server.body] == ["1", "2", "3"]
    heard = len(server.heard)
    assert alertmanager.post_again(messages[3:]).kind == "accepted"
    assert len(server.heard) == heard


@contextmanager
def running(folder: Path, port: int) -> Iterator[str]:
    """Run the real program until the end of the context; return its address once it is ready."""
    configuration = folder / "alertmanager.yml"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [
                str(PROGRAM),
                f"--config.file={configuration}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--cluster.listen-address=",
            ],
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                if urllib3.request("GET", f"{url}/-/ready", retries=False).status == 200:
                    break
            except urllib3.exceptions.HTTPError:
                assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def known(url: str) -> list[dict[str, Any]]:
    """Return what the program lists."""
    found: list[dict[str, Any]] = json.loads(urllib3.request("GET", f"{url}/api/v2/alerts").data)
    return found


@pytest.mark.skipif(PROGRAM is None, reason="prometheus-alertmanager is not installed")
def test_the_real_program_lists_resolves_and_is_told_again_after_its_restart(tmp_path: Path) -> None:
    port = free_port()
    now = datetime.now(UTC)
    payload = PAYLOAD | {"episodes": [{"opened_at": (now - timedelta(minutes=3)).isoformat()}]}
    message = Message("k", "duty", MESSAGE.title, MESSAGE.body, MESSAGE.closing, payload, now)
    other = replace(message, payload=payload | {"group_id": 8})
    with running(tmp_path, port) as url:
        alertmanager = channel("alertmanager", base_url=url)
        assert [alertmanager.send(each).kind for each in (message, message, other)] == ["accepted"] * 3
        listed = known(url)
        assert sorted(alert["labels"]["group"] for alert in listed) == ["7", "8"]  # the repeat is none
        assert {alert["annotations"]["summary"] for alert in listed} == {MESSAGE.title}
        assert {alert["status"]["state"] for alert in listed} <= {"active", "unprocessed"}
        resolved = replace(message, payload=payload | {"kind": "resolved"}, created_at=datetime.now(UTC))
        assert alertmanager.send(resolved).kind == "accepted"
        assert [alert["labels"]["group"] for alert in known(url)] == ["8"]
        bad = replace(message, payload=payload | {"rule": "x", "episodes": []}, created_at=now + timedelta(days=1))
        refused = alertmanager.send(replace(bad, payload=bad.payload | {"kind": "raised"}))
        assert refused.kind == "permanent"
    with running(tmp_path, port) as url:
        assert known(url) == []
        assert alertmanager.post_again([resolved, other]).kind == "accepted"
        assert [alert["labels"]["group"] for alert in known(url)] == ["8"]
