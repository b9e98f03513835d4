"""The custom robot of a DingTalk group."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from ops_platform.alerting.channels.base import Message, Outcome
from ops_platform.alerting.channels.posting import Answer, HttpChannel, Meaning, Request
from ops_platform.alerting.channels.robots import mobiles, signature
from ops_platform.alerting.channels.shorten import fitting
from ops_platform.channel_settings import DingtalkSettings

MOST_BYTES = 18_000
"""The request may have 20,000; what stands around the text needs some of them."""
_TOKEN = "核对机器人地址中的 access_token / check the access_token of the robot's address"  # noqa: S105
_TOO_FAST = "每分钟最多 20 条，超出后最长限流 10 分钟 / at most 20 a minute, otherwise blocked for up to ten minutes"
_SECURITY = (
    "核对安全设置：关键词、加签密钥与本机时间、IP 白名单 / "
    "check the security settings: keyword, signing secret and this machine's clock, list of addresses"
)
_CONTENT = "内容被平台拦截：检查站名、链接等文字 / the platform objects to the content: check names and links"

CODES = {
    -1: Meaning("retry", "钉钉系统繁忙，自动重试 / DingTalk is busy, it is tried again"),
    40035: Meaning("permanent", "请求缺少参数 / a parameter is missing"),
    43004: Meaning("permanent", "请求头 Content-Type 无效：检查中间网关 / bad Content-Type: check the gateway between"),
    130101: Meaning("retry", _TOO_FAST, 60.0),
    300001: Meaning("retry", _TOKEN),
    300005: Meaning("retry", _TOKEN),
    310000: Meaning("retry", _SECURITY),
    400013: Meaning("permanent", "群已解散 / the group was dissolved"),
    400101: Meaning("retry", _TOKEN),
    400102: Meaning("retry", "机器人已停用：请群主启用 / the robot was stopped: have it switched on"),
    400105: Meaning("permanent", "不支持的消息类型 / the type of message is not supported"),
    400106: Meaning("retry", "机器人已不在群里：重新添加 / the robot is not in the group: add it again"),
    410100: Meaning("retry", _TOO_FAST, 60.0),
    430101: Meaning("permanent", _CONTENT),
    430102: Meaning("permanent", _CONTENT),
    430103: Meaning("permanent", _CONTENT),
    430104: Meaning("permanent", _CONTENT),
}
"""DingTalk Open Platform, pages "自定义机器人发送群消息" (error codes) and "自定义机器人安全设置"; 130101 and 300001
from Alibaba Cloud's table of DingTalk robot errors. The documented block of ten minutes is asked about each minute."""


@dataclass(frozen=True)
class DingtalkChannel(HttpChannel[DingtalkSettings]):
    """Sends text with the mobile numbers of those on duty, whom DingTalk then calls to it."""

    clock: Callable[[], float] = time.time

    def request(self, message: Message, secrets: Mapping[str, str]) -> Request:
        """Return the message as text, signed with the time where a signing secret is set."""
        query = {"access_token": secrets["token"]}
        if secrets["secret"]:
            timestamp = str(round(self.clock() * 1000))
            query |= {"timestamp": timestamp, "sign": _sign(timestamp, secrets["secret"])}
        numbers = mobiles(message.payload)
        called = " ".join(f"@{number}" for number in numbers)  # a mention shows only where the text has it
        closing = "\n".join(part for part in (message.closing, called) if part)
        content = {
            "msgtype": "text",
            "text": {"content": fitting(replace(message, closing=closing), MOST_BYTES)},
            "at": {"atMobiles": numbers, "isAtAll": False},
        }
        return Request(f"{self.settings.base_url}/robot/send?{urlencode(query)}", content, {})

    def read(self, answer: Answer) -> Outcome:
        """Return what ``errcode`` says, which comes with a good status even where the message is refused."""
        return answer.by_code(answer.fields().get("errcode"), CODES)


def _sign(timestamp: str, secret: str) -> str:
    return signature(secret, f"{timestamp}\n{secret}")
