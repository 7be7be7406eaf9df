"""A site of stored pages on loopback, so that the whole service runs on real ones.

    python -m lab.replay --data DIR [--set NAME …] [--port P] [--delay S] [--gzip]

`/urls.txt` lists one URL a line. Every page is one answer made ready before the first request,
so that a run measures the service and not this server.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from lab import missing, sets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOST = "127.0.0.1"
GZIP_LEVEL = 4  # what web servers are set to
MAX_HEAD = 64 * 1024  # bytes of one request; more is no client of ours


@dataclass(frozen=True, slots=True)
class Site:
    """Every answer by its path, ready to be written; `delay` seconds pass before each page."""

    answers: Mapping[bytes, bytes]
    index: bytes
    delay: float


def answer(status: str, body: bytes, kind: str = "text/plain; charset=utf-8", encoding: str = "") -> bytes:
    """A whole HTTP/1.1 answer."""
    coded = f"Content-Encoding: {encoding}\r\n" if encoding else ""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{coded}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("ascii") + body


def path_of(sample: sets.Sample) -> str:
    return f"/{sample.set}/{quote(sample.id, safe='')}"


def page(sample: sets.Sample, *, gzipped: bool) -> bytes:
    """The stored page as a server would send it. The sets hold text, so it goes out as UTF-8."""
    body = sample.html.encode("utf-8", "replace")
    if gzipped:
        body = gzip.compress(body, GZIP_LEVEL, mtime=0)
    return answer("200 OK", body, "text/html; charset=utf-8", "gzip" if gzipped else "")


def build(samples: Iterable[sets.Sample], *, delay: float = 0.0, gzipped: bool = False) -> Site:
    """Make every answer ready. Memory: the pages, once."""
    answers = {path_of(sample).encode("ascii"): page(sample, gzipped=gzipped) for sample in samples}
    return Site(answers, b"\n".join(answers), delay)


class Connection(asyncio.Protocol):
    """One client's connection; requests are answered one at a time, in order, and it stays open."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.pending = b""
        self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.pending += data
        if len(self.pending) > MAX_HEAD:
            self.transport.abort()
        elif not self.busy:
            self._serve_next()

    def _serve_next(self) -> None:
        head, end, rest = self.pending.partition(b"\r\n\r\n")
        if not end:
            return
        self.pending, self.busy = rest, True
        target = [*head.split(b"\r\n", 1)[0].split(b" "), b"/"][1]
        delay = self.site.delay if target in self.site.answers else 0.0
        asyncio.get_running_loop().call_later(delay, self._send, self._answer(target, head))

    def _answer(self, target: bytes, head: bytes) -> bytes:
        if target == b"/urls.txt":
            return answer("200 OK", self._index(head))
        return self.site.answers.get(target) or answer("404 Not Found", b"not one of the stored pages\n")

    def _index(self, head: bytes) -> bytes:
        """Absolute URLs, on the name by which the client reached us."""
        hosts = [line[5:].strip() for line in head.split(b"\r\n") if line[:5].lower() == b"host:"]
        base = b"http://" + (hosts[0] if hosts else HOST.encode())
        return b"".join(base + path + b"\n" for path in self.site.index.split(b"\n") if path)

    def _send(self, payload: bytes) -> None:
        self.busy = False
        if not self.transport.is_closing():
            self.transport.write(payload)
            self._serve_next()


async def listen(site: Site, port: int = 0) -> asyncio.Server:
    """Serve on loopback; the port is the system's choice when it is 0. The caller closes it."""
    return await asyncio.get_running_loop().create_server(lambda: Connection(site), HOST, port, backlog=1024)


async def serve(site: Site, port: int) -> None:
    """Serve until cancelled, with the address on stdout."""
    server = await listen(site, port)
    bound = server.sockets[0].getsockname()[1]
    print(f"{len(site.answers)} pages on http://{HOST}:{bound}/urls.txt", flush=True)
    async with server:
        await server.serve_forever()


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m lab.replay", description="Serve stored pages on loopback."
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    parser.add_argument(
        "--set", action="append", default=[], dest="chosen", help="a set; all of them when none is named"
    )
    parser.add_argument("--sample", type=int, help="at most so many pages of each set, always the same ones")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each page")
    parser.add_argument("--gzip", action="store_true", help="send pages compressed")
    return parser.parse_args(argv)


def main() -> int:
    chosen = arguments()
    samples = sets.load(chosen.data, chosen.chosen, chosen.sample)
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(build(samples, delay=chosen.delay, gzipped=chosen.gzip), chosen.port))
    return 0


if __name__ == "__main__":
    sys.exit(missing.told(main))
