from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import done, failed
from worker.jobs.model import Again, Done, Failure, Idempotency, JobRequest

if TYPE_CHECKING:
    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio

# What lives on without a worker; ARCHITECTURE.md lists it. Workers add rq:workers and rq:workers:<queue>.
LIVES_ON = {"rq:queues"}


async def test_what_has_ended_expires_and_only_the_listed_keys_live_on(desk: Desk) -> None:
    brief = desk.with_settings(result_ttl=1)
    urls = [JobRequest(f"https://example.org/{n % 5}") for n in range(8)]
    await brief.store.submit([*urls, JobRequest("", body=b"<p>")], owner="", batch=True)
    await brief.store.submit(
        [JobRequest("https://example.org/x")], owner="", idempotency=Idempotency("k", "d")
    )
    await brief.ours.finish([Again(claim, Failure("x", ""), 0.0) for claim in await brief.claim()])
    one, two, three, *rest = await brief.claim()
    await brief.store.cancel(one.job_id, "")
    await brief.ours.finish([failed(two), Done(three, b"page", etag='"tag"'), *map(done, rest)])
    while claims := await brief.claim():  # those that the cancelled one had kept waiting
        await brief.ours.finish([done(claim) for claim in claims])

    expiring = {key: await desk.redis.ttl(key) for key in await desk.keys() if key not in LIVES_ON}
    assert all(0 <= ttl <= 1 for ttl in expiring.values()), expiring
    await asyncio.sleep(1.2)
    assert await desk.keys() == LIVES_ON


async def test_a_page_that_a_later_job_shows_lives_as_long_as_that_job(desk: Desk) -> None:
    await desk.with_settings(result_ttl=1).submit("https://example.org/")
    claim = await desk.claim_one()
    await desk.with_settings(result_ttl=1).ours.finish([done(claim)])

    (job_id,) = (await desk.store.submit([JobRequest("https://example.org/", max_age=60)], owner="")).job_ids
    await asyncio.sleep(1.2)

    assert await desk.store.get(claim.job_id, "") is None
    assert await desk.store.page(await desk.job(job_id))


async def test_nothing_in_redis_expires_while_a_job_has_not_ended(desk: Desk) -> None:
    await desk.with_settings(result_ttl=1).batch("https://example.org/1", "https://example.org/2")

    ttls = {key: await desk.redis.ttl(key) for key in await desk.keys()}
    assert set(ttls.values()) == {-1}, ttls
