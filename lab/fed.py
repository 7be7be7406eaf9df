"""What `lab.fuzz` feeds: for each target a function that takes bytes and raises when something breaks."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final
from zlib import crc32

from worker.clean import Options, Rules, clean
from worker.clean.decode import decode
from worker.errors import BadSelector, PageError
from worker.fetch.decoding import PIECE, decoder

if TYPE_CHECKING:
    from collections.abc import Callable

CHARSETS: Final = (None, "utf-8", "windows-1252", "shift_jis", "gb18030", "utf-16", "hz-gb-2312", "\ud800")
ENCODINGS: Final = ("gzip", "deflate", "br", "zstd", "gzip, br", "zstd, deflate, gzip")
OPTIONS: Final = (
    Options(),
    Options(title=True, captions=True, byline=True, comments=True, explain=True),
    Options(links=False, images=False, tables=False),
)
PAGE: Final = (
    "<!doctype html><body><nav><a href=/a>Menu</a></nav><article id=main><h1>Title of it</h1><p class='a b'>"
    "Words of a sentence.<ul><li>one<li>two</ul><table><tr><td>x<td>y</table></article><footer>End</footer>"
)
WITHOUT_MODEL: Final = 8  # one page in so many goes the slow road


def feed_decode(data: bytes) -> None:
    decode(data, CHARSETS[crc32(data) % len(CHARSETS)])


def feed_clean(data: bytes) -> None:
    """Which road and which options an input gets is told by its check sum, so it is the same each time."""
    turn = crc32(data)
    page = clean(
        data,
        url="https://site.example/a/b",
        charset=CHARSETS[turn % len(CHARSETS)],
        options=OPTIONS[turn % len(OPTIONS)],
        rules=Rules() if turn % WITHOUT_MODEL else Rules().without("model"),
    )
    page.to_dict()


def feed_selectors(data: bytes) -> None:
    selector = data.decode("utf-8", "surrogateescape" if len(data) % 2 else "replace")
    for options in (Options(include=(selector,)), Options(exclude=(selector,))):
        with suppress(BadSelector):
            clean(PAGE, options=options)


def feed_encodings(data: bytes) -> None:
    """The decoders by turns; a piece handed over may be twice PIECE, no more."""
    size = 0

    def sink(piece: bytes) -> None:
        nonlocal size
        if len(piece) > 2 * PIECE:
            raise AssertionError(f"a piece of {len(piece)} bytes")
        size += len(piece)
        if size > 100 * PIECE:
            raise OverflowError

    with suppress(PageError, OverflowError):
        decoder(ENCODINGS[crc32(data) % len(ENCODINGS)], sink)(data)


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "decode": feed_decode,
    "clean": feed_clean,
    "selectors": feed_selectors,
    "encodings": feed_encodings,
}
