"""A test message over one channel, and what became of it in words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import pandas as pd

from ops_platform.alerting.channels.base import Channel, Message, Outcome, OutcomeKind, attempt
from ops_platform.errors import PermanentError

_KINDS: dict[OutcomeKind, str] = {
    "accepted": "已受理 / accepted",
    "retry": "暂未受理，正式告警会自动重试 / refused for now; an alert would be tried again",
    "permanent": "拒收，不再重试 / refused for good",
    "in_doubt": "没有明确答复，可能已送达 / no clear answer, it may have arrived",
}
_LOOK_THERE = "在收件处查看测试消息 / look for the test message where it should have arrived"


@dataclass(frozen=True)
class _Reader:
    staff_id: str
    email: str = ""


def send_trial(channel: Channel, to: str, staff: pd.DataFrame, now: datetime) -> Outcome:
    """Send one message that says of itself that it is a test.

    Parameters
    ----------
    channel
        The channel.
    to
        A staff id of the register, or an address on the channel. Empty: where a room, the room.
    staff
        Table of the contract of this name.
    now
        The moment, aware.

    Raises
    ------
    PermanentError
        If the channel reaches nobody so.
    """
    address = _address(channel, to, staff)
    if not address:
        whom = f"{to} has no address there" if to else "say --to with a staff_id or an address"
        raise PermanentError(f"channel {channel.name} reaches people: {whom}")
    title = "【测试 / test】告警通道 / alert channel"
    body = f"这是通道 {channel.name} 的测试消息，不是告警。\nA test of channel {channel.name}, no alert."
    payload = {
        "kind": "raised",
        "rule": "channel_test",
        "severity": "minor",
        "office_id": "",
        "group_id": 0,
        "episodes": [],
        "people": [],
        "link": "",
    }
    closing = "无需处理 / nothing to do"
    return attempt(channel, Message(uuid4().hex, address, title, body, closing, payload, now))


def report(name: str, outcome: Outcome) -> str:
    """Return what became of a test message, line by line, in Chinese and English."""
    following = outcome.check or (
        _LOOK_THERE if outcome.kind == "accepted" else "见 docs/alerting.md / see docs/alerting.md"
    )
    return (
        f"通道 / channel: {name}\n"
        f"结果 / outcome: {_KINDS[outcome.kind]}\n"
        f"对方答复 / answer: {outcome.answer or '-'}\n"
        f"下一步 / next: {following}"
    )


def _address(channel: Channel, to: str, staff: pd.DataFrame) -> str:
    known = staff[staff["staff_id"] == to]
    if not known.empty:
        email = known["email"].iloc[-1]
        return channel.address(_Reader(to, "" if pd.isna(email) else str(email).strip()))
    return to or channel.address(_Reader("test"))
