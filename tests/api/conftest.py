"""An open API on an empty database for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from tests.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


@pytest.fixture
def settings(redis_url: str) -> Settings:
    """Defaults, on the test's own database."""
    return Settings(redis_url=redis_url)


@pytest.fixture
def api(redis_url: str) -> Iterator[httpx.Client]:
    """A client of an open API."""
    with serving(redis_url) as client:
        yield client
