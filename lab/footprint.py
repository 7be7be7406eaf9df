"""What a page costs in Redis, measured on stored pages and the embedded Valkey.

    python -m lab.footprint --data DIR [--set NAME] [--pages N] [--html LOW HIGH] [--text LOW HIGH]

Cleans N pages (of so many characters of HTML, and of text), keeps each as a worker would (record, text,
Markdown, HTML, receipts), and looks at the server's memory before and after.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

from config.settings import Settings
from lab import missing, rig, sets
from lab.cost import IMPOLITE
from worker.clean import clean
from worker.jobs import pages
from worker.jobs.connection import connect
from worker.jobs.model import Done, JobRequest
from worker.jobs.queue import JobQueue
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from redis.asyncio import Redis

    from lab.sets import Sample

AS_OURS = ("--hash-max-listpack-value", "1024")  # as api.standalone and docker-compose.yml start it
AT_ONCE = 100  # jobs of one submission


async def used(redis: Redis) -> int:
    """Bytes of memory that the server's data take."""
    return int((await redis.info("memory"))["used_memory"])


def packed(samples: Iterable[Sample], between: tuple[int, int]) -> Iterator[tuple[Sample, bytes]]:
    """The pages as a worker stores them, if their text has so many characters."""
    low, high = between
    for sample in samples:
        page = clean(sample.html, url=sample.url)
        if low <= len(page.text) <= high:
            yield sample, pages.pack(page.to_dict())


async def store(redis: Redis, settings: Settings, samples: Sequence[Sample], frames: Sequence[bytes]) -> None:
    """One job a page, from its submission to its end."""
    queue, jobs = JobQueue(redis, settings, "lab"), JobStore(redis, settings)
    for first in range(0, len(samples), AT_ONCE):
        some = samples[first : first + AT_ONCE]
        await jobs.submit([JobRequest(sample.url or "https://example.com/") for sample in some], owner="")
        claims = (await queue.claim(len(some))).claims
        ended = zip(claims, frames[first : first + AT_ONCE], strict=True)
        await queue.finish([Done(claim, frame) for claim, frame in ended])


async def measure(settings: Settings, samples: Sequence[Sample], frames: Sequence[bytes]) -> int:
    """Bytes that all of it takes in the server."""
    async with connect(settings) as redis:
        await store(redis, settings, samples[:1], frames[:1])  # what the scripts take is taken once
        before = await used(redis)
        await store(redis, settings, samples, frames)
        return await used(redis) - before


def main(arguments: list[str] | None = None) -> int:
    """Print one line."""
    line = argparse.ArgumentParser(prog="python -m lab.footprint", description=__doc__)
    line.add_argument("--data", type=Path, required=True)
    line.add_argument("--set", default="wcxb-dev")
    line.add_argument("--pages", type=int, default=300)
    line.add_argument("--html", type=int, nargs=2, default=(0, sys.maxsize), metavar=("LOW", "HIGH"))
    line.add_argument("--text", type=int, nargs=2, default=(0, sys.maxsize), metavar=("LOW", "HIGH"))
    given = line.parse_args(arguments)
    low, high = given.html
    every = sets.read(given.data, cast("str", given.set))
    fitting = (sample for sample in every if low <= len(sample.html) <= high)
    samples, frames = zip(*islice(packed(fitting, given.text), given.pages), strict=True)
    with rig.valkey(*AS_OURS) as url:
        total = asyncio.run(measure(Settings.model_validate(IMPOLITE | {"redis_url": url}), samples, frames))
    count, sizes = len(samples), sorted(map(len, frames))
    html = sum(len(sample.html) for sample in samples)
    print(
        f"{given.set}, {count} pages of {html // count} characters on average: {total // count} bytes a "
        f"page in Redis, {sum(sizes) // count} of them the stored page (90 % under {sizes[count * 9 // 10]})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(missing.told(main))
