"""Answers as they go out. A large one stands in memory until its caller has taken it, and some take long: so
all large ones together have a limit, past which the next is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from api.problems import Problem, retry_after

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALL = 1024 * 1024  # bytes; an answer up to this size always goes
PIECE = 64 * 1024  # bytes that are given to the connection at a time: more is its own to keep
BUSY_RETRY = 5.0  # seconds


class Outgoing:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self.most = most  # bytes
        self.held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        size, refused = 0, False

        async def send_measured(message: Message) -> None:
            nonlocal size, refused
            if message["type"] == "http.response.start":
                size = large(message)
                self.held += size
                refused = size > 0 and self.held > self.most
                if refused:
                    problem = Problem("too_busy", headers=retry_after(BUSY_RETRY))
                    return await problem.response(scope)(scope, receive, send)
                return await send(message)
            return None if refused else await in_pieces(message, send)

        try:
            await self.app(scope, receive, send_measured)
        finally:
            self.held -= size


def large(start: Message) -> int:
    """The length of the answer that begins so, if it is more than SMALL; else 0."""
    length = int(Headers(raw=start["headers"]).get("content-length", 0))
    return length if length > SMALL else 0


async def in_pieces(message: Message, send: Send) -> None:
    """Send a body, and wait with each piece until the one before is on its way."""
    body = message.get("body", b"")
    for start in range(0, len(body) - PIECE, PIECE):
        await send({**message, "body": body[start : start + PIECE], "more_body": True})
    await send({**message, "body": body[(len(body) - 1) // PIECE * PIECE :] if body else b""})
