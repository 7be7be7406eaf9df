"""Jobs that one worker takes ahead of their turn, so that a host with pauses costs no call for each page."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import done, hosts, urls
from worker.jobs.hosts import Heard
from worker.jobs.model import Again, Back, Failure, Status

if TYPE_CHECKING:
    from tests.jobs.conftest import Desk
    from worker.jobs.model import Claim

pytestmark = pytest.mark.anyio

AHEAD, SLACK, STRANGER = 3.0, 0.1, 2.0  # s, as lua/hosts.lua has them
QUICK = Heard(answered=True, took=0.05)


async def known(desk: Desk, count: int, heard: Heard = QUICK) -> None:
    """One host with `count` jobs that wait; it has answered once."""
    await desk.batch(*urls("a.org", count + 1))
    (first,) = await desk.claim(64)
    await desk.ours.finish([done(first, heard=heard)])


def waits(claims: tuple[Claim, ...]) -> list[float]:
    return [claim.turn.wait for claim in claims if claim.turn]


async def run(desk: Desk) -> tuple[Claim, ...]:
    while not (claims := await desk.claim(64)):  # noqa: ASYNC110  Redis' clock tells nobody
        await asyncio.sleep(0.02)
    return claims


async def test_a_run_is_spaced_by_the_delay_and_no_longer_than_a_few_seconds(desk: Desk) -> None:
    polite = desk.with_settings(host_delay=0.3)
    await known(polite, 40)
    claims = await run(polite)
    gaps = [b - a for a, b in pairwise(waits(claims))]
    assert len(claims) > 5
    assert min(gaps) >= 0.3 + SLACK - 0.001
    assert max(waits(claims)) <= AHEAD


async def test_nobody_gets_a_turn_before_a_run_is_over(desk: Desk) -> None:
    polite = desk.with_settings(host_delay=0.05, host_concurrency=1)
    await known(polite, 40)
    claims = await run(polite)
    began = time.monotonic()
    await polite.ours.finish([done(claim) for claim in claims])
    while not (await polite.theirs.claim(64)).claims:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    assert time.monotonic() - began >= max(waits(claims)) + 0.05 - 0.02


async def test_pages_slower_than_the_delay_are_planned_as_they_come(desk: Desk) -> None:
    polite = desk.with_settings(host_delay=0.1, host_concurrency=1)
    await known(polite, 40, Heard(answered=True, took=1.0))
    claims = await run(polite)
    assert [round(wait, 2) for wait in waits(claims)] == [0.0, 1.25, 2.5]


async def test_a_host_that_was_not_asked_yet_is_asked_for_one_page(desk: Desk) -> None:
    polite = desk.with_settings(host_delay=0.1)
    await polite.batch(*urls("a.org", 20))
    assert len(await polite.claim(64)) == 1


async def test_only_the_one_worker_that_has_all_its_jobs_gets_a_run(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=3)
    await polite.batch(*urls("a.org", 60))
    first, second, third = await polite.claim(64)
    assert (await polite.theirs.claim(64)).claims == ()
    await polite.ours.finish([done(first, heard=QUICK)])
    (other,) = (await polite.theirs.claim(64)).claims
    await polite.ours.finish([done(second), done(third)])
    assert len((await polite.ours.claim(64)).claims) == 2, "theirs may hear before us that it wants rest"
    await polite.theirs.finish([done(other)])
    mine = await polite.claim(64)
    assert len(mine) > 3
    assert {claim.turn.slots for claim in mine if claim.turn} == {3}


async def test_a_job_whose_turn_passed_is_as_if_it_had_not_been_claimed(desk: Desk) -> None:
    polite = desk.with_settings(host_delay=0.2)
    await known(polite, 10)
    claims = await run(polite)
    await polite.ours.finish([Back(claim) for claim in claims[1:]])
    job = await polite.job(claims[1].job_id)
    assert (job.status, job.attempts) == (Status.QUEUED, 0)
    await polite.ours.finish([done(claims[0])])
    assert (await run(polite))[0].job_id == claims[1].job_id, "before those that came later"


async def test_the_wait_for_its_turn_is_not_taken_from_a_jobs_time(desk: Desk) -> None:
    polite = desk.with_settings(host_delay=0.5, job_timeout=2.0)
    await known(polite, 10)
    claims = await run(polite)
    assert {claim.left for claim in claims} == {2.0}
    await asyncio.sleep(2.2)
    await polite.ours.sweep()
    ended = [(await polite.job(claim.job_id)).status.ended for claim in claims]
    assert ended == [wait < 0.2 for wait in waits(claims)]


async def test_a_run_of_a_killed_worker_comes_back_whole(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1, lease=0.3)
    await known(polite, 6)
    claims = await polite.claim(64)
    assert len(claims) == 6
    await asyncio.sleep(0.35)
    swept = await polite.theirs.sweep()
    assert swept.put_back == 6
    again = (await polite.theirs.claim(64)).claims
    assert hosts(again) == ["a.org"] * len(again)
    assert len(again) == 1 or {claim.job_id for claim in again} == {claim.job_id for claim in claims}


async def test_finishing_and_claiming_are_one_call(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    await polite.batch(*urls("a.org", 3))
    (first,) = await polite.claim(64)
    counted, claimed = await polite.ours.exchange([done(first)], 64)
    assert counted == (True,)
    assert claimed
    assert [claim.url for claim in claimed.claims] == ["https://a.org/1"], "the slot just freed"


async def test_what_one_call_ends_and_takes_of_the_same_page_is_not_mixed_up(desk: Desk) -> None:
    first, second = [(await desk.submit("https://a.org/"))[0] for _ in range(2)]
    (leader,) = await desk.claim(1)
    unreadable = Failure("http_503", "Busy.")
    _, claimed = await desk.ours.exchange([Again(leader, unreadable, 9.0)], 10)
    assert claimed
    assert claimed.claims == (), "it waits for the one that is parked"
    third = (await desk.submit("https://a.org/"))[0]
    await desk.store.cancel(first, "")
    (leader,) = await desk.claim(10)
    assert leader.job_id in {second, third}
    counted, claimed = await desk.ours.exchange([done(leader)], 10)
    assert counted == (True,)
    assert {(await desk.job(one)).status for one in (second, third)} == {Status.DONE}
    assert await desk.keys("pith:flight*") == set()


async def test_while_one_worker_holds_jobs_of_a_host_with_pauses_the_turn_of_others_comes_later(
    desk: Desk,
) -> None:
    polite = desk.with_settings(host_delay=0.1, host_concurrency=4)
    await polite.batch(*urls("a.org", 6))
    began = time.monotonic()
    (first,) = await polite.claim(64)
    await asyncio.sleep(0.3)
    strange = (await polite.theirs.claim(64)).claims
    assert not strange or time.monotonic() - began >= STRANGER, "they cannot see when ours really asked"
    await polite.ours.finish([done(first)])
    while not (await polite.theirs.claim(64)).claims:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_no_run_is_taken_past_the_time_for_which_robots_txt_is_known(desk: Desk) -> None:
    polite = desk.with_settings(host_delay=0.1, robots="obey")
    await known(polite, 10, Heard(answered=True, took=0.05, robots=2.0))
    assert len(await run(polite)) == 1
