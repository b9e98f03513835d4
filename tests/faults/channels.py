"""What channels do to messages, in virtual time and over real connections."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller

from ops_platform.policy import Policy
from tests.alerting.provider import free_port
from tests.faults.checker import Count
from tests.faults.receiver import ACCEPTING, REFUSING, SITE, Accepted, Receiver
from tests.faults.stage import Database, Result, Stage, staged
from tests.faults.story import START, Story, Trial, one_each
from tests.faults.virtual import ADDRESSES, ATTEMPT_S, Simulation, on_duty, webhook

MINUTE = timedelta(minutes=1)
OPENS = START + MINUTE
LASTS = 25 * MINUTE
MATTERS = 3
BAD_ANSWERS = {
    "400": "4xx for one recipient, for good",
    "500": "5xx, then well",
    "429": "429 with Retry-After, then well",
    "errcode": "200 with errcode, then well",
    "drop": "connection dropped unread, then well",
    "drop after": "connection dropped after the message",
    "trickle": "answer trickles",
    "hang": "no answer after the message",
    "oversized": "answer of 50 MB",
}


def channel_faults(database: Database) -> Iterator[Result]:
    """Yield what became of matters whose messages met a fault of a channel."""
    assert set(BAD_ANSWERS) == {*ACCEPTING, *REFUSING} - {"accept"}
    trials: dict[str, Callable[[Stage], Count]] = {
        **{f"HTTP {said}": _answering(answer) for answer, said in BAD_ANSWERS.items()},
        "SMTP down for an hour": _mail_down,
        "SMTP 4xx, then well": _mailing("451 later", times=6),
        "SMTP 5xx for one recipient": _mailing("550 no such user", only=ADDRESSES[0]),
        "SMTP hangs after DATA": _mailing("hang", times=3),
        "all channels dead for six hours": _all_dead,
        "rota empty for twenty minutes": _nobody,
    }
    for fault, trial in trials.items():
        story = Story(one_each(MATTERS, OPENS, LASTS, "channel"))
        with staged(database, Trial.standing_at(START), story) as stage:
            yield Result(fault, database.name, trial(stage))


def _answering(answer: str) -> Callable[[Stage], Count]:
    def trial(stage: Stage) -> Count:
        receiver, room = stage.receiver, answer == "errcode"
        if answer == "400":
            receiver.always["P1"] = answer
        else:
            receiver.script.extend([answer] * 5)
        channels = {"duty": webhook(stage)}
        if room:
            channels = {
                "duty": {"kind": "dingtalk", "base_url": receiver.url, "token": "token", "deadline_s": ATTEMPT_S}
            }
        simulation = Simulation(stage, channels)
        simulation.run(LASTS + 15 * MINUTE)
        people = {"400": ("P2", "P3"), "errcode": ("room",)}.get(answer)
        return simulation.judge(**{"people": people} if people else {})

    return trial


class _Mailbox:
    """A mail server that keeps what it takes where the receiver does."""

    def __init__(self, receiver: Receiver, answer: str, times: int, only: str) -> None:
        self.receiver, self.answer, self.left, self.only = receiver, answer, times, only

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        recipient = envelope.rcpt_tos[0]
        bad = recipient == self.only or (not self.only and self.left > 0)
        self.left -= 1
        if not bad or self.answer == "hang":
            self.receiver.keep(_mail(envelope.content, recipient, self.receiver.now()))
        if bad and self.answer == "hang":
            await asyncio.sleep(3 * ATTEMPT_S)
        return self.answer if bad and self.answer != "hang" else "250 kept"


def _mail(content: bytes, recipient: str, at: datetime) -> Accepted:
    mail = message_from_bytes(content, policy=policy.default)
    title, body = str(mail["Subject"]), mail.get_content()  # type: ignore[attr-defined]
    kind = "resolved" if "已解除" in title else "raised"
    why = "escalated" if "升级" in title else kind
    sites = tuple(sorted(set(SITE.findall(body))))
    return Accepted(at, str(mail["Message-ID"]), kind, why, recipient, sites, "可能重复" in title)


@contextmanager
def _mail_server(stage: Stage, port: int, answer: str = "", times: int = 0, only: str = "") -> Iterator[None]:
    mailbox = _Mailbox(stage.receiver, answer, times, only)
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, decode_data=False)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def _mail_settings(port: int) -> dict[str, dict[str, Any]]:
    sender = {"host": "127.0.0.1", "port": port, "sender": "ops@example.com"}
    return {"mail": {"kind": "smtp", "deadline_s": ATTEMPT_S, **sender}}


def _mailing(answer: str, times: int = 0, only: str = "") -> Callable[[Stage], Count]:
    def trial(stage: Stage) -> Count:
        port = free_port()
        simulation = Simulation(stage, _mail_settings(port))
        with _mail_server(stage, port, answer, times, only):
            simulation.run(LASTS + 15 * MINUTE)
        return simulation.judge(people=[address for address in ADDRESSES if address != only])

    return trial


def _mail_down(stage: Stage) -> Count:
    port, back_at = free_port(), START + timedelta(hours=1)
    story = Story(one_each(MATTERS, OPENS, timedelta(hours=3), "channel"))
    stage.at(stage.site.trial, story)
    with ExitStack() as servers:

        def begin(now: datetime) -> None:
            if now == back_at:
                servers.enter_context(_mail_server(stage, port))

        simulation = Simulation(stage, _mail_settings(port), begin=begin)
        simulation.run(timedelta(hours=3, minutes=10))
    return simulation.judge(people=ADDRESSES)


def _all_dead(stage: Stage) -> Count:
    """Two channels refuse everything for six hours, longer than any ladder; the matters outlast it."""
    dead_until = START + timedelta(hours=6)
    story = Story(one_each(MATTERS, OPENS, timedelta(hours=11), "channel"))
    stage.at(stage.site.trial, story)
    stage.receiver.always = dict.fromkeys(("P1", "P2", "P3"), "500")

    def begin(now: datetime) -> None:
        if now >= dead_until:
            stage.receiver.always = {}

    simulation = Simulation(stage, {"duty": webhook(stage), "other": webhook(stage)}, begin=begin, policy=Policy())
    simulation.run(timedelta(hours=11, minutes=10), tick=MINUTE)
    return simulation.judge(step=10 * MINUTE)


def _nobody(stage: Stage) -> Count:
    """Have the first person come on duty while the matters stand; until then the machine alone hears of them."""
    comes_at = START + 20 * MINUTE
    story = Story(one_each(MATTERS, OPENS, timedelta(hours=1), "channel"))
    stage.at(stage.site.trial, story)
    simulation = Simulation(stage, duty=lambda now: on_duty() if now >= comes_at else [])
    simulation.run(timedelta(minutes=65))
    return simulation.judge(people=["nobody-on-duty"], ladder=False) + simulation.judge()
