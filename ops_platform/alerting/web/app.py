"""The ASGI application: routes, what every answer carries, and how much may be sent to it."""

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops_platform.alerting.channels import Channel
from ops_platform.alerting.links import PATH, LinkRefusedError
from ops_platform.alerting.loops import Loop, health
from ops_platform.alerting.metrics import CONTENT_TYPE, metrics_text
from ops_platform.alerting.web.page import AcknowledgePage
from ops_platform.errors import PermanentError
from ops_platform.platform import Platform

LARGEST_BODY = 16_384
_BODY_WITHIN_S = 10.0
_MOST_FIELDS = 20
_NOTHING_ELSE = "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def application(platform: Platform, channels: Mapping[str, Channel], loops: Sequence[Loop]) -> ASGIApp:
    """Return what `ops dispatch` serves.

    Parameters
    ----------
    platform
        The installation.
    channels
        The channels in force.
    loops
        What must be running for the process to be well.
    """
    page = AcknowledgePage(platform, channels)

    async def post(request: Request) -> Response:
        return await page.post(request, await _fields(request))

    def healthz(_request: Request) -> Response:
        found = health(loops, platform.state)
        return JSONResponse(found, 200 if found["healthy"] else 503)

    def metrics(_request: Request) -> Response:
        return Response(metrics_text(platform.state, loops, platform.now()), media_type=CONTENT_TYPE)

    def refused(request: Request, error: Exception) -> Response:
        response = page.notice(request, "refused", error.status_code if isinstance(error, HTTPException) else 403)
        response.headers.update(getattr(error, "headers", None) or {})
        return response

    def unavailable(request: Request, _error: Exception) -> Response:
        return page.notice(request, "unavailable", 503)

    routes = [
        Route(f"{PATH}/{{token}}", page.get, methods=["GET"]),
        Route(f"{PATH}/{{token}}", post, methods=["POST"]),
        Route("/healthz", healthz),
        Route("/metrics", metrics),
    ]
    handlers = {LinkRefusedError: refused, HTTPException: refused} | dict.fromkeys(
        (sa.exc.OperationalError, sa.exc.InterfaceError, PermanentError), unavailable
    )
    policy = f"default-src 'none'; style-src '{page.style_hash}'; {_NOTHING_ELSE}"
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False  # it would redirect to what it takes for its own name
    return _with_headers(app, policy)


async def _fields(request: Request) -> dict[str, str]:
    """Return the fields of a form; of a name that comes twice the last."""
    body = b""
    try:
        async with asyncio.timeout(_BODY_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise HTTPException(413)
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS))
    except TimeoutError:
        raise HTTPException(408) from None
    except ValueError:
        raise HTTPException(400) from None


def _with_headers(app: ASGIApp, policy: str) -> ASGIApp:
    """Have every answer say that it may be kept, framed, scripted and passed on by nobody."""
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }

    async def with_headers(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await app(scope, receive, send_with_headers)

    return with_headers
