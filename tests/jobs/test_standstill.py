"""However many ask a server that stands still, and however they reach it, each is told in time."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSlow

from config.settings import Settings
from tests.hurry import HurriedLoop
from tests.standstill import Stoppable, stoppable
from worker.jobs.connection import ANSWERS_CALLERS_IN, CONNECTIONS, connect
from worker.jobs.model import JobRequest
from worker.jobs.store import LOOK_AGAIN, JobStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from redis.asyncio import Redis

CALLERS = 3 * CONNECTIONS


@pytest.fixture(scope="module")
def server() -> Iterator[Stoppable]:
    with tempfile.TemporaryDirectory(prefix="pith-", dir="/tmp") as folder, stoppable(Path(folder)) as server:
        yield server


async def one_command(redis: Redis) -> object:
    return await redis.hgetall("nothing")


async def a_script(redis: Redis) -> object:
    return await redis.register_script("return 1")()


async def a_pipeline(redis: Redis) -> object:
    async with redis.pipeline(transaction=False) as pipe:
        pipe.get("nothing")
        return await pipe.execute()


async def told_after(call: Awaitable[object]) -> float:
    """By the loop's clock."""
    began = asyncio.get_running_loop().time()
    with pytest.raises(RedisSlow):
        await call
    return asyncio.get_running_loop().time() - began


@pytest.mark.parametrize("way", ["unix", "tcp"])
@pytest.mark.parametrize("connected", [0, 1, CONNECTIONS])
@pytest.mark.parametrize("call", [one_command, a_script, a_pipeline])
def test_all_callers_are_told_in_time_and_none_keeps_a_connection(
    server: Stoppable, way: str, connected: int, call: Callable[[Redis], Awaitable[object]]
) -> None:
    async def ask() -> None:
        async with connect(Settings(redis_url=server.urls[way]), ANSWERS_CALLERS_IN) as redis:
            await asyncio.gather(*(redis.ping() for _ in range(connected)))
            with server.standing_still():
                for _ in range(2):  # the second time nobody is connected
                    times = await asyncio.gather(*(told_after(call(redis)) for _ in range(CALLERS)))
                    assert times == pytest.approx([ANSWERS_CALLERS_IN] * CALLERS)
            await asyncio.gather(*(call(redis) for _ in range(CALLERS)))

    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        runner.run(ask())


@pytest.mark.parametrize("listening", [True, False])
def test_who_waits_for_a_job_hears_that_nothing_can_be_heard(server: Stoppable, *, listening: bool) -> None:
    async def ask() -> None:
        settings = Settings(redis_url=server.urls["unix"])
        async with connect(settings, ANSWERS_CALLERS_IN) as redis:
            store = JobStore(redis, settings)
            (job_id,) = (await store.submit([JobRequest("https://example.com/")], owner="")).job_ids
            if listening:
                await store.wait(job_id, 0.1)
            with server.standing_still():
                assert await told_after(store.wait(job_id, 60)) <= LOOK_AGAIN + ANSWERS_CALLERS_IN + 0.1
            await store.close()

    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        runner.run(ask())


def test_a_server_whose_backlog_is_full_is_away_at_once() -> None:
    async def ask(server: Stoppable) -> None:
        async with connect(Settings(redis_url=server.urls["unix"]), ANSWERS_CALLERS_IN) as redis:
            with server.standing_still():
                said = await asyncio.gather(
                    *(redis.ping() for _ in range(CONNECTIONS)), return_exceptions=True
                )
            assert {type(error) for error in said} == {RedisAway, RedisSlow}

    with (
        tempfile.TemporaryDirectory(prefix="pith-", dir="/tmp") as folder,
        stoppable(Path(folder), "--tcp-backlog", "5") as server,
        asyncio.Runner(loop_factory=HurriedLoop) as runner,
    ):
        runner.run(ask(server))
