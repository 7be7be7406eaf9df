"""What a job costs in Redis: commands and round trips, of real workers on pages on loopback.

    python -m lab.bench cost [--shape NAME …] [--workers N] [--where]

Commands are those of `INFO commandstats`, scripts' inner calls included, from the first POST to the last
job's end, an idle worker's heartbeats and sweeps with them; round trips are the workers'. What this program
asks is taken off, and what is asked for callers who look at their jobs is a column of its own. `--where` says
which commands they were.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.settings import Settings
from lab import ledger, parts, posting, rig
from lab.loopback import site
from lab.tap import tapped
from worker.jobs.connection import connect
from worker.jobs.model import JobRequest
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from lab.ledger import Ledger

IMPOLITE = {"host_concurrency": 0, "host_delay": 0, "robots": "off"}
POLITE = {"host_concurrency": 2, "host_delay": 0, "robots": "off"}
DEFAULTS = {"host_concurrency": 2, "host_delay": 0.5, "robots": "obey"}
LOOK, LOOKS = 0.5, 2000  # s between two looks whether all have ended, and how many at most
IDLE = 20.0  # s for which idle workers are watched
ACTIVE = "pith:active"  # where this program looks
OF_CALLERS = ("pith:job", "pith:page", "pith:waiting", "pith:hosts")  # where only looks at jobs read


@dataclass(frozen=True, slots=True)
class Shape:
    """`hosts` with `each` pages; the site answers `delay` s after it is asked, or once in `pace` s.

    They come as one batch; or each by itself, `alone` s apart; or each by itself as fast as the API takes
    them, where each caller looks at its job every `poll` s before it posts the next one, unless that is 0.
    """

    name: str
    hosts: int
    each: int
    settings: dict[str, object]
    delay: float = 0.02
    pace: float = 0.0
    alone: float | None = None
    poll: float | None = None

    @property
    def count(self) -> int:
        return self.hosts * self.each


SHAPES = (
    Shape("full speed, no manners", 1, 1500, IMPOLITE),
    Shape("one page per 100 ms, no manners", 1, 300, IMPOLITE, pace=0.1),
    Shape("1,000 single POSTs on 32 connections, no manners", 1, 1000, IMPOLITE, poll=0.0),
    Shape("the same, each looked at every .1 s", 1, 1000, IMPOLITE, poll=0.1),
    Shape("1,000 single POSTs on 32 connections, 100 hosts", 100, 10, POLITE, poll=0.0),
    Shape("one POST per 100 ms, no manners", 1, 200, IMPOLITE, alone=0.1),
    Shape("600 hosts once each", 600, 1, POLITE),
    Shape("300 hosts twice each", 300, 2, POLITE),
    Shape("20 hosts with 30 pages", 20, 30, POLITE),
    Shape("20 hosts with 30 pages, .3 s delay", 20, 30, POLITE | {"host_delay": 0.3}),
    Shape("one host, 2 at once", 1, 300, POLITE, delay=0.1),
    Shape("one host, .3 s delay", 1, 80, POLITE | {"host_delay": 0.3}),
    Shape("robots.txt obeyed and cached, 100 hosts with 6 pages", 100, 6, POLITE | {"robots": "obey"}),
    Shape("defaults (.5 s delay, robots.txt), 50 hosts with 8 pages", 50, 8, DEFAULTS),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of some jobs, or of some seconds."""

    commands: int
    trips: int
    seconds: float
    ledger: Ledger

    @property
    def looks(self) -> int:
        """Commands for callers who look at their jobs."""
        return self.ledger.of(*OF_CALLERS)

    def row(self, shape: Shape) -> list[str]:
        """Each job's share."""
        own = self.commands - self.looks
        shares = (own, self.looks, self.trips)
        return [
            shape.name,
            str(shape.count),
            *(f"{each / shape.count:.{digits}f}" for each, digits in zip(shares, (1, 1, 2), strict=True)),
            f"{self.seconds:.0f}",
        ]


async def commands(redis: Redis) -> int:
    """How many the server has run."""
    stats: dict[str, Any] = await redis.info("commandstats")
    return sum(int(stats[name]["calls"]) for name in stats if name != "cmdstat_info")


