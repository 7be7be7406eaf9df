"""What a worker hears: that there is something to claim, and RQ's command to stop."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import orjson
from rq.command import PUBSUB_CHANNEL_TEMPLATE

from worker.jobs import keys
from worker.jobs.channels import hear
from worker.runner.patience import AWAY, Patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis.asyncio import Redis


class Wakeup:
    """Listens on one connection: `wake` is called when a job may be claimed, `stop` for RQ's shutdown."""

    def __init__(self, redis: Redis, queue: str, worker: str) -> None:
        self._redis = redis
        self._wake_channel = keys.wake(queue)
        self._command_channel = PUBSUB_CHANNEL_TEMPLATE % worker

    async def run(self, wake: Callable[[], None], stop: Callable[[], None]) -> None:
        """Listen for ever; subscribe again after Redis was away."""
        patience = Patience("listen")
        while True:
            try:
                async with aclosing(hear(self._redis, self._wake_channel, self._command_channel)) as messages:
                    async for message in messages:
                        patience.relax()
                        self._hear(message, wake, stop)
            except AWAY as error:
                await patience.rest(error)

    def _hear(self, message: dict[str, Any], wake: Callable[[], None], stop: Callable[[], None]) -> None:
        wake()  # having just subscribed is a reason to look, too
        told = message["type"] == "message" and message["channel"].decode() == self._command_channel
        if told and _is_shutdown(message["data"]):
            stop()


def _is_shutdown(said: bytes) -> bool:
    """Anybody may say anything on a channel."""
    try:
        command = orjson.loads(said)
    except ValueError:
        return False
    return isinstance(command, dict) and command.get("command") == "shutdown"
