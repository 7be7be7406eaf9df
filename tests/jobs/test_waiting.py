from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from config.settings import Settings
from tests.jobs.conftest import done
from tests.redis_server import running
from worker.jobs.connection import RedisUnusable, check, connect
from worker.jobs.model import JobRequest, Readiness
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio

FOR_EVER = 3600.0  # s; the time limit of a test is far shorter


async def test_waiting_ends_with_the_job(desk: Desk) -> None:
    ids = await desk.submit("https://example.org/1", "https://example.org/2")
    claims = await desk.claim()
    waits = asyncio.gather(*(desk.store.wait(job_id, FOR_EVER) for job_id in ids))
    await asyncio.sleep(0.2)

    await desk.ours.finish([done(claim) for claim in claims])
    await waits


async def test_waiting_ends_when_its_time_is_up(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/")
    began = time.monotonic()

    await desk.store.wait(job_id, 0.2)

    assert time.monotonic() - began > 0.15


async def test_waiting_for_what_has_ended_or_never_was_returns_at_once(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/")
    await desk.ours.finish([done(await desk.claim_one())])

    await desk.store.wait(job_id, FOR_EVER)
    await desk.store.wait("nonsense", FOR_EVER)


async def test_readiness_counts_the_workers_that_beat(desk: Desk) -> None:
    await desk.redis.sadd("rq:workers:pith", "rq:worker:a", "rq:worker:dead")
    assert await desk.store.ready() == Readiness(redis=True, workers=0)

    await desk.redis.hset("rq:worker:a", "state", "idle")
    assert (await desk.store.ready()).ready


async def test_a_redis_that_wants_another_password_says_where_it_belongs(short_folder: Path) -> None:
    folder = short_folder / "locked"
    folder.mkdir()
    with running("valkey", folder) as server:
        with Redis.from_url(server.url()) as by_hand:
            by_hand.config_set("requirepass", "a secret")
        for url in (server.url(), server.url().replace("//", "//:wrong@")):
            settings = Settings(redis_url=url)
            async with connect(settings) as redis:
                with pytest.raises(RedisUnusable, match="wants another name or password"):
                    await check(redis, settings)


async def test_a_redis_that_is_not_there_is_not_ready_and_is_named_without_its_password() -> None:
    settings = Settings(redis_url="redis://user:secret@127.0.0.1:1/0")
    async with connect(settings) as redis:
        assert await JobStore(redis, settings).ready() == Readiness(redis=False, workers=0)
        with pytest.raises(RedisUnusable, match=r"redis://127\.0\.0\.1:1/0") as unusable:
            await check(redis, settings)
    assert "secret" not in str(unusable.value)


async def test_a_worker_knows_whether_the_caller_stays_on_the_line(desk: Desk) -> None:
    for awaited in (True, False):
        await desk.store.submit([JobRequest("https://example.org/", awaited=awaited)], owner="")
        claim = await desk.claim_one()
        assert claim.awaited is awaited
        await desk.ours.finish([done(claim)])
