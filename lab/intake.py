"""URLs that one API process accepts in a second: posted one by one, and in batches."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
import uvloop

from lab import parts, rig, wire
from lab.proc import cpu_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

LINES = 32  # connections that post at once
ENDLESS = 10**9  # what the queue may hold
OF_A_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Taken:
    """URLs that were accepted, in how many requests, in what time, for what CPU of the API's."""

    urls: int
    requests: int
    seconds: float
    cpu: float

    def row(self, name: str) -> list[str]:
        """A line of the table."""
        rate = f"{self.urls / self.seconds:.0f}"
        per = f"{1000 * self.cpu / self.requests:.2f}", f"{1000 * self.cpu / self.urls:.3f}"
        return [name, str(self.requests), rate, *per, f"{self.cpu / self.seconds:.2f}"]


def singles(count: int) -> list[bytes]:
    """One job a request."""
    body = b'{"url":"https://example.com/news/2026/%d"}'
    return [wire.post("/v1/jobs", body % n) for n in range(count)]


def batches(count: int) -> list[bytes]:
    """OF_A_BATCH jobs a request."""
    urls = [f"https://example.com/news/2026/{n}" for n in range(OF_A_BATCH)]
    return [wire.post("/v1/batches", orjson.dumps({"urls": urls}))] * count


async def post_all(url: str, requests: list[bytes]) -> float:
    """Seconds until all are accepted, on LINES connections."""
    lines = [await wire.dial(url) for _ in range(LINES)]
    waiting = iter(requests)

    async def keep_posting(line: wire.Line, some: Iterator[bytes]) -> None:
        for request in some:
            await wire.ask(line, request)

    began = time.perf_counter()
    await asyncio.gather(*(keep_posting(line, waiting) for line in lines))
    seconds = time.perf_counter() - began
    for line in lines:
        line.close()
    return seconds


def taken(requests: list[bytes], urls: int) -> Taken:
    """What an API alone on an empty Valkey makes of them; a few beforehand, so that it is awake."""
    with (
        rig.valkey() as redis_url,
        parts.api(redis_url, {"queue_limit": ENDLESS}) as (pid, url),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(post_all(url, requests[:LINES]))
        before = cpu_of(pid)
        seconds = runner.run(post_all(url, requests))
        return Taken(urls, len(requests), seconds, cpu_of(pid) - before)


def run(chosen: argparse.Namespace) -> str:
    """The table."""
    many = chosen.urls // OF_A_BATCH
    rows = [
        taken(singles(chosen.posts), chosen.posts).row("single POSTs"),
        taken(batches(many), many * OF_A_BATCH).row(f"batches of {OF_A_BATCH}"),
    ]
    head = ["", "requests", "URLs/s", "CPU ms of the API a request", "a URL", "cores it used"]
    return f"{LINES} connections; {rig.machine()}.\n\n" + rig.table(head, rows)


def arguments(command: argparse.ArgumentParser) -> None:
    """What `python -m lab.bench api` takes."""
    command.set_defaults(run=run)
    command.add_argument("--posts", type=int, default=10_000, help="single POSTs (10000)")
    command.add_argument("--urls", type=int, default=100_000, help="URLs in batches (100000)")
