"""How a worker behaves towards a site: whether it may ask, and what it tells the other workers."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from worker.errors import (
    ConnectionFailed,
    DnsFailed,
    DnsUnavailable,
    FetchFailed,
    FetchTimeout,
    OutOfTime,
    PageError,
    RobotsDisallowed,
    RobotsUnreachable,
    SiteBusy,
    TlsFailed,
)
from worker.jobs.hosts import GRACE, Heard, spares_own
from worker.jobs.urls import UrlError, plain_host, target

if TYPE_CHECKING:
    from config.settings import Settings
    from worker.fetch.fetcher import Fetcher
    from worker.jobs.model import Claim
    from worker.jobs.urls import Target
    from worker.runner.robots import Read, Robots

BUSY = (429, 503)  # with these a site says that it is asked too often
UNNAMED_REST: Final = 5.0  # s; after a 429 that does not say how long
SILENCE = (FetchTimeout, ConnectionFailed, OutOfTime)
NO_WORD = (*SILENCE, DnsFailed, DnsUnavailable, TlsFailed, FetchFailed, RobotsUnreachable)

Mode = Literal["obeyed", "off", "exempt"]  # what was done about robots.txt, as the page records it


@dataclass(slots=True)
class Encounter:
    """What happens between one attempt and its host."""

    robots: Mode = "off"
    pause: float = 0.0  # s before the page may be asked for: its robots.txt was asked for just now
    paused: float = 0.0  # s of them that have passed
    heard: Heard = field(default_factory=Heard)
    page_asked: bool = False

    async def wait(self) -> None:
        """Until the page may be asked for."""
        await asyncio.sleep(self.pause)
        self.paused = self.pause

    def ask(self) -> None:
        """The page is asked for now."""
        self.page_asked = True
        self.heard = replace(self.heard, asked=time.monotonic() + GRACE)

    def answered(self) -> None:
        """With a page, or by sending us on to another host: what goes wrong then says nothing of this one."""
        self._arrived()
        self.heard = replace(self.heard, answered=True)

    def _arrived(self) -> None:
        if self.heard.asked is not None:
            self.heard = replace(self.heard, asked=min(self.heard.asked, time.monotonic()))

    def failed(self, error: PageError) -> None:
        """Note what an error says of the host."""
        asked = self.page_asked and not self.heard.answered
        self._arrived()
        if isinstance(error, RobotsUnreachable):
            if not self.page_asked:  # else it is that of a redirect
                self.heard = replace(self.heard, unreachable=True, rest=error.retry_after)
        elif asked and isinstance(error, SILENCE):
            self.heard = replace(self.heard, silent=True)
        elif asked and not isinstance(error, NO_WORD):
            self.heard = replace(self.heard, answered=True, rest=_rest(error))


def _rest(error: PageError) -> float | None:
    """For how long the site asks to be left alone, in seconds."""
    if not isinstance(error, SiteBusy) or error.status not in BUSY:
        return None
    return UNNAMED_REST if error.retry_after is None and error.status == 429 else error.retry_after


class Courtesy:
    """Asks before a page is fetched."""

    def __init__(self, settings: Settings, fetcher: Fetcher, robots: Robots) -> None:
        self._settings = settings
        self._own = fetcher.own
        self._robots = robots
        self._spares_own = spares_own(settings)
        # What the operator chose holds for their own hosts too.
        self._own_robots = "robots" in settings.model_fields_set

    async def greet(self, claim: Claim, encounter: Encounter) -> None:
        """Settle whether the page may be asked for. Raises RobotsDisallowed, RobotsUnreachable."""
        try:
            to = target(claim.url)
        except UrlError:
            return  # the fetch says so
        own = await self._own.has(to.host, to.port)
        encounter.heard = Heard(free=own and self._spares_own)
        encounter.robots = self._mode(claim, own=own)
        if encounter.robots == "obeyed":
            self._learn(encounter, await self._robots.read(to), to.url)
        elif encounter.robots == "exempt":
            encounter.heard = replace(encounter.heard, robots=self._settings.robots_ttl)

    async def permit(self, claim: Claim, encounter: Encounter, to: Target) -> None:
        """Settle whether a redirect to `to` may be followed. Raises RobotsDisallowed, RobotsUnreachable."""
        if plain_host(to.host) != claim.host:
            encounter.answered()
        own = await self._own.has(to.host, to.port)
        if self._mode(claim, own=own) == "obeyed" and not (await self._robots.read(to)).rules.allow(to.url):
            raise RobotsDisallowed(f"The page redirects to one that robots.txt of {to.host} does not allow.")

    def _mode(self, claim: Claim, *, own: bool) -> Mode:
        may_be_off = self._settings.robots_override or self._settings.robots == "off"
        if claim.robots == "off" and may_be_off:
            return "off"
        if claim.robots is None and self._settings.robots == "off":
            return "off"
        return "exempt" if own and claim.robots != "obey" and not self._own_robots else "obeyed"

    def _learn(self, encounter: Encounter, read: Read, url: str) -> None:
        delay = read.rules.delay
        delay = None if delay is None else min(delay, self._settings.crawl_delay_cap)
        asked = time.monotonic() if read.asked else None
        encounter.heard = replace(encounter.heard, robots=read.holds, delay=delay, asked=asked)
        if not read.rules.allow(url):
            encounter.heard = replace(encounter.heard, answered=read.asked)
            raise RobotsDisallowed
        if read.asked and not encounter.heard.free:
            encounter.pause = max(self._settings.host_delay, delay or 0.0)
