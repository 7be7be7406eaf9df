"""An open API on an empty database for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config import logs
from config.settings import Settings
from tests.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.redis_server import Server


@pytest.fixture(autouse=True, scope="session")
def _quiet() -> None:
    """The servers run in threads, whose words would stand between those of pytest."""
    logs.configure(Settings(log_level="ERROR"))


@pytest.fixture
def settings(redis_url: str) -> Settings:
    """Defaults, on the test's own database."""
    return Settings(redis_url=redis_url)


@pytest.fixture(scope="session")
def shared_api(valkey: Server) -> Iterator[httpx.Client]:
    """One open API for all the tests that don't mind what else is queued."""
    with serving(valkey.url(0)) as client:
        yield client


@pytest.fixture
def api(redis_url: str) -> Iterator[httpx.Client]:
    """A client of an open API."""
    with serving(redis_url) as client:
        yield client
