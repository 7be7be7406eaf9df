"""/openapi.json keeps its word: schemathesis makes requests from it, right and wrong ones, for a real server.

Looked at in each answer: no 5xx, a status and a content type that are documented, a body of the documented
shape, wrong data refused, nothing given away without the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api import keys
from config.settings import Settings
from tests.serving import claim, done, failed, serving, work

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from schemathesis.schemas import APIOperation

KEY = "a" * 32
BEARER = {"Authorization": f"Bearer {KEY}"}
URL = "https://example.com/"
EXAMPLES = 10  # requests to one operation
ANSWERS_IN = 60.0  # s

bounded = hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def locked(redis_url: str) -> Iterator[httpx.Client]:
    """An API that wants a key, and whose Redis has heard of a worker."""
    with redis.Redis.from_url(redis_url) as client:
        client.sadd("rq:workers:pith", "rq:worker:w")
        client.hset("rq:worker:w", "name", "w")
    with serving(redis_url, keys.hashed([KEY]), max_wait=0.2) as api:
        api.headers.update(BEARER)
        yield api


def operations(api: httpx.Client) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    """All that /openapi.json has."""
    document = schemathesis.openapi.from_url(f"{api.base_url}/openapi.json")
    for found in document.get_all_operations():
        assert isinstance(found, Ok), found
        yield found.ok()


def keeps_its_word(case: Case[Any]) -> None:
    """One request. What is a URL that can be fetched the document cannot say, so such data may be refused."""
    case.call_and_validate(headers=BEARER, timeout=ANSWERS_IN, excluded_checks=[positive_data_acceptance])


def test_right_requests_are_answered_as_documented(locked: httpx.Client) -> None:
    for operation in operations(locked):
        bounded(given(case=operation.as_strategy())(keeps_its_word))()


def test_wrong_requests_are_answered_as_documented(locked: httpx.Client) -> None:
    wrong = [operation for operation in operations(locked) if "/v1/" in operation.path]  # others take nothing
    for operation in wrong:
        strategy = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        bounded(given(case=strategy)(keeps_its_word))()


def test_jobs_of_every_status_and_their_pages_are_answered_as_documented(
    locked: httpx.Client, redis_url: str
) -> None:
    known = made(locked, Settings(redis_url=redis_url))

    def check(case: Case[Any], data: st.DataObject) -> None:
        (name,) = case.path_parameters
        case.path_parameters[name] = data.draw(st.sampled_from(known[name]))
        keeps_its_word(case)

    looks = [found for found in operations(locked) if "{" in found.path and found.method == "get"]
    assert len(looks) == 7
    for operation in looks:
        bounded(given(case=operation.as_strategy(), data=st.data())(check))()


def made(api: httpx.Client, settings: Settings) -> dict[str, list[str]]:
    """Jobs of every status, two batches."""
    jobs = [api.post("/v1/jobs", json={"url": f"{URL}{n}", "explain": n == 0}).json()["id"] for n in range(5)]
    work(settings, done)
    work(settings, failed)
    claim(settings)
    api.delete(f"/v1/jobs/{jobs[3]}")
    batches = [api.post("/v1/batches", json={"urls": [URL + "b"] * count}).json()["id"] for count in (1, 3)]
    statuses = [api.get(f"/v1/jobs/{job}").json()["status"] for job in jobs]
    assert statuses == ["done", "failed", "running", "cancelled", "queued"]
    return {"job_id": jobs, "batch_id": batches}
