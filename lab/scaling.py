"""Two to eight workers on one queue, each held to 20 pages a second by a cleaning that sleeps."""

from __future__ import annotations

import asyncio
import re
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import Settings
from lab import rig, tiny
from worker.jobs.connection import connect
from worker.jobs.model import JobRequest
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    import argparse

    from worker.jobs.batch import Batch

WORKERS = (2, 4, 8)
EACH = 20  # pages a second that one worker can do: one child, a page at a time
DELAY = 0.3  # s, before the site answers
SLOTS = 16  # of a worker: a second's work is in flight while another is cleaned
LOOK = 0.1  # s


async def through(settings: Settings, urls: list[str], workers: int) -> float:
    """Seconds from the batch's making to its last job's end, all workers standing ready."""
    async with connect(settings) as redis:
        store = JobStore(redis, settings)
        while (await store.ready()).workers < workers:  # noqa: ASYNC110  (they are other processes)
            await asyncio.sleep(LOOK)
        made = await store.submit([JobRequest(url) for url in urls], owner="", batch=True)
        assert made.batch_id is not None  # noqa: S101  (a batch)
        batch: Batch | None = None
        while batch is None or batch.finished_at is None:
            await asyncio.sleep(LOOK)
            batch = await store.batch(made.batch_id, "")
        return batch.finished_at - batch.created_at


def rate(urls: list[str], workers: int) -> float:
    """Pages a second of so many workers."""
    settings = {"PITH_CLEANERS": 1, "PITH_CONCURRENCY": SLOTS}
    with rig.valkey() as url, ExitStack() as started:
        for _ in range(workers):
            command = ["lab.sleeper", str(1 / EACH)]
            started.enter_context(rig.started(command, re.compile("(ready)"), REDIS_URL=url, **settings))
        took = asyncio.run(through(Settings(redis_url=url), urls, workers))
    return len(urls) / took


def run(chosen: argparse.Namespace) -> str:
    """The table."""
    most = max(WORKERS) * EACH * chosen.seconds
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        tiny.write(Path(folder), most)
        with rig.replayed(Path(folder), [tiny.SET], delay=DELAY) as urls:
            for workers in WORKERS:
                found = rate(urls[: workers * EACH * chosen.seconds], workers)
                rows.append([workers, f"{found:.1f}", workers * EACH, f"{found / workers / EACH:.3f}"])
    return f"{rig.machine()}\n\n" + rig.table(["workers", "pages/s", "at most", "share"], rows)


def arguments(command: argparse.ArgumentParser) -> None:
    """What `python -m lab.bench scaling` takes."""
    command.set_defaults(run=run)
    command.add_argument("--seconds", type=int, default=20, help="of work for each run (20)")
