"""The robots of group chats: DingTalk, WeCom and Feishu."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ops_platform.alerting.channels import dingtalk, feishu, wecom
from ops_platform.alerting.channels.shorten import size
from tests.alerting.conftest import HAN, LI
from tests.alerting.provider import MESSAGE, PAYLOAD, SECRET, SIGNING, Provider, channel, every, http, ok, provider

LONG = replace(MESSAGE, body="\n".join(f"#{n} 第 {n} 站停电" for n in range(2000)))
DINGTALK = {
    -1: ("retry", 0),
    40035: ("permanent", 0),
    43004: ("permanent", 0),
    130101: ("retry", 60),
    300001: ("retry", 0),
    300005: ("retry", 0),
    310000: ("retry", 0),
    400013: ("permanent", 0),
    400101: ("retry", 0),
    400102: ("retry", 0),
    400105: ("permanent", 0),
    400106: ("retry", 0),
    410100: ("retry", 60),
    430101: ("permanent", 0),
    430102: ("permanent", 0),
    430103: ("permanent", 0),
    430104: ("permanent", 0),
}
WECOM = {
    -1: ("retry", 0),
    40008: ("permanent", 0),
    40058: ("permanent", 0),
    44004: ("permanent", 0),
    45002: ("permanent", 0),
    45009: ("retry", 60),
    45033: ("retry", 10),
    93000: ("retry", 0),
    93004: ("retry", 0),
    93008: ("retry", 0),
}
FEISHU = {
    9499: ("permanent", 0),
    11232: ("retry", 60),
    19001: ("retry", 0),
    19002: ("permanent", 0),
    19007: ("retry", 0),
    19021: ("retry", 0),
    19022: ("retry", 0),
    19024: ("retry", 0),
}
ROBOTS = [("dingtalk", dingtalk.CODES, DINGTALK), ("wecom", wecom.CODES, WECOM), ("feishu", feishu.CODES, FEISHU)]


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with provider() as running:
        yield running


def refusal(kind: str, code: int, text: str = "no") -> dict[str, Any]:
    """Return the body with which a provider refuses."""
    return {"code": code, "data": {}, "msg": text} if kind == "feishu" else {"errcode": code, "errmsg": text}


@pytest.mark.parametrize(
    ("kind", "codes", "expected"), ROBOTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_code_of_the_provider_has_its_meaning(
    server: Provider, kind: str, codes: dict[int, Any], expected: dict[int, Any]
) -> None:
    found, found_with_bad_status = {}, {}
    for code in codes:
        server.answer = ok(refusal(kind, code))
        outcome = every(server.url)[kind].send(MESSAGE)
        found[code] = (outcome.kind, outcome.after_s)
        assert str(code) in outcome.answer
        zh, en = outcome.check.split(" / ")
        assert not zh.isascii()
        assert en.isascii()
        server.answer = http("400 Bad Request", body=server.answer.partition(b"\r\n\r\n")[2].decode())
        outcome = every(server.url)[kind].send(MESSAGE)
        found_with_bad_status[code] = (outcome.kind, outcome.after_s)
    assert found == found_with_bad_status == expected


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu"])
def test_an_unknown_code_is_tried_again_and_named(server: Provider, kind: str) -> None:
    server.answer = ok(refusal(kind, 987654))
    outcome = every(server.url)[kind].send(MESSAGE)
    assert outcome.kind == "retry"
    assert "987654" in outcome.check


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu"])
def test_a_wait_that_the_provider_names_counts_before_ours(server: Provider, kind: str) -> None:
    too_fast = {"dingtalk": 130101, "wecom": 45009, "feishu": 11232}[kind]
    body = ok(refusal(kind, too_fast)).partition(b"\r\n\r\n")[2].decode()
    server.answer = http("429 Too Many Requests", "Retry-After: 7", body=body)
    assert every(server.url)[kind].send(MESSAGE).after_s == 7


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu"])
def test_zero_with_a_bad_status_is_no_success(server: Provider, kind: str) -> None:
    server.answer = http("502 Bad Gateway", body=ok(refusal(kind, 0)).partition(b"\r\n\r\n")[2].decode())
    assert every(server.url)[kind].send(MESSAGE).kind == "retry"


@pytest.mark.parametrize(("kind", "per_minute"), [("dingtalk", 20), ("wecom", 20), ("feishu", 100)])
def test_a_group_is_one_address_for_all_and_has_its_limit(kind: str, per_minute: int) -> None:
    robot = every("http://127.0.0.1:9")[kind]
    assert robot.address(LI) == robot.address(HAN) == "duty"
    assert robot.per_minute == per_minute


def test_dingtalk_gets_signed_text_that_calls_those_on_duty(server: Provider) -> None:
    server.answer = ok({"errcode": 0, "errmsg": "ok"})
    robot = replace(every(server.url)["dingtalk"], clock=lambda: 1_773_292_680.1234)
    outcome = robot.send(MESSAGE)
    assert outcome.kind == "accepted"
    target = urlsplit(server.head.split()[1])
    timestamp = "1773292680123"
    sign = hmac.new(SIGNING.encode(), f"{timestamp}\n{SIGNING}".encode(), hashlib.sha256).digest()
    assert target.path == "/robot/send"
    assert parse_qs(target.query) == {
        "access_token": [SECRET],
        "timestamp": [timestamp],
        "sign": [base64.b64encode(sign).decode()],
    }
    assert server.body == {
        "msgtype": "text",
        "text": {"content": f"{MESSAGE.title}\n{MESSAGE.text}\n@13800000007"},
        "at": {"atMobiles": ["13800000007"], "isAtAll": False},
    }


def test_dingtalk_signs_nothing_without_a_signing_secret(server: Provider) -> None:
    server.answer = ok({"errcode": 0, "errmsg": "ok"})
    channel("dingtalk", base_url=server.url, token="t/+").send(MESSAGE)
    assert server.head.split()[1] == "/robot/send?access_token=t%2F%2B"


def test_wecom_gets_text_that_calls_those_on_duty(server: Provider) -> None:
    server.answer = ok({"errcode": 0, "errmsg": "ok"})
    assert every(server.url)["wecom"].send(MESSAGE).kind == "accepted"
    assert server.head.split()[1] == f"/cgi-bin/webhook/send?key={SECRET}"
    assert server.body == {
        "msgtype": "text",
        "text": {"content": f"{MESSAGE.title}\n{MESSAGE.text}", "mentioned_mobile_list": ["13800000007"]},
    }


def test_feishu_gets_signed_text_that_names_those_on_duty(server: Provider) -> None:
    server.answer = ok({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"})
    robot = replace(every(server.url)["feishu"], clock=lambda: 1_773_292_680.9)
    assert robot.send(replace(MESSAGE, body='<at user_id="all">站</at>')).kind == "accepted"
    sign = hmac.new(f"1773292680\n{SIGNING}".encode(), b"", hashlib.sha256).digest()
    assert server.head.split()[1] == f"/open-apis/bot/v2/hook/{SECRET}"
    assert server.body == {
        "timestamp": "1773292680",
        "sign": base64.b64encode(sign).decode(),
        "msg_type": "text",
        "content": {
            "text": f'{MESSAGE.title}\n‹at user_id="all">站‹/at>\n{MESSAGE.closing}\n值班 / on duty: 李雷、韩梅梅'
        },
    }


def test_feishu_signs_nothing_without_a_signing_secret(server: Provider) -> None:
    server.answer = ok({"StatusCode": 0, "StatusMessage": "success"})  # as older bots answer
    assert channel("feishu", base_url=server.url, token="t").send(MESSAGE).kind == "accepted"
    assert set(server.body) == {"msg_type", "content"}


def test_feishu_has_one_code_for_bad_form_and_too_many(server: Provider) -> None:
    server.answer = ok({"StatusCode": 0, "StatusMessage": "", "code": 9499, "msg": "too many request"})
    outcome = every(server.url)["feishu"].send(MESSAGE)
    assert (outcome.kind, outcome.after_s) == ("retry", 60)


@pytest.mark.parametrize(("kind", "most"), [("dingtalk", 20_000), ("wecom", 2048), ("feishu", 20_000)])
def test_a_long_message_fits_and_keeps_its_closing(server: Provider, kind: str, most: int) -> None:
    every(server.url)[kind].send(LONG)
    body = server.body
    text = body["content"]["text"] if kind == "feishu" else body["text"]["content"]
    sent = len(server.heard[-1].partition(b"\r\n\r\n")[2])
    assert (size(text) if kind == "wecom" else sent) <= most
    assert sent > most * 0.8
    assert MESSAGE.closing in text
    assert "more lines not listed" in text


def test_wecom_takes_every_byte_that_it_may(server: Provider) -> None:
    every(server.url)["wecom"].send(replace(MESSAGE, body="x" * 5000))
    assert size(server.body["text"]["content"]) == 2048


def test_people_without_or_with_the_same_number_are_called_once_or_not(server: Provider) -> None:
    people = [{"name": "a", "phone": phone} for phone in ("8613800000007", "138 0000 0007", None, "0482-8227531")]
    every(server.url)["wecom"].send(replace(MESSAGE, payload=PAYLOAD | {"people": people}))
    assert server.body["text"]["mentioned_mobile_list"] == ["13800000007", "04828227531"]
