"""What an attempt tells the other workers of its host: nothing that another host is to blame for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from tests.runner import misbehaving
from tests.runner.conftest import PAGE
from tests.site import Site
from worker.fetch.fetcher import Fetcher
from worker.jobs.connection import connect
from worker.jobs.model import Again, Claim, Failed
from worker.jobs.options import Options
from worker.jobs.robots import RobotsStore
from worker.jobs.urls import target
from worker.runner.attend import Attendant
from worker.runner.cleaners import Cleaners

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.anyio

ROBOTS = "/robots.txt"


@pytest.fixture
def other() -> Iterator[Site]:
    """A site at another address."""
    with Site(host="127.0.0.2") as other:
        yield other


@pytest.fixture
async def attendant(redis_url: str) -> AsyncIterator[Attendant]:
    settings = Settings(
        redis_url=redis_url, allow_networks=("127.0.0.0/8",), robots="obey", fetch_timeout=2.0, host_delay=0.0
    )
    async with connect(settings) as redis, Fetcher(settings) as fetcher:
        cleaners = Cleaners(settings, misbehaving.clean)  # not started: no page gets so far
        yield Attendant(settings, fetcher, cleaners, RobotsStore(redis, settings))


def claim(url: str) -> Claim:
    return Claim("job", "execution", url, Options(), {}, attempt=1, left=60.0, host=target(url).host)


@pytest.mark.parametrize("trouble", ["is silent", "is busy", "hides its rules"])
async def test_a_host_that_sends_us_on_is_not_blamed_for_the_other(
    attendant: Attendant, site: Site, other: Site, trouble: str
) -> None:
    match trouble:
        case "is silent":
            other.page("/there", PAGE, delay=60)
        case "is busy":
            other.page("/there", "", status=429, headers={"retry-after": "50"})
        case _:
            other.page(ROBOTS, "", status=503, headers={"retry-after": "50"})
    site.page("/here", "", status=302, headers={"location": other.url("/there")})

    outcome = await attendant.attend(claim(site.url("/here")))
    assert isinstance(outcome, Again | Failed)
    assert outcome.heard
    assert outcome.heard.answered
    assert (outcome.heard.silent, outcome.heard.unreachable, outcome.heard.rest) == (False, False, None)


async def test_a_pause_that_lies_ahead_is_no_time_that_the_attempt_took(
    attendant: Attendant, site: Site
) -> None:
    site.page(ROBOTS, "User-agent: *\nCrawl-delay: 25\n")

    outcome = await attendant.attend(claim(site.url("/page")))
    assert isinstance(outcome, Again)
    assert outcome.delay == 25.0
    assert outcome.heard
    assert outcome.heard.took is not None
    assert outcome.heard.took >= 0.0
