"""``ops alerts test CHANNEL``."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from ops_platform.alerting.channels.trial import report, send_trial
from ops_platform.cli import main
from ops_platform.errors import PermanentError
from tests.alerting.conftest import NOW, Script
from tests.alerting.provider import SECRET, Provider, channel, http, ok, provider

STAFF = pd.DataFrame({"staff_id": ["E07", "E08"], "email": ["li@example.com ", None]})


@pytest.fixture
def server() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture
def duty(server: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """Set up a channel of WeCom by the environment."""
    monkeypatch.setenv("OPS_HOME", str(tmp_path))
    for name, value in {"KIND": "wecom", "KEY": SECRET, "BASE_URL": server.url}.items():
        monkeypatch.setenv(f"OPS_CHANNELS__DUTY__{name}", value)
    return server


def test_it_sends_one_marked_message_and_prints_what_was_answered(
    duty: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    duty.answer = ok({"errcode": 0, "errmsg": "ok"})
    main(["alerts", "test", "duty"])
    (request,) = duty.heard
    assert "测试 / test".encode() in request
    assert capsys.readouterr().out.splitlines() == [
        "通道 / channel: duty",
        "结果 / outcome: 已受理 / accepted",
        '对方答复 / answer: 200 {"errcode": 0, "errmsg": "ok"}',
        "下一步 / next: 在收件处查看测试消息 / look for the test message where it should have arrived",
    ]


def test_a_refusal_ends_with_status_1_and_says_what_to_check(
    duty: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    duty.answer = ok({"errcode": 93000, "errmsg": f"invalid webhook url {SECRET}"})
    with pytest.raises(SystemExit) as caught:
        main(["alerts", "test", "duty"])
    assert caught.value.code == 1
    out = capsys.readouterr().out
    assert "93000" in out
    assert "the key of the robot's address is wrong" in out
    assert SECRET not in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [(["nosuch"], "channel nosuch is not set up; in force: duty")],
)
def test_a_channel_that_is_not_there_is_told(duty: Provider, arguments: list[str], problem: str) -> None:
    with pytest.raises(SystemExit, match=problem):
        main(["alerts", "test", *arguments])


def test_a_mistake_in_the_settings_is_told_without_a_traceback(duty: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_CHANNELS__DUTY__LEAST_SEVERITY", "urgent")
    with pytest.raises(SystemExit, match="least_severity"):
        main(["alerts", "test", "duty"])


def test_somebody_of_the_register_is_reached_at_their_address() -> None:
    script = Script()
    assert send_trial(script, "E07", STAFF, NOW).kind == "accepted"
    assert script.sent[0].recipient == "E07"
    assert script.sent[0].payload["group_id"] == 0
    assert send_trial(script, "somewhere", STAFF, NOW).kind == "accepted"
    assert script.sent[1].recipient == "somewhere"
    assert script.sent[0].key != script.sent[1].key


def test_mail_needs_somebody_with_an_address() -> None:
    mail = channel("smtp", host="127.0.0.1", port=9, deadline_s=0.2)
    with pytest.raises(PermanentError, match="say --to"):
        send_trial(mail, "", STAFF, NOW)
    with pytest.raises(PermanentError, match="E08 has no address there"):
        send_trial(mail, "E08", STAFF, NOW)
    assert send_trial(mail, "E07", STAFF, NOW).kind == "retry"


def test_what_nobody_knows_more_about_names_the_page(server: Provider) -> None:
    server.answer = http("404 Not Found")
    outcome = send_trial(channel("webhook", url=server.url), "", STAFF, NOW)
    assert report("duty", outcome).endswith("docs/alerting.md")
