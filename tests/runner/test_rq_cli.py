"""RQ's own command line sees, suspends and stops our workers, and a stock RQ worker can run our jobs."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest
import redis
from rq import Worker
from rq.command import send_shutdown_command

from tests.runner.conftest import STOPS_IN, TEXT, until
from tests.runner.test_worker import running
from worker.jobs.model import Status

if TYPE_CHECKING:
    from tests.runner.conftest import Service, Workers
    from tests.site import Site

pytestmark = pytest.mark.anyio


async def test_rq_info_tells_the_truth(site: Site, workers: Workers, service: Service) -> None:
    worker = workers.start(concurrency=2, grace=0.2)
    done = await service.submit(site.url("/page"), site.url("/nowhere"))
    for job_id in done:
        await service.ended(job_id)
    ids = await service.submit(*(site.url(f"/endless?{n}") for n in range(5)))
    await until(lambda: running(service, *ids[:2]))
    await asyncio.sleep(2.2)  # what RQ shows of a worker is at most two seconds old

    busy = workers.rq("info", "--raw").stdout
    assert "queue pith 3, 2 executing, 0 finished, 0 failed" in busy
    assert f" {worker.pid}) busy pith. jobs: 1 finished, 1 failed" in busy

    for job_id in ids:
        await service.store.cancel(job_id, "")
    await asyncio.sleep(3.0)
    idle = workers.rq("info", "--raw").stdout
    assert "queue pith 0, 0 executing, 0 finished, 0 failed" in idle
    assert f" {worker.pid}) idle pith." in idle

    worker.send_signal(signal.SIGTERM)
    worker.wait(STOPS_IN)
    assert "worker" not in workers.rq("info", "--raw").stdout


async def test_rq_suspend_stops_claiming_and_rq_resume_goes_on(
    site: Site, workers: Workers, service: Service
) -> None:
    workers.start()
    await service.ended((await service.submit(site.url("/page")))[0])
    workers.rq("suspend")
    (job_id,) = await service.submit(site.url("/page?2"))

    async def said() -> bool:
        return " suspended pith." in workers.rq("info", "--raw").stdout

    await until(said)
    assert (await service.job(job_id)).status is Status.QUEUED

    workers.rq("resume")
    assert (await service.ended(job_id)).status is Status.DONE


async def test_rqs_shutdown_command_stops_a_worker_gently(
    site: Site, workers: Workers, service: Service
) -> None:
    worker = workers.start()
    (job_id,) = await service.submit(site.url("/slow"))
    await until(lambda: running(service, job_id))

    with redis.Redis.from_url(workers.url) as client:
        (name,) = Worker.all_keys(client)
        for noise in ("no JSON", "[]"):
            client.publish(f"rq:pubsub:{name.removeprefix('rq:worker:')}", noise)
        send_shutdown_command(client, name.removeprefix("rq:worker:"))

    assert worker.wait(STOPS_IN) == 0
    assert (await service.job(job_id)).status is Status.DONE


async def test_a_stock_rq_worker_can_run_our_jobs(site: Site, workers: Workers, service: Service) -> None:
    ids = await service.submit(site.url("/page"), site.url("/nowhere"))

    workers.rq("worker", "pith", "--burst", "--serializer", "json")

    first, second = [await service.job(job_id) for job_id in ids]
    assert TEXT in await service.text(first)
    assert second.error
    assert second.error.code == "http_404"
    assert not {key for key in await service.redis.keys("rq:*") if b"wip" in key or b"rq:job" in key}


async def test_a_killed_worker_is_soon_gone_from_rq_info(
    site: Site, workers: Workers, service: Service
) -> None:
    worker = workers.start()
    await service.ended((await service.submit(site.url("/page")))[0])
    await asyncio.sleep(1.2)

    worker.kill()

    (key,) = await service.redis.smembers("rq:workers")
    assert 0 < await service.redis.ttl(key) <= 15
