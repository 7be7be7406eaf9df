"""API keys with names, in Redis beside the jobs that they own: only their SHA-256, never the key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import orjson

from worker.jobs.keys import API_KEYS

if TYPE_CHECKING:
    from redis.asyncio import Redis

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")  # is shown in terminals and logs


class NameInUse(ValueError):  # noqa: N818  (named for what happened)
    """A key of this name is in force."""


@dataclass(frozen=True, slots=True)
class NamedKey:
    """What is kept of a key. Times are Unix seconds."""

    name: str
    digest: bytes  # SHA-256
    created_at: float
    revoked_at: float | None = None


class NamedKeys:
    """All of one installation. A revoked key stays on record until its name is given again."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def all(self) -> tuple[NamedKey, ...]:
        """Those in force and those revoked, the oldest first."""
        found = cast("dict[bytes, bytes]", await self._redis.hgetall(API_KEYS))
        read = (_read(name.decode(), record) for name, record in found.items())
        return tuple(sorted(read, key=lambda key: key.created_at))

    async def add(self, key: NamedKey) -> None:
        """Put it in force. Raises NameInUse."""
        former = await self._get(key.name)
        if former is not None and former.revoked_at is None:
            raise NameInUse(f"there is a key named {key.name}: revoke it first, or choose another name")
        await self._put(key)

    async def revoke(self, name: str, at: float) -> bool:
        """Take it out of force. False when no key of this name is."""
        key = await self._get(name)
        if key is None or key.revoked_at is not None:
            return False
        await self._put(NamedKey(key.name, key.digest, key.created_at, at))
        return True

    async def _get(self, name: str) -> NamedKey | None:
        record = cast("bytes | None", await self._redis.hget(API_KEYS, name))
        return None if record is None else _read(name, record)

    async def _put(self, key: NamedKey) -> None:
        record = {"digest": key.digest.hex(), "created": key.created_at, "revoked": key.revoked_at}
        await self._redis.hset(API_KEYS, key.name, orjson.dumps(record))


def _read(name: str, record: bytes) -> NamedKey:
    told = orjson.loads(record)
    return NamedKey(name, bytes.fromhex(told["digest"]), told["created"], told["revoked"])
