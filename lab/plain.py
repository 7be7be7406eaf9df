"""The same fetcher and the same cleaning pool with no queue between: what the service is measured against.

Reads URLs from standard input, keeps `PITH_CONCURRENCY` in flight, and prints JSON: seconds, and CPU by role.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING

import orjson
import uvloop

from config.settings import Settings, load
from lab.proc import Watch
from worker.fetch.fetcher import Fetcher
from worker.fetch.page import FetchRequest
from worker.jobs.options import Options
from worker.runner.cleaners import Cleaners, Task

if TYPE_CHECKING:
    from collections.abc import Iterator


async def attend(urls: Iterator[str], fetcher: Fetcher, cleaners: Cleaners) -> None:
    """One page after the other; what is stored elsewhere is let go here."""
    for url in urls:
        page = await fetcher.fetch(FetchRequest(url))
        await cleaners.clean(
            Task(page.body, page.url, page.charset, Options(), page.status, page.content_type)
        )


async def run(settings: Settings, urls: Iterator[str]) -> dict[str, object]:
    """All pages, and what they took."""
    async with Fetcher(settings) as fetcher, Cleaners(settings) as cleaners:
        watch = Watch(os.getpid())
        watch.look()
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(settings.concurrency):
                group.create_task(attend(urls, fetcher, cleaners))
        seconds = time.perf_counter() - began
        watch.look()
    return {"seconds": seconds, "cpu": watch.cpu()}


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(orjson.dumps(runner.run(run(load(), iter(sys.stdin.read().split())))).decode())
