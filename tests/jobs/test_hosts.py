"""Manners towards hosts, on the real scripts: workers are played by two queues, time is Redis' own."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import done, hosts, urls
from worker.jobs.model import JobRequest, Status

if TYPE_CHECKING:
    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio


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
    calls = 0
    while len(quick) < 100:
        claimed = await polite.ours.claim(64)
        calls += 1
        others = [claim for claim in claimed.claims if claim.host != "slow.org"]
        quick += hosts(others)
        await polite.ours.finish([done(claim) for claim in others])
        assert claimed.claims or claimed.next_due == 0, "it should look on at once"

    assert calls <= 10


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


async def test_a_job_with_a_body_needs_no_host(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    bodies = [JobRequest("https://a.org/", body=b"<p>x") for _ in range(3)]
    await polite.store.submit(bodies, owner="")
    assert hosts(await polite.claim()) == ["", "", ""]
