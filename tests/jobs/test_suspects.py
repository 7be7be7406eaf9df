"""Jobs that were lost with their worker: what kills workers is alone in the end, whatever the timing."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import done, urls
from tests.jobs.mortal import SLOTS, Worker
from worker.jobs.channels import hear
from worker.jobs.model import Again, Back, Failure, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio

ALONE = 4  # losses
ROUNDS = 2000  # then something is stuck
POLITE = {"host_concurrency": 5, "host_delay": 0.0, "robots": "off"}
BUSY = Failure("http_503", "Busy.")


@pytest.fixture
async def worker(desk: Desk) -> Worker:
    return Worker(desk, desk.ours)


async def losses(desk: Desk, job_id: str) -> int:
    return int(await desk.redis.hget(f"pith:job:{job_id}", "lost") or 0)


async def lost(desk: Desk, count: int, *addresses: str) -> tuple[str, ...]:
    """Jobs that were lost so often, in the queue."""
    ids = await desk.submit(*addresses)
    for job_id in ids:
        await desk.redis.hset(f"pith:job:{job_id}", mapping={"lost": count, "attempts": count})
    return ids


async def live(desk: Desk, workers: Sequence[Worker], killers: set[str], portion: int = SLOTS) -> None:
    """Each worker in turn takes all that it can, in portions, and dies with it if a killer is among it."""
    for turn in range(ROUNDS):
        worker = workers[turn % len(workers)]
        while (await worker.take(portion)).claims:
            pass
        if any(claim.job_id in killers for claim in worker.held):
            await worker.die()
        elif turn % 3:  # the others hold theirs for longer
            await worker.end()
        if not await desk.redis.exists("pith:active:pith"):
            return
    raise AssertionError("jobs are stuck")


async def verdicts(desk: Desk, ids: Sequence[str]) -> set[tuple[Status, str | None]]:
    jobs = [await desk.job(job_id) for job_id in ids]
    return {(job.status, job.error.code if job.error else None) for job in jobs}


@pytest.mark.parametrize("count", [1, 5, 40])
@pytest.mark.parametrize("hands", [1, 2])
@pytest.mark.parametrize("portion", [SLOTS, 7])
async def test_what_kills_workers_takes_nobody_along_in_the_end(
    desk: Desk, count: int, hands: int, portion: int
) -> None:
    ids = await desk.submit(*urls("example.org", 150))
    killers = set(ids[:: 150 // count][:count])
    workers = [Worker(desk, queue) for queue in (desk.ours, desk.theirs)[:hands]]

    await live(desk, workers, killers, portion)

    good = [job_id for job_id in ids if job_id not in killers]
    assert await verdicts(desk, list(killers)) == {(Status.FAILED, "worker_lost")}
    assert await verdicts(desk, good) == {(Status.DONE, None)}
    assert max([await losses(desk, job_id) for job_id in good]) <= ALONE


async def test_killers_that_come_one_after_the_other_do_not_wear_a_job_down(
    desk: Desk, worker: Worker
) -> None:
    """Each is as new as any job: only what was lost often can be told from it."""
    (job_id,) = await desk.submit("https://example.org/")
    for address in urls("killers.org", 30):
        (killer,) = await desk.submit(address)
        await worker.take()
        if worker.holds(job_id):
            break
        assert worker.holds(job_id, killer)
        await worker.die()
        await desk.store.cancel(killer, "")

    assert await losses(desk, job_id) == ALONE


async def test_jobs_that_wait_for_their_hosts_are_kept_apart_too(desk: Desk) -> None:
    polite = desk.with_settings(**POLITE)
    ids = await polite.submit(*urls("a.org", 30), *urls("b.org", 30))
    killers = {ids[0], ids[3], ids[45]}

    await live(polite, [Worker(polite, polite.ours), Worker(polite, polite.theirs)], killers)

    good = [job_id for job_id in ids if job_id not in killers]
    assert await verdicts(desk, good) == {(Status.DONE, None)}
    assert max([await losses(desk, job_id) for job_id in good]) <= ALONE


async def test_with_few_losses_allowed_jobs_are_alone_sooner(desk: Desk) -> None:
    strict = desk.with_settings(max_losses=2)
    ids = await strict.submit(*urls("example.org", 20))

    await live(strict, [Worker(strict, strict.ours)], {ids[7]})

    assert await verdicts(desk, [ids[7]]) == {(Status.FAILED, "worker_lost")}
    assert await verdicts(desk, [job_id for job_id in ids if job_id != ids[7]]) == {(Status.DONE, None)}


@pytest.mark.parametrize(("times", "together"), [(1, 20), (2, 16), (3, 4), (4, 1), (5, 1)])
async def test_the_more_often_jobs_were_lost_the_fewer_go_together(
    desk: Desk, worker: Worker, times: int, together: int
) -> None:
    await lost(desk, times, *urls("example.org", 20))

    assert len((await worker.take()).claims) == together
    assert len((await worker.take()).claims) == 0
    some = worker.held[:3]
    again = await worker.end(some, take=SLOTS)
    assert again
    assert len(again.claims) == (len(some) if together < 20 else 0)


async def test_nothing_joins_a_job_that_is_alone_and_all_goes_on_when_it_ends(
    desk: Desk, worker: Worker
) -> None:
    (suspect,) = await lost(desk, ALONE, "https://example.org/")
    ids = await desk.submit(*urls("new.org", 3))

    first = await worker.take()
    assert [claim.job_id for claim in first.claims] == [suspect]
    for claimed in (first, await worker.take()):
        assert (claimed.more, claimed.next_due) == (True, None)  # no use to ask before it ends
    assert worker.holds(suspect)

    await worker.end(take=SLOTS)
    assert worker.holds(*ids)


@pytest.mark.parametrize("place", ["queue", "swept", "parked", "waiting", "released", "back", "rq"])
async def test_a_job_that_must_be_alone_waits_for_the_others_to_end_and_is_not_overtaken(
    desk: Desk, worker: Worker, place: str
) -> None:
    polite = desk.with_settings(**POLITE | {"host_concurrency": 1})
    first = await polite.submit("https://other.org/")
    await worker.take()
    (suspect,) = await lost(polite, ALONE, "https://example.org/")
    await bring(polite, suspect, place)
    new = await polite.submit(*urls("new.org", 1))

    for _ in range(2):
        claimed = await worker.take()
        assert (claimed.claims, claimed.more, claimed.next_due) == ((), True, None)
    assert (await desk.job(suspect)).status is Status.QUEUED

    await worker.end(take=SLOTS)
    assert worker.holds(suspect)
    await worker.end(take=SLOTS)
    assert worker.holds(*new)
    assert await verdicts(desk, [*first, suspect]) == {(Status.DONE, None)}


async def bring(desk: Desk, job_id: str, place: str) -> None:
    """The only job that may go, to one of the places from which jobs are claimed."""
    if place == "queue":
        return
    if place == "waiting":
        (one,) = await desk.submit("https://example.org/of-the-same-host")
        (before,) = (await desk.theirs.claim(1, [one])).claims
        assert not (await desk.theirs.claim(1)).claims
        assert await desk.redis.zcard("pith:waiting:pith") == 1
        await desk.theirs.finish([done(before)])
        return
    (claim,) = (await desk.theirs.claim(1)).claims
    assert claim.job_id == job_id
    match place:
        case "parked":
            await desk.theirs.finish([Again(claim, BUSY, 0.0)])
        case "released":
            await desk.theirs.release([claim])
        case "back":
            await desk.theirs.finish([Back(claim)])
        case "swept":
            await desk.redis.hincrby(f"pith:job:{job_id}", "lost", -1)
            dead = Worker(desk, desk.theirs)
            dead.held = (claim,)
            await dead.die()
        case "rq":  # its own cleanup found it before a sweep did
            await desk.redis.hincrby(f"pith:job:{job_id}", "lost", -1)
            await desk.redis.zrem("rq:wip:pith", f"{job_id}:{claim.execution}")
            await desk.redis.lpush("rq:queue:pith", job_id)


async def test_another_worker_that_holds_nothing_takes_it_at_once(desk: Desk, worker: Worker) -> None:
    await desk.submit("https://example.org/1")
    await worker.take()
    (suspect,) = await lost(desk, ALONE, "https://example.org/2")
    assert not (await worker.take()).claims

    other = Worker(desk, desk.theirs)
    await other.take()
    assert other.holds(suspect)


async def test_jobs_behind_one_that_must_wait_keep_their_order_and_can_be_cancelled(
    desk: Desk, worker: Worker
) -> None:
    await desk.submit("https://example.org/")
    await worker.take()
    (suspect,) = await lost(desk, ALONE, "https://example.org/suspect")
    cancelled, *kept = await desk.submit(*urls("new.org", 30))
    assert not (await worker.take()).claims

    await desk.store.cancel(suspect, "")
    await desk.store.cancel(cancelled, "")

    await worker.end(take=SLOTS)
    assert [claim.job_id for claim in worker.held] == kept
    await worker.end()
    assert await desk.keys("*:pith") == set()


async def test_workers_that_made_room_for_one_are_told_when_another_has_it(
    desk: Desk, worker: Worker
) -> None:
    """They would look again only when something of their own ends."""
    await lost(desk, ALONE, "https://example.org/")
    async with aclosing(hear(desk.redis, "pith:wake:pith")) as messages:
        assert (await anext(messages))["type"] == "subscribe"
        await worker.take()
        async with asyncio.timeout(60):
            assert (await anext(messages))["type"] == "message"
