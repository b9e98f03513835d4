"""What channels that are one request make of a bad line, a slow peer and a plain status; none tells a secret."""

import json
import logging
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ops_platform.alerting.channels import attempt
from tests.alerting.provider import (
    DROP_UNREAD,
    HANG,
    KINDS,
    MESSAGE,
    SECRETS,
    TRICKLE,
    Provider,
    certificate,
    every,
    free_port,
    http,
    provider,
)

ECHO = " ".join(SECRETS)


@pytest.fixture(scope="module")
def shared():
    with provider() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_secret_in_the_log(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    yield
    assert not [record for record in caplog.records if any(secret in record.getMessage() for secret in SECRETS)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("answer", "expected", "after_s"),
    [
        (http("429 Too Many Requests", "Retry-After: 90", body=ECHO), "retry", 90),
        (http("429 Too Many Requests", body=ECHO), "retry", 0),
        (http("503 Service Unavailable", "Retry-After: soon", body=ECHO), "retry", 0),
        (http("500 Internal Server Error", body=ECHO + "x" * 200_000), "retry", 0),
        (http("401 Unauthorized", body=ECHO), "retry", 0),
        (http("403 Forbidden", body=ECHO), "retry", 0),
        (http("407 Proxy Authentication Required"), "retry", 0),
        (http("408 Request Timeout"), "retry", 0),
        (http("425 Too Early"), "retry", 0),
        (http("404 Not Found", "Retry-After: 90", body=ECHO), "permanent", 0),
        (http("413 Content Too Large", body=ECHO), "permanent", 0),
        (http("302 Found", "Location: http://127.0.0.1:1/"), "permanent", 0),
        (b"", "in_doubt", 0),
        (b"HTTP/1.1 2", "in_doubt", 0),
        (b"no web server\r\n\r\n", "in_doubt", 0),
    ],
    ids=lambda value: value[9:12].decode() or "drop" if isinstance(value, bytes) else None,
)
def test_a_plain_status_is_told_apart(
    shared: Provider, kind: str, answer: bytes, expected: str, after_s: float
) -> None:
    shared.answer = answer
    shared.heard.clear()
    tried = every(shared.url)[kind]
    outcome = tried.send(MESSAGE)
    assert (outcome.kind, outcome.after_s) == (expected, after_s)
    assert len(outcome.answer) <= 500
    own = " ".join(tried.settings.secrets().values())
    assert not any(secret in repr(outcome) for secret in SECRETS if secret in own)
    assert len(shared.heard) == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"webhook", "alertmanager"}])
@pytest.mark.parametrize("body", ["<html>sign in</html>", "[1]", '{"a": 1}', "x" * 200_000, ""])
def test_a_good_status_without_the_providers_word_is_never_taken_for_success(
    shared: Provider, kind: str, body: str
) -> None:
    shared.answer = http("200 OK", body=body)
    assert every(shared.url)[kind].send(MESSAGE).kind == "in_doubt"


@pytest.mark.parametrize("kind", KINDS)
def test_no_part_of_a_secret_is_left_where_an_answer_is_cut_short(shared: Provider, kind: str) -> None:
    tried = every(shared.url)[kind]
    for secret in filter(None, tried.settings.secrets().values()):
        for form in (secret, secret.replace("/", r"\/")):
            shared.answer = http("400 Bad Request", body="x" * (496 - len(form) // 2) + form)
            assert form[:5] not in tried.send(MESSAGE).answer
        shared.answer = http(
            "200 OK", body=json.dumps({"errcode": secret, "code": secret, "ok": False, "error": secret})
        )
        assert secret not in repr(tried.send(MESSAGE))


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu"])
@pytest.mark.parametrize("code", [False, None, [0], {}, 0.0])
def test_a_code_of_another_type_is_no_success(shared: Provider, kind: str, code: object) -> None:
    shared.answer = http("200 OK", body=json.dumps({"errcode": code, "code": code}))
    assert every(shared.url)[kind].send(MESSAGE).kind == "in_doubt"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("behaviour", [HANG, TRICKLE], ids=["hang", "trickle"])
def test_a_peer_that_does_not_finish_is_cut_off_at_the_deadline(kind: str, behaviour: object) -> None:
    with provider() as server:
        server.answer = behaviour
        began = time.monotonic()
        outcome = every(server.url, deadline_s=0.2)[kind].send(MESSAGE)
        assert 0.2 <= time.monotonic() - began < 1.5
    assert outcome.kind == "in_doubt"
    assert outcome.check


def test_a_provider_that_is_slow_is_waited_for_until_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops_platform.alerting.channels.posting._CONNECT_S", 0.1)
    with provider() as server:
        server.delay_s = 0.3
        assert every(server.url)["webhook"].send(MESSAGE).kind == "accepted"


def test_a_body_that_breaks_off_does_not_hide_the_status() -> None:
    with provider() as server:
        server.answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 50\r\n\r\nhalf"
        assert every(server.url)["webhook"].send(MESSAGE).kind == "permanent"


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_never_reached_has_received_nothing(kind: str) -> None:
    outcome = every(f"http://127.0.0.1:{free_port()}")[kind].send(MESSAGE)
    assert (outcome.kind, outcome.answer) == ("retry", "NewConnectionError")
    assert "network" in outcome.check


def test_a_connection_dropped_before_the_request_was_read_may_have_received_it() -> None:
    with provider() as server:
        server.answer = DROP_UNREAD
        assert every(server.url)["webhook"].send(MESSAGE).kind == "in_doubt"


def test_tls_is_checked_and_a_refused_certificate_means_not_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, context = certificate(tmp_path)
    with provider(context) as server:
        assert every(server.url)["webhook"].send(MESSAGE).kind == "retry"
        assert server.heard == []
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert every(server.url)["webhook"].send(MESSAGE).kind == "accepted"
        assert every(server.url.replace("127.0.0.1", "localhost"))["webhook"].send(MESSAGE).kind == "retry"
    with provider() as plain:
        assert every(plain.url.replace("http:", "https:"), deadline_s=0.5)["webhook"].send(MESSAGE).kind == "retry"


def test_a_fault_of_our_own_ends_in_an_outcome_that_says_where_and_not_what() -> None:
    outcome = attempt(every("http://127.0.0.1:9")["pagerduty"], replace(MESSAGE, payload={}))
    assert outcome.kind == "in_doubt"
    assert outcome.answer.startswith("KeyError at pagerduty.py:")
    assert "report" in outcome.check


def test_an_attempt_is_given_up_where_even_its_connection_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = every("http://127.0.0.1:9", deadline_s=0.1)["webhook"]
    monkeypatch.setattr("ops_platform.alerting.channels.base.GRACE_S", 0.05)
    monkeypatch.setattr(type(stuck), "send", lambda _self, _message: time.sleep(0.5))
    began = time.monotonic()
    outcome = attempt(stuck, MESSAGE)
    assert 0.15 <= time.monotonic() - began < 0.4
    assert (outcome.kind, outcome.answer) == ("in_doubt", "no outcome within 0.15 s")
