"""An installation whose page is served over real HTTP, and a reader of it."""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

from ops_platform.alerting.channels import Channel
from ops_platform.alerting.links import token
from ops_platform.alerting.loops import Loop
from ops_platform.alerting.web.app import application
from ops_platform.alerting.web.server import serve
from ops_platform.channel_settings import AlertSettings
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from ops_platform.state import State
from tests.alerting.conftest import NOW, Script
from tests.alerting.provider import free_port
from tests.maintenance.builders import at, store

SPAN = {"starts_at": at("03-01 00:00"), "ends_at": at("04-01 00:00")}
STAFF = [
    {"staff_id": "E07", "staff_name": "李雷", "email": "li@example.com"},
    {"staff_id": "E08", "staff_name": "韩梅梅", "email": "han@example.com"},
    {"staff_id": "E09", "staff_name": "Tom <b>Ace</b>", "email": "tom@example.com", "language": "en"},
]
SECRET = "a secret of these tests"


def installation(state: State, home: Path, *on_duty: tuple[str, int], **settings: Any) -> Platform:
    """Return an installation over a state at NOW, with people on duty at office O1 on their steps."""
    rota = [{"office_id": "O1", "step": step, "staff_id": staff_id, **SPAN} for staff_id, step in on_duty]
    store(home / "warehouse", duty_rota=rota, staff=STAFF)
    alerts = AlertSettings(url="http://127.0.0.1", secret=SECRET, port=0)
    return Platform(Settings(home=home, state_url=state.url, **{"frozen_at": NOW, "alerts": alerts, **settings}))


@dataclass(frozen=True)
class Reader:
    """Somebody with a browser that does not follow redirects."""

    platform: Platform
    port: int

    def url(self, row: Mapping[str, Any]) -> str:
        """Return the address of a message's link."""
        return f"http://127.0.0.1:{self.port}/a/{token(self.platform.settings, row['key'])}"

    def ask(self, method: str, url: str, **sent: Any) -> urllib3.BaseHTTPResponse:
        """Return what is answered."""
        return urllib3.request(method, url, redirect=False, retries=False, timeout=30, **sent)

    def get(self, row: Mapping[str, Any], query: str = "") -> str:
        """Return the page of a message."""
        answer = self.ask("GET", self.url(row) + query)
        assert answer.status == 200, answer.data.decode()
        return answer.data.decode()

    def post(self, row: Mapping[str, Any], **fields: str) -> urllib3.BaseHTTPResponse:
        """Press a button."""
        return self.ask("POST", self.url(row), body=urlencode(fields))


@contextmanager
def served(
    platform: Platform, channels: Mapping[str, Channel] | None = None, loops: Sequence[Loop] = ()
) -> Iterator[Reader]:
    """Serve the page while the context lasts."""
    stop, port = threading.Event(), free_port()
    app = application(platform, {"webhook": Script()} if channels is None else channels, loops)
    server = threading.Thread(target=serve, args=(app, port, stop))
    server.start()
    try:
        urllib3.PoolManager(retries=urllib3.Retry(50, backoff_factor=0.02)).request("HEAD", f"http://127.0.0.1:{port}/")
        yield Reader(platform, port)
    finally:
        stop.set()
        server.join(30)
    assert not server.is_alive()


def text(html: str) -> str:
    """Return what a reader sees of a page."""
    body = html.partition("</style>")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())
