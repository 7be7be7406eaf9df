"""What a job costs in Redis: commands and round trips, of real workers on pages on loopback.

    python -m lab.bench cost [--shape NAME …] [--workers N]

Commands are those of `INFO commandstats`, scripts' inner calls included, from the POST of a batch to its end;
round trips are the server's read events. What this program itself asks meanwhile is taken off. Every other
figure is the worker's own doing, an idle worker's heartbeats and sweeps included.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from config.settings import Settings
from lab import rig
from worker.jobs.connection import connect
from worker.jobs.model import JobRequest
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Iterator, Sequence

    from redis.asyncio import Redis

TEXT = "The mayor said on Monday that the old bridge over the river will be closed for two years. "
PAGE = f"<!doctype html><article><h1>The bridge</h1>{f'<p>{TEXT * 3}</p>' * 4}</article>".encode()
IMPOLITE = {"host_concurrency": 0, "host_delay": 0, "robots": "off"}
POLITE = {"host_concurrency": 2, "host_delay": 0, "robots": "off"}
LOOK = 0.5  # s between two looks at the batch
IDLE = 20.0  # s for which idle workers are watched


@dataclass(frozen=True, slots=True)
class Shape:
    """`hosts` with `each` pages; the site answers `delay` s after it is asked, or once in `pace` s."""

    name: str
    hosts: int
    each: int
    settings: dict[str, object]
    delay: float = 0.02
    pace: float = 0.0
    alone: float = 0.0  # s between POSTs of single jobs, instead of one batch

    @property
    def count(self) -> int:
        return self.hosts * self.each


SHAPES = (
    Shape("full speed, no manners", 1, 1500, IMPOLITE),
    Shape("one page per 100 ms, no manners", 1, 300, IMPOLITE, pace=0.1),
    Shape("one POST per 100 ms, no manners", 1, 200, IMPOLITE, alone=0.1),
    Shape("600 hosts once each", 600, 1, POLITE),
    Shape("300 hosts twice each", 300, 2, POLITE),
    Shape("20 hosts with 30 pages", 20, 30, POLITE),
    Shape("20 hosts with 30 pages, .3 s delay", 20, 30, POLITE | {"host_delay": 0.3}),
    Shape("one host, 2 at once", 1, 300, POLITE, delay=0.1),
    Shape("one host, .3 s delay", 1, 80, POLITE | {"host_delay": 0.3}),
    Shape("robots.txt obeyed and cached, 100 hosts with 6 pages", 100, 6, POLITE | {"robots": "obey"}),
    Shape(
        "defaults (.5 s delay, robots.txt), 50 hosts with 8 pages",
        50,
        8,
        POLITE | {"host_delay": 0.5, "robots": "obey"},
    ),
)


@dataclass(frozen=True, slots=True)
class Meter:
    """What the server has done so far."""

    commands: int
    reads: int

    @classmethod
    async def read(cls, redis: Redis) -> Meter:
        stats: dict[str, Any] = await redis.info("commandstats")
        reads = (await redis.info("stats"))["total_reads_processed"]
        return cls(sum(int(stats[name]["calls"]) for name in stats if name != "cmdstat_info"), int(reads))


OF_METER = 2  # reads: its own two INFOs


@dataclass
class Site:
    """Answers every request after `delay`, or one each `pace` seconds; robots.txt at once."""

    delay: float
    pace: float
    free_at: float = 0.0
    asked: list[tuple[str, float]] = field(default_factory=list)

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
async def site(shape: Shape) -> AsyncIterator[list[str]]:
    """The URLs of a shape's pages, those of one host with those of all others between them."""
    own = Site(shape.delay, shape.pace)
    names = addresses(shape.hosts)
    first = await asyncio.start_server(own.serve, names[0], 0)
    port = first.sockets[0].getsockname()[1]
    others = await asyncio.start_server(own.serve, names[1:], port) if names[1:] else None
    try:
        yield [f"http://{name}:{port}/{n}" for n in range(shape.each) for name in names]
    finally:
        for server in filter(None, (first, others)):
            server.close()


