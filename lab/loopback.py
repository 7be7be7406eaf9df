"""A site on loopback with as many hosts as wanted, which answers late or at a steady pace."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TEXT = "The mayor said on Monday that the old bridge over the river will be closed for two years. "
PAGE = f"<!doctype html><article><h1>The bridge</h1>{f'<p>{TEXT * 3}</p>' * 4}</article>".encode()


@dataclass
class Site:
    """Answers every request after `delay`, or one each `pace` seconds; robots.txt at once."""

    delay: float
    pace: float
    free_at: float = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        if head.startswith(b"GET /robots.txt "):
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        now = time.monotonic()
        self.free_at = max(self.free_at, now) + self.pace
        await asyncio.sleep(self.free_at - now if self.pace else self.delay)
        kind = b"Content-Type: text/html; charset=utf-8"
        writer.write(b"HTTP/1.1 200 OK\r\n%s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(PAGE), PAGE))


def addresses(count: int) -> list[str]:
    return [f"127.0.{n // 250 + 1}.{n % 250 + 1}" for n in range(count)]


@asynccontextmanager
async def site(hosts: int, each: int, delay: float, pace: float = 0.0) -> AsyncIterator[list[str]]:
    """The URLs of `each` pages of every host, those of one host with those of all others between them."""
    own = Site(delay, pace)
    names = addresses(hosts)
    first = await asyncio.start_server(own.serve, names[0], 0)
    port = first.sockets[0].getsockname()[1]
    others = await asyncio.start_server(own.serve, names[1:], port) if names[1:] else None
    try:
        yield [f"http://{name}:{port}/{n}" for n in range(each) for name in names]
    finally:
        for server in filter(None, (first, others)):
            server.close()
