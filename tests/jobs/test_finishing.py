from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import PAGE, done, failed
from worker.jobs.model import Again, Done, Failure, Known, Same, Status

if TYPE_CHECKING:
    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio


async def test_a_finished_job_has_its_page(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/")

    assert await desk.ours.finish([done(await desk.claim_one())]) == (True,)

    job = await desk.job(job_id)
    assert job.status is Status.DONE
    assert job.finished_at
    assert await desk.store.page(job) == PAGE


async def test_a_failed_job_says_why_and_has_no_page(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/")

    await desk.ours.finish([failed(await desk.claim_one())])

    job = await desk.job(job_id)
    assert (job.status, job.error) == (Status.FAILED, Failure("http_404", "A sentence."))
    assert await desk.store.page(job) is None


async def test_only_the_first_end_of_a_job_counts(desk: Desk) -> None:
    batch = await desk.batch("https://example.org/")
    claim = await desk.claim_one()

    assert await desk.ours.finish([done(claim, "first"), done(claim, "second")]) == (True, False)
    assert await desk.ours.finish([failed(claim)]) == (False,)

    job = await desk.job(claim.job_id)
    page = await desk.store.page(job)
    assert page
    assert page["page"]["text"] == "first"
    found = await desk.store.batch(batch, "")
    assert found
    assert (found.counts.done, found.counts.failed, found.counts.running) == (1, 0, 0)


async def test_a_page_counts_from_a_worker_that_lost_the_job_and_a_failure_does_not(desk: Desk) -> None:
    hasty = desk.with_settings(lease=0.1)
    await hasty.submit("https://example.org/1", "https://example.org/2")
    first, second = await hasty.claim()
    await asyncio.sleep(0.15)
    await hasty.ours.sweep()
    await hasty.theirs.claim(2)

    assert await hasty.ours.finish([done(first), failed(second)]) == (True, False)
    assert await hasty.ours.finish([Again(second, Failure("x", ""), 1.0)]) == (False,)
    assert (await desk.job(first.job_id)).status is Status.DONE
    assert (await desk.job(second.job_id)).status is Status.RUNNING
    assert await desk.redis.zcard("rq:wip:pith") == 1


async def test_a_304_finishes_with_the_known_page(desk: Desk) -> None:
    await desk.submit("https://example.org/")
    first = await desk.claim_one()
    await desk.ours.finish([Done(first, done(first).page, "https://example.org/end", '"tag"', "yesterday")])
    (again,) = await desk.submit("https://example.org/")

    claim = await desk.claim_one()
    assert claim.known == Known(first.job_id, "https://example.org/end", '"tag"', "yesterday")
    assert await desk.ours.finish([Same(claim, claim.known)]) == (True,)

    assert await desk.store.page(await desk.job(again)) == PAGE
    await desk.submit("https://example.org/")
    assert (await desk.claim_one()).known == claim.known


async def test_a_304_whose_known_page_is_gone_meanwhile_is_fetched_whole(desk: Desk) -> None:
    await desk.submit("https://example.org/")
    first = await desk.claim_one()
    await desk.ours.finish([Done(first, done(first).page, etag='"tag"')])
    await desk.submit("https://example.org/")
    claim = await desk.claim_one()
    assert claim.known
    await desk.store.cancel(first.job_id, "")

    assert await desk.ours.finish([Same(claim, claim.known)]) == (False,)

    retry = await desk.claim_one()
    assert (retry.job_id, retry.attempt, retry.known) == (claim.job_id, 1, None)


async def test_a_page_without_validators_is_not_asked_about(desk: Desk) -> None:
    await desk.submit("https://example.org/")
    await desk.ours.finish([done(await desk.claim_one())])
    await desk.submit("https://example.org/")

    assert (await desk.claim_one()).known is None
