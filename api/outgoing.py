"""Answers as they go out. A large one stands in memory until its caller has taken it, and some take long: so
all large ones together have a limit. Past it the slowest makes room for the next, if it had time enough;
otherwise the next is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from api.problems import Problem, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALL = 1024 * 1024  # bytes; an answer up to this size always goes
PIECE = 64 * 1024  # bytes that are given to the connection at a time: more is its own to keep
TIME_ENOUGH = 10.0  # seconds; a reader that is asked for its room sooner may just have come at a bad moment
BUSY_RETRY = 5.0  # seconds
LEAVE = "pith.leave"  # the scope's extension that ends the connection at once


@dataclass(eq=False)
class Answer:
    """One on its way."""

    size: int  # 0 unless it is large
    leave: Callable[[], object] | None = None  # ends its connection
    began: float = field(default_factory=monotonic)
    taken: int = 0  # bytes, by the connection; what the kernel keeps is among them

    @property
    def pace(self) -> float:
        """Bytes a second."""
        return self.taken / max(monotonic() - self.began, 1.0)

    def make_room(self) -> None:
        """End it, unfinished."""
        if self.leave:
            self.leave()

    @property
    def may_leave(self) -> bool:
        return self.leave is not None and monotonic() - self.began > TIME_ENOUGH


class Outgoing:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self.most = most  # bytes
        self.leaving: set[Answer] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        answer, refused = Answer(0, scope.get("extensions", {}).get(LEAVE, {}).get("now")), False

        async def send_measured(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                answer.size = large(message)
                refused = answer.size > 0 and not self._admit(answer)
                if refused:
                    problem = Problem("too_busy", headers=retry_after(BUSY_RETRY))
                    return await problem.response(scope)(scope, receive, send)
                return await send(message)
            return None if refused else await in_pieces(message, send, answer)

        try:
            await self.app(scope, receive, send_measured)
        finally:
            self.leaving.discard(answer)

    def _admit(self, answer: Answer) -> bool:
        """Is there room for it, or can the slowest make some."""
        short = sum(other.size for other in self.leaving) + answer.size - self.most
        slow = [other for other in self.leaving if other.may_leave]
        if short > sum(other.size for other in slow):
            return False
        slow.sort(key=lambda other: other.pace, reverse=True)
        while short > 0:
            slowest = slow.pop()
            short -= slowest.size
            self.leaving.discard(slowest)
            slowest.make_room()
        self.leaving.add(answer)
        return True


def large(start: Message) -> int:
    """The length of the answer that begins so, if it is more than SMALL; else 0."""
    length = int(Headers(raw=start["headers"]).get("content-length", 0))
    return length if length > SMALL else 0


async def in_pieces(message: Message, send: Send, answer: Answer) -> None:
    """Send a body, and wait with each piece until the one before is on its way."""
    body = message.get("body", b"")
    for start in range(0, len(body) - PIECE, PIECE):
        await send({**message, "body": body[start : start + PIECE], "more_body": True})
        answer.taken += PIECE
    await send({**message, "body": body[(len(body) - 1) // PIECE * PIECE :] if body else b""})
