"""A line to Redis that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 65536  # bytes


class Wire:
    """Passes on what comes in at the unix socket `end` to the one at `to`, until it is cut."""

    def __init__(self, end: Path, to: Path) -> None:
        self.end = end
        self._to = to
        self._state: Literal["whole", "dead", "broken"] = "whole"
        self._whole = asyncio.Event()
        self._pumps: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._whole.set()
        self._server = await asyncio.start_unix_server(self._connected, self.end)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._break_off()

    def cut(self, how: Literal["dead", "broken"]) -> None:
        """Dead: nothing comes through, and nobody is told. Broken: connections are broken off and refused."""
        self._state = how
        self._whole.clear()
        if how == "broken":
            self._break_off()

    def mend(self) -> None:
        self._state = "whole"
        self._whole.set()

    def _break_off(self) -> None:
        for pump in self._pumps:
            pump.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._state == "broken":
            writer.close()
            return
        there = await asyncio.open_unix_connection(self._to)
        for source, drain in ((reader, there[1]), (there[0], writer)):
            pump = asyncio.create_task(self._pump(source, drain))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            while data := await source.read(CHUNK):
                await self._whole.wait()
                drain.write(data)
                await drain.drain()
        drain.close()
