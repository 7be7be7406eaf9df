from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import done, failed
from worker.jobs.model import Again, Claimed, Failure, JobRequest, Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio


async def woken(desk: Desk, *acts: Callable[[], Awaitable[object]]) -> list[bool]:
    """Do one after the other; for each, whether workers were woken."""
    heard = []
    async with desk.redis.pubsub() as ear:
        await ear.subscribe("pith:wake:pith")
        await ear.get_message(timeout=1)
        for act in acts:
            await act()
            heard.append(await ear.get_message(timeout=0.2) is not None)
    return heard


async def test_workers_are_woken_when_the_queue_was_empty_and_not_for_what_comes_behind_others(
    desk: Desk,
) -> None:
    one, two = (partial(desk.submit, f"https://example.org/{n}") for n in range(2))
    assert await woken(desk, one, two, desk.claim, one, two) == [True, False, False, True, False]


async def test_workers_are_woken_by_a_job_that_comes_back_to_the_front(desk: Desk) -> None:
    await desk.submit("https://example.org/0")
    claim = await desk.claim_one()
    await desk.submit("https://example.org/1")
    assert await woken(desk, partial(desk.ours.release, [claim])) == [True]


async def test_jobs_are_claimed_in_the_order_in_which_they_came(desk: Desk) -> None:
    ids = await desk.submit("https://example.org/1", "https://example.org/2", "https://example.org/3")

    first = await desk.ours.claim(2)
    second = await desk.ours.claim(2)

    assert [claim.job_id for claim in first.claims + second.claims] == list(ids)
    assert (first.more, second.more) == (True, False)