async def submit(store: JobStore, urls: Sequence[str]) -> str:
    """As one batch: its id."""
    submitted = await store.submit([JobRequest(url) for url in urls], owner="", batch=True)
    return submitted.batch_id or ""


async def post(shape: Shape, store: JobStore, api: str, urls: Sequence[str]) -> None:
    """As the shape says."""
    if shape.alone is not None:
        await posting.slowly(api, urls, shape.alone)
    elif shape.poll is not None:
        await posting.at_once(api, urls, shape.poll)
    else:
        await submit(store, urls)


async def ended(redis: Redis) -> int:
    """Wait for the end of all jobs. Returns how often it asked."""
    for asked in range(1, LOOKS):
        if not await redis.exists(f"{ACTIVE}:pith"):
            return asked
        await asyncio.sleep(LOOK)
    raise TimeoutError("some jobs did not end")


async def measure(shape: Shape, redis_url: str, count: int) -> Cost:
    """Run one shape on an empty server."""
    settings = Settings.model_validate({"redis_url": redis_url, **shape.settings})
    fetched = site(shape.hosts, shape.each, shape.delay, shape.pace)
    async with connect(settings) as redis, fetched as urls:
        store = JobStore(redis, settings)
        with ExitStack() as stack:
            tap = stack.enter_context(tapped(redis_url))
            stack.enter_context(parts.workers(count, tap.url, shape.settings))
            by_api = shape.alone is not None or shape.poll is not None
            _, api = stack.enter_context(parts.api(redis_url, shape.settings)) if by_api else (0, "")
            await parts.beating(store, count)
            with ledger.kept(redis_url) as kept:
                before, trips, began = await commands(redis), tap.trips, time.monotonic()
                await post(shape, store, api, urls)
                asked = await ended(redis)
                seconds = time.monotonic() - began
                ran = await commands(redis) - before - asked
                trips = tap.trips - trips
    kept.forget(ACTIVE)
    return Cost(ran, trips, seconds, kept)


async def idle(redis_url: str, count: int) -> Cost:
    """Workers that have nothing to do."""
    settings = Settings(redis_url=redis_url)
    async with connect(settings) as redis:
        with tapped(redis_url) as tap, parts.workers(count, tap.url, {}):
            await parts.beating(JobStore(redis, settings), count)
            with ledger.kept(redis_url) as kept:
                before, trips = await commands(redis), tap.trips
                await asyncio.sleep(IDLE)
                ran, trips = await commands(redis) - before, tap.trips - trips
    return Cost(ran, trips, IDLE, kept)


def arguments(command: argparse.ArgumentParser) -> None:
    """What `python -m lab.bench cost` takes."""
    command.set_defaults(run=run)
    command.add_argument("--shape", action="append", default=[], help="part of a shape's name; else all")
    command.add_argument("--workers", type=int, default=1)
    command.add_argument("--where", action="store_true", help="which commands, by script")


def run(given: argparse.Namespace) -> str:
    """Tables in Markdown."""
    chosen, count = given.shape, given.workers
    body, details = [], []
    for shape in SHAPES:
        if chosen and not any(name in shape.name for name in chosen):
            continue
        with rig.valkey() as url:
            cost = asyncio.run(measure(shape, url, count))
        body.append(cost.row(shape))
        details.append(f"{shape.name}\n\n{where(cost.ledger, shape.count)}")
    with rig.valkey() as url:
        rest = asyncio.run(idle(url, count))
    details.append(f"idle, a second\n\n{where(rest.ledger, int(IDLE))}")
    head = ["shape", "jobs", "commands a job", "of callers' looks", "round trips a job", "s"]
    rows = rig.table(head, body)
    at_rest = f"idle: {rest.commands / IDLE:.1f} commands, {rest.trips / IDLE:.1f} round trips a second"
    whole = f"{rows}\n{count} worker{'s' if count > 1 else ''}; {at_rest}. {rig.machine()}.\n"
    return "\n".join([whole, *details]) if given.where else whole


def where(kept: Ledger, jobs: int) -> str:
    return rig.table(["where", "commands", "which"], kept.rows(jobs))
