"""A connection that was kept and that the site closes under the next request."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from tests.fetch.fetching import OPEN
from worker.errors import ConnectionFailed
from worker.fetch.fetcher import Fetcher
from worker.fetch.page import Fetched, FetchRequest

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<p>end"


class Impatient:
    """A site that answers so many requests on each connection, and closes it under the next."""

    def __init__(self, answers: int) -> None:
        self.answers = answers
        self.asked = 0
        self.closed = asyncio.Semaphore(0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            for number in range(self.answers + 1):
                await reader.readuntil(b"\r\n\r\n")
                self.asked += 1
                if number < self.answers:
                    writer.write(ANSWER)
        writer.close()
        await writer.wait_closed()
        self.closed.release()


async def fetched(site: Impatient, times: int) -> list[Fetched]:
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        try:
            async with Fetcher(OPEN) as fetcher:
                return [await fetcher.fetch(FetchRequest(url)) for _ in range(times)]
        finally:
            for _ in range(times):  # as many connections as pages: each but the last was closed by the site
                await asyncio.wait_for(site.closed.acquire(), 60)


def test_a_request_that_met_a_closed_connection_is_sent_once_more() -> None:
    site = Impatient(answers=1)
    pages = asyncio.run(fetched(site, times=2))
    assert [page.body for page in pages] == [b"<p>end"] * 2
    assert site.asked == 3


def test_a_site_that_closes_a_new_connection_is_not_asked_again() -> None:
    site = Impatient(answers=0)
    with pytest.raises(ConnectionFailed):
        asyncio.run(fetched(site, times=1))
    assert site.asked == 1
