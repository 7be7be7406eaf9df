"""Who notices that the server's clock was set, and what else goes by it."""

from __future__ import annotations

import pytest

from tests.faketime import needs_faketime
from tests.jobs.clock.conftest import BACK, DAY, EITHER_WAY, HOUR, Office
from tests.jobs.conftest import done
from worker.jobs.model import Again, Failure, Idempotency, JobRequest, Status
from worker.jobs.queue import JobQueue
from worker.jobs.rates import Rates

pytestmark = [pytest.mark.anyio, needs_faketime]


@BACK
async def test_a_dead_worker_is_known_to_be_dead_in_its_time(office: Office, by: int) -> None:
    redis = office.desk.redis
    await redis.hset("rq:worker:dead", "state", "busy")
    await redis.expire("rq:worker:dead", 15)  # as its last heartbeat did
    await redis.sadd("rq:workers:pith", "rq:worker:dead")
    await office.jump(by)

    await office.desk.ours.sweep()

    assert 0 < await redis.ttl("rq:worker:dead") <= 15


async def test_a_worker_that_is_new_notices_a_clock_that_was_set_back(office: Office) -> None:
    desk = office.desk
    (job_id,) = await desk.submit("https://example.org/")
    await desk.ours.finish([Again(await desk.claim_one(), Failure("http_503", "Busy."), 0.1)])
    await office.jump(-HOUR)

    desk.ours = JobQueue(desk.redis, desk.settings, "fresh")
    assert [claim.job_id for claim in await office.claimed()] == [job_id]


async def test_a_clock_is_mended_once_by_however_many_workers(office: Office) -> None:
    desk = office.desk
    (job_id,) = await desk.submit("https://example.org/")
    created = (await desk.job(job_id)).created_at
    await office.jump(HOUR)

    for queue in (desk.ours, desk.theirs, desk.ours, JobQueue(desk.redis, desk.settings, "fresh")):
        await queue.sweep()
    assert abs((await desk.job(job_id)).created_at - created - HOUR) < 5


@EITHER_WAY
async def test_a_clock_that_is_set_there_and_back_between_two_sweeps_is_mended_twice(
    office: Office, by: int
) -> None:
    office.desk = desk = office.desk.with_settings(queue_timeout=HOUR / 2)
    job_ids = await desk.submit("https://example.org/1", "https://example.org/2")
    created = (await desk.job(job_ids[1])).created_at
    await office.jump(by)
    (first,) = await desk.claim(1)
    await office.turn(0)

    (second,) = await desk.claim(1)

    assert (first.job_id, second.job_id) == job_ids
    assert 100 < second.left <= desk.settings.job_timeout
    assert abs((await desk.job(job_ids[1])).created_at - created) <= 5
    assert await desk.ours.renew([first, second]) == ()


async def test_an_hour_in_which_no_worker_ran_has_passed(office: Office) -> None:
    desk = office.desk.with_settings(queue_timeout=HOUR / 2)
    (job_id,) = await desk.submit("https://example.org/")
    await office.turn(HOUR)

    await desk.theirs.sweep()  # a new worker: it cannot tell

    error = (await desk.job(job_id)).error
    assert error
    assert error.code == "queue_timeout"


async def test_a_worker_that_slept_for_an_hour_sets_no_clock(office: Office) -> None:
    desk = office.desk
    (job_id,) = await desk.submit("https://example.org/")
    created = (await desk.job(job_id)).created_at
    await desk.ours.sweep()
    await office.turn(HOUR)
    await desk.theirs.sweep()  # awake: it swept all the while

    await desk.ours.sweep()

    assert (await desk.job(job_id)).created_at == created


@EITHER_WAY
async def test_the_same_key_gets_the_same_job_while_its_answer_is_kept(office: Office, by: int) -> None:
    desk = office.desk.with_settings(result_ttl=2 * DAY)

    async def submit() -> tuple[str, ...]:
        request = JobRequest("https://example.org/")
        return (await desk.store.submit([request], owner="", idempotency=Idempotency("k", "d"))).job_ids

    first = await submit()
    await office.jump(by)

    assert await submit() == first
    await desk.ours.sweep()
    assert await submit() == first


@BACK
async def test_a_bucket_that_is_empty_fills_at_its_pace(office: Office, by: int) -> None:
    rates = Rates(office.desk.redis, 60)
    while (await rates.take("anna")).taken:
        pass
    await office.jump(by)

    assert (await rates.take("anna")).more_in <= 1.0


@BACK
async def test_a_page_from_the_future_is_not_taken_for_a_fresh_one(office: Office, by: int) -> None:
    desk = office.desk
    await desk.submit("https://example.org/")
    await desk.ours.finish([done(await desk.claim_one())])
    await office.jump(by)

    made = await desk.store.submit([JobRequest("https://example.org/", max_age=60)], owner="")
    assert (await desk.job(made.job_ids[0])).status is Status.QUEUED
