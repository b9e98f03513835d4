"""Mail to a person."""

import base64
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from email.utils import format_datetime

from ops_platform.alerting.channels.base import Message, Outcome, OutcomeKind, Person, Room, cut_off, short
from ops_platform.alerting.channels.posting import CHECK_LATER, CHECK_NETWORK, CHECK_SECRET
from ops_platform.channel_settings import SmtpSettings
from ops_platform.errors import PermanentError

_CONNECT_S = 10.0
_READY = 220
_MAIL_ADDRESS = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+", re.ASCII)
_CHECKS: dict[OutcomeKind, str] = {
    "retry": "服务器暂不接收（灰名单、限速或邮箱已满） / nothing is taken now: greylisting, a limit, a full box",
    "permanent": "服务器拒收：核对收件与发件地址 / refused for good: check the recipient's and the sender's address",
}
_PASSWORD = "核对用户名与密码（多为授权码） / check user and password; many providers want a code for apps"  # noqa: S105


class SmtpChannel(Room[SmtpSettings]):
    """Mail through one server, one recipient a message, so that a refusal concerns that recipient alone.

    Codes: RFC 5321 section 4.2, of which the first digit decides.
    """

    def address(self, person: Person) -> str:
        """Return the mail address, where it is well formed."""
        return person.email if person.email.isascii() and _MAIL_ADDRESS.fullmatch(person.email) else ""

    def send(self, message: Message) -> Outcome:
        """Make one attempt. Until the server was given the content, a broken connection means not delivered."""
        try:
            password = self.settings.secrets()["password"]
        except PermanentError as error:
            return Outcome("retry", short(str(error)), check=CHECK_SECRET)
        kind = _TlsServer if self.settings.tls else _Server
        server = kind(self.settings.host, min(_CONNECT_S, self.settings.deadline_s))
        with cut_off(lambda: server.sock, self.settings.deadline_s):
            try:
                self._open(server, password)
                outcome = self._hand_over(server, message)
            except smtplib.SMTPAuthenticationError as error:
                # It says nothing about this message, and may be put right while the message waits.
                outcome = Outcome("retry", _named(error), check=_PASSWORD)
            except (smtplib.SMTPException, OSError) as error:
                outcome = Outcome("retry", _named(error), check=CHECK_NETWORK)
            finally:
                with suppress(smtplib.SMTPException, OSError):
                    server.putcmd("quit")  # without waiting for the answer, which no longer matters
                server.close()
        return replace(outcome, answer=short(_without(password, outcome.answer)))

    def _open(self, server: smtplib.SMTP, password: str) -> None:
        code, answer = server.connect(self.settings.host, self.settings.port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, answer)
        if server.sock:
            server.sock.settimeout(None)  # from here on the deadline alone counts
        if self.settings.starttls:
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
        if self.settings.user:
            server.login(self.settings.user, password)

    def _hand_over(self, server: smtplib.SMTP, message: Message) -> Outcome:
        content = self._compose(message)
        for command, address in ((server.mail, self.settings.sender), (server.rcpt, message.recipient)):
            outcome = _outcome(*command(address))
            if outcome.kind != "accepted":
                return outcome
        try:
            return _outcome(*server.data(content))
        except smtplib.SMTPDataError as error:  # refused before the content was given
            return _outcome(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            return Outcome("in_doubt", _named(error), check=CHECK_LATER)

    def _compose(self, message: Message) -> bytes:
        mail = EmailMessage()
        mail["From"] = self.settings.sender
        mail["To"] = message.recipient
        mail["Subject"] = message.title
        mail["Date"] = format_datetime(message.created_at)
        mail["Message-ID"] = f"<{message.key}@ops-platform>"
        mail["Auto-Submitted"] = "auto-generated"
        # Base64, because a server may take no more than seven bits.
        mail.set_content(message.text, cte="base64")
        return mail.as_bytes()


class _Server(smtplib.SMTP):
    """A server to which the connection is not open yet, so that it can be cut off from its first byte on."""

    def __init__(self, host: str, timeout_s: float) -> None:
        super().__init__(timeout=timeout_s)
        self._host = host  # against which the certificate is checked


class _TlsServer(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""

    def __init__(self, host: str, timeout_s: float) -> None:
        super().__init__(timeout=timeout_s, context=ssl.create_default_context())
        self._host = host


def _outcome(code: int, answer: bytes | str) -> Outcome:
    kinds: dict[int, OutcomeKind] = {2: "accepted", 4: "retry", 5: "permanent"}
    kind = kinds.get(code // 100, "in_doubt")
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return Outcome(kind, f"{code} {text}", check=_CHECKS.get(kind, ""))


def _without(password: str, answer: str) -> str:
    for form in (password, base64.b64encode(password.encode()).decode()) if password else ():
        answer = answer.replace(form, "***")
    return answer


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
