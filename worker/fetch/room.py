"""How many bytes of pages a worker holds at once, from the wire until they have been cleaned."""

from __future__ import annotations

import asyncio
import itertools
import math
from typing import Final, Self

SMALL: Final = 128 * 1024  # bytes; most pages of the web have fewer on the wire
OLDEST: Final = 2  # pages that never wait: one is cleaned while the other comes


class Room:
    """`size` bytes for all pages together; what comes when they are taken stays on the wire.

    The beginning of a page comes all the same, so that no small page waits behind large ones; and the rest of
    the OLDEST, so that some always go on. Held at most: `size`, SMALL of each page, and OLDEST + 1 pages, one
    of which came when there was just room.
    """

    def __init__(self, size: float) -> None:
        self._size = size
        self._held: dict[Share, int] = {}  # the oldest first
        self._left = asyncio.Event()  # when a page has left

    def share(self) -> Share:
        """That of one more page: nothing yet."""
        return Share(self)

    def hold(self, share: Share, size: int) -> None:
        self._held[share] = size

    def leave(self, share: Share) -> None:
        self._held.pop(share, None)
        self._left.set()

    def is_open(self, share: Share) -> bool:
        """May it hold more."""
        if self._held.get(share, 0) < SMALL or sum(self._held.values()) < self._size:
            return True
        return share in itertools.islice(self._held, OLDEST)

    async def wait(self, share: Share) -> None:
        """Until it may hold more."""
        while not self.is_open(share):
            self._left.clear()
            await self._left.wait()


class Share:
    """What one page holds of a Room; a context manager that gives it back."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.clock: asyncio.Timeout | None = None  # of its fetch

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._room.leave(self)

    def hold(self, size: int) -> None:
        """The page has so many bytes now."""
        self._room.hold(self, size)

    async def enter(self) -> None:
        """Return when there is room for a page that comes in one piece."""
        self.hold(SMALL)  # more than that has to wait, and waits by age
        await self.wait()

    async def wait(self) -> None:
        """Return when there is room for more. Its clock stands still: that is no fault of the site's."""
        if self._room.is_open(self):
            return
        now, clock = asyncio.get_running_loop().time, self.clock
        began, due = now(), clock.when() if clock else None
        if clock:
            clock.reschedule(None)
        await self._room.wait(self)
        if clock and due:
            clock.reschedule(due + now() - began)


def unlimited() -> Share:
    """For what is fetched by itself."""
    return Room(math.inf).share()
