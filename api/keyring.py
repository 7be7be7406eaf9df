"""The keys in force: those that the service started with, and the named ones of Redis as they come and go."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from api.keys import Keys
    from worker.jobs.apikeys import NamedKeys

log = structlog.get_logger(__name__)
NOTICED_IN = 2.0  # seconds until a key that was added opens, and one that was revoked doesn't


class Keyring:
    """`now` is what the doors go by. While Redis is away it stays as it was."""

    def __init__(self, fixed: Keys, named: NamedKeys) -> None:
        self.now = self._fixed = fixed
        self._named = named

    async def read(self) -> None:
        """Look at Redis once."""
        named = await self._named.all()
        self.now = replace(
            self._fixed,
            digests=self._fixed.digests + tuple(key.digest for key in named if key.revoked_at is None),
            # Revoking the last one opens nothing.
            locked=bool(named),
        )

    async def keep(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(NOTICED_IN)
            before = self.now
            try:
                await self.read()
            except RedisError:
                continue  # what needs Redis says so by itself
            except Exception:
                log.exception("keys cannot be read: those of before stay in force")
            if self.now != before:
                log.info("keys changed", in_force=len(self.now.digests))
