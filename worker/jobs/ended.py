"""Waiting for the end of a job: one subscription for all who wait in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from worker.jobs import keys
from worker.jobs.channels import hear

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis.asyncio import Redis

RETRY = 0.5  # s between tries to subscribe while Redis is away


class Endings:
    """Tells waiters that a job ended. Starts to listen when first asked, and goes on until `close`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self._subscribed = asyncio.Event()

    @contextlib.contextmanager
    def watch(self, job_id: str) -> Iterator[asyncio.Event]:
        """An event that is set when `job_id` ends from now on, once `subscribed` has returned."""
        event = asyncio.Event()
        self._waiting[job_id].add(event)
        try:
            yield event
        finally:
            self._waiting[job_id].discard(event)
            if not self._waiting[job_id]:
                del self._waiting[job_id]

    async def subscribed(self) -> None:
        """Return once ends are heard."""
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        await self._subscribed.wait()

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
            self._listener = None

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (RedisError, OSError):
                await asyncio.sleep(RETRY)
            finally:
                self._subscribed.clear()

    async def _hear(self) -> None:
        async with contextlib.aclosing(hear(self._redis, keys.ENDED_CHANNEL)) as messages:
            async for message in messages:
                if message["type"] == "subscribe":
                    self._subscribed.set()
                elif message["type"] == "message":
                    self._tell(message["data"].decode().split())

    def _tell(self, job_ids: list[str]) -> None:
        for job_id in job_ids:
            for event in self._waiting.get(job_id, ()):
                event.set()
