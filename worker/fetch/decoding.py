"""Content-Encoding undone piece by piece, so that a limit can stop a bomb before it has gone off.

A decoder pushes what it decodes into a sink, some PIECE bytes at a time; one that raises stops it. (6 kB of
brotli can become 4 GB in one call of an unbounded decoder: CVE-2025-6176.)
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final, Protocol

import brotli  # type: ignore[import-untyped]
import zstandard

from worker.errors import ProtocolFailed, UnsupportedType

PIECE: Final = 128 * 1024  # bytes; brotli may go to twice as much
MOST_STACKED: Final = 3  # encodings on top of each other; nothing honest has more than one
ZSTD_WINDOW: Final = 8 * 1024 * 1024  # bytes; RFC 9659: more must not be sent
GZIP_MAGIC: Final = b"\x1f\x8b"
ZLIB_DEFLATE: Final = 8  # the low half of a zlib stream's first byte, RFC 1950

Sink = Callable[[bytes], None]


class Decoder(Protocol):
    """Takes bytes as they come off the wire. A stream that ends early has given what there was."""

    def feed(self, data: bytes) -> None: ...


class Gzip:
    """Gzip members, one after the other; what follows the last is left alone, as browsers do.

    What does not begin like gzip passes as it is: some sites only say that they compress.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = self._else = sink
        self._held = b""  # less than a magic number
        self._member: zlib._Decompress | None = None
        self._ended = False  # no more gzip to come

    def feed(self, data: bytes) -> None:
        data, self._held = self._held + data, b""
        while data and not self._ended and (member := self._member or self._begin(data)):
            data = self._inflate(member, data)
        if self._ended and data:
            self._else(data)

    def _begin(self, data: bytes) -> zlib._Decompress | None:
        """The member that begins here; if too little is there to tell, it is held for the next feed."""
        if data.startswith(GZIP_MAGIC):
            self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        elif GZIP_MAGIC.startswith(data):
            self._held = data
        else:
            self._ended = True
        return self._member

    def _inflate(self, member: zlib._Decompress, data: bytes) -> bytes:
        """What is left of `data` after this member's end."""
        _inflate(member, data, self._sink)
        if not member.eof:
            return b""
        self._member, self._else = None, _drop
        return member.unused_data


class Deflate:
    """Zlib as RFC 9110 says, or the raw deflate that some servers send instead."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._held = b""
        self._inflate: zlib._Decompress | None = None

    def feed(self, data: bytes) -> None:
        if self._inflate is None:
            data = self._held = self._held + data
            if len(data) < len(GZIP_MAGIC):  # a zlib header has two bytes as well
                return
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS if _is_zlib(data) else -zlib.MAX_WBITS)
        _inflate(self._inflate, data, self._sink)


class Brotli:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._stream = brotli.Decompressor()

    def feed(self, data: bytes) -> None:
        if self._stream.is_finished():  # whatever follows the end is no part of the page
            return
        piece = self._stream.process(data, output_buffer_limit=PIECE)
        while piece or not self._stream.can_accept_more_data():
            self._sink(piece)
            if self._stream.is_finished():
                return
            piece = self._stream.process(b"", output_buffer_limit=PIECE)


class Pieces:
    """What zstandard's writer hands its pieces to. An object of its own: Python's collector sees no circle
    through the writer, so one that it handed back to its owner would never be freed, its window with it.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, piece: bytes) -> int:
        self._sink(bytes(piece))
        return len(piece)


class Zstd:
    def __init__(self, sink: Sink) -> None:
        stream = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
        self._writer = stream.stream_writer(Pieces(sink), write_size=PIECE, closefd=False)  # type: ignore[arg-type]

    def feed(self, data: bytes) -> None:
        self._writer.write(data)


DECODERS: Final[dict[str, Callable[[Sink], Decoder]]] = {
    "gzip": Gzip,
    "x-gzip": Gzip,
    "deflate": Deflate,
    "br": Brotli,
    "zstd": Zstd,
}
# Real encodings that nobody asked for. Any other word ("utf-8", "none") is a mistake that browsers look past.
UNKNOWN: Final = frozenset({"compress", "x-compress", "exi", "pack200-gzip", "dcb", "dcz", "aes128gcm"})
BROKEN: Final = (zlib.error, brotli.error, zstandard.ZstdError)


def decoder(content_encoding: str, sink: Sink) -> Sink:
    """Return what takes the wire's bytes and hands the page's bytes to `sink`.

    Raises UnsupportedType for an encoding that cannot be undone, ProtocolFailed for a pile of them; what it
    returns raises ProtocolFailed on bytes that are not what they were said to be.
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    if unknown := UNKNOWN.intersection(names):
        raise UnsupportedType(f"The page is encoded as {', '.join(sorted(unknown))}, which nobody asked for.")
    stack = [DECODERS[name] for name in names if name in DECODERS]
    if len(stack) > MOST_STACKED:
        raise ProtocolFailed(f"The page is encoded {len(stack)} times over; the limit is {MOST_STACKED}.")
    for made in stack:  # the first named was applied first, so it is undone last and stands next to the sink
        sink = made(sink).feed
    return _translated(sink) if stack else sink


def _translated(feed: Sink) -> Sink:
    def take(data: bytes) -> None:
        try:
            feed(data)
        except BROKEN as error:
            raise ProtocolFailed("The page's compressed bytes are broken.") from error

    return take


def _inflate(stream: zlib._Decompress, data: bytes, sink: Sink) -> None:
    """Push all that `data` gives. Output ends with a piece that is not full, not with the input."""
    while not stream.eof:
        piece = stream.decompress(data, PIECE)
        data = stream.unconsumed_tail
        sink(piece)
        if len(piece) < PIECE and not data:
            return


def _drop(_: bytes) -> None:
    """Where bytes go that are no part of the page."""


def _is_zlib(data: bytes) -> bool:
    """RFC 1950, 2.2: the method, and a check sum over the first two bytes."""
    return data[0] & 0x0F == ZLIB_DEFLATE and int.from_bytes(data[:2], "big") % 31 == 0
