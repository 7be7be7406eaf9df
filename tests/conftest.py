"""A real Redis for the tests that want one: one server for the whole run, an empty database for each test."""

from __future__ import annotations

import shutil
import tempfile
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
from hypothesis import settings

from tests.redis_server import DATABASES, Server, binaries, running

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("pith", deadline=None)  # how long an example takes is the machine's affair
settings.load_profile("pith")

_databases = cycle(range(1, DATABASES))


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder with a short name, for unix sockets."""
    folder = tempfile.mkdtemp(prefix="pith-", dir="/tmp")
    yield Path(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def valkey(short_folder: Path) -> Iterator[Server]:
    """The embedded Valkey."""
    with running("valkey", short_folder) as server:
        yield server


@pytest.fixture(scope="session")
def servers(valkey: Server, short_folder: Path) -> Iterator[dict[str, Server]]:
    """Every server of this machine: the embedded Valkey, and redis-server when it is on PATH."""
    if "redis" not in binaries():
        yield {"valkey": valkey}
        return
    with running("redis", short_folder) as server:
        yield {"valkey": valkey, "redis": server}


@pytest.fixture
def redis_url(valkey: Server) -> Iterator[str]:
    """The URL of an empty database of the embedded Valkey."""
    yield from _empty_database(valkey)


@pytest.fixture(params=["valkey", "redis"])
def any_redis_url(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Iterator[str]:
    """The URL of an empty database, once on each server that is there."""
    if request.param not in servers:
        pytest.skip("no redis-server on PATH")
    yield from _empty_database(servers[request.param])


def _empty_database(server: Server) -> Iterator[str]:
    url = server.url(next(_databases))
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    yield url
