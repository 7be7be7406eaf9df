"""A small real HTTP/2 site over TLS on loopback: a page, files, or a stream broken off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events

from tests.listening import Listening

if TYPE_CHECKING:
    import asyncio
    import ssl

PAGE = b"<p>over HTTP/2"
FILES = {"/file": 3_000_000, "/huge": 20_000_000}  # bytes


class H2Site(Listening):
    """Serves at https://localhost:<port>; `paths` are what was asked, in order."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        tls.set_alpn_protocols(["h2"])
        super().__init__(tls=tls)
        self.paths: list[str] = []
        self.connections = 0

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
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
