"""A small real HTTP/2 site over TLS on loopback: a page, files, or a stream broken off."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Self

import h2.config
import h2.connection
import h2.events

if TYPE_CHECKING:
    import ssl

PAGE = b"<p>over HTTP/2"
FILES = {"/file": 3_000_000, "/huge": 20_000_000}  # bytes
READY_SECONDS = 10.0


class H2Site:
    """Serves at https://localhost:<port>; `paths` are what was asked, in order."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.port = 0
        self.paths: list[str] = []
        self.connections = 0
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._tls.set_alpn_protocols(["h2"])
        self._thread.start()
        self._ready.wait(READY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(READY_SECONDS)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._converse(reader, writer)
        writer.close()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()
        self._tasks.discard(task)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        line.initiate_connection()
        unsent: dict[int, memoryview] = {}
        writer.write(line.data_to_send())
        while data := await reader.read(65536):
            for event in line.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    self._answer(line, event, unsent)
            _send(line, unsent)
            writer.write(line.data_to_send())
            await writer.drain()

    def _answer(
        self,
        line: h2.connection.H2Connection,
        asked: h2.events.RequestReceived,
        unsent: dict[int, memoryview],
    ) -> None:
        path = next(value for name, value in asked.headers if name == b":path").decode()
        self.paths.append(path)
        if path == "/reset":
            line.reset_stream(asked.stream_id)
        elif path == "/goaway":
            line.close_connection()
        else:
            body = b"%PDF" * (FILES[path] // 4) if path in FILES else PAGE
            kind = "application/pdf" if path in FILES else "text/html"
            fields = [(":status", "200"), ("content-type", kind), ("content-length", str(len(body)))]
            line.send_headers(asked.stream_id, fields)
            if path != "/never":
                unsent[asked.stream_id] = memoryview(body)


def _send(line: h2.connection.H2Connection, unsent: dict[int, memoryview]) -> None:
    """As much of each body as the windows let through."""
    for stream in list(unsent):
        body = unsent[stream]
        while body and (room := min(line.local_flow_control_window(stream), line.max_outbound_frame_size)):
            line.send_data(stream, bytes(body[:room]))
            unsent[stream] = body = body[room:]
        if not body:
            line.end_stream(stream)
            del unsent[stream]
