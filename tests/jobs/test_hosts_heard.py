"""What attempts hear of their hosts, and what follows for all workers."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import done, failed, urls
from worker.jobs.hosts import Heard
from worker.jobs.model import Again, Failure

if TYPE_CHECKING:
    from tests.jobs.conftest import Desk
    from worker.jobs.model import Job

pytestmark = pytest.mark.anyio

BUSY = Failure("http_429", "Busy.")
SILENT = Heard(silent=True)


async def jobs(desk: Desk) -> list[Job]:
    ids = [key.removeprefix("pith:job:") for key in await desk.keys("pith:job:*")]
    return [await desk.job(job_id) for job_id in ids]


async def test_retry_after_slows_the_host_down_for_every_worker(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=3)
    await polite.submit(*urls("a.org", 4), "https://b.org/")
    claims = {claim.url: claim for claim in await polite.claim()}
    asked = claims["https://a.org/0"]
    await polite.ours.finish([Again(asked, BUSY, 0.5, heard=Heard(answered=True, rest=0.5))])

    assert (await polite.theirs.claim(10)).claims == ()
    waiting = [job for job in await jobs(polite) if job.url == "https://a.org/3"]
    assert waiting[0].waiting_for
    assert waiting[0].waiting_for.code == "host_asked"
    await asyncio.sleep(0.55)
    assert len((await polite.theirs.claim(10)).claims) == 1


async def test_a_host_that_is_silent_again_and_again_is_left_alone(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=2, host_failures=3, host_rest=0.5)
    await polite.submit(*urls("dead.org", 10))
    for _ in range(3):
        claim, *_ = await polite.claim(1)
        await polite.ours.finish([failed(claim, "fetch_timeout", heard=SILENT)])
    assert await polite.claim() == ()

    await asyncio.sleep(0.55)
    (probe,) = await polite.claim()  # one, though two might go
    await polite.ours.finish([failed(probe, "fetch_timeout", heard=SILENT)])
    await asyncio.sleep(0.6)
    assert await polite.claim() == (), "the second rest is longer"
    await asyncio.sleep(0.5)
    (probe,) = await polite.claim()
    await polite.ours.finish([done(probe, heard=Heard(answered=True))])
    assert len(await polite.claim()) == 2, "it is back"


async def test_jobs_of_a_host_that_does_not_come_back_end_by_their_deadline(desk: Desk) -> None:
    polite = desk.with_settings(host_failures=1, host_rest=30.0, job_timeout=0.6, queue_timeout=600.0)
    ids = await polite.submit(*urls("dead.org", 5))
    (claim, *others) = await polite.claim()
    await polite.ours.release(others)
    await polite.ours.finish([failed(claim, "fetch_timeout", heard=SILENT)])
    assert await polite.claim() == ()

    (late,) = await polite.submit("https://dead.org/late")
    await polite.claim()
    await asyncio.sleep(0.65)
    assert (await polite.ours.sweep()).failed >= 4
    await asyncio.sleep(0.2)
    await polite.ours.sweep()
    found = [await polite.job(job_id) for job_id in (*ids, late)]
    codes = sorted(job.error.code for job in found if job.error)
    assert codes == ["fetch_timeout"] + ["host_unavailable"] * 5


async def test_a_robots_txt_that_cannot_be_read_is_why_the_jobs_fail(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=2, job_timeout=0.5, host_rest=30.0, robots="obey")
    ids = await polite.submit(*urls("a.org", 3))
    (scout,) = await polite.claim()
    unreachable = Failure("robots_unreachable", "A sentence.")
    await polite.ours.finish([Again(scout, unreachable, 0.05, heard=Heard(unreachable=True))])
    await asyncio.sleep(0.1)
    assert await polite.claim() == ()
    assert [(job.waiting_for and job.waiting_for.code) for job in await jobs(polite)] == [
        "robots_unreachable"
    ] * 3
    await asyncio.sleep(0.6)
    await polite.ours.sweep()
    found = [await polite.job(job_id) for job_id in ids]
    assert {job.error and job.error.code for job in found} == {"robots_unreachable"}


async def test_one_scout_goes_ahead_until_the_rules_of_a_host_are_known(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=2, robots="obey")
    await polite.submit(*urls("a.org", 5))
    (scout,) = await polite.claim()
    await polite.ours.finish([done(scout, heard=Heard(answered=True, robots=60.0))])
    assert len(await polite.claim()) == 2


async def test_a_crawl_delay_is_the_hosts_own(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=2, robots="obey")
    await polite.submit(*urls("a.org", 3))
    (scout,) = await polite.claim()
    heard = Heard(answered=True, robots=60.0, delay=0.4, asked=time.monotonic())
    await polite.ours.finish([done(scout, heard=heard)])
    assert await polite.claim() == ()
    await asyncio.sleep(0.5)
    assert len(await polite.claim()) == 1


async def test_a_known_host_is_forgotten_by_and_by(desk: Desk) -> None:
    polite = desk.with_settings(robots="obey", host_concurrency=2)
    await polite.submit(*[f"https://{n}.org/" for n in range(30)])
    heard = Heard(answered=True, robots=0.1)
    await polite.ours.finish([done(claim, heard=heard) for claim in await polite.claim(64)])
    assert await polite.redis.hlen("pith:hosts:pith") == 30
    await asyncio.sleep(0.15)
    await polite.ours.sweep()
    await polite.ours.sweep()
    assert await polite.keys("pith:hosts*") == set()


async def test_a_name_that_lies_in_such_a_network_is_spared_from_then_on(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    await polite.submit(*urls("intra.example", 6))
    (claim,) = await polite.claim()
    await polite.ours.finish([done(claim, heard=Heard(free=True))])
    assert len(await polite.claim()) == 5
