"""A site on loopback that answers with HTTP/2 frames as they were never meant (RFC 9113), for ever."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import TYPE_CHECKING

from tests.listening import Listening

if TYPE_CHECKING:
    import ssl

DATA, HEADERS, RESET, SETTINGS, PUSH, PING, GO_AWAY, WINDOW, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9
END_HEADERS = 4
OK_AND_HTML = b"\x88\x0f\x10\x09text/html"  # HPACK: ":status: 200", "content-type: text/html"


def frame(kind: int, payload: bytes = b"", *, flags: int = 0, stream: int = 1) -> bytes:
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


BEGINNING = frame(SETTINGS, stream=0)
ANSWERED = BEGINNING + frame(HEADERS, OK_AND_HTML, flags=END_HEADERS)

# What is sent first, and what for ever after.
FLOODS: dict[str, tuple[bytes, bytes]] = {
    "pings": (BEGINNING, frame(PING, bytes(8), stream=0)),
    "settings": (BEGINNING, frame(SETTINGS, struct.pack("!HI", 4, 65535), stream=0)),
    "settings-of-every-kind": (BEGINNING, frame(SETTINGS, struct.pack("!HI", 0xF000, 1) * 2000, stream=0)),
    "empty-data": (ANSWERED, frame(DATA)),
    "empty-data-of-no-stream": (ANSWERED, frame(DATA, stream=7)),
    "data-beyond-the-window": (ANSWERED, frame(DATA, bytes(16384))),
    "windows": (BEGINNING, frame(WINDOW, struct.pack("!I", 1), stream=0)),
    "windows-that-overflow": (BEGINNING, frame(WINDOW, struct.pack("!I", 2**31 - 1), stream=0)),
    "headers-that-go-on": (
        BEGINNING + frame(HEADERS, b"\x88"),
        frame(CONTINUATION, b"\x00\x01a\x01b" * 3000),
    ),
    "headers-packed-in-the-table": (
        BEGINNING + frame(HEADERS, b"\x88" + b"\x40\x01a\x7f\x81\x1e" + b"b" * 4000),
        frame(CONTINUATION, b"\xbe" * 16000),
    ),
    "interim-answers": (BEGINNING, frame(HEADERS, b"\x08\x03103", flags=END_HEADERS)),
    "resets": (BEGINNING, frame(RESET, struct.pack("!I", 0))),
    "resets-of-no-stream": (BEGINNING, frame(RESET, struct.pack("!I", 0), stream=9)),
    "pushes": (BEGINNING, frame(PUSH, struct.pack("!I", 2) + b"\x82", flags=END_HEADERS)),
    "good-byes": (BEGINNING, frame(GO_AWAY, struct.pack("!II", 2**31 - 1, 0), stream=0)),
    "unknown-frames": (BEGINNING, frame(0xF5, bytes(16000), stream=0)),
    "frame-too-large": (BEGINNING, frame(DATA, bytes(2**20))),
    "no-frames": (b"", b"HTTP/1.1 200 OK\r\n\r\n"),
    "silence": (BEGINNING, b""),
}


class FloodSite(Listening):
    """Serves at https://localhost:<port> for as long as the `with` lasts."""

    def __init__(self, tls: ssl.SSLContext, first: bytes, then: bytes) -> None:
        tls.set_alpn_protocols(["h2"])
        super().__init__(tls=tls)
        self._first = first
        self._then = then * (1 + 16384 // len(then)) if then else b""

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        swallowing = asyncio.create_task(_swallow(reader))
        try:
            writer.write(self._first)
            while self._then and not writer.is_closing():
                writer.write(self._then)
                await writer.drain()
                await asyncio.sleep(0)  # drain() of a connection that is gone gives way to nobody
            await self._stop.wait()
        finally:
            swallowing.cancel()
            writer.transport.abort()


async def _swallow(reader: asyncio.StreamReader) -> None:
    """What the client says, so that its own writing never blocks."""
    with contextlib.suppress(OSError):
        while await reader.read(65536):
            pass
