"""10,000 pages of a slow host in front of 100 of others: do those end as if they were alone?

    python -m lab.bench fairness [--slow N] [--workers N]

Real workers on pages on loopback; the slow host answers after 10 s and need not be finished.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from config.settings import Settings
from lab import cost, parts, rig
from lab.loopback import site
from worker.jobs.connection import connect
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    import argparse

OTHERS = 100
LATE, SOON = 10.0, 0.3  # s after which the slow host answers, and the others


def pages(base: str, count: int) -> list[str]:
    return [f"{base}?{n}" for n in range(count)]


async def over(store: JobStore, batch_id: str) -> None:
    """Return when the batch has ended."""
    while (batch := await store.batch(batch_id, "")) and batch.finished_at is None:  # noqa: ASYNC110
        await asyncio.sleep(cost.LOOK)


async def seconds(redis_url: str, settings: dict[str, object], slow: int, workers: int) -> float:
    """Until the others have ended, from the moment that they came."""
    given = Settings.model_validate({"redis_url": redis_url, **settings})
    async with connect(given) as redis, site(1, 1, LATE) as late, site(OTHERS + 1, 1, SOON) as quick:
        store = JobStore(redis, given)
        others = quick[1:]  # the first address is the slow host's
        with parts.workers(workers, redis_url, settings):
            await parts.beating(store, workers)
            await over(store, await cost.submit(store, others))  # children are there, hosts known
            if slow:
                await cost.submit(store, pages(late[0], slow))
            began = time.monotonic()
            await over(store, await cost.submit(store, others))
            return time.monotonic() - began


def run(given: argparse.Namespace) -> str:
    """A table in Markdown."""
    body: list[list[str]] = []
    for name, settings in (("2 at once", cost.POLITE), ("no manners", cost.IMPOLITE)):
        times: list[str] = []
        for slow in (0, given.slow):
            with rig.valkey() as url:
                times.append(f"{asyncio.run(seconds(url, settings, slow, given.workers)):.1f}")
        body.append([name, *times])
    head = ["towards each host", "alone, s", f"behind {given.slow} of a slow host, s"]
    return (
        f"{OTHERS} pages of other hosts, answered after .3 s.\n\n{rig.table(head, body)}\n{rig.machine()}.\n"
    )


def arguments(command: argparse.ArgumentParser) -> None:
    """What `python -m lab.bench fairness` takes."""
    command.set_defaults(run=run)
    command.add_argument("--slow", type=int, default=10_000)
    command.add_argument("--workers", type=int, default=1)
