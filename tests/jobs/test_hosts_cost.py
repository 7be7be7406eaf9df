"""What manners cost in Redis; `python -m lab.bench cost` measures the same on real workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import commands, done, urls
from worker.jobs.hosts import Heard

if TYPE_CHECKING:
    from tests.jobs.conftest import Desk
    from worker.jobs.model import Outcome

pytestmark = pytest.mark.anyio


async def test_each_job_moves_once_however_often_it_is_passed_over(desk: Desk) -> None:
    polite = desk.with_settings(host_concurrency=1)
    await polite.submit(*urls("slow.org", 200))
    await polite.claim()
    before = await commands(desk.redis)
    for _ in range(20):
        assert await polite.claim() == ()
    assert (await commands(desk.redis) - before) / 20 < 12


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


async def test_a_job_by_itself_costs_at_most_32_commands(desk: Desk) -> None:
    """One is submitted, then one call finishes the last one and takes it."""
    outcomes: list[Outcome] = []
    before = await commands(desk.redis)
    for url in urls("example.org", 20):
        await desk.submit(url)
        _, claimed = await desk.ours.exchange(outcomes, 64)
        assert claimed
        outcomes = [done(claim) for claim in claimed.claims]
    assert (await commands(desk.redis) - before) / 20 <= 32


async def test_many_jobs_by_themselves_cost_at_most_20_commands(desk: Desk) -> None:
    """As callers in a hurry post them: 16 wait when the worker comes by."""
    before = await commands(desk.redis)
    for _ in range(5):
        for url in urls("example.org", 16):
            await desk.submit(url)
        await desk.ours.finish([done(claim) for claim in await desk.claim(64)])
    assert (await commands(desk.redis) - before) / 80 <= 20
