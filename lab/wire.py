"""A caller that costs next to nothing: HTTP/1.1 on kept connections, requests made ready beforehand.

Whoever asks from the same cores takes time from what is measured: httpx would take more than the API does.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import cast
from urllib.parse import urlsplit

FAILURES = 300  # statuses from which on
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Line(asyncio.Protocol):
    """One connection; asked one thing at a time."""

    def __init__(self) -> None:
        self._came = b""
        self._missing = 0  # bytes of an answer whose head is here
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises ConnectionError when the line is gone."""
        if self._transport.is_closing():
            raise ConnectionResetError("the line is gone")
        self._came, self._missing = b"", -1
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, end, body = self._came.partition(b"\r\n\r\n")
        if not end or self._answer is None or self._answer.done():
            return
        if self._missing < 0:
            found = LENGTH.search(head)
            self._missing = int(found[1]) if found else 0
        if len(body) >= self._missing:
            self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the line broke"))

    def close(self) -> None:
        self._transport.close()


async def dial(url: str) -> Line:
    """A line to the service at `url`."""
    host, _, port = urlsplit(url).netloc.rpartition(":")
    _, line = await asyncio.get_running_loop().create_connection(Line, host, int(port))
    return line


def get(path: str) -> bytes:
    """A GET, ready to be sent."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def post(path: str, body: bytes, **headers: str) -> bytes:
    """A POST of JSON, ready to be sent."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    fields = f"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}"
    return f"POST {path} HTTP/1.1\r\n{fields}\r\n".encode() + body


async def ask(line: Line, request: bytes) -> tuple[float, bytes]:
    """Seconds that it took, and the body. Raises RuntimeError for an answer that is no success."""
    began = time.perf_counter()
    status, body = await line.ask(request)
    if status >= FAILURES:
        raise RuntimeError(f"answered {status}: {body[:200]!r}")
    return time.perf_counter() - began, body
