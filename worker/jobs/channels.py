"""Listening to Redis' channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worker.jobs.client import in_time
from worker.jobs.connection import ANSWERS_IN

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from redis.asyncio import Redis

QUIET = 15.0  # s; after so long without a word, redis-py may see whether the other side still lives


async def hear(redis: Redis, *names: str) -> AsyncGenerator[dict[str, Any]]:
    """Messages of the channels; the first says that it is subscribed. Raises what redis-py raises."""
    async with redis.pubsub() as pubsub:
        async with in_time(ANSWERS_IN):
            await pubsub.subscribe(*names)
        while True:
            async with in_time(QUIET + ANSWERS_IN):  # it may have to connect anew
                message = await pubsub.get_message(timeout=QUIET)
            if message is not None:
                yield message
