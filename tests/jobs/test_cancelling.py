from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import done
from worker.jobs.model import Status

if TYPE_CHECKING:
    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio


async def test_a_cancelled_job_is_out_of_the_queue(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/")

    assert await desk.store.cancel(job_id, "")

    assert (await desk.job(job_id)).status is Status.CANCELLED
    assert await desk.redis.llen("rq:queue:pith") == 0
    assert not await desk.claim()


async def test_a_cancelled_job_stays_cancelled_whatever_its_worker_brings(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/")
    claim = await desk.claim_one()

    await desk.store.cancel(job_id, "")

    assert await desk.ours.finish([done(claim)]) == (False,)
    assert (await desk.job(job_id)).status is Status.CANCELLED
    assert not await desk.keys("pith:page:*")


async def test_a_job_of_another_owner_is_not_cancelled(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/", owner="one")

    assert not await desk.store.cancel(job_id, "two")

    assert (await desk.job(job_id, "one")).status is Status.QUEUED


async def test_cancelling_what_has_ended_removes_it_with_its_page(desk: Desk) -> None:
    (job_id,) = await desk.submit("https://example.org/")
    await desk.ours.finish([done(await desk.claim_one())])

    assert await desk.store.cancel(job_id, "")

    assert await desk.store.get(job_id, "") is None
    assert not await desk.keys("pith:*")
    assert not await desk.store.cancel(job_id, "")
