"""Redis may go away for a while: calls are tried again, with growing pauses, and what is held is kept."""

from __future__ import annotations

import asyncio

import structlog
from redis.exceptions import RedisError

log = structlog.get_logger()

AWAY = (RedisError, OSError)
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 3.0  # s


class Patience:
    """Pauses between tries of one loop; says once that Redis went away, and once that it is back."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._pause = 0.0

    async def rest(self, error: Exception) -> None:
        if not self._pause:
            log.warning("redis_away", doing=self._doing, error=str(error))
        self._pause = min(LONGEST_PAUSE, self._pause * 2 or FIRST_PAUSE)
        await asyncio.sleep(self._pause)

    def relax(self) -> None:
        """The call went through."""
        if self._pause:
            log.info("redis_back", doing=self._doing)
        self._pause = 0.0
