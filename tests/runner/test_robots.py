"""robots.txt as sites really answer it: read through the guarded fetcher, kept in Redis, asked for once."""

from __future__ import annotations

import asyncio
import gzip
import socket
from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from tests.fetch.fetching import Names
from worker.errors import RobotsUnreachable
from worker.fetch.fetcher import Fetcher
from worker.jobs.connection import connect
from worker.jobs.robots import RobotsStore
from worker.jobs.urls import target
from worker.runner.robots import UNASKED_FOR, Robots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.site import Site

pytestmark = pytest.mark.anyio

FORBIDS = "User-agent: *\nDisallow: /\n"
PATH = "/robots.txt"


class Reader:
    """One worker's robots."""

    def __init__(self, site: Site, robots: Robots) -> None:
        self.site = site
        self.robots = robots

    async def allows(self) -> bool:
        return (await self.robots.read(target(self.site.url("/page")))).rules.allow(self.site.url("/page"))


@pytest.fixture
async def reader(redis_url: str, site: Site) -> AsyncIterator[Reader]:
    settings = Settings(redis_url=redis_url, allow_networks=("127.0.0.0/8",), fetch_timeout=1.0)
    async with connect(settings) as redis, Fetcher(settings) as fetcher:
        yield Reader(site, Robots(settings, fetcher, RobotsStore(redis, settings)))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
async def test_a_4xx_allows_all(reader: Reader, status: int) -> None:
    reader.site.page(PATH, FORBIDS, status=status)
    assert await reader.allows()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 599])
async def test_a_5xx_and_a_429_allow_nothing_yet(reader: Reader, status: int) -> None:
    reader.site.page(PATH, "", status=status, headers={"retry-after": "7"})
    with pytest.raises(RobotsUnreachable) as caught:
        await reader.allows()
    assert caught.value.retry_after in (7.0, None)


async def test_one_that_never_comes_or_breaks_off_allows_nothing_yet(reader: Reader) -> None:
    reader.site.page(PATH, FORBIDS, delay=60)
    with pytest.raises(RobotsUnreachable, match="in time"):
        await reader.allows()
    await asyncio.sleep(0.3)
    reader.site.raw(PATH, b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nUser-agent: *\n", reset=True)
    with pytest.raises(RobotsUnreachable):
        await reader.allows()


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream", "image/png", "", "nonsense"])
async def test_its_type_does_not_matter(reader: Reader, kind: str) -> None:
    reader.site.page(PATH, FORBIDS, content_type=kind)
    assert not await reader.allows()


async def test_it_may_be_packed_and_it_may_be_elsewhere(reader: Reader) -> None:
    packed = gzip.compress(FORBIDS.encode())
    reader.site.page("/rules", packed, headers={"content-encoding": "gzip"})
    reader.site.redirect(PATH, "/rules")
    assert not await reader.allows()


async def test_one_that_redirects_in_circles_or_is_broken_allows_all(reader: Reader) -> None:
    reader.site.redirect(PATH, PATH)
    assert await reader.allows()


async def test_one_that_is_not_what_it_says_allows_all(reader: Reader) -> None:
    reader.site.page(PATH, b"not gzip at all", headers={"content-encoding": "gzip"})
    assert await reader.allows()


async def test_of_one_that_never_ends_the_beginning_counts(reader: Reader) -> None:
    reader.site.page(PATH, FORBIDS + "# and on\n" * 200_000)
    assert not await reader.allows()


async def test_a_bomb_does_no_harm(reader: Reader) -> None:
    bomb = gzip.compress((FORBIDS + "#" * 50_000_000).encode())
    reader.site.page(PATH, bomb, headers={"content-encoding": "gzip"})
    assert not await reader.allows()


async def test_while_its_host_has_no_name_nothing_is_stored_of_it(redis_url: str, site: Site) -> None:
    settings = Settings(redis_url=redis_url, allow_networks=("127.0.0.0/8",))
    names = Names({"site.example": socket.gaierror(socket.EAI_NONAME, "Name or service not known")})
    page = f"http://site.example:{site.port}/page"
    site.page(PATH, FORBIDS)
    async with connect(settings) as redis, Fetcher(settings, resolve=names) as fetcher:
        here, there = [Robots(settings, fetcher, RobotsStore(redis, settings)) for _ in range(2)]
        assert (await here.read(target(page))).holds == UNASKED_FOR
        names.table["site.example"] = ["127.0.0.1"]
        assert not (await there.read(target(page))).rules.allow(page)


async def test_it_is_asked_for_once_whoever_asks(reader: Reader, redis_url: str) -> None:
    reader.site.page(PATH, FORBIDS, delay=0.2)
    assert await asyncio.gather(*(reader.allows() for _ in range(20))) == [False] * 20
    settings = Settings(redis_url=redis_url, allow_networks=("127.0.0.0/8",))
    async with connect(settings) as redis, Fetcher(settings) as fetcher:
        other = Reader(reader.site, Robots(settings, fetcher, RobotsStore(redis, settings)))
        assert not await other.allows()
        assert 0 < await redis.pttl(f"pith:robots:{reader.site.url('')}") <= 3_600_000
    assert reader.site.hits(PATH) == 1
