"""A body as it comes off the wire, and how to part with one that is not wanted to its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import httpcore
import httpx

from worker.fetch.answer import LONGEST_NUMBER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

# What is read and thrown away so that the connection can serve the next request. For HTTP/1.1 that saves a
# handshake: the short body of a redirect. For HTTP/2 it saves the other pages on the connection: httpcore
# resets no stream, so bytes that nobody reads eat up the window that all of them share, until nothing moves.
SPARE_HTTP_1: Final = 4 * 1024  # bytes
SPARE_HTTP_2: Final = 4 * 1024 * 1024  # bytes; most PDFs are smaller
SPARE_SECONDS: Final = 1.0


class Stream(httpx.AsyncByteStream):
    """The body of an answer of httpcore's. Closed early, it leaves the connection fit, or has it cut."""

    def __init__(self, answer: httpcore.Response, cut: Callable[[], Awaitable[None]]) -> None:
        self._answer = answer
        self._cut = cut
        self._pieces = answer.aiter_stream()
        self._wanted = True  # there may be more to come, which nobody has read
        self._given_up = False  # by a deadline, in the middle
        self._shared = answer.extensions.get("http_version") == b"HTTP/2"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._pieces:
                yield piece
            self._wanted = False
        except asyncio.CancelledError:
            self._given_up = True
            raise
        except Exception:
            self._wanted = False  # httpcore has seen to the connection
            raise

    async def aclose(self) -> None:
        try:
            if self._wanted and (self._given_up or not await self._drained()) and self._shared:
                await self._cut()
        finally:
            await self._answer.aclose()

    async def _drained(self) -> bool:
        """Whether the rest was short enough to be read and thrown away."""
        spare = self._spare()
        if not spare:
            return False
        try:
            async with asyncio.timeout(SPARE_SECONDS):
                async for piece in self._pieces:
                    spare -= len(piece)
                    if spare < 0:
                        return False
        except (TimeoutError, httpcore.NetworkError, httpcore.ProtocolError):
            return False
        return True

    def _spare(self) -> int:
        """How many bytes may be thrown away; 0 where the site says that there are more."""
        most = SPARE_HTTP_2 if self._shared else SPARE_HTTP_1
        said = [value for name, value in self._answer.headers if name.lower() == b"content-length"]
        if not said:
            return most if self._shared else 0
        return most if said[0].isdigit() and len(said[0]) < LONGEST_NUMBER and int(said[0]) <= most else 0
