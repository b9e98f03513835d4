"""One request to a web server, told apart by how far it came and what was answered."""

import json
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from ops_platform.alerting.channels.base import Message, Outcome, OutcomeKind, Room, SettingsT_co, cut_off, short
from ops_platform.channel_settings import FULL_ADDRESS, is_full_address
from ops_platform.errors import PermanentError

_CONNECT_S = 5.0
_LARGEST_ANSWER = 65_536
_TELLS_NOTHING = 4
"""Length up to which nothing is taken for a secret: an answer without its every ``t`` says nothing any more."""
_ABOUT_US = frozenset({401, 403, 407, 408, 425, 429})
"""Client errors that blame our credentials or our haste, not the message: a corrected token must still deliver."""
_BROKEN = (OSError, HTTPException, urllib3.exceptions.HTTPError)

CHECK_NETWORK = "对方不可达：检查地址、网络与证书 / not reachable: check the address, the network, and the certificate"
CHECK_LATER = "对方没有明确答复，消息可能已送达：先看收件处 / no clear answer, it may have arrived: look there first"
CHECK_SECRET = "密钥文件读不到：检查路径与权限 / the file of a secret cannot be read: check its path and permissions"  # noqa: S105


@dataclass(frozen=True)
class Meaning:
    """What one error code of a provider means.

    Attributes
    ----------
    kind
        The outcome: ``permanent`` where the message itself is refused or its room is gone, ``retry`` where our settings
        or our haste are blamed, because either may be put right while the message waits.
    check
        What a person should look at, in Chinese and English.
    after_s
        Not to be tried again before.
    """

    kind: OutcomeKind
    check: str
    after_s: float = 0.0


@dataclass(frozen=True)
class Request:
    """What is sent: by POST, as JSON."""

    url: str
    content: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What was answered; of a long text only the beginning."""

    status: int
    text: str
    retry_after: str | None

    def fields(self) -> dict[str, Any]:
        """Return the JSON object that was answered; empty where it is something else."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def outcome(self, kind: OutcomeKind, check: str = "", after_s: float = 0.0) -> Outcome:
        """Return an outcome with what was answered, and the wait that was asked for where there is one."""
        wait_s = (_seconds(self.retry_after) or after_s) if kind == "retry" else 0.0
        return Outcome(kind, f"{self.status} {self.text}", wait_s, check)

    def by_status(self) -> Outcome:
        """Return what the status alone says."""
        kinds: dict[int, OutcomeKind] = {2: "accepted", 5: "retry"}
        return self.outcome("retry" if self.status in _ABOUT_US else kinds.get(self.status // 100, "permanent"))

    def by_code(self, code: object, meanings: Mapping[Any, Meaning], fine: object = 0) -> Outcome:
        """Return what the provider's own code says; without one, what the status says.

        A good status without a code is somebody else's answer, of a gateway for instance: in doubt, never accepted.
        A code that is not known is tried again, because it may be new.
        """
        good = self.status // 100 == 2  # noqa: PLR2004 - the class of statuses that say yes
        if isinstance(code, bool) or not isinstance(code, int | str):
            code = None
        if code == fine and good:
            return self.outcome("accepted")
        if code in meanings:
            meaning = meanings[code]
            return self.outcome(meaning.kind, meaning.check, meaning.after_s)
        if not good:
            return self.by_status()
        if code is None:
            return self.outcome("in_doubt", CHECK_LATER)
        return self.outcome("retry", f"未收录的错误码 {code} / a code that is not known here: {code}")


class HttpChannel(Room[SettingsT_co]):
    """A channel that is one request to a web server."""

    def request(self, message: Message, secrets: Mapping[str, str]) -> Request:
        """Return what is sent."""
        raise NotImplementedError

    def read(self, answer: Answer) -> Outcome:
        """Return what the answer means."""
        raise NotImplementedError

    def send(self, message: Message) -> Outcome:
        """Make one attempt. Redirects are not followed; of the answer only the beginning is read."""
        return self.exchange(lambda secrets: self.request(message, secrets))

    def exchange(self, make: Callable[[Mapping[str, str]], Request]) -> Outcome:
        """Send what is made from the secrets of this moment, and return what the answer means without them."""
        try:
            secrets = self.settings.secrets()
        except PermanentError as error:  # may be put right while the message waits
            return Outcome("retry", short(str(error)), check=CHECK_SECRET)
        request = make(secrets)
        if not is_full_address(request.url):
            return Outcome("retry", f"setting URL: {FULL_ADDRESS}", check=CHECK_SECRET)
        answer = post(request, self.settings.deadline_s)
        outcome = answer if isinstance(answer, Outcome) else self.read(answer)
        told, check = _without(secrets, outcome.answer), _without(secrets, outcome.check)
        return replace(outcome, answer=short(told), check=short(check))  # shortened last: half a secret is not found


def post(request: Request, deadline_s: float) -> Answer | Outcome:
    """Send a request; return the answer, or how far it came without one within the deadline. Follows no redirect."""
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts, min(_CONNECT_S, deadline_s))
    with closing(connection), cut_off(lambda: connection.sock, deadline_s):
        try:
            connection.connect()
        except _BROKEN as error:
            # Its name only: the text of such an error may hold the address, which holds the secret of many a webhook.
            return Outcome("retry", type(error).__name__, check=CHECK_NETWORK)
        connection.timeout = None  # from here on the deadline alone counts
        return _exchange(connection, target, request)


def _connection(parts: SplitResult, timeout_s: float) -> HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "http":
        return HTTPConnection(host, parts.port or 80, timeout=timeout_s)
    return HTTPSConnection(host, parts.port or 443, timeout=timeout_s, ssl_context=ssl.create_default_context())


def _exchange(connection: HTTPConnection, target: str, request: Request) -> Answer | Outcome:
    body = json.dumps(request.content, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8", **request.headers}
    try:
        connection.request("POST", target, body=body, headers=headers, preload_content=False)
        response = connection.getresponse()
    except _BROKEN as error:
        return Outcome("in_doubt", type(error).__name__, check=CHECK_LATER)
    try:
        text = response.read(_LARGEST_ANSWER).decode(errors="replace")
    except _BROKEN as error:
        text = type(error).__name__  # the status has come
    return Answer(response.status, text, response.headers.get("Retry-After"))


def _without(secrets: Mapping[str, str], answer: str) -> str:
    forms = {form for secret in secrets.values() for form in _forms(secret) if len(form) > _TELLS_NOTHING}
    for form in sorted(forms, key=len, reverse=True):
        answer = answer.replace(form, "***")
    return answer


def _forms(secret: str) -> Iterator[str]:
    """Give what of a secret an answer may repeat: the whole, encoded, and of an address the parts after its host."""
    yield from (secret, quote(secret, safe=""), secret.replace("/", r"\/"))
    if is_full_address(secret):
        parts = urlsplit(secret)
        yield from re.split(r"[/?&=]", f"{parts.path}?{parts.query}")


def _seconds(retry_after: str | None) -> float:
    if not retry_after:
        return 0.0
    try:
        return urllib3.Retry().parse_retry_after(retry_after)
    except urllib3.exceptions.InvalidHeader:
        return 0.0
