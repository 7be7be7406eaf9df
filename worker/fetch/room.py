"""How many bytes of pages a worker holds at once, from the wire until they have been cleaned."""

from __future__ import annotations

import asyncio
import itertools
import math
from typing import Final, Self

SMALL: Final = 128 * 1024  # bytes with which a page begins
OLDEST: Final = 2  # pages that never wait: one is cleaned while the other comes


class Room:
    """`size` bytes for all pages together; what comes when they are taken stays on the wire.

    For the beginning of a page there is as much again, so that no small page waits behind large ones; and the
    OLDEST never wait, so that some always go on. Held at most: twice `size`, and OLDEST + 1 pages, one of
    which came when there was just room.
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
        size = 2 * self._size if self._held.get(share, 0) < SMALL else self._size
        return sum(self._held.values()) < size or share in itertools.islice(self._held, OLDEST)

    async def wait(self, share: Share) -> None:
        """Until it may hold more; it is as old as its first wait."""
        self._held.setdefault(share, 0)
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
        self.hold(SMALL)  # as if it had begun, for its rest is there too
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
