"""The robot of a WeCom group."""

from collections.abc import Mapping
from urllib.parse import urlencode

from ops_platform.alerting.channels.base import Message, Outcome
from ops_platform.alerting.channels.posting import Answer, HttpChannel, Meaning, Request
from ops_platform.alerting.channels.robots import mobiles
from ops_platform.alerting.channels.shorten import fitting
from ops_platform.channel_settings import WecomSettings

MOST_BYTES = 2048
"""Of a text; markdown may have 4096, but calls nobody by mobile number."""
_TOO_FAST = "每个机器人每分钟最多 20 条 / a robot may send 20 messages a minute"
_KEY = "机器人地址中的 key 不对，或机器人已被移出群 / the key of the robot's address is wrong, or the robot was removed"

CODES = {
    -1: Meaning("retry", "企业微信系统繁忙，自动重试 / WeCom is busy, it is tried again"),
    40008: Meaning("permanent", "不合法的消息类型 / the type of message is not valid"),
    40058: Meaning(
        "permanent", "参数不合法，多为内容过长或缺字段 / a parameter is not valid: too long, or one is missing"
    ),
    44004: Meaning("permanent", "文本内容为空 / the text is empty"),
    45002: Meaning("permanent", "消息内容过长 / the message is too long"),
    45009: Meaning("retry", _TOO_FAST, 60.0),
    45033: Meaning("retry", "并发过多，自动重试 / too many at once, it is tried again", 10.0),
    93000: Meaning("retry", _KEY),
    93004: Meaning("retry", "机器人被停用：请管理员启用 / the robot was stopped: have it switched on"),
    93008: Meaning("retry", "机器人不在群里：重新添加 / the robot is not in the group: add it again"),
}
"""WeCom developer centre, pages "群机器人配置说明" (path 91770: limits) and "全局错误码" (path 90313)."""


class WecomChannel(HttpChannel[WecomSettings]):
    """Sends text with the mobile numbers of those on duty, whom WeCom then calls to it."""

    def request(self, message: Message, secrets: Mapping[str, str]) -> Request:
        """Return the message as text."""
        text = {"content": fitting(message, MOST_BYTES), "mentioned_mobile_list": mobiles(message.payload)}
        url = f"{self.settings.base_url}/cgi-bin/webhook/send?{urlencode({'key': secrets['key']})}"
        return Request(url, {"msgtype": "text", "text": text}, {})

    def read(self, answer: Answer) -> Outcome:
        """Return what ``errcode`` says, which comes with a good status even where the message is refused."""
        return answer.by_code(answer.fields().get("errcode"), CODES)
