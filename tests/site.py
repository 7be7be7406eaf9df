"""A small real web site on loopback, for tests: HTTP/1.1 with keep-alive, in a thread of its own.

    with Site() as site:
        site.page("/a", "<html>…")
        …fetch site.url("/a")…
        assert site.hits("/a") == 1

Pages can be slow, redirect, drip, break off or answer any bytes at all; an unknown path is a 404.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http.client import responses
from typing import TYPE_CHECKING

from tests.listening import Listening

if TYPE_CHECKING:
    import ssl

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came; header names in lower case."""

    method: str
    target: str  # path and query
    headers: Mapping[str, str]
    peer: tuple[str, int]  # the client's socket: the same for requests on one connection

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


# Answers on the writer; True keeps the connection open for the next request.
Handler = Callable[[Asked, asyncio.StreamWriter], Awaitable[bool]]


class Site(Listening):
    """A web site at `site.url(path)` for as long as the `with` lasts."""

    def __init__(self, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        super().__init__(host=host, tls=tls)
        self.asked: list[Asked] = []  # every request, in order
        self.in_flight = 0
        self.most_in_flight = 0
        self._handlers: dict[str, Handler] = {}

    # What is on the site

    def page(
        self,
        path: str,
        body: str | bytes,
        *,
        status: int = 200,
        content_type: str = HTML,
        headers: Mapping[str, str] | None = None,
        delay: float = 0.0,
    ) -> str:
        """Put a page at `path`, answered after `delay` seconds, and return its URL. Type "" sends none."""
        data = body.encode() if isinstance(body, str) else body
        fields = {"content-type": content_type, "content-length": str(len(data)), **(headers or {})}
        return self.raw(path, head(status, fields) + data, delay=delay, keep=True)

    def redirect(
        self, path: str, to: str, *, status: int = 302, headers: Mapping[str, str] | None = None
    ) -> str:
        return self.page(path, b"", status=status, headers={"location": to, **(headers or {})})

    def raw(
        self, path: str, *pieces: bytes, delay: float = 0.0, keep: bool = False, reset: bool = False
    ) -> str:
        """Answer with these bytes, each piece after `delay` seconds; then end, or with `reset` break off."""

        async def answer(_: Asked, writer: asyncio.StreamWriter) -> bool:
            for piece in pieces:
                await asyncio.sleep(delay)
                writer.write(piece)
                await writer.drain()
            if reset:
                break_off(writer)
            return keep

        return self.route(path, answer)

    def route(self, path: str, handler: Handler) -> str:
        """Answer `path` (without its query) by a handler of one's own; returns its URL."""
        self._handlers[path] = handler
        return self.url(path)

    # What was asked of it

    def url(self, path: str = "/") -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def requests(self, path: str) -> list[Asked]:
        """The requests for `path`, whatever their query."""
        return [asked for asked in self.asked if asked.path == path]

    def hits(self, path: str) -> int:
        return len(self.requests(path))

    # The server

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await self._answer(await _read_request(reader, writer), writer):
            pass

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        self.asked.append(asked)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._handlers.get(asked.path, _not_found)(asked, writer)
        finally:
            self.in_flight -= 1


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """A status line and headers as bytes; an empty value leaves the header out."""
    lines = [f"{name}: {value}\r\n" for name, value in headers.items() if value]
    return f"HTTP/1.1 {status} {responses.get(status, 'Odd')}\r\n{''.join(lines)}\r\n".encode("latin-1")


def break_off(writer: asyncio.StreamWriter) -> None:
    """Close the connection with a reset (RST), not an end (FIN)."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _not_found(_: Asked, writer: asyncio.StreamWriter) -> bool:
    writer.write(head(404, {"content-type": HTML, "content-length": "9"}) + b"not found")
    await writer.drain()
    return True


async def _read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Asked:
    text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *fields = text.rstrip("\r\n").split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    return Asked(method, target, headers, writer.get_extra_info("peername")[:2])
