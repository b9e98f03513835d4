"""Mail against a real server on this machine."""

import asyncio
import base64
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from ops_platform.alerting.channels import Message
from ops_platform.alerting.rota import NOBODY, Recipient
from tests.alerting.conftest import LI
from tests.alerting.provider import MESSAGE, certificate, channel, free_port

MAIL = replace(MESSAGE, recipient="li@example.com", body="正文\n.第二行")


class Mailbox:
    """A mail server's rules: answers by recipient, keeps what it accepted."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.encrypted: list[bool] = []

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Answer to one recipient."""
        answers = {"gone": "550 no such user", "busy": "451 try again later"}
        answer = answers.get(address.split("@", maxsplit=1)[0], "250 ok")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Answer to the content."""
        recipient = envelope.rcpt_tos[0].split("@", maxsplit=1)[0]
        if recipient == "drop":
            server.transport.abort()
            return "250 never heard"
        if recipient == "hang":
            await asyncio.sleep(0.6)
        if recipient == "spam":
            return "554 refused content"
        if recipient == "full":
            return "452 no space"
        if recipient in {"odd", "unknown"}:
            return {"odd": "354 go on", "unknown": "500 what"}[recipient]
        if recipient == "echo":
            return f"554 {'x' * 490} geheim-77"
        self.kept.append(envelope.content)
        self.encrypted.append(session.ssl is not None)
        return "250 kept"


@contextmanager
def running(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    """Run a server; return its port."""
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=False, decode_data=False, **options
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture(scope="module")
def port(mailbox: Mailbox) -> Iterator[int]:
    with running(mailbox) as listening:
        yield listening


def mail(port: int, **settings: Any) -> Any:
    """Return a channel to the server on this machine."""
    return channel("smtp", host="127.0.0.1", port=port, **settings)


def to(name: str) -> Message:
    """Return the message to somebody."""
    return replace(MAIL, recipient=f"{name}@example.com")


@pytest.mark.parametrize(
    ("recipient", "kind", "answer"),
    [
        ("li", "accepted", "250 kept"),
        ("gone", "permanent", "550 no such user"),
        ("busy", "retry", "451 try again later"),
        ("spam", "permanent", "554 refused content"),
        ("full", "retry", "452 no space"),
        ("drop", "in_doubt", "SMTPServerDisconnected"),
        ("odd", "in_doubt", "354 go on"),
        ("unknown", "permanent", "500 what"),
    ],
)
def test_mail_is_told_apart_by_the_servers_answer(port: int, recipient: str, kind: str, answer: str) -> None:
    outcome = mail(port).send(to(recipient))
    assert (outcome.kind, outcome.answer[: len(answer)]) == (kind, answer)
    assert (" / " in outcome.check) == (recipient not in {"li", "odd"})


def test_a_server_that_hangs_after_the_content_is_cut_off_and_may_have_taken_it(port: int) -> None:
    began = time.monotonic()
    outcome = mail(port, deadline_s=0.3).send(to("hang"))
    assert 0.3 <= time.monotonic() - began < 0.9
    assert outcome.kind == "in_doubt"


def test_a_server_that_is_slow_is_waited_for_until_the_deadline(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops_platform.alerting.channels.smtp._CONNECT_S", 0.2)
    assert mail(port).send(to("hang")).kind == "accepted"


def test_a_password_that_cannot_be_read_waits_for_its_file(port: int, tmp_path: Path) -> None:
    outcome = mail(port, user="ops", password_file=tmp_path / "none").send(MAIL)
    assert (outcome.kind, "PASSWORD_FILE" in outcome.answer) == ("retry", True)


def test_mail_arrives_whole_and_a_repeat_can_be_recognised(port: int, mailbox: Mailbox) -> None:
    mailbox.kept.clear()
    mail(port).send(MAIL)
    kept = message_from_bytes(mailbox.kept[0])
    assert str(make_header(decode_header(kept["Subject"]))) == MAIL.title
    content = kept.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert content.splitlines() == [*MAIL.body.splitlines(), *MAIL.closing.splitlines()]
    assert kept["Message-ID"] == f"<{MAIL.key}@ops-platform>"
    assert kept["Auto-Submitted"] == "auto-generated"
    assert kept["From"] == "ops-platform@localhost"
    assert kept["Date"] == "Thu, 12 Mar 2026 05:18:00 +0000"
    assert mailbox.kept[0].isascii()


def test_a_mail_server_that_is_away_or_silent_or_trickles_has_received_nothing() -> None:
    assert mail(free_port(), deadline_s=0.3).send(MAIL).kind == "retry"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert mail(listener.getsockname()[1], deadline_s=0.3).send(MAIL).kind == "retry"
    with trickling(b"220 " + b"x" * 1000) as listening:
        began = time.monotonic()
        assert mail(listening, deadline_s=0.3).send(MAIL).kind == "retry"
        assert time.monotonic() - began < 1.0
    with trickling(b"554 go away\r\n") as listening:
        outcome = mail(listening, deadline_s=2).send(MAIL)
        assert (outcome.kind, "554" in outcome.answer) == ("retry", True)


@contextmanager
def trickling(greeting: bytes) -> Iterator[int]:
    """Run a server that greets byte by byte; return its port."""
    done = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            for byte in greeting:
                if done.wait(0.01):
                    return
                connection.sendall(bytes([byte]))
            done.wait(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        done.set()
        thread.join()


def test_starttls_carries_mail_and_password_to_the_server_whose_certificate_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, context = certificate(tmp_path)
    mailbox, seen = Mailbox(), []

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"geheim-77", handled=False)

    options = {"tls_context": context, "require_starttls": True, "authenticator": authenticate}
    with running(mailbox, **options) as port:
        secure = {"starttls": True, "user": "ops"}
        untrusted = mail(port, **secure, password="geheim-77").send(MAIL)
        assert (untrusted.kind, seen, mailbox.kept) == ("retry", [], [])
        assert "certificate" in untrusted.answer
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert mail(port, **secure, password="geheim-77").send(MAIL).kind == "accepted"
        assert (seen, mailbox.encrypted) == ([(b"ops", b"geheim-77")], [True])
        refused = mail(port, **secure, password="geheim-78").send(MAIL)
        assert refused.kind == "retry"
        assert "password" in refused.check
        assert "geheim-78" not in repr(refused)
        assert base64.b64encode(b"geheim-78").decode() not in repr(refused)
        assert mail(port).send(MAIL).kind == "permanent"  # the server wants STARTTLS first


def test_tls_from_the_first_byte_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, context = certificate(tmp_path)
    mailbox = Mailbox()
    with running(mailbox, ssl_context=context) as port:
        assert mail(port, tls=True).send(MAIL).kind == "retry"
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert mail(port, tls=True).send(MAIL).kind == "accepted"
        assert channel("smtp", host="localhost", port=port, tls=True).send(MAIL).kind == "retry"
    assert len(mailbox.kept) == 1


def test_a_password_without_a_server_that_asks_for_one_waits_for_better_settings(port: int) -> None:
    asking = mail(port, user="ops", password="geheim-77")
    outcome = asking.send(MAIL)
    assert outcome.kind == "retry"
    assert "geheim-77" not in repr(outcome) + repr(asking)


def test_no_part_of_a_password_is_left_where_an_answer_is_cut_short(port: int) -> None:
    outcome = mail(port, password="geheim-77").send(to("echo"))
    assert outcome.kind == "permanent"
    assert len(outcome.answer) <= 500
    assert "gehe" not in outcome.answer


@pytest.mark.parametrize("email", ["", "李@example.com", "a b@example.com", "a@b@c", "x@y\nBcc: z@w", "plain"])
def test_mail_reaches_only_a_well_formed_address(email: str) -> None:
    assert mail(25).address(Recipient("E07", "李雷", email, "")) == ""
    assert mail(25).address(LI) == "li@example.com"
    assert mail(25).address(NOBODY) == ""
