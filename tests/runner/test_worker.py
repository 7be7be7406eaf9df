"""What a worker does with jobs."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from tests.runner import misbehaving
from tests.runner.conftest import PAGE, TEXT, until
from tests.site import head
from worker.jobs.model import JobRequest, Status
from worker.runner.rq_worker import PithWorker

if TYPE_CHECKING:
    from pathlib import Path

    from tests.runner.conftest import Service, Workers
    from tests.site import Asked, Site

pytestmark = pytest.mark.anyio


async def test_a_page_is_fetched_cleaned_and_stored(site: Site, workers: Workers, service: Service) -> None:
    workers.start()
    (job_id,) = await service.submit(site.url("/page"))

    job = await service.ended(job_id)

    assert (job.status, job.attempts) == (Status.DONE, 1)
    page = await service.store.page(job)
    assert page
    assert TEXT in page["page"]["text"]
    assert page["page"]["http_status"] == 200


async def test_a_page_that_came_with_its_job_is_cleaned_and_nothing_is_fetched(
    site: Site, workers: Workers, service: Service
) -> None:
    workers.start()
    request = JobRequest(site.url("/page"), body=PAGE.encode())
    (job_id,) = (await service.store.submit([request], owner="")).job_ids

    assert TEXT in await service.text(await service.ended(job_id))
    assert site.asked == []


async def test_plain_text_keeps_its_lines_and_its_angle_brackets(
    site: Site, workers: Workers, service: Service
) -> None:
    workers.start()
    text = f"Notes\n\n{TEXT}\n  if a < b: <stop>\n"
    (job_id,) = await service.submit(site.page("/notes.txt", text, content_type="text/plain"))

    assert await service.text(await service.ended(job_id)) == text.rstrip()


async def test_many_pages_are_in_flight_at_once_and_no_more_than_there_are_slots(
    site: Site, workers: Workers, service: Service
) -> None:
    workers.start(concurrency=20)
    batch = await service.batch(*(site.url(f"/slow?{n}") for n in range(60)))

    counts = (await service.batch_ended(batch)).counts

    assert (counts.done, counts.total) == (60, 60)
    assert 10 <= site.most_in_flight <= 20


async def test_a_busy_site_is_asked_again(site: Site, workers: Workers, service: Service) -> None:
    async def busy_twice(_: Asked, writer: asyncio.StreamWriter) -> bool:
        ok = site.hits("/busy") > 2
        body = PAGE.encode() if ok else b""
        fields = {"content-type": "text/html", "content-length": str(len(body))}
        writer.write(head(200 if ok else 503, fields) + body)
        return True

    workers.start()
    (job_id,) = await service.submit(site.route("/busy", busy_twice))

    job = await service.ended(job_id)

    assert (job.status, job.attempts) == (Status.DONE, 3)


async def test_a_page_that_is_not_there_fails_once(site: Site, workers: Workers, service: Service) -> None:
    workers.start()
    (job_id,) = await service.submit(site.url("/nowhere"))

    job = await service.ended(job_id)

    assert job.error
    assert (job.status, job.error.code, job.attempts) == (Status.FAILED, "http_404", 1)
    assert site.hits("/nowhere") == 1


async def test_attempts_end(site: Site, workers: Workers, service: Service) -> None:
    workers.start(max_attempts=2)
    (job_id,) = await service.submit(site.page("/busy", "", status=503))

    job = await service.ended(job_id)

    assert job.error
    assert (job.error.code, job.attempts, site.hits("/busy")) == ("http_503", 2, 2)


async def test_a_job_ends_within_its_own_deadline(site: Site, workers: Workers, service: Service) -> None:
    workers.start()
    (job_id,) = await service.submit(site.url("/endless"), timeout=0.5)

    job = await service.ended(job_id)

    assert job.error
    assert job.error.code == "deadline_exceeded"
    assert job.finished_at
    assert job.started_at
    assert job.finished_at - job.started_at < 2


async def test_cancelling_a_running_job_frees_its_slot(
    site: Site, workers: Workers, service: Service
) -> None:
    workers.start(concurrency=1, lease=0.6)
    first, second = await service.submit(site.url("/endless"), site.url("/page"))
    await until(lambda: running(service, first))

    await service.store.cancel(first, "")

    assert (await service.ended(second)).status is Status.DONE


async def test_an_unchanged_page_is_not_fetched_again(site: Site, workers: Workers, service: Service) -> None:
    async def tagged(asked: Asked, writer: asyncio.StreamWriter) -> bool:
        known = asked.headers.get("if-none-match") == '"one"'
        body = b"" if known else PAGE.encode()
        fields = {"etag": '"one"', "content-type": "text/html", "content-length": str(len(body))}
        writer.write(head(304 if known else 200, fields) + body)
        return True

    workers.start()
    url = site.route("/tagged", tagged)
    first = await service.ended((await service.submit(url))[0])
    second = await service.ended((await service.submit(url))[0])

    assert site.hits("/tagged") == 2
    assert first.id != second.id
    assert await service.text(second) == await service.text(first)


async def test_an_idle_worker_takes_a_new_job_at_once(site: Site, workers: Workers, service: Service) -> None:
    workers.start()
    for n in range(60):  # by looks alone, LOOK_AGAIN apart, these would take minutes
        await service.ended((await service.submit(site.url(f"/page?{n}")))[0])


async def running(service: Service, *job_ids: str) -> bool:
    return all([(await service.job(job_id)).status is Status.RUNNING for job_id in job_ids])


async def test_the_alive_file_is_touched_again_and_again(tmp_path: Path, workers: Workers) -> None:
    alive = tmp_path / "alive"
    workers.start(alive_file=alive)
    await until(partial(asyncio.to_thread, alive.exists))
    first = alive.stat().st_mtime

    await until(partial(asyncio.to_thread, lambda: alive.stat().st_mtime > first))


def test_a_worker_whose_heart_breaks_ends_in_place_of_working_on_unseen(redis_url: str) -> None:
    settings = Settings(redis_url=redis_url, cleaners=1, alive_file="a\0b")  # no file can be named so
    with pytest.raises(ExceptionGroup) as broken:
        PithWorker(settings, clean=misbehaving.clean).work()
    assert broken.group_contains(ValueError, match="null byte")
