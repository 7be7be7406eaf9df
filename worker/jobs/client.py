"""redis-py's asyncio client with one time limit for the whole of a call.

By itself each step has a limit of its own: the wait for a free connection, connecting, each answer of the
handshake, the answer; and all but the first again where it tries again, as it does (8.1.0) over a unix socket
after a handshake without an answer. Together that was up to four times as long as a caller was promised.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import TimeoutError as RedisSlow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio import BlockingConnectionPool

# What redis-py's own limits are set to. Beside ours they are not only needless: with a `socket_timeout` it
# waits in a way in which Python 3.11 can lose the end of ours.
NO_LIMITS = {"timeout": None, "socket_timeout": None}


class Client(Redis):
    """Made by `on`. A call that takes longer than `limit` seconds ends with redis-py's TimeoutError."""

    limit: float

    @classmethod
    def on(cls, pool: BlockingConnectionPool, limit: float) -> Client:
        """A client that owns the pool, which has NO_LIMITS."""
        client = cls(connection_pool=pool)
        client.auto_close_connection_pool = True
        client.limit = limit
        return client

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        async with in_time(self.limit):
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> LimitedPipeline:  # noqa: FBT001, FBT002  redis-py's signature
        pipe = LimitedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipe.limit = self.limit
        return pipe


class LimitedPipeline(Pipeline):
    """A client's pipeline, under the same limit."""

    limit: float

    async def execute(self, raise_on_error: bool = True) -> list[Any]:  # noqa: FBT001, FBT002  redis-py's signature
        async with in_time(self.limit):
            return await super().execute(raise_on_error)


@asynccontextmanager
async def in_time(limit: float) -> AsyncIterator[None]:
    """Raises redis-py's TimeoutError after so many seconds."""
    try:
        async with asyncio.timeout(limit):
            yield
    except TimeoutError as late:
        raise RedisSlow(f"no answer in {limit:g} s") from late
