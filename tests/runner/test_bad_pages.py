"""Pages that hang the cleaner, eat its memory or kill it, among good ones, through the whole of a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.settings import MIB
from worker.jobs.model import Status

if TYPE_CHECKING:
    from tests.runner.conftest import Service, Workers
    from tests.site import Site

pytestmark = pytest.mark.anyio

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
