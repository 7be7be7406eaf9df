"""robots.txt of the sites whose pages are fetched: read once, kept in Redis for all, parsed here."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from worker.errors import (
    BlockedAddress,
    ConnectionFailed,
    DnsFailed,
    DnsUnavailable,
    FetchFailed,
    FetchTimeout,
    HttpStatus,
    InvalidUrl,
    PageError,
    RobotsUnreachable,
    SiteBusy,
    TlsFailed,
)
from worker.fetch.page import FetchRequest
from worker.fetch.robots import MOST_READ, Rules, decode, parse, product_token, url_of
from worker.runner.patience import AWAY

if TYPE_CHECKING:
    from config.settings import Settings
    from worker.fetch.fetcher import Fetcher
    from worker.jobs.robots import RobotsStore
    from worker.jobs.urls import Target

PATIENCE: Final = 15.0  # s for one robots.txt
UNREACHABLE_FOR: Final = 0.2  # s; what answers those who waited while it was asked for in vain
UNASKED_FOR: Final = 60.0  # s; and not in Redis: the name or the certificate may be mended soon
LONG: Final = 32 * 1024  # characters; a longer text is parsed in a thread: 500 kB take 0.3 s
MOST_SITES, MOST_TEXT = 2000, 16 * 1024 * 1024  # kept parsed: sites, and characters in all

# It may be there and forbid the page.
UNREACHABLE = (FetchTimeout, ConnectionFailed, DnsUnavailable, SiteBusy)
# Most likely they fail the page as well, and say nothing of a robots.txt. All other errors: there is none.
UNASKED = (DnsFailed, TlsFailed, BlockedAddress, InvalidUrl, FetchFailed)


@dataclass(frozen=True, slots=True)
class Read:
    """What a site's robots.txt says, how much longer it holds (s), whether the site was asked just now."""

    rules: Rules
    holds: float
    asked: bool = False


class Robots:
    """Reads and remembers. Safe to ask for the same site many times at once: it is fetched once."""

    def __init__(self, settings: Settings, fetcher: Fetcher, store: RobotsStore) -> None:
        self._fetcher = fetcher
        self._store = store
        self._ttl = settings.robots_ttl
        self._agent = product_token(settings)
        self._kept: OrderedDict[str, tuple[float, Rules | RobotsUnreachable]] = OrderedDict()
        self._text = 0  # characters in all that is kept
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def read(self, to: Target) -> Read:
        """The rules for the site of `to`. Raises RobotsUnreachable."""
        url = url_of(to)
        lock = self._locks.get(url)
        if lock is None:
            lock = self._locks[url] = asyncio.Lock()
        async with lock:
            return self._known(url) or await self._stored(url) or await self._asked(url)

    def _known(self, url: str) -> Read | None:
        until, found = self._kept.get(url, (0.0, None))
        left = until - time.monotonic()
        if found is None or left <= 0:
            return None
        if isinstance(found, RobotsUnreachable):
            raise RobotsUnreachable(found.message, retry_after=found.retry_after)
        self._kept.move_to_end(url)
        return Read(found, left)

    async def _stored(self, url: str) -> Read | None:
        stored = None
        with suppress(*AWAY):  # then the site is asked, and every loop of the worker says that Redis is away
            stored = await self._store.get(url)
        if stored is None:
            return None
        text, left = stored
        rules = await self._parsed(text)
        self._keep(url, left, rules)
        return Read(rules, left)

    async def _asked(self, url: str) -> Read:
        try:
            text = await self._text_of(url)
        except RobotsUnreachable as error:
            self._keep(url, UNREACHABLE_FOR, error)
            raise
        except UNASKED:
            return await self._remembered(url, "", UNASKED_FOR)
        with suppress(*AWAY):
            await self._store.put(url, text)
        return await self._remembered(url, text, self._ttl)

    async def _remembered(self, url: str, text: str, seconds: float) -> Read:
        rules = await self._parsed(text)
        self._keep(url, seconds, rules)
        return Read(rules, seconds, asked=True)

    async def _text_of(self, url: str) -> str:
        """The text, "" when there is none: 4xx, or whatever else RFC 9309, 2.3.1.3 calls unavailable.

        Raises RobotsUnreachable, and what is UNASKED.
        """
        try:
            fetched = await self._fetcher.fetch(FetchRequest(url, timeout=PATIENCE, most=MOST_READ))
        except UNREACHABLE as error:
            raise _unreachable(error) from error
        except HttpStatus as error:
            if error.status >= 500:
                raise _unreachable(error) from error
            return ""
        except UNASKED:
            raise
        except PageError:
            return ""
        return decode(fetched.body)

    async def _parsed(self, text: str) -> Rules:
        if len(text) > LONG:
            return await asyncio.to_thread(parse, text, self._agent)
        return parse(text, self._agent)

    def _keep(self, url: str, seconds: float, found: Rules | RobotsUnreachable) -> None:
        self._drop(url)
        self._kept[url] = (time.monotonic() + seconds, found)
        self._text += _size(found)
        while self._kept and (len(self._kept) > MOST_SITES or self._text > MOST_TEXT):
            self._drop(next(iter(self._kept)))

    def _drop(self, url: str) -> None:
        if (kept := self._kept.pop(url, None)) is not None:
            self._text -= _size(kept[1])


def _size(found: Rules | RobotsUnreachable) -> int:
    return found.size if isinstance(found, Rules) else 0


def _unreachable(error: PageError) -> RobotsUnreachable:
    said = f"{RobotsUnreachable.sentence} {error.message}"
    return RobotsUnreachable(said, retry_after=error.retry_after)
