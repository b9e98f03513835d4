"""A webhook receiver for one machine: writes every alert it is sent as one line of JSON. Serves the demonstration."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

_LARGEST_ALERT = 1_000_000


class Sink:
    """Receives alerts on a free port of the loopback interface while its context lasts.

    Parameters
    ----------
    path
        File to which each alert is appended.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The address to send to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _append(self, alert: bytes) -> None:
        line = json.dumps(json.loads(alert), ensure_ascii=False)
        with self._writing, self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                try:
                    sink._append(self.rfile.read(min(length, _LARGEST_ALERT)))
                except ValueError:  # not JSON, or cut off
                    self.send_error(400)
                    return
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base names it so
                """Stay silent; the file is the log."""

        return Handler
