"""Jobs that a worker holds ahead of their turn, when it stops, is killed, or one of them is cancelled."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.runner.conftest import until
from tests.runner.test_polite import Hosts, start
from worker.jobs.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.runner.conftest import Service, Workers

pytestmark = pytest.mark.anyio


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    with Hosts() as hosts:
        yield hosts


async def test_workers_that_stop_or_are_killed_in_mid_run_lose_no_job_and_the_pauses_hold(
    hosts: Hosts, workers: Workers, service: Service
) -> None:
    host = hosts.new()
    first, second, _ = start(workers, host_concurrency=2, host_delay=0.2, grace=0.5, lease=2)
    batch = await service.batch(*host.pages(40, delay=0.05))

    async def asked_for(count: int) -> bool:
        return len(host.at) >= count

    await until(lambda: asked_for(6))
    first.send_signal(signal.SIGTERM)
    await until(lambda: asked_for(14))
    second.kill()
    second.wait()
    found = await service.store.batch(batch, "")
    assert found
    lost = len(host.at) - found.counts.done  # in flight, or on their way to Redis
    assert lost <= 5, "an outcome waits for a second at most, and a page comes each .3 s"
    ended = await service.batch_ended(batch)

    assert ended.counts.done == 40
    assert await service.redis.llen(f"pith:batch:{batch}:ended") == 40
    assert min(host.gaps) >= 0.2, host.gaps
    assert len(host.at) <= 40 + lost, "what was only held was not asked for"


async def test_a_job_cancelled_while_it_is_held_for_its_turn_is_not_asked_for(
    hosts: Hosts, workers: Workers, service: Service
) -> None:
    host = hosts.new()
    workers.start(host_concurrency=1, host_delay=0.7, lease=1)
    ids = await service.submit(*host.pages(24))

    async def last_of_a_run() -> str | None:
        not_asked = [one for n, one in enumerate(ids) if not host.site.hits(f"/{n}")]
        waiting = [one for one in not_asked if await service.is_running(one)]
        return max(waiting) if len(waiting) > 1 else None  # made in one moment, they go by id

    held = await until(last_of_a_run)
    assert await service.store.cancel(held, "")
    others = [await service.ended(one) for one in ids if one != held]

    assert {job.status for job in others} == {Status.DONE}
    assert host.site.hits(f"/{ids.index(held)}") == 0
    assert min(host.gaps) >= 0.7, host.gaps
