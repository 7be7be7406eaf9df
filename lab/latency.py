"""How long a caller waits: from POST to answer on an idle service, and for a look at a job when busy."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

import orjson
import uvloop

from config.settings import Settings
from lab import rig, wire
from worker.fetch.fetcher import Fetcher
from worker.fetch.page import FetchRequest
from worker.jobs.options import Options
from worker.runner.cleaners import Cleaners, Task

if TYPE_CHECKING:
    import argparse

SETS = ("wcxb-dev",)
PAUSE = 0.02  # s between two looks
SETTLES_IN = 3.0  # s, after which the workers are saturated
AHEAD = -5  # niceness: who asks should not wait for a core itself, or that is what is measured


async def alone(urls: list[str]) -> list[float]:
    """Seconds to fetch and clean each page, one after the other, with nothing else."""
    settings = Settings.model_validate({"allow_networks": "127.0.0.0/8", "cleaners": 1})
    took = []
    async with Fetcher(settings) as fetcher, Cleaners(settings) as cleaners:
        for url in urls:
            began = time.perf_counter()
            page = await fetcher.fetch(FetchRequest(url))
            await cleaners.clean(Task(page.body, page.url, page.charset, Options(), page.status))
            took.append(time.perf_counter() - began)
    return took


async def posted(service: str, urls: list[str]) -> list[float]:
    """Seconds from POST with Prefer: wait to the answer, one page after the other."""
    line = await wire.dial(service)
    requests = [wire.post("/v1/jobs", orjson.dumps({"url": url}), Prefer="wait=20") for url in urls]
    took = [(await wire.ask(line, request))[0] for request in requests]
    line.close()
    return took


async def looked(service: str, job_ids: list[str], count: int) -> list[float]:
    """Seconds for each of `count` looks at jobs, PAUSE apart."""
    line = await wire.dial(service)
    took = []
    for n in range(count):
        took.append((await wire.ask(line, wire.get(f"/v1/jobs/{job_ids[n % len(job_ids)]}")))[0])
        await asyncio.sleep(PAUSE)
    line.close()
    return took


def row(name: str, seconds: list[float]) -> list[str]:
    """Percentiles in ms."""
    cuts = quantiles(seconds, n=100)
    return [name, str(len(seconds)), *(f"{1000 * ms:.1f}" for ms in (median(seconds), cuts[94], cuts[98]))]


def run(chosen: argparse.Namespace) -> str:
    """The table."""
    with (
        rig.replayed(chosen.data, SETS) as urls,
        rig.standing() as pith,
        pith.client() as api,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        with suppress(PermissionError):
            os.nice(AHEAD)  # after Pith was started, which keeps its own
        rig.heed_niceness(os.getpid())
        some = urls[: chosen.pages]
        apart = runner.run(alone(some))
        runner.run(posted(pith.url, some[:5]))  # awake
        waited = runner.run(posted(pith.url, some))
        batch = api.post("/v1/batches", json={"urls": some}).raise_for_status().json()
        while api.get(batch["links"]["self"]).json()["finished_at"] is None:
            time.sleep(1)
        lines = api.get(batch["links"]["results"]).content.splitlines()
        ids = [orjson.loads(line)["id"] for line in lines]
        idle = runner.run(looked(pith.url, ids, chosen.looks))
        api.post("/v1/batches", json={"urls": urls}).raise_for_status()
        time.sleep(SETTLES_IN)
        busy = runner.run(looked(pith.url, ids, chosen.looks))
    rows = [
        row("fetch and clean, nothing else", apart),
        row("POST with Prefer: wait, idle service", waited),
        row("GET of a finished job, idle", idle),
        row("GET of a finished job, workers saturated", busy),
    ]
    more = 1000 * (median(waited) - median(apart))
    asked = f"the caller at niceness {os.nice(0)}"
    return (
        f"{rig.machine()}; {asked}.\n\n"
        + rig.table(["", "n", "p50 ms", "p95", "p99"], rows)
        + f"\nPOST to answer over fetch and clean: {more:.1f} ms (p50).\n"
    )


def arguments(command: argparse.ArgumentParser) -> None:
    """What `python -m lab.bench latency` takes."""
    command.set_defaults(run=run)
    command.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    command.add_argument("--pages", type=int, default=200, help="pages posted one by one (200)")
    command.add_argument("--looks", type=int, default=1000, help="looks at jobs, idle and busy (1000)")
