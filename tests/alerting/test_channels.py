"""The channels against real servers on this machine: what was answered is told apart."""

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from ops_platform.alerting.channels import Message, SmtpChannel, WebhookChannel, channels_of
from ops_platform.alerting.sink import Sink
from ops_platform.errors import PermanentError
from ops_platform.settings import Settings, SmtpSettings, WebhookSettings
from tests.alerting.conftest import NOW

MESSAGE = Message("k" * 64, "li@example.com", "【紧急】立即出发发电：甲站", "正文\n.第二行", {"kind": "raised"}, NOW)


class Mailbox:
    """A mail server's rules: answers by recipient, keeps what it accepted."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Answer to one recipient."""
        answers = {"gone": "550 no such user", "busy": "451 try again later"}
        answer = answers.get(address.split("@", maxsplit=1)[0], "250 ok")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Answer to the content."""
        recipient = envelope.rcpt_tos[0].split("@", maxsplit=1)[0]
        if recipient == "drop":
            server.transport.abort()
            return "250 never heard"
        if recipient == "spam":
            return "554 refused content"
        if recipient == "full":
            return "452 no space"
        self.kept.append(envelope.content)
        return "250 kept"


@pytest.fixture(scope="module")
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture(scope="module")
def smtp(mailbox: Mailbox) -> Iterator[SmtpChannel]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=False, decode_data=False)
    controller.start()
    yield SmtpChannel(SmtpSettings(host="127.0.0.1", port=controller.port))
    controller.stop()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def to(name: str) -> Message:
    return Message(MESSAGE.key, f"{name}@example.com", MESSAGE.title, MESSAGE.body, MESSAGE.payload, NOW)


@pytest.mark.parametrize(
    ("recipient", "kind", "answer"),
    [
        ("li", "accepted", "250 kept"),
        ("gone", "permanent", "550 no such user"),
        ("busy", "retry", "451 try again later"),
        ("spam", "permanent", "554 refused content"),
        ("full", "retry", "452 no space"),
        ("drop", "in_doubt", "SMTPServerDisconnected"),
    ],
)
def test_mail_is_told_apart_by_the_servers_answer(smtp: SmtpChannel, recipient: str, kind: str, answer: str) -> None:
    outcome = smtp.send(to(recipient))
    assert (outcome.kind, outcome.answer[: len(answer)]) == (kind, answer)


def test_mail_arrives_whole_and_a_repeat_can_be_recognised(smtp: SmtpChannel, mailbox: Mailbox) -> None:
    mailbox.kept.clear()
    smtp.send(MESSAGE)
    mail = message_from_bytes(mailbox.kept[0])
    assert str(make_header(decode_header(mail["Subject"]))) == MESSAGE.title
    assert mail.get_payload(decode=True).decode().splitlines() == MESSAGE.body.splitlines()  # type: ignore[union-attr]
    assert mail["Message-ID"] == f"<{MESSAGE.key}@ops-platform>"
    assert mailbox.kept[0].isascii()


def test_a_mail_server_that_is_away_or_silent_has_received_nothing() -> None:
    away = SmtpChannel(SmtpSettings(host="127.0.0.1", port=free_port()), timeout_s=0.3)
    assert away.send(MESSAGE).kind == "retry"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        channel = SmtpChannel(SmtpSettings(host="127.0.0.1", port=silent.getsockname()[1]), timeout_s=0.3)
        assert channel.send(MESSAGE).kind == "retry"


def test_a_refused_password_waits_for_a_better_one_and_is_not_told(smtp: SmtpChannel) -> None:
    settings = smtp.settings.model_copy(update={"user": "ops", "password": SecretStr("geheim-77")})
    outcome = SmtpChannel(settings).send(MESSAGE)
    assert outcome.kind == "retry"
    assert "geheim-77" not in repr(outcome) + repr(SmtpChannel(settings))
    assert base64.b64encode(b"geheim-77").decode() not in outcome.answer


class Receiver:
    """A web server that answers each request with the bytes of its script, or not at all."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.answer: bytes | None = b""
        self.heard: list[bytes] = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """The address to send to."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/alerts?secret=geheim-78"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                while len(body) < length:
                    body += connection.recv(65536)
                self.heard.append(head + b"\r\n\r\n" + body)
                if self.answer is None:
                    time.sleep(0.6)
                else:
                    connection.sendall(self.answer)

    def close(self) -> None:
        """Stop listening."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


