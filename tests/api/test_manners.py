"""What a caller sees of manners: why a job waits and until when, and who may pass over robots.txt."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from api.shapes import JobAnswer, ProblemAnswer
from tests.serving import serving
from worker.jobs.connection import connect
from worker.jobs.queue import JobQueue

if TYPE_CHECKING:
    import httpx

    from config.settings import Settings


def polite_claim(settings: Settings) -> None:
    """A worker takes what it may."""

    async def go() -> None:
        async with connect(settings) as redis:
            await JobQueue(redis, settings, "polite").claim(10)

    asyncio.run(go())


def test_a_job_that_waits_for_its_site_says_why_and_until_when(api: httpx.Client, settings: Settings) -> None:
    links = [api.post("/v1/jobs", json={"url": f"https://a.org/{n}"}).headers["location"] for n in range(2)]
    fresh = api.get(links[1]).json()
    assert (fresh["status"], fresh["not_before"], fresh["waiting_for"]) == ("queued", None, None)
    polite_claim(settings.model_copy(update={"host_delay": 60.0}))

    jobs = [api.get(link).json() for link in links]
    (waits,) = [job for job in jobs if job["status"] == "queued"]
    JobAnswer.model_validate(waits)
    assert waits["waiting_for"]["code"] == "host_delay"
    assert waits["not_before"] > waits["created_at"]
    assert waits["started_at"] is None
    (runs,) = [job for job in jobs if job["status"] == "running"]
    assert (runs["not_before"], runs["waiting_for"]) == (None, None)


@pytest.mark.parametrize(
    ("path", "target"), [("jobs", {"url": "https://a.org/"}), ("batches", {"urls": ["https://a.org/"]})]
)
def test_passing_over_robots_txt_is_refused_unless_the_operator_lets_jobs(
    api: httpx.Client, redis_url: str, path: str, target: dict[str, object]
) -> None:
    refused = api.post(f"/v1/{path}", json={**target, "robots": "off"})
    assert refused.status_code == 422
    problem = ProblemAnswer.model_validate(refused.json())
    assert problem.errors
    assert problem.errors[0].field == "robots"
    assert "PITH_ROBOTS_OVERRIDE" in problem.detail
    assert api.post(f"/v1/{path}", json={**target, "robots": "obey"}).status_code == 202

    with serving(redis_url, robots_override=True) as lenient:
        assert lenient.post(f"/v1/{path}", json={**target, "robots": "off"}).status_code == 202


def test_a_job_says_what_it_asked_for(redis_url: str) -> None:
    with serving(redis_url, robots_override=True) as api:
        job = api.post("/v1/jobs", json={"url": "https://a.org/", "robots": "off"}).json()
        assert job["options"]["robots"] == "off"
