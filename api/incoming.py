"""The body of a request as it comes in: what nobody read is taken off the line before a refusal goes out.

Otherwise the refusal and the body cross, and the sender sees a broken connection in place of the reason.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope

MOST = 64 * 1024 * 1024  # bytes read for nobody; a longer body has its connection closed instead
PATIENCE = 1.0  # seconds for them to arrive


class Incoming:
    """The receiving side of one request."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = Headers(scope=scope)
        self._receive = receive
        self.unread = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        # The sender waits for our word before it sends; a refusal is a word too.
        self._held_back = "expect" in headers

    async def receive(self) -> Message:
        """An ASGI `receive`."""
        message = await self._receive()
        self.unread = self.unread and bool(message.get("more_body", False))
        return message

    async def drain(self) -> bool:
        """Read on for nobody; False when too much is left, and the connection must be closed."""
        size = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while self.unread and not self._held_back and size <= MOST:
                    size += len((await self.receive()).get("body", b""))
        return not self.unread
