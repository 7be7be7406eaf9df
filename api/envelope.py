"""What every request and answer carries, whatever the route: an id, a line in the log, headers that keep a
browser from running anything, and a problem instead of a bare 500.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import Headers, MutableHeaders

from api.incoming import Incoming
from api.problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
ID_BYTES = 8

PROBE = "/readyz"  # says 503 as its daily work

SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",  # what a key opened is nobody else's, nor the next person's at this browser
}


class Envelope:
    """The outermost ASGI middleware. An answer's own headers win over the safe ones."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = time.perf_counter()
        incoming = Incoming(scope, receive)
        answer = Answer(send, request_id(scope), incoming)
        scope.setdefault("state", {})["request_id"] = answer.request_id
        if scope["method"] == "HEAD":
            # the same answer; uvicorn, which keeps its own, leaves the body out
            scope = {**scope, "method": "GET"}
        try:
            await self.app(scope, incoming.receive, answer.send)
        except Exception:
            log.exception("request failed", request_id=answer.request_id, path=scope["path"])
            if answer.status:  # half of it is out already: the connection has to break
                raise
            await Problem("internal_error").response(scope)(scope, receive, answer.send)
        finally:
            report(scope, answer, time.perf_counter() - started)


class Answer:
    """The sending side of one request: adds the headers, remembers the status."""

    def __init__(self, send: Send, request_id: str, incoming: Incoming) -> None:
        self._send = send
        self._incoming = incoming
        self.request_id = request_id
        self.status = 0

    async def send(self, message: Message) -> None:
        """An ASGI `send`."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SAFE_HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Request-Id"] = self.request_id
            if self._incoming.unread and not await self._incoming.drain():
                headers["Connection"] = "close"
        await self._send(message)


def request_id(scope: Scope) -> str:
    """The caller's own X-Request-Id if it is a plain word, otherwise a new one."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if REQUEST_ID.match(given) else secrets.token_hex(ID_BYTES)


def report(scope: Scope, answer: Answer, seconds: float) -> None:
    """One event a request: changes and faults for INFO, reading, polling and probes for DEBUG."""
    quiet = scope["method"] == "GET" and (answer.status < 500 or scope["path"] == PROBE)
    level = log.debug if quiet else log.info
    level(
        "request",
        request_id=answer.request_id,
        method=scope["method"],
        path=scope["path"],
        status=answer.status,
        owner=scope["state"].get("owner", ""),
        ms=round(seconds * 1000, 1),
    )
