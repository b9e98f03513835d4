"""Every other service through Apprise."""

import logging
from pathlib import Path

import pytest

from ops_platform.alerting.channels import apprise
from ops_platform.errors import PermanentError
from tests.alerting.conftest import LI
from tests.alerting.provider import HANG, MESSAGE, channel, free_port, http, provider

SECRET = "geheim81"


def test_success_is_accepted_and_the_whole_message_arrives() -> None:
    with provider() as server:
        server.answer = http("200 OK")
        service = channel("apprise", url=f"json://127.0.0.1:{server.port}/{SECRET}")
        assert service.send(MESSAGE).kind == "accepted"
        assert (server.body["title"], server.body["message"]) == (MESSAGE.title, MESSAGE.text)
    assert (service.address(LI), service.per_minute, service.deadline_s) == ("duty", None, 31)


@pytest.mark.parametrize("answer", [http("400 Bad Request"), http("503 Service Unavailable"), b""])
def test_a_failure_may_have_reached_some_and_is_in_doubt(answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with provider() as server:
        server.answer = answer
        outcome = channel("apprise", url=f"json://127.0.0.1:{server.port}/{SECRET}").send(MESSAGE)
    assert outcome.kind == "in_doubt"
    assert SECRET not in repr(outcome)
    assert not [record for record in caplog.records if record.name.startswith("apprise")]


def test_a_service_that_is_away_or_hangs_is_in_doubt() -> None:
    away = channel("apprise", url=f"json://127.0.0.1:{free_port()}/{SECRET}")
    assert away.send(MESSAGE).kind == "in_doubt"
    with provider() as server:
        server.answer = HANG
        assert channel("apprise", url=f"json://127.0.0.1:{server.port}/?rto=0.2").send(MESSAGE).kind == "in_doubt"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (f"dingtalk://{'a' * 64}", "dingtalk"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7aaa-4bc4-97a0-0ec2a0000000", "wecom"),
        ("feishu://abcdef-0000", "feishu"),
        ("lark://abcdef-0000", "feishu"),
        (f"pagerduty://{'b' * 32}@{'c' * 20}", "pagerduty"),
    ],
)
def test_it_is_refused_where_there_is_something_better(url: str, kind: str) -> None:
    outcome = channel("apprise", url=url).send(MESSAGE)
    assert (outcome.kind, outcome.answer.split()[-1]) == ("retry", kind)


def test_every_kind_of_our_own_is_tried_above() -> None:
    assert set(apprise.OWN_KINDS) == {"dingtalk", "wecombot", "feishu", "lark", "pagerduty"}


def test_an_address_that_is_none_or_not_there_is_told_without_it(tmp_path: Path) -> None:
    outcome = channel("apprise", url=f"nosuch://{SECRET}").send(MESSAGE)
    assert outcome.kind == "retry"
    assert SECRET not in repr(outcome)
    missing = channel("apprise", url_file=tmp_path / "none").send(MESSAGE)
    assert missing.kind == "retry"
    assert "URL_FILE" in missing.answer


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise, "find_spec", lambda _name: None)
    with pytest.raises(PermanentError, match=r"channel duty.*ops-platform\[apprise\]"):
        channel("apprise", url="json://localhost")
