from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import done
from worker.jobs import pages
from worker.jobs.model import Idempotency, IdempotencyConflict, JobRequest, QueueFull, Status
from worker.jobs.options import Options
from worker.jobs.scripts import Scripts

if TYPE_CHECKING:
    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio


async def test_a_submitted_job_is_queued_with_what_was_asked(desk: Desk) -> None:
    options = Options(formats=("text",), exclude=(".advert",), explain=True)
    request = JobRequest(
        "https://example.org/a", options, {"Accept-Language": "fr"}, max_age=60.0, timeout=9.0
    )

    (job_id,) = (await desk.store.submit([request], owner="key")).job_ids

    job = await desk.job(job_id, "key")
    assert (job.status, job.url, job.attempts) == (Status.QUEUED, request.url, 0)
    assert (job.options, job.max_age, job.timeout) == (options, 60.0, 9.0)
    assert (job.started_at, job.finished_at, job.error) == (None, None, None)


@pytest.mark.parametrize("body", [None, b"<p>Text."])
async def test_what_a_submit_says_it_made_is_what_is_stored(desk: Desk, body: bytes | None) -> None:
    options = Options(formats=("text",), include=("article",))
    asked = JobRequest(
        "https://www.example.org/a", options, max_age=9.0, timeout=5.0, body=body, awaited=True
    )

    submitted = await desk.store.submit([asked], owner="key")

    assert submitted.job is not None
    assert submitted.job == await desk.job(submitted.job_ids[0], "key")


async def test_a_job_that_a_stored_page_answers_is_not_said_to_be_queued(desk: Desk) -> None:
    await desk.submit("https://example.org/")
    await desk.ours.finish([done(await desk.claim_one())])

    submitted = await desk.store.submit([JobRequest("https://example.org/", max_age=60.0)], owner="")

    assert submitted.job is None
    assert (await desk.job(submitted.job_ids[0])).status is Status.DONE


async def test_a_job_of_another_owner_does_not_exist(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/", owner="mine")

    assert await desk.store.get(job_id, "yours") is None
    assert not await desk.store.cancel(job_id, "yours")
    assert await desk.store.get("nonsense", "mine") is None


async def test_past_the_queue_limit_nothing_of_a_call_is_accepted(desk: Desk) -> None:
    small = desk.with_settings(queue_limit=3)
    await small.submit("https://example.org/1", "https://example.org/2")
    before = await desk.keys()

    with pytest.raises(QueueFull) as full:
        await small.batch("https://example.org/3", "https://example.org/4")

    assert full.value.retry_after > 0
    assert await desk.keys() == before
    await small.submit("https://example.org/3")


async def test_a_job_in_flight_counts_towards_the_queue_limit(desk: Desk) -> None:
    small = desk.with_settings(queue_limit=1)
    await small.submit("https://example.org/1")
    await small.claim_one()

    with pytest.raises(QueueFull):
        await small.submit("https://example.org/2")


async def test_when_redis_is_out_of_memory_the_queue_is_full_and_jobs_still_end(desk: Desk) -> None:
    from tests.jobs.conftest import done

    (job_id,) = await desk.submit("https://example.org/")
    claim = await desk.claim_one()
    await desk.redis.config_set("maxmemory", "1mb")
    try:
        with pytest.raises(QueueFull):
            await desk.submit("https://example.org/2")
        assert await desk.ours.finish([done(claim)]) == (True,)
    finally:
        await desk.redis.config_set("maxmemory", "0")
    assert (await desk.job(job_id)).status is Status.DONE


async def test_the_same_idempotency_key_and_body_gets_the_first_job(desk: Desk) -> None:
    request, key = JobRequest("https://example.org/"), Idempotency("k", "digest")

    first = await desk.store.submit([request], owner="", idempotency=key)
    second = await desk.store.submit([request], owner="", idempotency=key)

    assert second.job_ids == first.job_ids
    assert (first.repeated, second.repeated) == (False, True)
    assert len(await desk.claim()) == 1


async def test_the_same_idempotency_key_and_body_gets_the_first_batch(desk: Desk) -> None:
    requests, key = (
        [JobRequest("https://example.org/1"), JobRequest("https://example.org/2")],
        Idempotency("k", "d"),
    )

    first = await desk.store.submit(requests, owner="", batch=True, idempotency=key)
    second = await desk.store.submit(requests, owner="", batch=True, idempotency=key)

    assert second.batch_id == first.batch_id
    assert len(await desk.claim()) == 2


async def test_the_same_idempotency_key_with_another_body_is_a_conflict(desk: Desk) -> None:
    request = JobRequest("https://example.org/")
    await desk.store.submit([request], owner="", idempotency=Idempotency("k", "one"))

    with pytest.raises(IdempotencyConflict):
        await desk.store.submit([request], owner="", idempotency=Idempotency("k", "two"))


async def test_an_idempotency_key_is_its_owners(desk: Desk) -> None:
    request, key = JobRequest("https://example.org/"), Idempotency("k", "digest")

    first = await desk.store.submit([request], owner="mine", idempotency=key)
    second = await desk.store.submit([request], owner="yours", idempotency=key)

    assert first.job_ids != second.job_ids


async def test_an_idempotency_key_of_a_removed_job_makes_a_new_one(desk: Desk) -> None:
    request, key = JobRequest("https://example.org/"), Idempotency("k", "digest")
    first = await desk.store.submit([request], owner="", idempotency=key)
    for _ in ("cancel", "remove"):
        await desk.store.cancel(first.job_ids[0], "")

    assert not (await desk.store.submit([request], owner="", idempotency=key)).repeated


async def test_a_page_that_came_with_its_job_is_handed_to_the_worker_and_then_gone(desk: Desk) -> None:
    from tests.jobs.conftest import done

    body = b"<p>Ein Satz.</p>" * 100
    await desk.store.submit([JobRequest("", body=body)], owner="")

    claim = await desk.claim_one()
    assert claim.body
    assert pages.unpack_body(claim.body) == body
    assert await desk.keys("pith:body:*")
    await desk.ours.finish([done(claim)])
    assert not await desk.keys("pith:body:*")


async def test_ten_thousand_jobs_are_made_in_one_call(desk: Desk) -> None:
    batch = await desk.batch(*(f"https://example.org/{n}" for n in range(10_000)))

    found = await desk.store.batch(batch, "")
    assert found
    assert (found.counts.queued, found.counts.total) == (10_000, 10_000)
    assert [claim.url for claim in await desk.claim(2)] == ["https://example.org/0", "https://example.org/1"]


async def test_a_call_that_the_client_sends_twice_makes_its_jobs_once(desk: Desk) -> None:
    """As redis-py does when the connection breaks before the answer came."""
    scripts = Scripts(desk.redis, desk.settings)
    values: list[bytes | str | int] = ["an-id", "https://example.org/", "{}", "", 0, "", "", "example.org"]
    for _ in range(2):
        assert (await scripts.run("submit", values, owner="", limit=10))[0] == b"made"

    assert await desk.redis.llen("rq:queue:pith") == 1
