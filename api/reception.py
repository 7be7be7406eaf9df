"""A connection before its request is whole: uvicorn's own waits for a head and keeps it, however long.

Whoever says nothing, or speaks too slowly, holds a connection and no more. When there are as many as may be,
the one that has waited longest makes room: so silence shuts nobody out.

And what uvicorn lets pass though a proxy before us may read it in another way: such a head is refused,
trailers are no headers, and a wish for another protocol is left out of the request (`Reader`).
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING, ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.outgoing import LEAVE

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

LONGEST_HEAD = 64 * 1024  # bytes of request line and headers; a URL in them has at most 8 KiB
PIECE = 4 * 1024  # bytes that the parser gets at once: a hundred requests at most
MOST_PIPELINED = 32  # requests that wait on a connection; 4 kB each. What comes then is not read
HEAD_TIME = 30.0  # seconds for them to arrive, from the connection or from their first byte
MOST_CONNECTIONS = 10_000  # some 8 kB each
OTHER_FILES = 128  # open files that are no caller's: Redis has up to 64, the rest is ours


class Reader(httptools.HttpRequestParser):
    """Reads a head that asks for another protocol again without its Upgrade, which may be ignored (RFC 9110,
    7.8).

    By itself httptools takes no body from it: what follows is lost, or read as a request. Java's HttpClient
    asks for h2c with its first POST.
    """

    def __init__(self, reception: Reception) -> None:
        super().__init__(reception)
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's: it is not read, no more
        self._reception = reception

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]  # it is bytes that come
        """The next bytes of the connection, with any number of such heads among them."""
        reader, rest = self, memoryview(data)
        while end := reader.read(rest):
            head, rest = self._reception.head_without_upgrade(), rest[end:]
            reader = self._reception.parser = Reader(self._reception)
            reader.read(memoryview(head))

    def read(self, data: memoryview) -> int:
        """Where such a head ends, of which no more was read; 0 if there was none."""
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as found:
            return int(found.args[0])
        return 0


class Reception(HttpToolsProtocol):
    """Lets go of a sender whose head is too long or comes too slowly."""

    waiting: ClassVar[dict[Reception, None]] = {}  # who has no request under way, the longest first
    _seen = 0  # bytes of a head that is not whole yet
    _ended = False  # a request did in this piece: nobody tells how much of it is the next one's head
    _timer: asyncio.TimerHandle | None = None
    _unfed = b""  # what came while too many requests waited
    _open: tuple[RequestResponseCycle, ...] = ()  # requests that are not answered yet

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection on which nothing is said is let go too."""
        super().connection_made(transport)
        self.parser = Reader(self)
        self._wait()
        if len(self.connections) > most_connections():
            next(iter(self.waiting)).leave()

    def on_message_begin(self) -> None:
        """The parser met the first byte of a request."""
        super().on_message_begin()
        self.scope["extensions"] = {LEAVE: {"now": self.leave}}
        self._seen = 0
        self._wait()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; a trailer is none (RFC 9110, 6.5.1), and of those there is no limit."""
        if self._timer is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The parser met the empty line; what follows is `bodies`' to limit."""
        if self._is_read_again:
            return
        if doubtful(self.url, self.headers):
            raise ValueError  # the parser makes a 400 of it
        super().on_headers_complete()
        self._stop()
        self._open = (*(cycle for cycle in self._open if not cycle.response_complete), self.cycle)

    def on_message_complete(self) -> None:
        """The parser met the end of a body."""
        self._ended = True
        if not self._is_read_again:
            super().on_message_complete()

    @property
    def _is_read_again(self) -> bool:
        return self.parser.should_upgrade() and any(name == b"upgrade" for name, _ in self.headers)

    def head_without_upgrade(self) -> bytes:
        """The head that was read, as it would have come without its Upgrade."""
        first = b"%s %s HTTP/%s" % (
            self.parser.get_method(),
            self.url,
            self.parser.get_http_version().encode(),
        )
        lines = (b"%s: %s" % header for header in self.headers if header[0] != b"upgrade")
        return b"\r\n".join((first, *lines, b"", b""))

    def on_response_complete(self) -> None:
        """Now it may stay for another request, for as long as uvicorn keeps it and there is room."""
        super().on_response_complete()
        self._feed()
        if self.cycle.response_complete and not self.transport.is_closing():
            self.waiting[self] = None

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, then looks whether it still waits for the end of the head."""
        self._unfed += data
        self._feed()

    def _feed(self) -> None:
        data, start = self._unfed, 0
        while start < len(data) and len(self.pipeline) < MOST_PIPELINED and not self.transport.is_closing():
            self._read(data[start : start + PIECE])
            start += PIECE
        self._unfed = data[start:]
        if self._unfed and not self.transport.is_closing():
            self.waiting.pop(self, None)
            self.flow.pause_reading()

    def _read(self, data: bytes) -> None:
        self._ended = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self in self.waiting:  # uvicorn's own timer stops at any byte, also of what begins no request
            self._wait()
        if self._timer is not None and not self._ended:
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
        self._timer = self._timer or self.loop.call_later(HEAD_TIME, self._out_of_time)

    def _out_of_time(self) -> None:
        """Unless it is we who do not read on."""
        self._timer = None
        if self._unfed:
            self._timer = self.loop.call_later(HEAD_TIME, self._out_of_time)
        else:
            self.leave()

    def _stop(self) -> None:
        self.waiting.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def doubtful(url: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Would others cut this request elsewhere, or send it to another host: RFC 9112, 6.1 and 3.2.2."""
    codings = [value.lower() for name, value in headers if name == b"transfer-encoding"]
    hosts = [value.lower() for name, value in headers if name == b"host"]
    _, absolute, rest = url.partition(b"://") if not url.startswith(b"/") else (b"", b"", b"")
    elsewhere = absolute and hosts != [rest.partition(b"/")[0].lower()]
    return codings not in ([], [b"chunked"]) or bool(elsewhere)


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