def http(status: str, *headers: str, body: str = "") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", body]).encode()


@pytest.mark.parametrize(
    ("answer", "kind", "after_s"),
    [
        (http("200 OK", body="ok"), "accepted", 0),
        (http("202 Accepted"), "accepted", 0),
        (http("429 Too Many Requests", "Retry-After: 90"), "retry", 90),
        (http("503 Service Unavailable", "Retry-After: soon"), "retry", 0),
        (http("500 Internal Server Error", body="x" * 100_000), "retry", 0),
        (http("401 Unauthorized"), "retry", 0),
        (http("400 Bad Request", body="no such field"), "permanent", 0),
        (http("302 Found", "Location: http://127.0.0.1:1/"), "permanent", 0),
        (b"", "in_doubt", 0),
        (b"HTTP/1.1 2", "in_doubt", 0),
        (None, "in_doubt", 0),
    ],
    ids=["200", "202", "429", "503", "500", "401", "400", "302", "drop", "cut", "hang"],
)
def test_a_webhook_is_told_apart_by_its_answer(
    receiver: Receiver, answer: bytes | None, kind: str, after_s: float
) -> None:
    receiver.answer = answer
    outcome = WebhookChannel(WebhookSettings(url=receiver.url), timeout_s=0.4 if answer is None else 6.0).send(MESSAGE)
    assert (outcome.kind, outcome.after_s) == (kind, after_s)
    assert len(outcome.answer) <= 500
    assert "geheim-78" not in outcome.answer
    assert len(receiver.heard) == 1


def test_a_webhook_that_is_away_has_received_nothing() -> None:
    channel = WebhookChannel(WebhookSettings(url=f"http://127.0.0.1:{free_port()}/?secret=geheim-78"), timeout_s=0.3)
    outcome = channel.send(MESSAGE)
    assert (outcome.kind, "geheim" in outcome.answer) == ("retry", False)


def test_a_webhook_gets_key_token_and_content(receiver: Receiver) -> None:
    receiver.answer = http("200 OK", body="thanks geheim-79")
    channel = WebhookChannel(WebhookSettings(url=receiver.url, token=SecretStr("geheim-79")))
    outcome = channel.send(MESSAGE)
    head, _, body = receiver.heard[0].partition(b"\r\n\r\n")
    assert f"Idempotency-Key: {MESSAGE.key}".encode() in head
    assert b"Authorization: Bearer geheim-79" in head
    assert json.loads(body) == {
        "id": MESSAGE.key,
        "title": MESSAGE.title,
        "body": MESSAGE.body,
        "recipient": MESSAGE.recipient,
        "possible_repeat": False,
        "alert": {"kind": "raised"},
    }
    assert outcome.answer == "200 thanks ***"


@pytest.mark.parametrize("url", ["ftp://example.com", "example.com/alerts", "https://"])
def test_a_webhook_without_full_address_names_the_setting(url: str) -> None:
    with pytest.raises(PermanentError, match="OPS_WEBHOOK__URL"):
        WebhookChannel(WebhookSettings(url=url))


def test_channels_are_off_until_set() -> None:
    assert channels_of(Settings()) == {}
    both = Settings(smtp=SmtpSettings(host="mail"), webhook=WebhookSettings(url="http://example.com"))
    assert list(channels_of(both)) == ["smtp", "webhook"]


def test_the_sink_writes_each_alert_as_a_line(tmp_path: Path) -> None:
    path = tmp_path / "below" / "alerts.jsonl"
    with Sink(path) as sink:
        channel = WebhookChannel(WebhookSettings(url=sink.url))
        assert [channel.send(MESSAGE).kind for _ in range(2)] == ["accepted", "accepted"]
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["title"] for line in lines] == [MESSAGE.title] * 2
    assert "立即出发发电" in lines[0]
