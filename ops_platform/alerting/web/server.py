"""The HTTP server of `ops dispatch`, on the loopback interface: whoever is to reach it from outside needs a proxy."""

import logging
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
_TAKEN_AGAIN_S = 5.0
_MOST_AT_ONCE = 64
_FAREWELL_S = 3
_LOG = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """A server that ends when it is told to by the event that ends the process's other work."""

    def __init__(self, config: uvicorn.Config, stop: threading.Event) -> None:
        super().__init__(config)
        self._stop = stop

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.is_set()


def serve(app: ASGIApp, port: int, stop: threading.Event) -> None:
    """Serve until told to stop. While another process has the port, wait for it: delivery does not depend on it."""
    listener = _listen(port, stop)
    if listener is None:
        return
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,  # paths hold links
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=_FAREWELL_S,
    )
    with listener:
        _Server(config, stop).run([listener])


def _listen(port: int, stop: threading.Event) -> socket.socket | None:
    told = False
    while not stop.is_set():
        try:
            return socket.create_server((HOST, port))
        except OSError as error:
            if not told:
                _LOG.warning(
                    "no page, health and metrics while port %s is not free (OPS_ALERTS__PORT): %s", port, error
                )
            told = True
            stop.wait(_TAKEN_AGAIN_S)
    return None
