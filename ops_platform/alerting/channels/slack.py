"""A Slack channel, by an incoming webhook or by an app."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ops_platform.alerting.channels.base import Message, Outcome, Person
from ops_platform.alerting.channels.posting import CHECK_LATER, Answer, HttpChannel, Meaning, Request
from ops_platform.alerting.channels.robots import names
from ops_platform.alerting.channels.shorten import fitting
from ops_platform.channel_settings import SlackSettings

MOST_BYTES = 4000
"""Slack advises no more than 4,000 characters, and splits what is longer."""
_TOKEN = "核对应用的令牌 / check the app's token"  # noqa: S105
_RIGHTS = "应用缺少权限：添加 chat:write 并重新安装 / the app lacks a right: add chat:write and install it again"
_HOOK = "Webhook 已停用或删除：重新创建 / the webhook was disabled or removed: make a new one"
_ROOM = "频道不存在、已归档或应用看不到它 / the channel does not exist, is archived, or is hidden from the app"
_POLICY = "管理员限制了在此频道发言 / an administrator restricts posting in this channel"
_FORM = "消息格式不被接受 / the form of the message is not accepted"
_TOO_FAST = "每个频道约每秒 1 条 / about one message a second in a channel"
_LATER = "Slack 暂时不可用，自动重试 / Slack is not available now, it is tried again"

CODES = {
    # words that an incoming webhook answers
    "invalid_payload": Meaning("permanent", _FORM),
    "no_text": Meaning("permanent", _FORM),
    "user_not_found": Meaning("permanent", _ROOM),
    "channel_not_found": Meaning("permanent", _ROOM),
    "channel_is_archived": Meaning("permanent", _ROOM),
    "action_prohibited": Meaning("retry", _POLICY),
    "posting_to_general_channel_denied": Meaning("retry", _POLICY),
    "no_service": Meaning("retry", _HOOK),
    "no_service_id": Meaning("retry", _HOOK),
    "no_active_hooks": Meaning("retry", _HOOK),
    "invalid_token": Meaning("retry", _HOOK),
    "no_team": Meaning("retry", _HOOK),
    "team_disabled": Meaning("retry", _HOOK),
    "rollup_error": Meaning("retry", _LATER),
    # errors of chat.postMessage
    "ratelimited": Meaning("retry", _TOO_FAST, 30.0),
    "rate_limited": Meaning("retry", _TOO_FAST, 30.0),
    "message_limit_exceeded": Meaning("retry", "整个工作区发送过多 / the whole workspace sends too many", 60.0),
    "not_authed": Meaning("retry", _TOKEN),
    "invalid_auth": Meaning("retry", _TOKEN),
    "account_inactive": Meaning("retry", _TOKEN),
    "token_revoked": Meaning("retry", _TOKEN),
    "token_expired": Meaning("retry", _TOKEN),
    "not_allowed_token_type": Meaning("retry", _TOKEN),
    "missing_scope": Meaning("retry", _RIGHTS),
    "no_permission": Meaning("retry", _RIGHTS),
    "access_denied": Meaning("retry", _RIGHTS),
    "not_in_channel": Meaning("retry", "先把应用邀请进频道 / invite the app into the channel first"),
    "restricted_action": Meaning("retry", _POLICY),
    "is_archived": Meaning("permanent", _ROOM),
    "msg_too_long": Meaning("permanent", _FORM),
    "invalid_arguments": Meaning("permanent", _FORM),
    "service_unavailable": Meaning("retry", _LATER),
    "request_timeout": Meaning("retry", _LATER),
    "team_added_to_org": Meaning("retry", _LATER),
    "org_login_required": Meaning("retry", _LATER),
    # of these Slack says that part of it may have happened
    "fatal_error": Meaning("in_doubt", CHECK_LATER),
    "internal_error": Meaning("in_doubt", CHECK_LATER),
}
"""Slack developer docs, pages "Sending messages using incoming webhooks" (error handling) and "chat.postMessage"."""


class SlackChannel(HttpChannel[SlackSettings]):
    """Sends text that names those on duty."""

    def address(self, person: Person) -> str:
        """Return the channel to which an app posts; a webhook knows its own."""
        return self.settings.channel or super().address(person)

    def request(self, message: Message, secrets: Mapping[str, str]) -> Request:
        """Return the message as text, to the webhook where there is one."""
        closing = "\n".join(part for part in (message.closing, names(message.payload)) if part)
        # Escaped before it is measured: a sign of the markup takes more bytes than it shows.
        escaped = replace(message, title=_escape(message.title), body=_escape(message.body), closing=_escape(closing))
        content: dict[str, Any] = {"text": fitting(escaped, MOST_BYTES)}
        if secrets["url"]:
            return Request(secrets["url"], content, {})
        content |= {"channel": message.recipient, "unfurl_links": False}
        headers = {"Authorization": f"Bearer {secrets['token']}"}
        return Request(f"{self.settings.base_url}/api/chat.postMessage", content, headers)

    def read(self, answer: Answer) -> Outcome:
        """Return what the word of a webhook or the ``error`` of the app's answer says."""
        fields = answer.fields()
        if "ok" in fields:
            return answer.by_code("ok" if fields["ok"] is True else str(fields.get("error")), CODES, fine="ok")
        word = answer.text.strip()
        return answer.by_code(word if word == "ok" or word in CODES else None, CODES, fine="ok")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
