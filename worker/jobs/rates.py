"""How often one owner may ask: a token bucket in Redis, one for all API processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worker.jobs import keys

if TYPE_CHECKING:
    from redis.asyncio import Redis

WINDOW = 60  # s; the bucket holds what one window allows, and fills evenly
SCRIPT = Path(__file__).with_name("lua") / "rate.lua"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one request met."""

    taken: bool  # it may go on
    limit: int  # requests in WINDOW
    remaining: int  # that may be sent at once
    more_in: float  # s until one more may be


class Rates:
    """`limit` requests a WINDOW for each owner."""

    def __init__(self, redis: Redis, limit: int) -> None:
        self._limit = limit
        self._script = redis.register_script(SCRIPT.read_text("utf-8"))

    async def take(self, owner: str) -> Allowance:
        """Count one request of this owner's: one round trip, atomic."""
        found = await self._script(keys=[keys.rate(owner)], args=[self._limit, WINDOW * 1000])
        taken, remaining, more_in = map(int, found)
        return Allowance(bool(taken), self._limit, remaining, more_in / 1000)
