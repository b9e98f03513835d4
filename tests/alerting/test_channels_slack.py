"""Slack, by an incoming webhook and by an app."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ops_platform.alerting.channels.slack import CODES
from tests.alerting.conftest import LI
from tests.alerting.provider import MESSAGE, SECRET, Provider, every, http, ok, provider

WEBHOOK = {
    "invalid_payload": ("400 Bad Request", "permanent"),
    "no_text": ("400 Bad Request", "permanent"),
    "user_not_found": ("400 Bad Request", "permanent"),
    "channel_not_found": ("404 Not Found", "permanent"),
    "channel_is_archived": ("410 Gone", "permanent"),
    "action_prohibited": ("403 Forbidden", "retry"),
    "posting_to_general_channel_denied": ("403 Forbidden", "retry"),
    "no_service": ("404 Not Found", "retry"),
    "no_service_id": ("404 Not Found", "retry"),
    "no_active_hooks": ("404 Not Found", "retry"),
    "invalid_token": ("403 Forbidden", "retry"),
    "no_team": ("404 Not Found", "retry"),
    "team_disabled": ("403 Forbidden", "retry"),
    "rollup_error": ("500 Server Error", "retry"),
}
APP = {
    "channel_not_found": ("permanent", 0),
    "ratelimited": ("retry", 30),
    "rate_limited": ("retry", 30),
    "message_limit_exceeded": ("retry", 60),
    "not_authed": ("retry", 0),
    "invalid_auth": ("retry", 0),
    "account_inactive": ("retry", 0),
    "token_revoked": ("retry", 0),
    "token_expired": ("retry", 0),
    "not_allowed_token_type": ("retry", 0),
    "missing_scope": ("retry", 0),
    "no_permission": ("retry", 0),
    "access_denied": ("retry", 0),
    "not_in_channel": ("retry", 0),
    "restricted_action": ("retry", 0),
    "is_archived": ("permanent", 0),
    "msg_too_long": ("permanent", 0),
    "invalid_arguments": ("permanent", 0),
    "service_unavailable": ("retry", 0),
    "request_timeout": ("retry", 0),
    "team_added_to_org": ("retry", 0),
    "org_login_required": ("retry", 0),
    "fatal_error": ("in_doubt", 0),
    "internal_error": ("in_doubt", 0),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with provider() as running:
        yield running


def test_every_code_is_tried_below() -> None:
    assert set(CODES) == set(WEBHOOK) | set(APP)


@pytest.mark.parametrize("word", WEBHOOK)
def test_a_webhook_answers_with_a_word(server: Provider, word: str) -> None:
    status, kind = WEBHOOK[word]
    server.answer = http(status, body=word)
    outcome = every(server.url)["slack_hook"].send(MESSAGE)
    assert (outcome.kind, outcome.after_s) == (kind, 0)
    assert " / " in outcome.check


@pytest.mark.parametrize("error", APP)
def test_an_app_is_answered_with_an_error_in_a_good_status(server: Provider, error: str) -> None:
    server.answer = ok({"ok": False, "error": error})
    outcome = every(server.url)["slack_app"].send(MESSAGE)
    assert (outcome.kind, outcome.after_s) == APP[error]
    assert " / " in outcome.check


def test_an_unknown_error_is_tried_again_and_named(server: Provider) -> None:
    server.answer = ok({"ok": False, "error": "new_reason"})
    outcome = every(server.url)["slack_app"].send(MESSAGE)
    assert outcome.kind == "retry"
    assert "new_reason" in outcome.check


def test_the_wait_that_slack_names_counts(server: Provider) -> None:
    server.answer = http("429 Too Many Requests", "Retry-After: 12", body='{"ok": false, "error": "ratelimited"}')
    assert every(server.url)["slack_app"].send(MESSAGE).after_s == 12


def test_a_webhook_gets_escaped_text_and_no_channel(server: Provider) -> None:
    server.answer = http("200 OK", body="ok")
    hook = every(server.url)["slack_hook"]
    assert hook.send(replace(MESSAGE, body="<!channel> A&B")).kind == "accepted"
    assert server.head.split()[1] == f"/services/{SECRET}"
    assert server.body == {
        "text": f"{MESSAGE.title}\n&lt;!channel&gt; A&amp;B\n{MESSAGE.closing}\n值班 / on duty: 李雷、韩梅梅"
    }
    assert (hook.address(LI), hook.per_minute) == ("duty", 60)


def test_an_app_names_the_channel_and_shows_its_token(server: Provider) -> None:
    server.answer = ok({"ok": True, "channel": "C1", "ts": "1.2"})
    app = every(server.url)["slack_app"]
    assert app.address(LI) == "C1"
    assert app.send(replace(MESSAGE, recipient="C1")).kind == "accepted"
    assert server.head.split()[1] == "/api/chat.postMessage"
    assert f"Authorization: Bearer {SECRET}" in server.head
    assert (server.body["channel"], server.body["unfurl_links"]) == ("C1", False)


def test_a_long_message_fits_and_keeps_its_closing(server: Provider) -> None:
    server.answer = http("200 OK", body="ok")
    every(server.url)["slack_hook"].send(replace(MESSAGE, body="\n".join(f"<{n}>" for n in range(2000))))
    text = server.body["text"]
    assert 3500 < len(text.encode()) <= 4000
    assert MESSAGE.closing in text