async def test_a_claimed_job_is_running_and_counted(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/")

    claim = await desk.claim_one()

    job = await desk.job(job_id)
    assert (job.status, job.attempts, claim.attempt) == (Status.RUNNING, 1, 1)
    assert job.started_at is not None
    assert job.started_at >= job.created_at
    assert 119 < claim.left <= 120


async def test_many_claimers_at_once_never_get_the_same_job(desk: Desk) -> None:
    await desk.submit(*(f"https://example.org/{n}" for n in range(500)))

    claims = await asyncio.gather(*(queue.claim(13) for queue in (desk.ours, desk.theirs) for _ in range(20)))

    ids = [claim.job_id for claimed in claims for claim in claimed.claims]
    assert len(ids) == len(set(ids)) == 500


async def test_a_callers_own_timeout_lowers_the_deadline_and_never_raises_it(desk: Desk) -> None:
    for timeout in (5.0, 5000.0):
        await desk.store.submit([JobRequest("https://example.org/", timeout=timeout)], owner=str(timeout))
        claim = await desk.claim_one()
        assert claim.left == min(timeout, desk.settings.job_timeout)
        await desk.ours.finish([done(claim)])


async def test_a_parked_job_is_queued_and_comes_back_when_it_is_due(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/")
    await desk.ours.finish([Again(await desk.claim_one(), Failure("http_503", "Busy."), 0.3)])

    job = await desk.job(job_id)
    assert (job.status, job.waiting_for) == (Status.QUEUED, Failure("http_503", "Busy."))
    assert job.not_before
    early = await desk.ours.claim(1)
    assert not early.claims
    assert early.next_due
    await asyncio.sleep(early.next_due + 0.05)

    claim = await desk.claim_one()
    assert (claim.job_id, claim.attempt) == (job_id, 2)
    assert claim.left < 119.8  # the clock went on while it waited
    assert (await desk.job(job_id)).waiting_for is None


async def test_a_job_that_is_due_goes_before_the_queue(desk: Desk) -> None:
    (first,) = await desk.submit("https://example.org/1")
    await desk.ours.finish([Again(await desk.claim_one(), Failure("x", ""), 0.0)])
    await desk.submit("https://example.org/2")

    assert [claim.job_id for claim in (await desk.ours.claim(1)).claims] == [first]


async def test_a_job_whose_deadline_passed_while_it_was_parked_has_failed(desk: Desk) -> None:
    await desk.store.submit([JobRequest("https://example.org/", timeout=0.2)], owner="")
    claim = await desk.claim_one()
    await desk.ours.finish([Again(claim, Failure("x", ""), 0.25)])
    await asyncio.sleep(0.3)

    assert not await desk.claim()
    job = await desk.job(claim.job_id)
    assert job.error
    assert job.error.code == "deadline_exceeded"


async def test_a_job_that_waited_too_long_in_the_queue_has_failed(desk: Desk) -> None:
    hasty = desk.with_settings(queue_timeout=0.1)
    (job_id,) = await hasty.submit("https://example.org/")
    await asyncio.sleep(0.15)

    assert not await hasty.claim()
    job = await desk.job(job_id)
    assert job.status is Status.FAILED
    assert job.error
    assert job.error.code == "queue_timeout"


async def test_a_suspended_queue_gives_no_jobs(desk: Desk) -> None:
    await desk.submit("https://example.org/")
    await desk.redis.set("rq:suspended", 1)

    assert (await desk.ours.claim(1)).suspended
    await desk.redis.delete("rq:suspended")
    assert len(await desk.claim()) == 1


async def test_an_id_that_stands_in_the_queue_twice_is_claimed_once(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/")
    await desk.redis.rpush("rq:queue:pith", job_id, job_id)

    assert len(await desk.claim()) == 1
    await desk.redis.rpush("rq:queue:pith", job_id)
    assert not await desk.claim()


async def test_an_id_of_a_job_that_has_ended_is_dropped(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/")
    await desk.ours.finish([failed(await desk.claim_one())])
    await desk.redis.rpush("rq:queue:pith", job_id, "of-nobody")

    assert not (await desk.ours.claim(5)).claims
    assert await desk.redis.llen("rq:queue:pith") == 0


BODY = random.Random(1).randbytes(5000)


def with_bodies(count: int) -> list[JobRequest]:
    return [JobRequest("", body=BODY) for _ in range(count)]


async def taken(desk: Desk, count: int, room: int | None) -> Claimed:
    _, claimed = await desk.ours.exchange((), count, room=room)
    assert claimed
    return claimed


async def test_a_claim_takes_pages_that_came_with_jobs_until_its_room_is_full(desk: Desk) -> None:
    ids = (await desk.store.submit(with_bodies(5), owner="")).job_ids
    first = await taken(desk, 10, 2 * len(BODY))
    assert [claim.job_id for claim in first.claims] == list(ids[:2])
    assert (first.more, first.next_due) == (True, None)  # it looks again when one of its own has ended
    assert (await taken(desk, 10, 0)).claims == ()
    assert [claim.job_id for claim in (await taken(desk, 10, 1)).claims] == [ids[2]]
    assert [claim.job_id for claim in (await taken(desk, 10, None)).claims] == list(ids[3:])


async def test_a_job_without_a_page_goes_though_there_is_no_room_for_those_before_it(desk: Desk) -> None:
    first, second = (await desk.store.submit(with_bodies(2), owner="")).job_ids
    (other,) = await desk.submit("https://example.org/")
    assert [claim.job_id for claim in (await taken(desk, 10, 0)).claims] == [other]
    assert await desk.redis.lrange("rq:queue:pith", 0, -1) == [first.encode(), second.encode()]
    assert {(await desk.job(job_id)).status for job_id in (first, second)} == {Status.QUEUED}


async def test_a_job_that_waited_for_a_retry_waits_in_the_queue_where_there_is_no_room(desk: Desk) -> None:
    (job_id,) = (await desk.store.submit(with_bodies(1), owner="")).job_ids
    claim = await desk.claim_one()
    await desk.ours.finish([Again(claim, Failure("clean_failed", "A sentence."), 0.0)])
    assert (await taken(desk, 10, 0)).claims == ()
    assert await desk.redis.exists("pith:parked:pith") == 0
    (again,) = (await taken(desk, 10, 1)).claims
    assert (again.job_id, again.attempt, again.body) == (job_id, 2, claim.body)
    assert again.left <= claim.left
