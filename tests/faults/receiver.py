"""The other side of a webhook: keeps what it accepts in a file, and answers as badly as it is told to."""

import hashlib
import json
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ops_platform.alerting.wording import POSSIBLE_REPEAT

SITE = re.compile(r"[a-z]+-\d{4,}")
STATUSES = {"400": 400, "500": 500, "429": 429}
"""Answers that refuse."""
ACCEPTING = ("accept", "drop after", "trickle", "hang", "oversized")
"""Answers, also bad ones, after which the receiver has the message."""
REFUSING = (*STATUSES, "errcode", "drop")


@dataclass(frozen=True)
class Accepted:
    """A message that the receiver has.

    Attributes
    ----------
    at
        Moment of the trial.
    key
        What tells it apart from other messages.
    kind, why, recipient
        As sent.
    sites
        The sites it names.
    repeat
        It is marked as a possible repeat.
    """

    at: datetime
    key: str
    kind: str
    why: str
    recipient: str
    sites: tuple[str, ...]
    repeat: bool


class Receiver:
    """A web server on the loopback interface.

    Parameters
    ----------
    file
        Where accepted messages are kept.
    now
        Tells the moment of the trial.
    """

    def __init__(self, file: Path, now: Callable[[], datetime]) -> None:
        self.file, self.now = file, now
        self.script: deque[str] = deque()
        """How the next requests are answered; when it is at its end, they are accepted."""
        self.always: dict[str, str] = {}
        """How every request for a recipient is answered."""
        self.requests = 0
        self._writing = threading.Lock()
        file.touch()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def accepted(self) -> list[Accepted]:
        """What it has, in order."""
        rows = [json.loads(line) for line in self.file.read_text(encoding="utf-8").splitlines()]
        return [
            Accepted(**row | {"at": datetime.fromisoformat(row["at"]), "sites": tuple(row["sites"])}) for row in rows
        ]

    def keep(self, message: Accepted) -> None:
        """Write a message down."""
        line = json.dumps(asdict(message) | {"at": message.at.isoformat()})
        with self._writing, self.file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def take(self, body: bytes) -> str:
        """Keep a request if it is accepted; return how it is answered."""
        message = read(body, self.now())
        with self._writing:
            self.requests += 1
            answer = self.always.get(message.recipient) or (self.script.popleft() if self.script else "accept")
        if answer in ACCEPTING:
            self.keep(message)
        return answer


def read(body: bytes, at: datetime) -> Accepted:
    """Return what a request says: our own JSON, or text for a room."""
    content = json.loads(body)
    text = json.dumps(content, ensure_ascii=False)
    repeat = POSSIBLE_REPEAT.split("/")[0].strip("【】[] ") in text
    sites = tuple(sorted(set(SITE.findall(text.partition('"link"')[0]))))
    if "alert" in content:
        alert = content["alert"]
        sites = tuple(sorted(episode["facts"].get("site_name", "") for episode in alert["episodes"]))
        repeat = bool(content["possible_repeat"]) and repeat
        return Accepted(at, content["id"], alert["kind"], alert["why"], content["recipient"], sites, repeat)
    kind = "resolved" if "已解除" in text else "raised"
    why = "escalated" if "升级" in text else kind
    key = hashlib.sha256(text.replace(POSSIBLE_REPEAT, "").encode()).hexdigest()
    return Accepted(at, key, kind, why, "room", sites, repeat)


class _Server(ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent about senders that were killed."""


@contextmanager
def receiving(file: Path, now: Callable[[], datetime]) -> Iterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver(file, now)
    receiver._thread.start()
    try:
        yield receiver
    finally:
        receiver._server.shutdown()
        receiver._server.server_close()
        receiver._thread.join()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # the sender died
                return
            answer = receiver.take(body)
            self.close_connection = True
            with suppress(OSError):
                _answer(self, answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base names it so
            """Stay silent; the file is the log."""

    return Handler


def _answer(to: BaseHTTPRequestHandler, answer: str) -> None:
    if answer in {"drop", "drop after"}:
        to.connection.shutdown(socket.SHUT_RDWR)
    elif answer in {"trickle", "hang"}:
        for _ in range(100):
            if answer == "trickle":
                to.connection.sendall(b"H")
            time.sleep(0.02)
    elif answer == "oversized":
        _head(to, 200, 50_000_000)
        for _ in range(500):
            to.wfile.write(b"x" * 100_000)
    else:
        content = {"accept": b'{"errcode":0}', "errcode": b'{"errcode":-1}'}.get(answer, b"no")
        _head(to, STATUSES.get(answer, 200), len(content))
        to.wfile.write(content)


def _head(to: BaseHTTPRequestHandler, status: int, length: int) -> None:
    to.send_response(status)
    to.send_header("Content-Length", str(length))
    if status == STATUSES["429"]:
        to.send_header("Retry-After", "40")
    to.end_headers()
