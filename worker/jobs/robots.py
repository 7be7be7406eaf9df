"""Texts of robots.txt files, kept for all workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from worker.jobs import keys, pages
from worker.jobs.clock import milliseconds

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from config.settings import Settings


class RobotsStore:
    """By the URL of the robots.txt; each for `settings.robots_ttl` seconds."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._ttl = milliseconds(settings.robots_ttl)

    async def get(self, url: str) -> tuple[str, float] | None:
        """The text and for how many seconds more it holds; None when it is not known."""
        key = keys.robots(url)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.get(key)
            pipe.pttl(key)
            frame, left = await pipe.execute()
        return (pages.unpack_body(cast("bytes", frame)).decode(), max(left, 0) / 1000) if frame else None

    async def put(self, url: str, text: str) -> None:
        await self._redis.set(keys.robots(url), pages.pack_body(text.encode()), px=self._ttl)
