"""A connection before its request is whole: uvicorn's own waits for a head and keeps it, however long.

Whoever says nothing, or speaks too slowly, holds a connection and no more. When there are as many as may be,
the one that has waited longest makes room: so silence shuts nobody out.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

LONGEST_HEAD = 64 * 1024  # bytes of request line and headers; a URL in them has at most 8 KiB
HEAD_TIME = 30.0  # seconds for them to arrive, from the connection or from their first byte
MOST_CONNECTIONS = 10_000  # some 8 kB each
OTHER_FILES = 128  # open files that are no caller's: Redis has up to 64, the rest is ours


class Reception(HttpToolsProtocol):
    """Lets go of a sender whose head is too long or comes too slowly."""

    waiting: ClassVar[dict[Reception, None]] = {}  # who has no request under way, the longest first
    _seen = 0  # bytes of a head that is not whole yet
    _timer: asyncio.TimerHandle | None = None
    _open: tuple[RequestResponseCycle, ...] = ()  # requests that are not answered yet

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection on which nothing is said is let go too."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > most_connections():
            next(iter(self.waiting)).leave()

    def on_message_begin(self) -> None:
        """The parser met the first byte of a request."""
        super().on_message_begin()
        self._seen = 0
        self._wait()

    def on_headers_complete(self) -> None:
        """The parser met the empty line; what follows is `bodies`' to limit."""
        super().on_headers_complete()
        self._stop()
        self._open = (*(cycle for cycle in self._open if not cycle.response_complete), self.cycle)

    def on_response_complete(self) -> None:
        """Now it may stay for another request, for as long as uvicorn keeps it and there is room."""
        super().on_response_complete()
        if not self.pipeline and not self.transport.is_closing():
            self.waiting[self] = None

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, then looks whether it still waits for the end of the head."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self in self.waiting:  # uvicorn's own timer stops at any byte, also of what begins no request
            self._wait()
        if self._timer is not None:
            self._seen += len(data)
            if self._seen > LONGEST_HEAD:
                self.send_400_response(f"The request's head is longer than {LONGEST_HEAD} bytes.")

    def send_400_response(self, msg: str) -> None:
        """For what cannot be read. It ends the connection, with what stands unanswered on it."""
        super().send_400_response(msg)
        self._hang_up()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever ended it."""
        self._stop()
        self._hang_up()
        super().connection_lost(exc)

    def leave(self) -> None:
        """Let go of it at once."""
        self._stop()
        self._hang_up()
        self.transport.abort()

    def _hang_up(self) -> None:
        # uvicorn tells the newest one only, and that late: the others would write to a closed connection.
        for cycle in self._open:
            cycle.disconnected = True
            cycle.message_event.set()

    def _wait(self) -> None:
        self.waiting[self] = None
        self._timer = self._timer or self.loop.call_later(HEAD_TIME, self.leave)

    def _stop(self) -> None:
        self.waiting.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def most_connections() -> int:
    """As many as this process may have files open, but for those that it needs itself."""
    return max(1, min(MOST_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - OTHER_FILES))


def raise_file_limit() -> None:
    """Up to what the operator allows: common shells begin with 1024 or less."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_FILES
    wanted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
