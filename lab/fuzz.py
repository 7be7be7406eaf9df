"""Damaged pages, made by a fuzzer that follows coverage (atheris, libFuzzer), until something breaks.

    python -m lab.fuzz TARGET --corpus DIR [--seconds N]

TARGET is what is fed: `decode` (bytes to text), `clean` (a page), `selectors` (of a caller)
or `encodings` (Content-Encoding undone). It begins from the golden pages and from tests/hostile/corpus, and
adds to DIR what reaches new code, so that a next run goes on there. An input that breaks is written to
DIR/findings, and the run ends with a code other than 0.

Broken is: an exception that is not of worker/errors.py, a crash, more than SLOWEST seconds, more than LARGEST
MiB, a decoder that hands over more than it may at a time.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zlib import crc32

import atheris

with atheris.instrument_imports(include=["worker"]):
    from worker.clean import Options, Rules, clean
    from worker.clean.decode import decode
    from worker.errors import BadSelector, PageError
    from worker.fetch.decoding import PIECE, decoder

if TYPE_CHECKING:
    from collections.abc import Callable

SLOWEST: Final = 20  # seconds, of one input
LARGEST: Final = 2048  # MiB, of the whole process
LONGEST: Final = 8192  # bytes of an input: small enough for a thousand pages a minute
SEEDS: Final = ("tests/pages/*/page.*", "tests/hostile/corpus/*")
WORDS: Final = Path(__file__).with_name("fuzz.dict")

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


def main() -> None:
    arguments = _parser().parse_args()
    findings = arguments.corpus / "findings"
    findings.mkdir(parents=True, exist_ok=True)
    inputs = arguments.corpus / arguments.target
    inputs.mkdir(exist_ok=True)
    _sow(inputs)
    flags = [
        f"-max_total_time={arguments.seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={SLOWEST}",
        f"-rss_limit_mb={LARGEST}",
        f"-artifact_prefix={findings}/{arguments.target}-",
        f"-dict={WORDS}",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *flags, str(inputs)], TARGETS[arguments.target])
    atheris.Fuzz()


def _sow(inputs: Path) -> None:
    """The project's own pages are where it begins."""
    root = Path(__file__).parent.parent
    for page in (path for pattern in SEEDS for path in root.glob(pattern)):
        shutil.copyfile(page, inputs / f"{page.parent.name}-{page.name}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m lab.fuzz")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seconds", type=int, default=3600, help="how long (3600)")
    return parser


if __name__ == "__main__":
    main()
