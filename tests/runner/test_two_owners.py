"""A worker that was away for longer than its lease comes back with what it held, which another has ended."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Any, Literal

import orjson
import pytest

from tests.runner.conftest import PAGE, Workers, until
from tests.runner.wire import Wire
from worker.jobs.model import Status

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.redis_server import Server
    from tests.runner.conftest import Service
    from tests.site import Site

pytestmark = pytest.mark.anyio

JOBS, SLOTS, LEASE = 24, 8, 1.0
MANNERS = {"host_concurrency": SLOTS, "host_delay": 0}  # so that there are slots of a host to be given back
AWAY = LEASE * 2  # s


async def everything(service: Service) -> dict[bytes, Any]:
    """What Redis holds of jobs, pages and batches, and of nothing else."""
    read: dict[Any, str] = {b"hash": "hgetall", b"list": "lrange", b"string": "get"}
    found = {}
    async for key in service.redis.scan_iter("pith:*"):
        if key.split(b":")[1] in (b"job", b"page", b"batch", b"shared"):
            kind = await service.redis.type(key)
            more = (0, -1) if kind == b"list" else ()
            found[key] = await getattr(service.redis, read[kind])(key, *more)
    return found


async def slots_taken(service: Service) -> set[str]:
    """Attempts that hold a slot of a host."""
    known: Any = await service.redis.hvals("pith:hosts:pith")
    return {slot for host in known if host.startswith(b"{") for slot in orjson.loads(host).get("held", {})}


async def ended_without(service: Service, batch: str) -> dict[bytes, Any]:
    """All as it stands once the other worker has ended every job, and nobody holds any."""
    counts = (await service.batch_ended(batch)).counts
    assert (counts.done, counts.running, counts.total) == (JOBS, 0, JOBS)
    assert await slots_taken(service) == set()
    return await everything(service)


async def held_by_the_only_worker(service: Service, batch: str) -> bool:
    found = await service.store.batch(batch, "")
    return bool(found and found.counts.running == SLOTS)


async def back_at_work(
    service: Service, site: Site, other: subprocess.Popen[bytes], before: dict[bytes, Any]
) -> None:
    """Alone again, it does a new job, so it has said all that it had to say; and nothing is changed by it."""
    other.send_signal(signal.SIGTERM)
    await asyncio.to_thread(other.wait)
    (job_id,) = await service.submit(site.page("/new", PAGE))
    assert (await service.ended(job_id)).status is Status.DONE
    now = await everything(service)
    assert {key: now[key] for key in before} == before
    assert await slots_taken(service) == set()
    assert not await service.redis.exists(
        "pith:active:pith", "rq:queue:pith", "rq:wip:pith", "pith:parked:pith"
    )


async def test_a_worker_that_was_stopped_for_longer_than_its_lease_changes_nothing_that_has_ended(
    site: Site, workers: Workers, service: Service
) -> None:
    sleeper = workers.start(concurrency=SLOTS, lease=LEASE, **MANNERS)
    batch = await service.batch(*(site.url(f"/slow?{n}") for n in range(JOBS)))
    await until(lambda: held_by_the_only_worker(service, batch))
    while workers.log.read_text().count(" page ") < SLOTS // 2:  # noqa: ASYNC110  the log tells nobody
        await asyncio.sleep(0.01)
    sleeper.send_signal(signal.SIGSTOP)  # with pages that are ready, and others half way
    other = workers.start(concurrency=SLOTS, lease=LEASE, **MANNERS)
    before = await ended_without(service, batch)

    sleeper.send_signal(signal.SIGCONT)

    await back_at_work(service, site, other, before)
    assert sleeper.poll() is None


@pytest.mark.parametrize("how", ["dead", "broken"])
async def test_a_worker_that_was_cut_off_for_longer_than_its_lease_changes_nothing_that_has_ended(
    *,
    site: Site,
    workers: Workers,
    service: Service,
    valkey: Server,
    short_folder: Path,
    how: Literal["dead", "broken"],
) -> None:
    async with Wire(short_folder / f"{how}.sock", valkey.socket) as wire:
        far = Workers(workers.url.replace(str(valkey.socket), str(wire.end)), workers.log, workers.started)
        lonely = far.start(concurrency=SLOTS, lease=LEASE, **MANNERS)
        batch = await service.batch(*(site.url(f"/slow?{n}") for n in range(JOBS)))
        await until(lambda: held_by_the_only_worker(service, batch))
        wire.cut(how)
        cut_at = time.monotonic()
        other = workers.start(concurrency=SLOTS, lease=LEASE, **MANNERS)
        before = await ended_without(service, batch)
        await asyncio.sleep(max(0.0, cut_at + AWAY - time.monotonic()))

        wire.mend()

        await back_at_work(service, site, other, before)
        assert lonely.poll() is None
        workers.kill()
