"""A connection before its request is whole: uvicorn's own waits for a head and keeps it, however long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

LONGEST_HEAD = 64 * 1024  # bytes of request line and headers; a URL in them has at most 8 KiB
HEAD_TIME = 30.0  # seconds for them to arrive, from the connection or from their first byte


class Reception(HttpToolsProtocol):
    """Lets go of a sender whose head is too long or comes too slowly."""

    _seen = 0  # bytes of a head that is not whole yet
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection on which nothing is said is let go too."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(HEAD_TIME, self._too_late)

    def on_message_begin(self) -> None:
        """The parser met the first byte of a request."""
        super().on_message_begin()
        self._seen = 0
        self._timer = self._timer or self.loop.call_later(HEAD_TIME, self._too_late)

    def on_headers_complete(self) -> None:
        """The parser met the empty line; what follows is `bodies`' to limit."""
        super().on_headers_complete()
        self._stop()

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, then looks whether it still waits for the end of the head."""
        super().data_received(data)
        if self._timer is not None and not self.transport.is_closing():
            self._seen += len(data)
            if self._seen > LONGEST_HEAD:
                self.send_400_response(f"The request's head is longer than {LONGEST_HEAD} bytes.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever ended it."""
        self._stop()
        super().connection_lost(exc)

    def _too_late(self) -> None:
        self._timer = None
        self.transport.close()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
