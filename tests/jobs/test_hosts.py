"""Manners towards hosts, on the real scripts: workers are played by two queues, time is Redis' own."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import done, failed
from worker.jobs.hosts import Heard
from worker.jobs.model import Again, Failure, JobRequest, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from tests.jobs.conftest import Desk
    from worker.jobs.model import Claim, Job

pytestmark = pytest.mark.anyio

BUSY = Failure("http_429", "Busy.")
SILENT = Heard(silent=True)


def urls(host: str, count: int) -> list[str]:
    return [f"https://{host}/{n}" for n in range(count)]


def hosts(claims: Sequence[Claim]) -> list[str]:
    return [claim.host for claim in claims]


async def test_a_host_has_no_more_in_flight_than_its_limit_whoever_claims(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=2)
    await polite.submit(*urls("a.org", 5), "https://b.org/")

    first = (await polite.ours.claim(10)).claims
    assert sorted(hosts(first)) == ["a.org", "a.org", "b.org"]
    assert (await polite.theirs.claim(10)).claims == ()

    await polite.ours.finish([done(first[0])])
    assert hosts((await polite.theirs.claim(10)).claims) == ["a.org"]


async def test_www_is_the_same_host(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    await polite.submit("https://www.a.org/", "http://a.org:80/", "https://a.org./x")
    assert hosts(await polite.claim()) == ["a.org"]


async def test_what_waits_keeps_its_order_and_ends_in_no_other_place(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    batch = await polite.batch(*urls("a.org", 30))
    taken = []
    while claims := await polite.claim():
        taken += [claim.url for claim in claims]
        await polite.ours.finish([done(claim) for claim in claims])

    assert taken == urls("a.org", 30)
    assert (await polite.keys("pith:waiting*"), await polite.keys("pith:turns*")) == (set(), set())
    assert await polite.keys("pith:hosts*") == set()
    counts = (await polite.store.batch(batch, "")).counts  # type: ignore[union-attr]
    assert (counts.done, counts.total) == (30, 30)


async def test_requests_to_a_host_are_spaced(desk: Desk) -> None:
    polite = desk.with_settings(host_delay=0.3, host_concurrency=2)
    await polite.submit(*urls("a.org", 3))
    at: list[float] = []
    while len(at) < 3:
        if claims := await polite.claim():
            at.append(time.monotonic())
            await polite.ours.finish([done(claim) for claim in claims])
        await asyncio.sleep(0.01)
    assert min(b - a for a, b in pairwise(at)) >= 0.3


async def test_a_claim_says_when_the_next_turn_is(desk: Desk) -> None:
    polite = desk.with_settings(host_delay=0.5)
    await polite.submit(*urls("a.org", 2))
    claimed = await polite.ours.claim(10)
    assert len(claimed.claims) == 1
    assert claimed.next_due
    assert 0.4 < claimed.next_due <= 0.7


async def test_a_waiting_job_says_until_when_and_why(desk: Desk) -> None:
    polite = desk.with_settings(host_delay=10.0)
    ids = await polite.submit(*urls("a.org", 3))
    now = time.time()
    await polite.claim()

    first, second, third = [await polite.job(job_id) for job_id in sorted(ids, key=ids.index)]
    assert first.status is Status.RUNNING
    waits = sorted((second.not_before or 0.0) - now for second in (second, third))
    assert 9.5 < waits[0] < 11.5
    assert 19.5 < waits[1] < 22.0
    assert second.waiting_for
    assert second.waiting_for.code == "host_delay"
    assert second.started_at is None
    assert second.attempts == 0


async def test_a_job_that_waits_for_a_free_slot_says_so(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    await polite.submit("https://a.org/")
    (second,) = await polite.submit("https://a.org/2")
    await polite.claim()
    job = await polite.job(second)
    assert (job.status, job.waiting_for and job.waiting_for.code) == (Status.QUEUED, "host_busy")


async def test_many_pages_of_one_host_hold_up_no_other(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=2)
    await polite.batch(*urls("slow.org", 10_000))
    await polite.batch(*[f"https://{n}.org/" for n in range(100)])
    quick: list[str] = []
    began, calls = time.monotonic(), 0
    while len(quick) < 100:
        claimed = await polite.ours.claim(64)
        calls += 1
        others = [claim for claim in claimed.claims if claim.host != "slow.org"]
        quick += hosts(others)
        await polite.ours.finish([done(claim) for claim in others])
        assert claimed.claims or claimed.next_due == 0, "it should look on at once"

    assert calls <= 10
    assert time.monotonic() - began < 5.0


async def test_each_job_moves_once_however_often_it_is_passed_over(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    await polite.submit(*urls("slow.org", 200))
    await polite.claim()
    before = await commands(desk.redis)
    for _ in range(20):
        assert await polite.claim() == ()
    assert (await commands(desk.redis) - before) / 20 < 12


async def test_a_host_without_a_limit_makes_way_but_alone_has_all_slots(desk: Desk) -> None:
    free = desk.with_settings(concurrency=16)
    await free.submit(*urls("slow.org", 40))
    await free.submit(*urls("quick.org", 4))

    claims = await free.claim(16)
    assert sorted(set(hosts(claims))) == ["quick.org", "slow.org"]
    assert hosts(claims).count("quick.org") == 4
    assert len(claims) == 16

    await free.ours.finish([done(claim) for claim in claims])
    assert hosts(await free.claim(16)) == ["slow.org"] * 16


async def test_a_host_that_has_its_share_makes_way_for_those_that_come_later(desk: Desk) -> None:
    free = desk.with_settings(concurrency=16)
    await free.submit(*urls("slow.org", 60))
    held = await free.claim(16)
    await free.submit(*urls("quick.org", 2))
    await free.ours.finish([done(claim) for claim in held[:3]])

    claims = (await free.ours.claim(3, flying={"slow.org": 13})).claims
    assert sorted(hosts(claims)) == ["quick.org", "quick.org", "slow.org"]


async def test_networks_of_the_operators_own_need_no_manners(desk: Desk) -> None:
    dump = desk.settings.model_dump(include={"redis_url", "robots"}) | {"allow_networks": "10.0.0.0/8"}
    polite = desk.reading(dump)
    await polite.submit(*urls("10.1.2.3", 5), *urls("11.1.2.3", 5))
    assert sorted(hosts(await polite.claim())) == ["10.1.2.3"] * 5 + ["11.1.2.3"]

    chosen = desk.reading(dump | {"host_concurrency": 1, "queue": "other"})
    await chosen.submit(*urls("10.4.5.6", 5))
    assert hosts(await chosen.claim()) == ["10.4.5.6"]


async def test_a_name_that_lies_in_such_a_network_is_spared_from_then_on(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    await polite.submit(*urls("intra.example", 6))
    (claim,) = await polite.claim()
    await polite.ours.finish([done(claim, heard=Heard(free=True))])
    assert len(await polite.claim()) == 5


async def test_a_killed_workers_slot_is_free_within_the_lease(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1, lease=0.3)
    await polite.submit(*urls("a.org", 2))
    (claim,) = await polite.claim()
    assert (await polite.theirs.claim(10)).claims == ()
    await asyncio.sleep(0.35)

    claims = (await polite.theirs.claim(10)).claims  # nobody swept: the slot's truth is the lease
    assert [other.url for other in claims] == ["https://a.org/1"]
    assert await polite.theirs.sweep()
    await polite.theirs.finish([done(claims[0])])
    assert [again.job_id for again in (await polite.theirs.claim(10)).claims] == [claim.job_id]


async def test_the_slot_of_a_cancelled_job_is_free_once_its_worker_must_have_heard(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1, lease=0.6)
    await polite.submit(*urls("a.org", 2))
    (claim,) = await polite.claim()
    await polite.store.cancel(claim.job_id, "")
    assert await polite.claim() == ()
    await asyncio.sleep(0.65)
    assert len(await polite.claim()) == 1


async def test_a_released_job_frees_its_slot_and_goes_first(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    await polite.batch(*urls("a.org", 3))
    (claim,) = await polite.claim()
    await polite.ours.release([claim])
    assert [again.url for again in await polite.claim()] == [claim.url]


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


async def test_the_sweep_takes_no_job_that_waits_for_its_host_for_lost(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    await polite.submit(*urls("a.org", 50))
    await polite.claim()
    await polite.redis.delete("rq:queue:pith")
    swept = await polite.ours.sweep()
    assert (swept.put_back, swept.failed, swept.found) == (0, 0, 0)


async def test_nothing_is_lost_when_what_is_known_of_hosts_is(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    await polite.submit(*urls("a.org", 3))
    (claim,) = await polite.claim()
    await polite.redis.delete("pith:hosts:pith", "pith:turns:pith")
    await polite.ours.sweep()
    await polite.ours.finish([done(claim)])
    left = 0
    while claims := await polite.claim():
        left += len(claims)
        await polite.ours.finish([done(claim) for claim in claims])
    assert left == 2
    await polite.ours.sweep()
    assert await polite.keys("pith:turns*") | await polite.keys("pith:waiting*") == set()


async def test_a_waiting_job_that_is_cancelled_leaves_nothing_behind(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    _, second = [await polite.submit(url) for url in urls("a.org", 2)]
    (claim,) = await polite.claim()
    await polite.store.cancel(second[0], "")
    assert await polite.keys("pith:waiting*") == set()
    await polite.ours.finish([done(claim)])
    assert await polite.claim() == ()
    assert await polite.keys("pith:turns*") == set()


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


@pytest.mark.parametrize(("hosts_of", "each"), [(20, 30), (300, 2), (600, 1)])
async def test_manners_cost_at_most_two_commands_a_job(desk: Desk, hosts_of: int, each: int) -> None:
    """Every command that Redis ran counts, those in scripts too; claims are as large as a worker's."""
    polite = desk.with_settings(host_concurrency=2, robots="obey")
    costs = []
    for one in (desk, polite):
        await one.redis.flushdb()
        await one.batch(*[url for n in range(hosts_of) for url in urls(f"{n}.org", each)])
        before = await commands(one.redis)
        await work_off(one, hosts_of * each)
        costs.append((await commands(one.redis) - before) / (hosts_of * each))
    assert costs[1] - costs[0] <= 2.0, costs


async def test_a_lone_host_costs_a_claim_and_a_finish_a_job(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1, robots="obey")
    await polite.batch(*urls("a.org", 60))
    assert await work_off(polite, 60) <= 2 * 60


async def work_off(desk: Desk, count: int) -> int:
    """Claim and finish `count` jobs as a worker of 64 slots does. Returns the round trips that it took."""
    ended = calls = 0
    while ended < count:
        claims = await desk.claim(64)
        heard = Heard(answered=True, robots=60.0)
        await desk.ours.finish([done(claim, heard=heard) for claim in claims])
        ended += len(claims)
        calls += 2
    return calls


async def commands(redis: Redis) -> int:
    stats = await redis.info("commandstats")
    return sum(int(stats[name]["calls"]) for name in stats if name != "cmdstat_info")


async def jobs(desk: Desk) -> list[Job]:
    ids = [key.removeprefix("pith:job:") for key in await desk.keys("pith:job:*")]
    return [await desk.job(job_id) for job_id in ids]


async def test_a_job_with_a_body_needs_no_host(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    bodies = [JobRequest("https://a.org/", body=b"<p>x") for _ in range(3)]
    await polite.store.submit(bodies, owner="")
    assert hosts(await polite.claim()) == ["", "", ""]
