from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import done
from worker.jobs.model import Status, Swept

if TYPE_CHECKING:
    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio


async def test_a_job_whose_worker_died_goes_to_another(desk: Desk) -> None:
    hasty = desk.with_settings(lease=0.1)
    (job_id,) = await hasty.submit("https://example.org/")
    await hasty.claim_one()
    assert await hasty.theirs.sweep() == Swept(0, 0, 0)
    await asyncio.sleep(0.15)

    assert await hasty.theirs.sweep() == Swept(put_back=1, failed=0, found=0)
    (claim,) = (await hasty.theirs.claim(1)).claims
    assert (claim.job_id, claim.attempt) == (job_id, 2)


async def test_a_renewed_lease_holds(desk: Desk) -> None:
    hasty = desk.with_settings(lease=0.3)
    await hasty.submit("https://example.org/")
    claim = await hasty.claim_one()
    for _ in range(4):
        await asyncio.sleep(0.1)
        assert await hasty.ours.renew([claim]) == ()

    assert await hasty.theirs.sweep() == Swept(0, 0, 0)


async def test_any_number_of_leases_is_renewed_in_one_call(desk: Desk) -> None:
    await desk.submit(*(f"https://example.org/{n}" for n in range(3)))
    kept, cancelled, last = await desk.claim()
    await desk.store.cancel(cancelled.job_id, "")

    many = [kept] * 10_000
    assert await desk.ours.renew([*many, cancelled, last, cancelled]) == (cancelled, cancelled)


async def test_a_lost_lease_is_told_at_the_next_renewal(desk: Desk) -> None:
    await desk.submit("https://example.org/1", "https://example.org/2")
    kept, lost = await desk.claim()
    await desk.store.cancel(lost.job_id, "")

    assert await desk.ours.renew([kept, lost]) == (lost,)


async def test_a_job_that_kills_its_workers_fails_in_the_end(desk: Desk) -> None:
    hasty = desk.with_settings(lease=0.05, max_losses=2)
    (job_id,) = await hasty.submit("https://example.org/")
    for _ in range(2):
        await hasty.claim_one()
        await asyncio.sleep(0.08)
        await hasty.ours.sweep()

    job = await desk.job(job_id)
    assert job.status is Status.FAILED
    assert job.error
    assert job.error.code == "worker_lost"


async def test_the_clock_of_a_job_stands_still_while_everything_is_down(desk: Desk) -> None:
    hasty = desk.with_settings(lease=0.1, job_timeout=0.4)
    (job_id,) = await hasty.submit("https://example.org/")
    await hasty.claim_one()
    await asyncio.sleep(0.6)  # past lease and deadline: nobody swept, the whole service was down

    await hasty.ours.sweep()

    claim = await hasty.claim_one()
    assert claim.job_id == job_id
    assert 0.2 < claim.left <= 0.31


async def test_a_running_job_past_its_deadline_fails_in_the_sweep(desk: Desk) -> None:
    hasty = desk.with_settings(job_timeout=0.1)
    (job_id,) = await hasty.submit("https://example.org/")
    claim = await hasty.claim_one()
    await asyncio.sleep(0.15)

    assert await hasty.theirs.sweep() == Swept(put_back=0, failed=1, found=0)

    job = await desk.job(job_id)
    assert job.error
    assert job.error.code == "deadline_exceeded"
    assert await desk.ours.finish([done(claim)]) == (False,)


async def test_a_queued_job_past_the_queue_timeout_fails_in_the_sweep(desk: Desk) -> None:
    hasty = desk.with_settings(queue_timeout=0.1)
    batch = await hasty.batch("https://example.org/1", "https://example.org/2")
    await asyncio.sleep(0.15)

    assert (await hasty.ours.sweep()).failed == 2

    found = await desk.store.batch(batch, "")
    assert found
    assert (found.counts.failed, found.status) == (2, Status.DONE)


async def test_released_jobs_are_back_at_the_front_in_order_with_their_attempt_and_time(desk: Desk) -> None:
    ids = await desk.submit(*(f"https://example.org/{n}" for n in range(4)))
    claims = (await desk.ours.claim(2)).claims

    assert await desk.ours.release(claims) == 2
    assert await desk.ours.release(claims) == 0

    assert (await desk.job(ids[0])).status is Status.QUEUED
    again = (await desk.theirs.claim(4)).claims
    assert [claim.job_id for claim in again] == list(ids)
    assert {claim.attempt for claim in again} == {1}
    assert all(claim.left == desk.settings.job_timeout for claim in again)


