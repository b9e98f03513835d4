"""A provider on this machine that answers what it is told to, and one channel of every kind that talks to it."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ops_platform.alerting.channels import Channel, Message, channels_of
from ops_platform.settings import Settings
from tests.alerting.conftest import NOW

PAYLOAD = {
    "kind": "raised",
    "rule": "generator_leave_by",
    "severity": "critical",
    "office_id": "O1",
    "group_id": 7,
    "episodes": [{"id": 12, "opened_at": "2026-03-12T05:10:00+00:00"}, {"id": 13, "opened_at": NOW.isoformat()}],
    "people": [
        {"staff_id": "E07", "name": "李雷", "phone": "+86 138-0000-0007"},
        {"staff_id": "E08", "name": "韩梅梅", "phone": ""},
    ],
    "link": "https://ops.example/a/1",
}
MESSAGE = Message(
    "k" * 64,
    "room",
    "【紧急】立即出发发电：甲站",
    "#12 甲站\n#13 乙站",
    "请立即派发电人员出发。\nhttps://ops.example/a/1",
    PAYLOAD,
    NOW,
)
SECRETS = ("geheim-token-1", "geheim-key-2")
SECRET, SIGNING = SECRETS
TRICKLE, HANG, DROP_UNREAD = object(), object(), object()


def http(status: str, *headers: str, body: str = "") -> bytes:
    """Return a whole answer."""
    length = f"Content-Length: {len(body.encode())}"
    return "\r\n".join([f"HTTP/1.1 {status}", length, *headers, "", body]).encode()


def ok(body: Any) -> bytes:
    """Return an answer of status 200 with JSON."""
    return http("200 OK", "Content-Type: application/json", body=json.dumps(body))


class Provider:
    """Answers each request with ``answer``: bytes, then the end; or it trickles, hangs, or drops unread."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.tls = tls
        self.answer: object = http("200 OK")
        self.delay_s = 0.0
        self.heard: list[bytes] = []
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def body(self) -> Any:
        """The JSON of the last request."""
        return json.loads(self.heard[-1].partition(b"\r\n\r\n")[2])

    @property
    def head(self) -> str:
        """The first line and the headers of the last request."""
        return self.heard[-1].partition(b"\r\n\r\n")[0].decode()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with suppress(OSError), connection:
                if self.tls is None:
                    self._talk(connection)
                else:
                    with self.tls.wrap_socket(connection, server_side=True) as secure:
                        self._talk(secure)

    def _talk(self, connection: socket.socket) -> None:
        if self.answer is DROP_UNREAD:
            return
        head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
        if b"content-length:" not in head.lower():  # a handshake that was broken off, or no HTTP
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(65536)
        self.heard.append(head + b"\r\n\r\n" + body)
        self.done.wait(self.delay_s)
        if isinstance(self.answer, bytes):
            connection.sendall(self.answer)
            return
        beginning = b"HTTP/1.1 " if self.answer is TRICKLE else b""
        connection.sendall(beginning)
        while not self.done.wait(0.02):
            if self.answer is TRICKLE:
                connection.sendall(b"x")
            elif not self._is_there(connection):
                return

    @staticmethod
    def _is_there(connection: socket.socket) -> bool:
        connection.settimeout(0.001)
        try:
            return bool(connection.recv(1))
        except TimeoutError:
            return True

    def close(self) -> None:
        """Stop listening."""
        self.done.set()
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


@contextmanager
def provider(tls: ssl.SSLContext | None = None) -> Iterator[Provider]:
    """Run a provider."""
    server = Provider(tls)
    try:
        yield server
    finally:
        server.close()


def channel(kind: str, **settings: Any) -> Any:
    """Return one channel of a kind, set up as an installation would."""
    return channels_of(Settings(channels={"duty": {"kind": kind, **settings}}))["duty"]


def every(url: str, deadline_s: float = 5.0) -> dict[str, Channel]:
    """Return a channel of every kind that is one request, with the secrets of above."""
    common = {"deadline_s": deadline_s}
    return {
        "webhook": channel("webhook", url=f"{url}/{SECRET}", token=SIGNING, **common),
        "dingtalk": channel("dingtalk", base_url=url, token=SECRET, secret=SIGNING, **common),
        "wecom": channel("wecom", base_url=url, key=SECRET, **common),
        "feishu": channel("feishu", base_url=url, token=SECRET, secret=SIGNING, **common),
        "slack_hook": channel("slack", url=f"{url}/services/{SECRET}", **common),
        "slack_app": channel("slack", base_url=url, token=SECRET, channel="C1", **common),
        "pagerduty": channel("pagerduty", base_url=url, routing_key=SECRET, **common),
        "alertmanager": channel("alertmanager", base_url=url, token=SECRET, **common),
    }


KINDS = tuple(every("http://127.0.0.1:9"))


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Return the file of a certificate for 127.0.0.1 that nobody has signed, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, private = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, private)
    return file, context
