"""The custom bot of a Feishu or Lark group."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from ops_platform.alerting.channels.base import Message, Outcome
from ops_platform.alerting.channels.posting import Answer, HttpChannel, Meaning, Request
from ops_platform.alerting.channels.robots import names, signature
from ops_platform.alerting.channels.shorten import fitting
from ops_platform.channel_settings import FeishuSettings

MOST_BYTES = 18_000
"""The request may have 20 KB; what stands around the text needs some of them."""
_TOO_FAST = "每分钟最多 100 条、每秒 5 条，避开整点与半点 / at most 100 a minute and 5 a second; avoid the full hour"
_CONTENT = "消息格式不符：检查中间网关 / the form of the message is not accepted: check the gateway between"
_ADDRESS = (
    "核对机器人地址的最后一段，机器人可能已删除 / "
    "check the last part of the bot's address; the bot may have been removed"
)
_SIGNATURE = (
    "核对签名密钥，并校准本机时间（误差须在 1 小时内） / "
    "check the signing secret, and this machine's clock, which must be right within an hour"
)

CODES = {
    9499: Meaning("permanent", _CONTENT),
    11232: Meaning("retry", _TOO_FAST, 60.0),
    19001: Meaning("retry", _ADDRESS),
    19002: Meaning("permanent", _CONTENT),
    19007: Meaning("retry", "机器人未启用 / the bot is not enabled"),
    19021: Meaning("retry", _SIGNATURE),
    19022: Meaning("retry", "本机 IP 不在机器人的白名单 / this machine's address is not on the bot's list"),
    19024: Meaning("retry", "消息不含机器人要求的关键词 / the message holds no keyword that the bot asks for"),
}
"""Feishu Open Platform, page "自定义机器人使用指南" (limits, signature, frequent errors), and its general codes."""


@dataclass(frozen=True)
class FeishuChannel(HttpChannel[FeishuSettings]):
    """Sends text that names those on duty; a custom bot cannot call anybody by mobile number."""

    clock: Callable[[], float] = time.time

    def request(self, message: Message, secrets: Mapping[str, str]) -> Request:
        """Return the message as text, signed with the time where a signing secret is set."""
        closing = "\n".join(part for part in (message.closing, names(message.payload)) if part)
        text = fitting(replace(message, closing=closing), MOST_BYTES)
        # A tag in a name that came from a file would call people.
        content: dict[str, Any] = {"msg_type": "text", "content": {"text": text.replace("<", "‹")}}
        if secrets["secret"]:
            timestamp = str(int(self.clock()))
            content |= {"timestamp": timestamp, "sign": signature(f"{timestamp}\n{secrets['secret']}", "")}
        return Request(f"{self.settings.base_url}/open-apis/bot/v2/hook/{quote(secrets['token'])}", content, {})

    def read(self, answer: Answer) -> Outcome:
        """Return what ``code`` says, which older bots call ``StatusCode``."""
        fields = answer.fields()
        code = fields.get("code", fields.get("StatusCode"))
        if code == 9499 and "too many" in str(fields.get("msg")):  # noqa: PLR2004 - one code for two matters
            code = 11232
        return answer.by_code(code, CODES)
