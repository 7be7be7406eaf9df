"""Real workers (`python -m worker`) against a real Valkey and a real page server on loopback."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from config.settings import Settings
from tests.site import Site
from worker.jobs.connection import connect
from worker.jobs.model import Job, JobRequest, Status
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

    from redis.asyncio import Redis

    from worker.jobs.batch import Batch

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
STARTS_IN = 90.0  # s; the machine may be very busy
STOPS_IN = 60.0

TEXT = "The mayor said on Monday that the old bridge over the river will be closed for two years."
PAGE = f"<!doctype html><html><body><article><h1>Bridge</h1>{f'<p>{TEXT}</p>' * 8}</article></body></html>"


@dataclass
class Workers:
    """Starts workers; whatever still runs at the end of the test is killed."""

    url: str
    log: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    module: str = "worker"
    around: Mapping[str, str] = field(default_factory=dict)  # of the environment, beside the settings

    def start(self, **settings: object) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", self.module], cwd=ROOT, env=self.environment(**settings), stderr=log
            )
        self.started.append(process)
        return process

    def environment(self, **settings: object) -> dict[str, str]:
        ours = {"allow_networks": "127.0.0.0/8", "cleaners": 1, "retry_base": 0.2, "lease": 2, **settings}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PITH_")}
        chosen = {f"PITH_{name.upper()}": str(value) for name, value in ours.items()}
        return {**kept, **self.around, **chosen, "REDIS_URL": self.url}

    def rq(self, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
        """Run RQ's own command line."""
        command = [str(BIN / "rq"), *arguments]
        environment = self.environment(**settings) | {"RQ_REDIS_URL": self.url}
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60
        )

    def kill(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()


@dataclass
class Service:
    """The caller's side: a store, and patience."""

    redis: Redis
    store: JobStore

    async def submit(self, *urls: str, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109
        requests = [JobRequest(url, timeout=timeout) for url in urls]
        return (await self.store.submit(requests, owner="")).job_ids

    async def batch(self, *urls: str) -> str:
        submitted = await self.store.submit([JobRequest(url) for url in urls], owner="", batch=True)
        assert submitted.batch_id
        return submitted.batch_id

    async def job(self, job_id: str) -> Job:
        job = await self.store.get(job_id, "")
        assert job
        return job

    async def is_running(self, job_id: str) -> bool:
        return (await self.job(job_id)).status is Status.RUNNING

    async def ended(self, job_id: str, within: float = 120.0) -> Job:
        await self.store.wait(job_id, within)
        job = await self.job(job_id)
        assert job.status.ended, job
        return job

    async def text(self, job: Job) -> str:
        page = await self.store.page(job)
        assert page
        return str(page["page"]["text"])

    async def batch_ended(self, batch_id: str, within: float = 180.0) -> Batch:
        async def done() -> Batch | None:
            batch = await self.store.batch(batch_id, "")
            return batch if batch and batch.finished_at else None

        return await until(done, within)


async def until(look: Callable[[], Awaitable[T | None]], within: float = STARTS_IN) -> T:
    """What `look` returns once it is neither None nor False."""
    deadline = time.monotonic() + within
    while not (found := await look()):
        assert time.monotonic() < deadline, f"not within {within} s"
        await asyncio.sleep(0.05)
    return found


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        site.page("/page", PAGE)
        site.page("/slow", PAGE, delay=0.7)
        site.page("/endless", PAGE, delay=60)
        yield site


@pytest.fixture
def workers(redis_url: str, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(redis_url, tmp_path / "worker.log")
    yield workers
    workers.kill()
    print(workers.log.read_text() if workers.log.exists() else "no worker was started")


@pytest.fixture
async def service(redis_url: str) -> AsyncIterator[Service]:
    settings = Settings(redis_url=redis_url)
    async with connect(settings) as redis:
        store = JobStore(redis, settings)
        yield Service(redis, store)
        await store.close()
