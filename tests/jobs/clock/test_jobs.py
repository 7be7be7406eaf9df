"""The server's clock is set while jobs are on their way: none is lost, fails for it, or waits for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.faketime import needs_faketime
from tests.jobs.clock.conftest import BACK, EITHER_WAY, NOTHING, Office
from tests.jobs.conftest import done, urls
from worker.jobs.hosts import Heard
from worker.jobs.model import Again, Failure, Status

pytestmark = [pytest.mark.anyio, needs_faketime]


@EITHER_WAY
async def test_a_job_that_a_worker_holds_stays_its_own(office: Office, by: int) -> None:
    desk = office.desk
    batch = await desk.batch("https://example.org/1", "https://example.org/2")
    first, second = await desk.claim()
    await office.jump(by)

    swept = await desk.theirs.sweep()
    assert abs(swept.jumped - by) <= 5
    assert replace(swept, jumped=0) == NOTHING
    assert await desk.ours.renew([first, second]) == ()
    assert await desk.theirs.sweep() == NOTHING
    assert await desk.ours.finish([done(first), done(second)]) == (True, True)

    found = await desk.store.batch(batch, "")
    assert found
    assert (found.counts.done, found.status) == (2, Status.DONE)
    assert found.finished_at
    assert found.created_at <= found.finished_at < found.created_at + 60
    job = await desk.job(first.job_id)
    assert job.started_at
    assert job.finished_at
    assert job.created_at <= job.started_at <= job.finished_at < job.created_at + 60


@EITHER_WAY
async def test_the_lease_of_a_dead_worker_runs_out_in_its_time(office: Office, by: int) -> None:
    desk = office.desk.with_settings(lease=0.5)
    (job_id,) = await desk.submit("https://example.org/")
    await desk.claim()
    await office.jump(by)
    await asyncio.sleep(0.6)

    assert (await office.desk.theirs.sweep()).put_back == 1

    (claim,) = await desk.claim()
    assert claim.job_id == job_id
    assert 100 < claim.left <= desk.settings.job_timeout


@EITHER_WAY
async def test_a_parked_job_comes_back_when_it_was_to(office: Office, by: int) -> None:
    desk = office.desk
    (job_id,) = await desk.submit("https://example.org/")
    await desk.ours.finish([Again(await desk.claim_one(), Failure("http_503", "Busy."), 1.0)])
    await office.jump(by)

    assert await desk.claim() == ()
    not_before = (await desk.job(job_id)).not_before
    assert not_before
    assert abs(not_before - (await desk.redis.time())[0]) <= 2
    (claim,) = await office.claimed()
    assert claim.job_id == job_id
    assert 100 < claim.left <= desk.settings.job_timeout


@EITHER_WAY
async def test_a_queued_job_waits_no_longer_and_no_shorter(office: Office, by: int) -> None:
    office.desk = desk = office.desk.with_settings(queue_timeout=1.5)
    (job_id,) = await desk.submit("https://example.org/")
    await office.jump(by)

    assert (await desk.theirs.sweep()).failed == 0
    assert (await desk.job(job_id)).status is Status.QUEUED
    await asyncio.sleep(1.6)
    assert (await desk.theirs.sweep()).failed == 1


@EITHER_WAY
async def test_a_host_that_asked_for_a_rest_has_it_and_no_longer_one(office: Office, by: int) -> None:
    office.desk = desk = office.desk.with_settings(host_concurrency=1)
    await desk.submit(*urls("a.org", 3))
    (first,) = await desk.claim()
    await desk.ours.finish([done(first, heard=Heard(answered=True, rest=1.0))])
    await desk.claim()
    await office.jump(by)

    assert await desk.claim() == ()
    (second,) = await office.claimed()
    await desk.ours.finish([done(second)])
    assert len(await office.claimed()) == 1


@EITHER_WAY
async def test_a_run_of_a_host_goes_on_and_its_next_turn_comes(office: Office, by: int) -> None:
    office.desk = desk = office.desk.with_settings(host_delay=0.2)
    await desk.batch(*urls("a.org", 30))
    (scout,) = await desk.claim()
    await desk.ours.finish([done(scout, heard=Heard(answered=True, took=0.01))])
    claims = await office.claimed()
    assert len(claims) > 2
    await office.jump(by)

    assert await desk.ours.renew(claims) == ()
    assert await desk.ours.finish([done(claim) for claim in claims]) == (True,) * len(claims)
    assert await office.claimed()


@EITHER_WAY
async def test_a_job_that_was_put_back_waits_on(office: Office, by: int) -> None:
    desk = office.desk.with_settings(lease=0.05)
    (job_id,) = await desk.submit("https://example.org/")
    await desk.claim()
    await asyncio.sleep(0.06)
    assert (await desk.theirs.sweep()).put_back == 1
    await office.jump(by)

    assert (await office.desk.ours.sweep()).failed == 0
    assert [claim.job_id for claim in await desk.claim()] == [job_id]


@BACK
async def test_the_slot_of_a_cancelled_job_is_free_in_its_time(office: Office, by: int) -> None:
    office.desk = desk = office.desk.with_settings(lease=0.5, host_concurrency=1)
    first, second = await desk.submit(*urls("a.org", 2))
    await desk.claim()
    await desk.store.cancel(first, "")
    await office.jump(by)

    assert [claim.job_id for claim in await office.claimed()] == [second]


@BACK
async def test_jobs_of_before_go_before_those_of_after(office: Office, by: int) -> None:
    office.desk = desk = office.desk.with_settings(host_concurrency=1)
    await desk.submit(*urls("a.org", 3))
    (first,) = await desk.claim()
    await desk.claim()  # the others wait for their host now
    await office.jump(by)
    (late,) = await desk.submit("https://a.org/late")
    await desk.ours.sweep()

    order = []
    for _ in range(3):
        await desk.ours.finish([done(first)])
        (first,) = await office.claimed()
        order.append(first.job_id)
    assert order[-1] == late
