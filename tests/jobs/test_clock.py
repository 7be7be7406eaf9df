"""The server's clock is set while jobs are on their way: none is lost, fails for it, or waits for ever."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from tests.faketime import Clock, needs_faketime
from tests.jobs.conftest import IMPOLITE, Desk, done, urls
from tests.redis_server import running
from worker.jobs.connection import connect
from worker.jobs.hosts import Heard
from worker.jobs.model import Again, Failure, Idempotency, JobRequest, Status, Swept
from worker.jobs.queue import JobQueue
from worker.jobs.rates import Rates

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.redis_server import Server
    from worker.jobs.model import Claim

pytestmark = [pytest.mark.anyio, needs_faketime]

HOUR, DAY = 3600, 86400
NOTHING = Swept(0, 0, 0)
EITHER_WAY = pytest.mark.parametrize("by", [HOUR, -HOUR, DAY, -DAY])
BACK = pytest.mark.parametrize("by", [-HOUR, -DAY])


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    with tempfile.TemporaryDirectory(prefix="pith-", dir="/tmp") as folder:
        yield Clock(Path(folder) / "clock")


@pytest.fixture(scope="module")
def server(clock: Clock) -> Iterator[Server]:
    with running("valkey", clock.file.parent, around=clock.environment) as server:
        yield server


@dataclass
class Office:
    """Two workers' queues that have swept, as workers do all the time, and the server's clock."""

    desk: Desk
    clock: Clock

    async def jump(self, by: int) -> None:
        """The clock is set; nobody has noticed yet."""
        await self.desk.ours.sweep()
        await self.desk.theirs.sweep()
        await self.turn(by)

    async def turn(self, by: int) -> None:
        """The clock is set, and the server has seen it: it may hold the time for one call."""
        self.clock.set(by)
        script = "return redis.call('TIME')[1]"
        while abs(int(await self.desk.redis.eval(script, 0)) - time.time() - by) > 5:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def claimed(self, within: float = 10.0) -> tuple[Claim, ...]:
        """What can be claimed as soon as there is something."""
        async with asyncio.timeout(within):
            while not (claims := await self.desk.claim()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            return claims


@pytest.fixture
async def office(server: Server, clock: Clock) -> AsyncIterator[Office]:
    settings = Settings(redis_url=server.url(), **IMPOLITE)
    async with connect(settings) as redis:
        await redis.flushdb()
        desk = Desk(redis, settings)
        office = Office(desk, clock)
        await office.turn(0)
        yield office
        await desk.store.close()


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
