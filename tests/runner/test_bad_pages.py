"""Pages that hang the cleaner, eat its memory or kill it, among good ones, through the whole of a worker."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from config.settings import MIB
from tests.runner.conftest import STARTS_IN, until
from worker.jobs.model import Status

if TYPE_CHECKING:
    from tests.runner.conftest import Service, Workers
    from tests.site import Site

pytestmark = pytest.mark.anyio

LOSSES = 5  # fewer than by default, as each takes seconds; one more than a job may have by others' doing
ENDS_IN = 2 * LOSSES * STARTS_IN
BAD = {"sleep 60": "clean_timeout", "blow": "clean_memory", "bug": "clean_failed", "die": "cleaner_lost"}


async def test_a_bad_page_fails_with_its_own_code_and_its_neighbours_notice_nothing(
    site: Site, workers: Workers, service: Service
) -> None:
    for body in BAD:
        site.page(f"/{body.split()[0]}", body)
    good = [site.page(f"/good/{n}", f"page {n}") for n in range(20)]
    bad = {site.url(f"/{body.split()[0]}"): code for body, code in BAD.items()}
    urls = [*good[:10], *bad, *good[10:]]
    workers.module = "tests.runner.misbehaving_worker"
    workers.start(
        cleaners=2,
        clean_timeout=5,
        clean_memory=256 * MIB,
        max_attempts=1,
        lease=15,
    )

    ids = dict(zip(urls, await service.submit(*urls), strict=True))
    for url, job_id in ids.items():
        job = await service.ended(job_id)
        if url in bad:
            assert job.error is not None
            assert job.error.code == bad[url]
        else:
            assert (job.status, job.attempts) == (Status.DONE, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the worker in /proc")
@pytest.mark.timeout(ENDS_IN + 60)
async def test_a_page_that_kills_its_workers_ends_and_takes_no_neighbour_along(
    site: Site, workers: Workers, service: Service
) -> None:
    murderer = site.page("/murder", "murder")
    good = [site.page(f"/good/{n}", f"page {n}") for n in range(20)]
    workers.module = "tests.runner.misbehaving_worker"

    def start() -> None:
        workers.start(max_attempts=1, max_losses=LOSSES)

    batch = await service.batch(murderer, *good)

    async def ended() -> bool:
        """Whoever dies is started again, as a supervisor does."""
        for worker in [worker for worker in workers.started if worker.poll() is not None]:
            workers.started.remove(worker)
            start()
        found = await service.store.batch(batch, "")
        return bool(found and found.finished_at)

    start()
    await until(ended, within=ENDS_IN)
    results = await service.store.results(batch, "", 0, 100)
    assert results
    ends = {job.url: (job.status, job.error.code if job.error else None) for job in results.jobs}
    assert ends == {murderer: (Status.FAILED, "worker_lost")} | dict.fromkeys(good, (Status.DONE, None))
