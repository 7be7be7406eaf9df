"""How many bytes of pages are held at once: what does not fit stays on the wire."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.fetch.fetching import OPEN
from worker.fetch.fetcher import Fetcher
from worker.fetch.page import FetchRequest
from worker.fetch.room import SMALL, Room

if TYPE_CHECKING:
    from tests.site import Site

KIB = 1024
PAGES, SIZE = 12, 1024 * KIB
CLEANING = 0.05  # s


def test_pages_for_which_there_is_no_room_wait_and_all_come(site: Site) -> None:
    site.page("/", b"a" * SIZE)
    held = most = 0

    async def fetch(fetcher: Fetcher, room: Room) -> int:
        nonlocal held, most
        with room.share() as share:
            page = await fetcher.fetch(FetchRequest(site.url("/"), share=share))
            held += len(page.body)
            most = max(most, held)
            await asyncio.sleep(CLEANING)
            held -= len(page.body)
        return len(page.body)

    async def fetch_all() -> list[int]:
        room = Room(2 * SIZE)
        async with Fetcher(OPEN) as fetcher:
            return await asyncio.gather(*(fetch(fetcher, room) for _ in range(PAGES)))

    assert asyncio.run(fetch_all()) == [SIZE] * PAGES
    assert most <= 2 * SIZE + 3 * SIZE  # the room, two that never wait, and one that came just before


def test_the_oldest_page_comes_however_small_the_room(site: Site) -> None:
    site.page("/", b"a" * SIZE)

    async def fetch() -> int:
        async with Fetcher(OPEN) as fetcher:
            with Room(1).share() as share:
                return len((await fetcher.fetch(FetchRequest(site.url("/"), share=share))).body)

    assert asyncio.run(fetch()) == SIZE


def test_a_small_page_does_not_wait_behind_large_ones(site: Site) -> None:
    site.page("/", b"a" * SMALL)

    async def fetch() -> int:
        room = Room(SIZE)
        async with Fetcher(OPEN) as fetcher:
            with room.share() as older, room.share() as old, room.share() as share:
                older.hold(SIZE)
                old.hold(SIZE // 2)
                return len((await fetcher.fetch(FetchRequest(site.url("/"), share=share))).body)

    assert asyncio.run(fetch()) == SMALL


def test_beginnings_that_unpack_to_much_wait_as_well() -> None:
    room = Room(SIZE)
    for bomb in (room.share(), room.share()):
        bomb.hold(SIZE)

    assert not room.is_open(room.share())


def test_a_page_that_came_with_its_job_waits_for_room_too() -> None:
    async def enter() -> list[bool]:
        room, came = Room(SIZE), []
        with room.share() as older, room.share() as old, room.share() as share:
            older.hold(SIZE)
            old.hold(SIZE)
            entering = asyncio.create_task(share.enter())
            await asyncio.sleep(0)
            came.append(entering.done())
            room.leave(older)
            await entering
            return [*came, entering.done()]

    assert asyncio.run(enter()) == [False, True]


def test_waiting_for_room_is_no_time_of_the_site_s(site: Site) -> None:
    site.page("/", b"a" * SIZE)

    async def fetch() -> int:
        room = Room(1)
        async with Fetcher(OPEN) as fetcher:
            with room.share() as older, room.share() as old, room.share() as share:
                older.hold(SIZE)
                old.hold(SIZE)
                request = FetchRequest(site.url("/"), timeout=0.5, share=share)
                fetching = asyncio.create_task(fetcher.fetch(request))
                await asyncio.sleep(1.0)
                room.leave(older)
                return len((await fetching).body)

    assert asyncio.run(fetch()) == SIZE
