"""How many jobs that have not ended one key may have: counted exactly, whatever way they end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from tests.jobs.conftest import done, failed
from worker.jobs.model import Again, Failure, JobRequest, QueueFull, QuotaUsed

if TYPE_CHECKING:
    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio

COUNTS = "pith:open:pith"
URL = "https://example.org/"


def urls(count: int) -> list[str]:
    return [f"{URL}{n}" for n in range(count)]


async def counted(desk: Desk) -> dict[str, int]:
    found = cast("dict[bytes, bytes]", await desk.redis.hgetall(COUNTS))
    return {owner.decode(): int(count) for owner, count in found.items()}


async def test_past_its_quota_a_key_gets_nothing_more_and_another_key_does(desk: Desk) -> None:
    small = desk.with_settings(key_queue_limit=2)
    await small.submit(*urls(2), owner="one")
    before = await desk.keys()

    with pytest.raises(QuotaUsed):
        await small.submit(URL, owner="one")

    assert await desk.keys() == before
    await small.submit(*urls(2), owner="two")
    assert await counted(desk) == {"one": 2, "two": 2}


async def test_a_batch_over_the_quota_is_refused_whole(desk: Desk) -> None:
    small = desk.with_settings(key_queue_limit=2)
    with pytest.raises(QuotaUsed):
        await small.submit(*urls(3), owner="one")
    await small.submit(*urls(2), owner="one")


async def test_each_way_to_end_gives_the_place_back(desk: Desk) -> None:
    small = desk.with_settings(key_queue_limit=6, max_losses=1)
    ids = await small.submit(*urls(5), URL + "0", owner="one")  # the last one follows the first
    first, second, third, *_ = await small.claim(10)
    await small.ours.finish([done(first), failed(second), Again(third, Failure("x", ""), 60.0)])
    assert await counted(desk) == {"one": 3}

    await small.store.cancel(ids[2], "one")  # parked
    await small.store.cancel(ids[3], "one")  # running
    assert await counted(desk) == {"one": 1}
    await small.store.cancel(ids[3], "one")  # removed: it has ended already
    assert await counted(desk) == {"one": 1}

    leases = cast("list[bytes]", await desk.redis.zrange("rq:wip:pith", 0, -1))
    await desk.redis.zadd("rq:wip:pith", dict.fromkeys(leases, 1))
    await small.ours.sweep()  # its worker is lost
    assert await counted(desk) == {}


async def test_a_job_that_comes_back_or_is_ended_twice_counts_once(desk: Desk) -> None:
    small = desk.with_settings(key_queue_limit=1)
    await small.submit(URL, owner="one")
    claim = await small.claim_one()
    await small.ours.release([claim])
    assert await counted(desk) == {"one": 1}
    claim = await small.claim_one()
    for _ in range(2):
        await small.ours.finish([done(claim)])
    await small.submit(URL, owner="one")
    assert await counted(desk) == {"one": 1}


async def test_what_a_stored_page_answers_at_once_holds_no_place(desk: Desk) -> None:
    small = desk.with_settings(key_queue_limit=1)
    await small.submit(URL, owner="one")
    await small.ours.finish([done(await small.claim_one())])
    await small.store.submit([JobRequest(URL, max_age=60.0)], owner="one")
    assert await counted(desk) == {}


async def test_jobs_from_before_the_quota_was_set_free_no_place_that_they_never_took(desk: Desk) -> None:
    await desk.submit(URL, owner="one")
    small = desk.with_settings(key_queue_limit=1)
    await small.submit(URL + "new", owner="one")
    old, new = await desk.claim()
    await desk.ours.finish([done(old)])
    assert await counted(desk) == {"one": 1}
    await desk.ours.finish([done(new)])  # by a worker that knows of no quota
    assert await counted(desk) == {}


async def test_of_many_at_once_as_many_are_taken_as_there_are_places(desk: Desk) -> None:
    small = desk.with_settings(key_queue_limit=7)
    answers = await asyncio.gather(
        *(small.submit(url, owner="one") for url in urls(20)), return_exceptions=True
    )
    assert sum(isinstance(answer, QueueFull) for answer in answers) == 13
    assert await counted(desk) == {"one": 7}
