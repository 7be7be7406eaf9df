from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import done, failed
from worker.jobs.model import Again, Failure, Status

if TYPE_CHECKING:
    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio

URLS = tuple(f"https://example.org/{n}" for n in range(6))


async def counts(desk: Desk, batch_id: str) -> tuple[int, ...]:
    """queued, running, done, failed, cancelled, total."""
    batch = await desk.store.batch(batch_id, "")
    assert batch
    return astuple(batch.counts)


async def test_counts_follow_every_step_of_the_jobs(desk: Desk) -> None:
    batch = await desk.batch(*URLS)
    assert await counts(desk, batch) == (6, 0, 0, 0, 0, 6)

    a, b, c, d = (await desk.ours.claim(4)).claims
    assert await counts(desk, batch) == (2, 4, 0, 0, 0, 6)

    await desk.ours.finish([done(a), failed(b), Again(c, Failure("x", ""), 60)])
    assert await counts(desk, batch) == (3, 1, 1, 1, 0, 6)

    await desk.ours.release([d])
    assert await counts(desk, batch) == (4, 0, 1, 1, 0, 6)

    await desk.store.cancel(c.job_id, "")
    assert await counts(desk, batch) == (3, 0, 1, 1, 1, 6)


async def test_a_batch_knows_when_it_was_read_by_the_clock_of_redis(desk: Desk) -> None:
    batch_id = await desk.batch(*URLS)
    first, second = [await desk.store.batch(batch_id, "") for _ in range(2)]
    assert first
    assert second
    assert first.created_at <= first.read_at < second.read_at


async def test_a_batch_has_ended_when_its_last_job_has(desk: Desk) -> None:
    batch_id = await desk.batch(*URLS)
    statuses = []
    while claims := (await desk.ours.claim(2)).claims:
        statuses.append(await desk.store.batch(batch_id, ""))
        await desk.ours.finish([done(claim) for claim in claims])

    batch = await desk.store.batch(batch_id, "")
    assert batch
    assert {before.status for before in statuses if before} == {Status.RUNNING}
    assert (batch.status, batch.counts.done) == (Status.DONE, 6)
    assert batch.finished_at


async def test_results_come_in_the_order_in_which_jobs_ended_and_go_on_from_a_cursor(desk: Desk) -> None:
    batch = await desk.batch(*URLS)
    claims = await desk.claim()
    order = [4, 1, 5, 0]
    for place in order:
        await desk.ours.finish([done(claims[place])])

    first = await desk.store.results(batch, "", 0, 3)
    assert first
    second = await desk.store.results(batch, "", first.cursor, 3)
    assert second
    third = await desk.store.results(batch, "", second.cursor, 3)

    assert [job.index for job in first.jobs + second.jobs] == order
    assert third
    assert (third.jobs, third.cursor) == ((), 4)


async def test_removed_jobs_are_left_out_of_the_results_and_the_cursor_still_moves(desk: Desk) -> None:
    batch = await desk.batch(*URLS)
    claims = await desk.claim()
    await desk.ours.finish([done(claim) for claim in claims])
    await desk.store.cancel(claims[0].job_id, "")

    results = await desk.store.results(batch, "", 0, 2)
    assert results
    assert ([job.index for job in results.jobs], results.cursor) == ([1], 2)


async def test_a_batch_of_another_owner_does_not_exist(desk: Desk) -> None:
    batch = await desk.batch(*URLS)

    assert await desk.store.batch(batch, "yours") is None
    assert await desk.store.results(batch, "yours", 0, 10) is None
