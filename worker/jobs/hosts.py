"""Manners towards hosts, shared by all workers through Redis: lua/hosts.lua keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

import orjson

from worker.jobs.clock import milliseconds
from worker.jobs.model import Failure
from worker.jobs.urls import plain_host, target

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from config.settings import Settings

# What a caller sees of a job that waits for its host's turn.
WAITS = {
    "host_busy": "As many pages of this site are being fetched as may be at once.",
    "host_delay": "The pages of this site are fetched one after the other, with pauses.",
    "host_asked": "The site asked to be left alone for a while.",
    "host_unavailable": "The site did not answer again and again, and is left alone for a while.",
    "robots_unreachable": "robots.txt of the site cannot be read; it is tried again.",
}

# A request reaches the site some time after it was begun, and before it is answered: so the pause runs from
# the answer or, while there is none, from so many seconds after it was begun. A pause that ran from the
# beginning would be cut short by what delays the first request and not the second.
GRACE = 0.5


@dataclass(frozen=True, slots=True)
class Heard:
    """What an attempt learnt of its host, for all workers. Times in seconds."""

    answered: bool = False  # with a page or an error: it is there
    silent: bool = False  # it timed out, or the connection was refused or broken
    unreachable: bool = False  # its robots.txt was: it must not be asked for pages
    free: bool = False  # its address lies in a network of the operator's: no manners there
    robots: float | None = None  # for how long what its robots.txt says is known
    delay: float | None = None  # its Crawl-delay
    rest: float | None = None  # its Retry-After
    took: float | None = None  # for how long it had to do with us
    asked: float | None = None  # time.monotonic() by when the request had reached it: see GRACE


def host_of(url: str) -> str:
    """The host whose turn a page of `url` needs."""
    return plain_host(target(url).host)


def place(host: str, created: float, index: int | None, job_id: str) -> str:
    """A job's member of the waiting set, as lua/hosts.lua writes it: by host, then by age."""
    return f"{host} {milliseconds(created):014d} {index or 0:07d} {job_id}"


def spares_own(settings: Settings) -> bool:
    """Whether hosts inside allow_networks need no manners: not if the operator chose some."""
    return settings.model_fields_set.isdisjoint({"host_concurrency", "host_delay", "host_failures"})


def manners(settings: Settings) -> dict[str, Any]:
    """What lua/hosts.lua goes by; times in ms."""
    own = settings.allow_networks if spares_own(settings) else ()
    return {
        "limit": settings.host_concurrency,
        "delay": milliseconds(settings.host_delay),
        "failures": settings.host_failures,
        "rest": milliseconds(settings.host_rest),
        "longest_wait": milliseconds(settings.host_longest_rest),
        "look": milliseconds(settings.lease),
        "robots": settings.robots == "obey",
        "open": [[int(net[0]), int(net[-1])] for net in own if isinstance(net, IPv4Network)],
    }


def said(heard: Heard, ago: float | None) -> dict[str, Any]:
    """`heard` as lua/hosts.lua takes it; what is false or unknown is left out."""
    times = {"robots": heard.robots, "delay": heard.delay, "rest": heard.rest, "ago": ago, "took": heard.took}
    facts = {name: getattr(heard, name) for name in ("answered", "silent", "unreachable", "free")}
    return {name: True for name, fact in facts.items() if fact} | {
        name: milliseconds(seconds) for name, seconds in times.items() if seconds is not None
    }


class Turns:
    """Reads when a job that waits for its host may go."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._delay = settings.host_delay
        self._hosts, self._waiting = f"pith:hosts:{settings.queue}", f"pith:waiting:{settings.queue}"

    async def turn(self, host: str, member: str) -> tuple[float | None, Failure] | None:
        """Not before when (Unix seconds, None: nobody can say) and why; None for a job that does not wait."""
        if await self._redis.zscore(self._waiting, member) is None:
            return None
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hget(self._hosts, host)
            pipe.zlexcount(self._waiting, f"[{host} ", f"({member}")
            pipe.time()
            known, before, (seconds, micros) = await pipe.execute()
        return self._when(orjson.loads(known or b"{}"), before, seconds + micros / 1e6)

    def _when(self, known: dict[str, Any], before: int, now: float) -> tuple[float | None, Failure]:
        rest, due = known.get("rest", 0) / 1000, known.get("next", 0) / 1000
        gap = max(self._delay, known.get("delay", 0) / 1000)
        if rest > now:
            code = str(known.get("why", "host_unavailable"))
        else:
            code = "host_delay" if gap else "host_busy"
        first = max(rest, due)
        when = first + before * gap
        return (when if when > now else None), Failure(code, WAITS[code])
