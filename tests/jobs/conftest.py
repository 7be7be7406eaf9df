"""A store and two workers' queues on an empty database; each test runs over every server of this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from config.settings import Settings
from worker.jobs import pages
from worker.jobs.connection import connect
from worker.jobs.model import Claim, Done, Failed, Failure, Job, JobRequest
from worker.jobs.queue import JobQueue
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from redis.asyncio import Redis

    from worker.jobs.hosts import Heard
    from worker.jobs.options import Options

# These tests are of the queue itself; test_hosts.py is of manners.
IMPOLITE: dict[str, Any] = {"host_concurrency": 0, "host_delay": 0.0, "robots": "off"}
PAGE = {"page": {"text": "What a person came to read."}, "receipts": []}


@dataclass
class Desk:
    """What a test works with. `with_settings` gives another one on the same database."""

    redis: Redis
    settings: Settings
    store: JobStore = field(init=False)
    ours: JobQueue = field(init=False)
    theirs: JobQueue = field(init=False)

    def __post_init__(self) -> None:
        self.store = JobStore(self.redis, self.settings)
        self.ours = JobQueue(self.redis, self.settings, "ours")
        self.theirs = JobQueue(self.redis, self.settings, "theirs")

    def with_settings(self, **changes: object) -> Desk:
        return Desk(
            self.redis, Settings.model_validate({**self.settings.model_dump(exclude_unset=True), **changes})
        )

    def reading(self, environment: dict[str, object]) -> Desk:
        """Another one with just these settings, as an operator chose them."""
        return Desk(self.redis, Settings.model_validate(environment))

    async def submit(self, *urls: str, owner: str = "", options: Options | None = None) -> tuple[str, ...]:
        requests = [JobRequest(url, options) if options else JobRequest(url) for url in urls]
        return (await self.store.submit(requests, owner=owner)).job_ids

    async def batch(self, *urls: str) -> str:
        submitted = await self.store.submit([JobRequest(url) for url in urls], owner="", batch=True)
        assert submitted.batch_id
        return submitted.batch_id

    async def job(self, job_id: str, owner: str = "") -> Job:
        job = await self.store.get(job_id, owner)
        assert job
        return job

    async def claim(self, count: int = 10) -> tuple[Claim, ...]:
        return (await self.ours.claim(count)).claims

    async def claim_one(self) -> Claim:
        (claim,) = await self.claim()
        return claim

    async def keys(self, pattern: str = "*") -> set[str]:
        return {bytes(key).decode() for key in await self.redis.keys(pattern)}  # type: ignore[arg-type]


def done(claim: Claim, text: str = "What a person came to read.", *, heard: Heard | None = None) -> Done:
    return Done(claim, pages.pack({"page": {"text": text}, "receipts": []}), heard=heard)


def failed(claim: Claim, code: str = "http_404", *, heard: Heard | None = None) -> Failed:
    return Failed(claim, Failure(code, "A sentence."), heard)


def urls(host: str, count: int) -> list[str]:
    return [f"https://{host}/{n}" for n in range(count)]


def hosts(claims: Sequence[Claim]) -> list[str]:
    return [claim.host for claim in claims]


async def commands(redis: Redis) -> int:
    stats = await redis.info("commandstats")
    return sum(int(stats[name]["calls"]) for name in stats if name != "cmdstat_info")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def desk(any_redis_url: str) -> AsyncIterator[Desk]:
    settings = Settings(redis_url=any_redis_url, **IMPOLITE)
    async with connect(settings) as redis:
        desk = Desk(redis, settings)
        yield desk
        await desk.store.close()
