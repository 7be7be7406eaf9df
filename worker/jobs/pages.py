"""A stored page: JSON in one brotli frame, so that its text, Markdown and HTML compress together.

Receipts are many and alike: they are stored by columns, and what repeats as the number of its first place.
"""

from __future__ import annotations

from typing import Any

import brotli  # type: ignore[import-untyped]
import orjson
import zstandard

# Measured on pages of 80 to 120 kB of HTML and 4 to 6 kB of text, kB and ms a page, in this layout:
# brotli 5: 6.4, 0.7. 9: 6.4, 8.7. 11: 5.6, 22. zstd 9: 6.8, 0.4. 19: 6.6, 7.8. bz2: 7.5, 2.2. lzma: 6.4, 4.5.
# As rows: zstd 9: 7.2, 0.6; brotli 5: 6.8, 0.7.
QUALITY = 5
LEAST, WINDOW = 16, 20  # bits of a window: up to 1 MiB; one no larger than the page takes a tenth less time
MARK = b"\x02"  # of this layout; one without it is a zstd frame of version 0.1.0
MAX_PAGE = 256 * 1024 * 1024  # bytes; a frame that says it is larger is none of ours
NAMES, VALUES = ("kind", "rule", "where"), ("words", "text")  # of a receipt


def pack(page: dict[str, Any]) -> bytes:
    """Pack {"page": {…}, "receipts": […]} for storage."""
    stored = orjson.dumps([page["page"], *_columns(page["receipts"])])
    needed = (len(stored) + 16).bit_length()  # a window holds 16 bytes less than it says
    window = min(max(needed, LEAST), WINDOW)
    frame: bytes = MARK + brotli.compress(stored, quality=QUALITY, lgwin=window)
    return frame


def unpack(frame: bytes) -> dict[str, Any]:
    """Undo `pack`. Raises brotli.error or zstandard.ZstdError on what is no such frame."""
    if not frame.startswith(MARK):
        old: dict[str, Any] = orjson.loads(zstandard.decompress(frame, max_output_size=MAX_PAGE))
        return old
    stored = brotli.Decompressor().process(frame[len(MARK) :], output_buffer_limit=MAX_PAGE)
    page, *columns = orjson.loads(stored)
    return {"page": page, "receipts": _rows(*columns)}


def _columns(receipts: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Columns of names, each the names and for each receipt which; and those of values."""
    names: list[Any] = []
    for name in NAMES:
        places: dict[str, int] = {}
        which = [places.setdefault(receipt[name], len(places)) for receipt in receipts]
        names.append([list(places), which])
    return names, [[receipt[name] for receipt in receipts] for name in VALUES]


def _rows(names: list[Any], values: list[Any]) -> list[dict[str, Any]]:
    columns = [[known[place] for place in which] for known, which in names] + values
    return [dict(zip(NAMES + VALUES, row, strict=True)) for row in zip(*columns, strict=True)]


def pack_body(body: bytes) -> bytes:
    """Pack the page that came with a job."""
    return zstandard.compress(body, 3)


def unpack_body(frame: bytes) -> bytes:
    """Undo `pack_body`."""
    return zstandard.decompress(frame, max_output_size=MAX_PAGE)
