"""Clocks are set while real workers work: Redis' own, and a worker's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from config.settings import Settings
from tests.faketime import Clock, needs_faketime
from tests.redis_server import running
from tests.runner.conftest import Service, Workers, until
from worker.jobs.connection import connect
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.site import Site

pytestmark = [pytest.mark.anyio, needs_faketime]

HOUR, DAY = 3600, 86400
JOBS = 40


async def half_done(service: Service, batch_id: str, some: int) -> None:
    async def look() -> bool:
        batch = await service.store.batch(batch_id, "")
        return bool(batch and batch.counts.done >= some)

    await until(look)


async def all_done_once(service: Service, batch_id: str) -> None:
    """None may have failed, and each was tried once: its worker lived all the while."""
    batch = await service.batch_ended(batch_id, within=60)
    assert (batch.counts.done, batch.counts.total) == (JOBS, JOBS)
    results = await service.store.results(batch_id, "", 0, JOBS)
    assert results
    assert [job.attempts for job in results.jobs] == [1] * JOBS


@pytest.mark.parametrize("by", [HOUR, -HOUR, DAY, -DAY])
async def test_the_clock_of_redis_is_set_and_every_job_is_done_once(
    site: Site, tmp_path: Path, short_folder: Path, by: int
) -> None:
    folder = short_folder / f"clock{by}"
    folder.mkdir()
    clock = Clock(folder / "clock")
    workers = Workers(f"unix://{folder / 'valkey.sock'}", tmp_path / "log")
    try:
        with running("valkey", folder, around=clock.environment) as server:
            settings = Settings(redis_url=server.url(), result_ttl=3 * DAY)
            async with connect(settings) as redis:
                service = Service(redis, JobStore(redis, settings))
                for _ in range(2):
                    workers.start(concurrency=4, lease=60, result_ttl=3 * DAY)
                batch = await service.batch(*(site.url(f"/slow?{n}") for n in range(JOBS)))
                await half_done(service, batch, JOBS // 4)
                clock.set(by)
                await half_done(service, batch, JOBS // 2)
                clock.set(0)
                await all_done_once(service, batch)
    finally:
        workers.kill()
        print(workers.log.read_text())


async def test_a_workers_own_clock_is_set_and_every_job_is_done_once(
    site: Site, workers: Workers, service: Service, short_folder: Path
) -> None:
    clock = Clock(short_folder / "worker-clock")
    workers.around = clock.environment
    workers.start(concurrency=4, lease=60)
    batch = await service.batch(*(site.url(f"/slow?{n}") for n in range(JOBS)))
    for some, by in enumerate((HOUR, -HOUR, DAY, -DAY), 1):
        await half_done(service, batch, some * JOBS // 5)
        clock.set(by)
        await asyncio.sleep(0.2)
    await all_done_once(service, batch)
    await until(lambda: beat_a_day_ago(service))


async def beat_a_day_ago(service: Service) -> bool:
    """By the worker's own words: its clock was set indeed."""
    (name,) = await service.redis.smembers("rq:workers")
    told: Any = await service.redis.hget(name, "last_heartbeat")
    beat = datetime.fromisoformat(told.decode())
    return (datetime.now(UTC) - beat).total_seconds() > DAY - HOUR
