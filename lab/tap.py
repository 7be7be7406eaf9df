"""A door between a program and Redis that counts how often the program asked and waited for an answer."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 2**18  # bytes


@dataclass
class Tap:
    """`trips` are the round trips so far: what was sent in one go, however many commands it held."""

    server: str  # its socket
    url: str
    trips: int = 0

    async def serve(self, program: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        server, there = await asyncio.open_unix_connection(self.server)
        answered = asyncio.Event()
        answered.set()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            both = (self._ask(program, there, answered), self._answer(server, back, answered))
            await asyncio.gather(*both)
        back.close()

    async def _ask(
        self, program: asyncio.StreamReader, there: asyncio.StreamWriter, answered: asyncio.Event
    ) -> None:
        while data := await program.read(CHUNK):
            self.trips += answered.is_set()
            answered.clear()
            there.write(data)
            await there.drain()
        there.close()

    async def _answer(
        self, server: asyncio.StreamReader, back: asyncio.StreamWriter, answered: asyncio.Event
    ) -> None:
        while data := await server.read(CHUNK):
            answered.set()
            back.write(data)
            await back.drain()


@contextmanager
def tapped(redis_url: str) -> Iterator[Tap]:
    """A tap before the server at this unix socket, in a thread of its own."""
    with tempfile.TemporaryDirectory(prefix="pith-") as folder:
        socket = f"{folder}/t"
        tap = Tap(urlsplit(redis_url).path, f"unix://{socket}?db=0")
        opened = Future[Callable[[], object]]()
        thread = Thread(target=asyncio.run, args=(_open(tap, socket, opened),))
        thread.start()
        close = opened.result()
        try:
            yield tap
        finally:
            close()
            thread.join()


async def _open(tap: Tap, socket: str, opened: Future[Callable[[], object]]) -> None:
    """Serve until what `opened` is given is called."""
    loop, closed = asyncio.get_running_loop(), asyncio.Event()
    await asyncio.start_unix_server(tap.serve, socket, limit=CHUNK)
    opened.set_result(lambda: loop.call_soon_threadsafe(closed.set))
    await closed.wait()
