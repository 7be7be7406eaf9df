"""What a worker holds when every site answers with as much as it may."""

from __future__ import annotations

import base64
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.settings import MIB
from worker.jobs.model import JobRequest

if TYPE_CHECKING:
    from tests.runner.conftest import Service, Workers
    from tests.site import Site

pytestmark = pytest.mark.anyio

PAGES, SIZE = 24, 8 * MIB
HELD = 16 * MIB


def peak(pid: int) -> int:
    """Bytes, the most that a process ever had (proc(5), status)."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024


async def test_pages_that_wait_to_be_cleaned_take_no_more_than_they_may(
    site: Site, workers: Workers, service: Service
) -> None:
    site.page("/small", "sleep 0.1")
    pages = [site.page(f"/{number}", b"sleep 0.3".ljust(SIZE)) for number in range(PAGES)]
    workers.module = "tests.runner.misbehaving_worker"
    worker = workers.start(max_held_bytes=HELD, job_timeout=300, lease=15)
    await service.ended((await service.submit(site.url("/small")))[0])
    before = peak(worker.pid)

    batch = await service.batch_ended(await service.batch(*pages))

    assert batch.counts.done == PAGES
    # What may be held and three pages; of one what it grew from; and what is just being read.
    assert peak(worker.pid) - before < HELD + 4 * SIZE + PAGES * MIB


async def test_pages_that_come_with_jobs_take_no_more_than_they_may(
    site: Site, workers: Workers, service: Service
) -> None:
    body = b"sleep 0.1 " + base64.b64encode(random.Random(1).randbytes(SIZE * 3 // 4))
    workers.module = "tests.runner.misbehaving_worker"
    worker = workers.start(max_held_bytes=HELD, job_timeout=300, lease=15)
    await service.ended((await service.submit(site.page("/small", "sleep 0.1")))[0])
    before = peak(worker.pid)

    requests = [JobRequest("", body=body) for _ in range(PAGES)]
    submitted = await service.store.submit(requests, owner="", batch=True)
    batch = await service.batch_ended(submitted.batch_id or "")

    assert batch.counts.done == PAGES
    # Packed, as they came, in two copies: read, and held. Then as the pages that are fetched.
    assert peak(worker.pid) - before < 2 * (HELD + SIZE) + HELD + 4 * SIZE + PAGES * MIB