async def test_a_worker_that_lost_a_job_cannot_put_it_back(desk: Desk) -> None:
    hasty = desk.with_settings(lease=0.05)
    (job_id,) = await hasty.submit("https://example.org/")
    lost = await hasty.claim_one()
    await asyncio.sleep(0.06)
    await desk.theirs.sweep()
    assert len((await desk.theirs.claim(1)).claims) == 1

    assert await hasty.ours.release([lost]) == 0

    assert (await desk.job(job_id)).status is Status.RUNNING
    assert await desk.redis.llen("rq:queue:pith") == 0


async def test_jobs_that_were_thrown_out_of_rqs_queue_are_found(desk: Desk) -> None:
    ids = await desk.submit("https://example.org/1", "https://example.org/2")
    await desk.redis.delete("rq:queue:pith", *(f"rq:job:{job_id}" for job_id in ids))  # what `rq empty` does

    assert (await desk.ours.sweep()).found == 2

    assert {claim.job_id for claim in await desk.claim()} == set(ids)


async def test_a_job_that_was_thrown_out_between_two_attempts_has_no_more_time_than_before(
    desk: Desk,
) -> None:
    hasty = desk.with_settings(lease=0.1, job_timeout=30.0)
    await hasty.submit("https://example.org/")
    first = await hasty.claim_one()
    await asyncio.sleep(0.15)
    await hasty.ours.sweep()  # its worker died
    await desk.redis.delete("rq:queue:pith")
    assert (await hasty.ours.sweep()).found == 1

    assert (await hasty.claim_one()).left < first.left


async def test_a_job_whose_record_was_thrown_away_is_searched_for_once(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/")
    await desk.redis.delete("rq:queue:pith", f"rq:job:{job_id}", f"pith:job:{job_id}")

    assert (await desk.ours.sweep()).found == 0
    assert not await desk.keys("pith:active:*")


async def test_a_job_that_is_put_back_after_its_time_ran_out_fails_and_holds_up_nobody(desk: Desk) -> None:
    hasty = desk.with_settings(lease=0.1, job_timeout=0.2)
    (late,) = await hasty.submit("https://example.org/late")
    await hasty.claim_one()
    await asyncio.sleep(0.12)
    await hasty.ours.sweep()  # the first attempt's worker died
    claim = await hasty.claim_one()
    await asyncio.sleep(0.5)  # longer than what was left of its time and a lease together
    await hasty.ours.release([claim])
    (next_one,) = await hasty.submit("https://example.org/next")

    assert [claim.job_id for claim in await hasty.claim()] == [next_one]
    job = await desk.job(late)
    assert job.error
    assert job.error.code == "deadline_exceeded"


async def test_a_job_that_was_never_tried_waits_no_longer_for_being_put_back(desk: Desk) -> None:
    hasty = desk.with_settings(queue_timeout=0.6)
    (job_id,) = await hasty.submit("https://a.org/")
    await asyncio.sleep(0.35)
    await hasty.ours.release(await hasty.claim())
    await asyncio.sleep(0.3)
    await hasty.ours.sweep()
    job = await hasty.job(job_id)
    assert job.error
    assert job.error.code == "queue_timeout"


async def test_a_lease_of_somebody_elses_that_ran_out_takes_nothing_from_who_holds_the_job(
    desk: Desk,
) -> None:
    await desk.submit("https://example.org/")
    claim = await desk.claim_one()
    await desk.redis.zadd("rq:wip:pith", {f"{claim.job_id}:of-a-stock-worker": 1})  # RQ enters its own

    assert await desk.theirs.sweep() == Swept(0, 0, 0)

    assert await desk.redis.zcard("rq:wip:pith") == 1
    assert await desk.ours.renew([claim]) == ()
    assert await desk.ours.finish([done(claim)]) == (True,)


async def test_a_job_whose_record_somebody_deleted_is_forgotten_in_time(desk: Desk) -> None:
    hasty = desk.with_settings(queue_timeout=0.1)
    (job_id,) = await hasty.submit("https://example.org/")
    await desk.redis.delete(f"pith:job:{job_id}")
    await asyncio.sleep(0.15)

    await hasty.ours.sweep()

    assert not await desk.redis.exists("pith:active:pith")
    assert await hasty.claim() == ()


async def test_workers_take_turns_to_sweep(desk: Desk) -> None:
    hasty = desk.with_settings(lease=0.05)
    await hasty.submit("https://example.org/")
    await hasty.claim_one()
    await hasty.ours.sweep(every=60.0)
    await asyncio.sleep(0.06)

    assert await hasty.theirs.sweep(every=60.0) == Swept(0, 0, 0)
    assert (await hasty.theirs.sweep(every=0.01)).put_back == 1
