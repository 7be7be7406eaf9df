"""What a worker and its cleaning child say to each other: their lengths, a JSON head, a body of bytes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

if TYPE_CHECKING:
    import asyncio

LENGTHS = struct.Struct(">II")  # bytes of the head, bytes of the body


def pack(head: dict[str, Any], body: bytes = b"") -> tuple[bytes, bytes]:
    """Two pieces, to be written one after the other: a body may be long, and is not copied."""
    written = orjson.dumps(head)
    return LENGTHS.pack(len(written), len(body)) + written, body


def receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """The next frame of a blocking stream. Raises EOFError when the other side is gone."""
    head, body = LENGTHS.unpack(_exactly(stream, LENGTHS.size))
    return orjson.loads(_exactly(stream, head)), _exactly(stream, body)


async def read(stream: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    """The next frame. Raises asyncio.IncompleteReadError (an EOFError) when the other side is gone."""
    head, body = LENGTHS.unpack(await stream.readexactly(LENGTHS.size))
    return orjson.loads(await stream.readexactly(head)), await stream.readexactly(body)


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data