@contextmanager
def workers(count: int, redis_url: str, settings: dict[str, object]) -> Iterator[None]:
    """Real workers, each a process."""
    given = {f"PITH_{name.upper()}": value for name, value in settings.items()}
    with ExitStack() as stack:
        for _ in range(count):
            process = subprocess.Popen(
                [sys.executable, "-m", "worker"],
                cwd=rig.ROOT,
                env=rig.environment(REDIS_URL=redis_url, **given),
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield


async def beating(store: JobStore, count: int) -> None:
    """Return once so many workers beat."""
    async with asyncio.timeout(60):
        while (await store.ready()).workers < count:  # noqa: ASYNC110  what they write tells nobody
            await asyncio.sleep(LOOK)


async def submit(store: JobStore, urls: Sequence[str], pause: float) -> str | list[str]:
    """As one batch, or each alone with pauses between."""
    requests = [JobRequest(url) for url in urls]
    if not pause:
        return (await store.submit(requests, owner="", batch=True)).batch_id or ""
    ids: list[str] = []
    for request in requests:
        ids += (await store.submit([request], owner="")).job_ids
        await asyncio.sleep(pause)
    return ids


async def ended(store: JobStore, what: str | list[str]) -> int:
    """Wait for the end. Returns how often it asked."""
    for asked in range(1, 2000):
        if isinstance(what, str):
            batch = await store.batch(what, "")
            over = batch is not None and batch.finished_at is not None
        else:
            job = await store.get(what[-1], "")
            over = job is not None and job.status.ended
        if over:
            return asked
        await asyncio.sleep(LOOK)
    raise TimeoutError("the batch did not end")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one shape, each job's share."""

    shape: Shape
    commands: float
    trips: float
    seconds: float


async def measure(shape: Shape, redis_url: str, count: int) -> Cost:
    """Run one shape on an empty server."""
    settings = Settings.model_validate({"redis_url": redis_url, **shape.settings})
    async with connect(settings) as redis, site(shape) as urls:
        store = JobStore(redis, settings)
        with workers(count, redis_url, shape.settings):
            await beating(store, count)
            before, began = await Meter.read(redis), time.monotonic()
            asked = await ended(store, await submit(store, urls, shape.alone))
            after, seconds = await Meter.read(redis), time.monotonic() - began
    posts = shape.count if shape.alone else 1
    commands = after.commands - before.commands - asked
    trips = after.reads - before.reads - asked - posts - OF_METER
    return Cost(shape, commands / shape.count, trips / shape.count, seconds)


async def idle(redis_url: str, count: int) -> tuple[float, float]:
    """Commands and round trips a second of workers that have nothing to do."""
    settings = Settings(redis_url=redis_url)
    async with connect(settings) as redis:
        with workers(count, redis_url, {}):
            await beating(JobStore(redis, settings), count)
            before = await Meter.read(redis)
            await asyncio.sleep(IDLE)
            after = await Meter.read(redis)
    trips = after.reads - before.reads - OF_METER
    return (after.commands - before.commands) / IDLE, trips / IDLE


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=run)
    command.add_argument("--shape", action="append", default=[], help="part of a shape's name; else all")
    command.add_argument("--workers", type=int, default=1)


def run(given: argparse.Namespace) -> str:
    """A table in Markdown."""
    chosen, count = given.shape, given.workers
    body: list[list[str]] = []
    for shape in SHAPES:
        if chosen and not any(name in shape.name for name in chosen):
            continue
        with rig.valkey() as url:
            cost = asyncio.run(measure(shape, url, count))
        body.append(
            [shape.name, str(shape.count), f"{cost.commands:.1f}", f"{cost.trips:.2f}", f"{cost.seconds:.0f}"]
        )
    with rig.valkey() as url:
        commands, trips = asyncio.run(idle(url, count))
    rows = rig.table(["shape", "jobs", "commands a job", "round trips a job", "s"], body)
    at_rest = f"idle: {commands:.1f} commands, {trips:.1f} round trips a second"
    return f"{rows}\n{count} worker{'s' if count > 1 else ''}; {at_rest}. {rig.machine()}.\n"
