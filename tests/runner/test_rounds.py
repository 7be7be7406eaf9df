"""The worker's loop by itself, with work that goes wrong in ways that pages cannot bring about at will."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from tests.jobs.conftest import IMPOLITE, commands
from tests.runner.conftest import until
from worker.jobs.model import Done, Status
from worker.jobs.pages import pack
from worker.jobs.queue import JobQueue
from worker.runner.rounds import Rounds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from tests.runner.conftest import Service
    from worker.jobs.model import Claim, Outcome

pytestmark = pytest.mark.anyio

ALONE = 4  # losses
LOOKS = 100  # commands of a few, at some 20 each; an idle worker has one every 5 s
WORD = pack({"page": {"text": "word"}, "receipts": []})


@asynccontextmanager
async def working(
    service: Service, attend: Callable[[Claim], Awaitable[Outcome]], **chosen: object
) -> AsyncIterator[Rounds]:
    settings = Settings.model_validate({**IMPOLITE, **chosen})
    rounds = Rounds(settings, JobQueue(service.redis, settings, "worker"), attend)
    running = asyncio.create_task(rounds.run())
    try:
        yield rounds
    finally:
        rounds.stop()
        await running


async def test_a_job_whose_work_was_called_off_from_within_is_taken_again(service: Service) -> None:
    taken = []

    async def attend(claim: Claim) -> Outcome:
        taken.append(claim)
        if len(taken) == 1:
            raise asyncio.CancelledError  # as a library's scope that ran out
        return Done(claim, WORD)

    async with working(service, attend, lease=1.0):
        (job_id,) = await service.submit("http://192.0.2.1/")  # nobody dials it
        job = await service.ended(job_id, within=60.0)

    assert (job.status, len(taken)) == (Status.DONE, 2)


async def test_nothing_is_taken_once_it_was_told_to_stop(service: Service) -> None:
    told, late = False, []

    async def attend(claim: Claim) -> Outcome:
        if told:
            late.append(claim.job_id)
        return Done(claim, WORD)

    async with working(service, attend) as rounds:
        (first,) = await service.submit("http://192.0.2.1/1")
        rounds.wake()
        await service.ended(first)
        await service.submit("http://192.0.2.1/2")
        rounds.wake()
        told = True

    assert not late


class Bench:
    """What is attended to; each job ends when the test says so, and cannot be called off before."""

    def __init__(self) -> None:
        self.ends: dict[str, asyncio.Event] = {}
        self.together: list[set[str]] = []  # whenever a job came
        self.closed = False

    @asynccontextmanager
    async def working(self, service: Service, **chosen: object) -> AsyncIterator[Rounds]:
        async with working(service, self.attend, **chosen) as rounds:
            try:
                yield rounds
            finally:
                self.closed = True
                for ends in self.ends.values():
                    ends.set()

    async def attend(self, claim: Claim) -> Outcome:
        ends = self.ends[claim.url] = asyncio.Event()
        self.together.append(set(self.ends))
        try:
            await self._wait(ends)
        finally:
            await self._wait(ends)
            del self.ends[claim.url]
        return Done(claim, WORD)

    async def _wait(self, ends: asyncio.Event) -> None:
        if not self.closed:
            await ends.wait()

    async def end(self, url: str) -> None:
        async def came() -> asyncio.Event | None:
            return self.ends.get(url)

        (await until(came)).set()


async def submit(service: Service, count: int, suspect: int) -> tuple[list[str], tuple[str, ...]]:
    """URLs that nobody dials, and jobs; one of them was lost often."""
    urls = [f"http://192.0.2.1/{n}" for n in range(count)]
    ids = await service.submit(*urls)
    await service.redis.hset(f"pith:job:{ids[suspect]}", mapping={"lost": ALONE, "attempts": ALONE})
    return urls, ids


async def test_a_job_that_was_lost_often_waits_until_it_is_alone_and_others_until_it_has_ended(
    service: Service,
) -> None:
    urls, ids = await submit(service, 3, suspect=1)
    bench = Bench()
    async with bench.working(service):
        for url in urls:
            await bench.end(url)
        assert {(await service.ended(job_id)).status for job_id in ids} == {Status.DONE}

    assert bench.together == [{url} for url in urls]


async def test_nothing_joins_one_that_was_cancelled_before_its_work_has_ended(service: Service) -> None:
    urls, ids = await submit(service, 2, suspect=0)
    bench = Bench()
    async with bench.working(service, lease=1.0) as rounds:
        await until(partial(service.is_running, ids[0]))
        await service.store.cancel(ids[0], "")
        for _ in range(5):  # it is told, and asks for more
            rounds.wake()
            await asyncio.sleep(0.5)
        for url in urls:
            await bench.end(url)
        await service.ended(ids[1])

    assert bench.together == [{url} for url in urls]


class Unlucky(JobQueue):
    """A queue that loses its connection whenever it is to renew leases."""

    tries = 0

    async def renew(self, claims: Sequence[Claim]) -> tuple[Claim, ...]:  # noqa: ARG002
        self.tries += 1
        raise ConnectionResetError


async def test_leases_that_could_not_be_renewed_are_tried_again_long_before_they_end(
    service: Service,
) -> None:
    settings = Settings(lease=3600.0)
    queue = Unlucky(service.redis, settings, "worker")
    rounds = Rounds(settings, queue, Bench().attend)
    running = asyncio.create_task(rounds.run())

    async def tried_again() -> bool:
        return queue.tries > 2

    await until(tried_again)
    rounds.stop()
    await running


async def test_a_worker_that_makes_room_does_not_ask_again_and_again(service: Service) -> None:
    urls, ids = await submit(service, 2, suspect=1)
    bench = Bench()
    async with bench.working(service):
        await until(partial(service.redis.zscore, "pith:parked:pith", ids[1]))
        before = await commands(service.redis)
        await asyncio.sleep(1.0)
        asked = await commands(service.redis) - before
        for url in urls:
            await bench.end(url)
        await service.ended(ids[1])

    assert asked < LOOKS
