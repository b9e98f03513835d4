"""Channels that carry a message to a person, each telling apart what the other side answered."""

import json
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Literal, Protocol

import urllib3

from ops_platform.errors import PermanentError
from ops_platform.settings import Settings, SmtpSettings, WebhookSettings

OutcomeKind = Literal["accepted", "permanent", "retry", "in_doubt"]

_LONGEST_ANSWER = 500
_ABOUT_US = frozenset({401, 403, 407, 408, 425, 429})
"""Client errors that blame our credentials or our haste, not the message: a corrected token must still deliver."""


@dataclass(frozen=True)
class Message:
    """One row of the outbox, as it goes out.

    Attributes
    ----------
    key
        The same for every attempt: a receiver that knows it may drop a repeat.
    recipient
        Address on the channel.
    title, body
        Text for people.
    payload
        The same content for machines.
    created_at
        When it was put into the outbox.
    possible_repeat
        An earlier attempt ended without an answer.
    """

    key: str
    recipient: str
    title: str
    body: str
    payload: Mapping[str, Any]
    created_at: datetime
    closing: str = ""
    possible_repeat: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt.

    Attributes
    ----------
    kind
        ``accepted``; ``permanent``: refused for good; ``retry``: refused for now, surely not delivered; ``in_doubt``:
        no answer, may have been delivered.
    answer
        What the other side said, without secrets.
    after_s
        Not to be tried again before, where the other side asked for that.
    """

    kind: OutcomeKind
    answer: str
    after_s: float = 0.0


class Channel(Protocol):
    """A way to reach a recipient."""

    @property
    def deadline_s(self) -> float:
        """Return the longest that an attempt may take."""
        ...

    def send(self, message: Message) -> Outcome:
        """Make one attempt."""
        ...


@dataclass(frozen=True)
class SmtpChannel:
    """Mail through one server, one recipient a message, so that a refusal concerns that recipient alone."""

    settings: SmtpSettings
    deadline_s: float = 30.0
    timeout_s: float = 10.0

    def send(self, message: Message) -> Outcome:
        """Make one attempt. Until the server was given the content, a broken connection means not delivered."""
        try:
            server = self._open()
        except (smtplib.SMTPException, OSError) as error:
            # Also a refused password: it says nothing about this message, and may be put right while the message waits.
            return Outcome("retry", _named(error))
        try:
            return self._hand_over(server, message)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.putcmd("quit")  # without waiting for the answer, which no longer matters
            server.close()

    def _open(self) -> smtplib.SMTP:
        server = smtplib.SMTP(self.settings.host, self.settings.port, timeout=self.timeout_s)
        try:
            if self.settings.starttls:
                server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
            if self.settings.user:
                server.login(self.settings.user, self.settings.password.get_secret_value())
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, message: Message) -> Outcome:
        content = self._compose(message)
        try:
            for command, address in ((server.mail, self.settings.sender), (server.rcpt, message.recipient)):
                outcome = _smtp_outcome(*command(address))
                if outcome.kind != "accepted":
                    return outcome
        except (smtplib.SMTPException, OSError) as error:
            return Outcome("retry", _named(error))
        try:
            return _smtp_outcome(*server.data(content))
        except smtplib.SMTPDataError as error:  # refused before the content was given
            return _smtp_outcome(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            return Outcome("in_doubt", _named(error))

    def _compose(self, message: Message) -> bytes:
        mail = EmailMessage()
        mail["From"] = self.settings.sender
        mail["To"] = message.recipient
        mail["Subject"] = message.title
        mail["Date"] = format_datetime(message.created_at)
        mail["Message-ID"] = f"<{message.key}@ops-platform>"
        mail["Auto-Submitted"] = "auto-generated"
        # Base64, because a server may take no more than seven bits.
        mail.set_content(message.body, cte="base64")
        return mail.as_bytes()


class WebhookChannel:
    """A generic receiver of alerts as JSON.

    The request carries the message's key as ``Idempotency-Key`` and, where a token is set, ``Authorization: Bearer``.

    Raises
    ------
    PermanentError
        If the URL is not one of http or https.
    """

    def __init__(self, settings: WebhookSettings, deadline_s: float = 20.0, timeout_s: float = 6.0) -> None:
        if not settings.url.startswith(("http://", "https://")) or not urllib3.util.parse_url(settings.url).host:
            raise PermanentError("setting OPS_WEBHOOK__URL: give a full address that begins with http:// or https://")
        self.settings, self.deadline_s = settings, deadline_s
        timeout = urllib3.Timeout(connect=min(5.0, timeout_s), read=timeout_s)
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)

    def send(self, message: Message) -> Outcome:
        """Make one attempt. Redirects are not followed; of the answer only the beginning is read."""
        content = {"id": message.key, "title": message.title, "body": message.body, "recipient": message.recipient,
                   "possible_repeat": message.possible_repeat, "alert": message.payload}  # fmt: skip
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": message.key}
        token = self.settings.token.get_secret_value()
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            response = self._pool.request(
                "POST",
                self.settings.url,
                body=json.dumps(content, ensure_ascii=False).encode(),
                headers=headers,
                preload_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            # Its name only: the text of the error holds the URL, which holds the secret of many a webhook.
            return Outcome("retry" if _before_sending(error) else "in_doubt", type(error).__name__)
        try:
            answer = response.read(_LONGEST_ANSWER).decode(errors="replace")
        except urllib3.exceptions.HTTPError as error:
            answer = type(error).__name__  # the status has come, and that is what counts
        finally:
            response.close()
        if token:
            answer = answer.replace(token, "***")
        return _http_outcome(response.status, response.headers.get("Retry-After"), f"{response.status} {answer}")


def channels_of(settings: Settings) -> dict[str, Channel]:
    """Return the channels that an installation has in force, by name."""
    channels: dict[str, Channel] = {}
    if settings.smtp.host:
        channels["smtp"] = SmtpChannel(settings.smtp)
    if settings.webhook.url:
        channels["webhook"] = WebhookChannel(settings.webhook)
    return channels


def _before_sending(error: urllib3.exceptions.HTTPError) -> bool:
    if isinstance(error, urllib3.exceptions.SSLError):
        return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args)
    return isinstance(error, urllib3.exceptions.ConnectTimeoutError)


def _http_outcome(status: int, retry_after: str | None, answer: str) -> Outcome:
    kinds: dict[int, OutcomeKind] = {2: "accepted", 5: "retry"}
    kind = "retry" if status in _ABOUT_US else kinds.get(status // 100, "permanent")
    return Outcome(kind, _short(answer), _seconds(retry_after) if kind == "retry" else 0.0)


def _seconds(retry_after: str | None) -> float:
    if not retry_after:
        return 0.0
    try:
        return urllib3.Retry().parse_retry_after(retry_after)
    except urllib3.exceptions.InvalidHeader:
        return 0.0


def _smtp_outcome(code: int, answer: bytes | str) -> Outcome:
    kinds: dict[int, OutcomeKind] = {2: "accepted", 4: "retry", 5: "permanent"}
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return Outcome(kinds.get(code // 100, "in_doubt"), _short(f"{code} {text}"))


def _named(error: Exception) -> str:
    return _short(f"{type(error).__name__}: {error}")


def _short(answer: str) -> str:
    return " ".join(answer.split())[:_LONGEST_ANSWER]
