"""Workers that stop, die, or lose their Redis; no job is lost and none counts twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from tests.redis_server import running as redis_running
from tests.runner.conftest import ROOT, STOPS_IN, Service, Workers, until
from tests.runner.test_worker import running
from tests.standstill import stoppable
from worker.jobs.connection import connect
from worker.jobs.model import Status
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    from tests.site import Site

pytestmark = pytest.mark.anyio


async def test_sigterm_lets_pages_in_flight_end(site: Site, workers: Workers, service: Service) -> None:
    worker = workers.start(concurrency=2)
    ids = await service.submit(*(site.url(f"/slow?{n}") for n in range(4)))
    await until(lambda: running(service, *ids[:2]))

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(STOPS_IN) == 0
    statuses = [(await service.job(job_id)).status for job_id in ids]
    assert statuses == [Status.DONE, Status.DONE, Status.QUEUED, Status.QUEUED]
    assert await service.redis.smembers("rq:workers") == set()


async def test_what_does_not_end_in_the_grace_time_goes_back_to_the_front_uncounted(
    site: Site, workers: Workers, service: Service
) -> None:
    worker = workers.start(concurrency=2, grace=0.3)
    ids = await service.submit(*(site.url(f"/endless?{n}") for n in range(4)))
    await until(lambda: running(service, *ids[:2]))

    worker.send_signal(signal.SIGINT)

    assert worker.wait(STOPS_IN) == 0
    jobs = [await service.job(job_id) for job_id in ids]
    assert [(job.status, job.attempts) for job in jobs] == [(Status.QUEUED, 0)] * 4
    queue = await service.redis.lrange("rq:queue:pith", 0, -1)
    assert queue == [job_id.encode() for job_id in ids]


async def test_a_second_signal_stops_at_once(site: Site, workers: Workers, service: Service) -> None:
    worker = workers.start(grace=3600)
    (job_id,) = await service.submit(site.url("/endless"))
    await until(lambda: running(service, job_id))

    worker.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.3)
    assert worker.poll() is None
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(STOPS_IN) == 0
    assert (await service.job(job_id)).status is Status.QUEUED


async def test_after_kill_9_other_workers_end_every_job_once(
    site: Site, workers: Workers, service: Service
) -> None:
    victim = workers.start(concurrency=8)
    batch = await service.batch(*(site.url(f"/slow?{n}") for n in range(50)))

    async def half_way() -> bool:
        found = await service.store.batch(batch, "")
        return bool(found and found.counts.done >= 8 and found.counts.running)

    await until(half_way)
    victim.kill()
    workers.start(concurrency=8)

    counts = (await service.batch_ended(batch)).counts
    assert (counts.done, counts.total) == (50, 50)
    ended = await service.redis.lrange(f"pith:batch:{batch}:ended", 0, -1)
    assert len(ended) == len(set(ended)) == 50


@pytest.mark.skipif(sys.platform != "linux", reason="looks for children in /proc")
async def test_the_cleaning_children_of_a_killed_worker_end_too(
    site: Site, workers: Workers, service: Service
) -> None:
    worker = workers.start(cleaners=2)
    await service.ended((await service.submit(site.url("/page")))[0])
    children = descendants(worker.pid)
    assert len(children) >= 3  # the fork server and two children

    worker.kill()
    worker.wait()

    async def gone() -> bool:
        return not any(alive(pid) for pid in children)

    await until(gone)


async def test_a_redis_that_goes_away_and_comes_back_loses_no_job(
    site: Site, tmp_path: Path, short_folder: Path
) -> None:
    options = ("--appendonly", "yes", "--appendfsync", "always")
    folder = short_folder / "outage"
    folder.mkdir()
    workers = Workers(f"unix://{folder / 'valkey.sock'}", tmp_path / "log")
    try:
        with redis_running("valkey", folder, *options) as server:
            service = await _service(server.url())
            worker = workers.start(concurrency=4)
            batch = await service.batch(*(site.url(f"/slow?{n}") for n in range(12)))
            await until(lambda: _some_running(service, batch))
            await service.redis.aclose()
        await asyncio.sleep(1.5)  # outcomes wait in the worker meanwhile
        with redis_running("valkey", folder, *options) as server:
            service = await _service(server.url())
            counts = (await service.batch_ended(batch)).counts
            assert counts.done == 12
            assert worker.poll() is None
            await service.redis.aclose()
    finally:
        workers.kill()
        print(workers.log.read_text())


async def test_a_worker_stops_while_redis_stands_still(
    site: Site, tmp_path: Path, short_folder: Path
) -> None:
    folder = short_folder / "still"
    folder.mkdir()
    with stoppable(folder) as server:
        workers = Workers(server.urls["unix"], tmp_path / "log")
        service = await _service(server.urls["unix"])
        try:
            worker = workers.start(grace=0.3)
            (job_id,) = await service.submit(site.url("/endless"))
            await until(lambda: running(service, job_id))
            with server.stopped():
                worker.send_signal(signal.SIGTERM)
                assert worker.wait(STOPS_IN) == 0
        finally:
            workers.kill()
            await service.redis.aclose()


async def _service(url: str) -> Service:
    settings = Settings(redis_url=url)
    redis = connect(settings)
    return Service(redis, JobStore(redis, settings))


async def _some_running(service: Service, batch_id: str) -> bool:
    batch = await service.store.batch(batch_id, "")
    return bool(batch and batch.counts.running)


@pytest.mark.parametrize(
    ("environment", "code", "said"),
    [
        ({"REDIS_URL": "redis://:secret@127.0.0.1:1/0"}, 1, "no Redis at redis://127.0.0.1:1/0 (REDIS_URL)"),
        ({"PITH_CONCURENCY": "3"}, 2, "unknown setting PITH_CONCURENCY"),
    ],
    ids=["no-redis", "unknown-setting"],
)
def test_a_worker_that_cannot_start_says_why_in_one_line(
    environment: dict[str, str], code: int, said: str
) -> None:
    command = [sys.executable, "-m", "worker"]
    result = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert result.returncode == code
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert "secret" not in result.stderr


def descendants(pid: int) -> set[int]:
    parents = {int(path.name): parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found = {pid}
    while more := {child for child, its in parents.items() if its in found} - found:
        found |= more
    return found - {pid}


def parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
