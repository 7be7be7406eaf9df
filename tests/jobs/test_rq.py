"""What RQ's own code makes of our jobs: they are real RQ jobs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import redis
from rq import Queue
from rq.job import Job, JobStatus
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from tests.jobs.conftest import done
from worker.jobs.model import Again, Failure, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio


@pytest.fixture
def connection(any_redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(any_redis_url) as client:
        yield client


def fetch(job_id: str, connection: redis.Redis) -> Job:
    return Job.fetch(job_id, connection=connection, serializer=JSONSerializer)


async def test_a_queued_job_is_one_that_a_stock_worker_can_run(desk: Desk, connection: redis.Redis) -> None:
    (job_id,) = await desk.submit("https://example.org/")

    queue = Queue("pith", connection=connection, serializer=JSONSerializer)
    assert Queue.all(connection) == [queue]
    assert queue.job_ids == [job_id]
    job = fetch(job_id, connection)
    assert (job.func_name, job.args, job.origin) == ("worker.runner.single.run", [job_id], "pith")
    assert callable(job.func)
    assert job.get_status() is JobStatus.QUEUED
    assert job.result_ttl == 0


async def test_a_claimed_job_is_started_in_rqs_registry_and_a_parked_one_is_not(
    desk: Desk, connection: redis.Redis
) -> None:
    (job_id,) = await desk.submit("https://example.org/")
    claim = await desk.claim_one()
    registry = StartedJobRegistry("pith", connection=connection, serializer=JSONSerializer)

    assert registry.get_job_ids() == [job_id]
    job = fetch(job_id, connection)
    assert (job.get_status(), job.worker_name) == (JobStatus.STARTED, "ours")

    await desk.ours.finish([Again(claim, Failure("x", ""), 60)])
    assert registry.get_job_ids() == []
    assert fetch(job_id, connection).get_status() is JobStatus.SCHEDULED


async def test_rqs_registry_cleanup_puts_an_abandoned_job_back_and_it_can_be_claimed(
    desk: Desk, connection: redis.Redis
) -> None:
    hasty = desk.with_settings(lease=0.1)
    (job_id,) = await hasty.submit("https://example.org/")
    await hasty.claim_one()
    await asyncio.sleep(1.2)  # RQ counts in whole seconds

    StartedJobRegistry("pith", connection=connection, serializer=JSONSerializer).cleanup()

    assert Queue("pith", connection=connection).job_ids == [job_id]
    claim = await desk.claim_one()
    assert (claim.job_id, claim.attempt, claim.lost) == (job_id, 2, 1)
    await desk.ours.finish([done(claim)])
    assert (await desk.job(job_id)).status is Status.DONE


async def test_nothing_of_rqs_is_left_of_a_job_that_has_ended(desk: Desk) -> None:
    await desk.submit("https://example.org/1", "https://example.org/2")
    one, two = await desk.claim()
    await desk.ours.finish([done(one)])
    await desk.store.cancel(two.job_id, "")

    assert await desk.keys("rq:*") == {"rq:queues"}
