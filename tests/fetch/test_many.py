"""Many fetches at once, given up and not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.fetch.fetching import OPEN, Names
from worker.fetch.fetcher import Fetcher
from worker.fetch.page import FetchRequest

if TYPE_CHECKING:
    from tests.site import Site

HOSTS = [f"h{n}.example" for n in range(20)]
NAMES = Names({host: ["127.0.0.1"] for host in HOSTS})


def test_sixty_four_pages_of_twenty_hosts_are_in_flight_together(site: Site) -> None:
    for n in range(64):
        site.page(f"/{n}", f"<p>{n}", delay=0.5)

    async def run() -> list[bytes]:
        async with Fetcher(OPEN, resolve=NAMES) as fetcher:
            urls = [f"http://{HOSTS[n % 20]}:{site.port}/{n}" for n in range(64)]
            pages = await asyncio.gather(*(fetcher.fetch(FetchRequest(url)) for url in urls))
            return [page.body for page in pages]

    assert asyncio.run(run()) == [b"<p>%d" % n for n in range(64)]
    assert site.most_in_flight > 32


def test_fetches_that_are_given_up_leave_the_others_and_the_next_alone(site: Site) -> None:
    site.page("/slow", "<p>slow", delay=0.5)
    site.raw(
        "/never",
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9\r\n\r\n<p>",
        b"",
        delay=0.3,
    )
    site.page("/quick", "<p>quick")

    async def run() -> None:
        async with Fetcher(OPEN, resolve=NAMES) as fetcher:
            wanted = (
                fetcher.fetch(FetchRequest(site.url(path))) for path in ["/slow", "/never", "/quick"] * 5
            )
            kept, *dropped = map(asyncio.create_task, wanted)
            for step in range(14):
                await asyncio.sleep(0.02)
                dropped[step].cancel()
            await asyncio.gather(*dropped, return_exceptions=True)
            assert (await kept).body == b"<p>slow"
            assert (await fetcher.fetch(FetchRequest(site.url("/quick")))).body == b"<p>quick"

    asyncio.run(run())
