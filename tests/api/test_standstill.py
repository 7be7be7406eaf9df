"""Whatever a caller asks while Redis stands still, it is told so within one patience, not one a command."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from api import keys
from api.app import create_app
from api.keyring import Keyring
from config.settings import Settings
from tests.hurry import HurriedLoop
from tests.standstill import Stoppable, stoppable
from worker.jobs.apikeys import NamedKeys
from worker.jobs.connection import ANSWERS_CALLERS_IN, CONNECTIONS, connect
from worker.jobs.rates import Rates
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


JOB: dict[str, Any] = {"json": {"url": "https://example.com/"}}
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/readyz", {}),
    ("POST", "/v1/jobs", JOB),
    ("POST", "/v1/jobs", JOB | {"headers": {"Prefer": "wait=20"}}),
    ("POST", "/v1/clean", {"json": {"html": "<p>A page.</p>" * 100_000}}),
    ("POST", "/v1/batches", {"json": {"urls": ["https://example.com/"] * 1000}}),
    ("GET", "/v1/jobs/a", {}),
    ("GET", "/v1/jobs/a/text", {"headers": {"Prefer": "wait=20"}}),
    ("DELETE", "/v1/jobs/a", {}),
    ("GET", "/v1/batches/a", {}),
    ("GET", "/v1/batches/a/results", {}),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Stoppable]:
    with tempfile.TemporaryDirectory(prefix="pith-", dir="/tmp") as folder, stoppable(Path(folder)) as server:
        yield server


def now() -> float:
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def serving(url: str, **given: object) -> AsyncIterator[httpx.AsyncClient]:
    """The app, in the loop of the test."""
    settings = Settings(redis_url=url, **given)
    async with connect(settings, ANSWERS_CALLERS_IN) as redis:
        store = JobStore(redis, settings)
        ring, rates = Keyring(keys.Keys(), NamedKeys(redis)), Rates(redis, settings.key_rate)
        way = httpx.ASGITransport(create_app(settings, ring, store, rates))
        async with httpx.AsyncClient(transport=way, base_url="http://localhost") as client:
            yield client
        await store.close()


async def refused_after(client: httpx.AsyncClient, method: str, path: str, **request: Any) -> float:
    began = now()
    answer = await client.request(method, path, **request)
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert "Retry-After" in answer.headers
    return now() - began


@pytest.mark.parametrize("way", ["unix", "tcp"])
@pytest.mark.parametrize("rate", [0, 60])
def test_each_request_is_refused_in_time_alone_and_in_a_crowd(server: Stoppable, way: str, rate: int) -> None:
    async def ask() -> None:
        async with serving(server.urls[way], key_rate=rate) as client:
            with server.standing_still():
                for method, path, request in REQUESTS * 2:
                    assert await refused_after(client, method, path, **request) == in_time
                crowd = (refused_after(client, "GET", "/v1/jobs/a") for _ in range(3 * CONNECTIONS))
                assert await asyncio.gather(*crowd) == [in_time] * (3 * CONNECTIONS)

    in_time = pytest.approx(ANSWERS_CALLERS_IN)
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        runner.run(ask())
