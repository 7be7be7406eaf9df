"""Redis behind Sentinel: REDIS_URL=redis+sentinel://[[name]:password@]host:port,host:port/master[/database].

At each new connection the sentinels are asked who the master is; after a failover the old connections break
and the next ones go to the new master. Name and password are those of Redis, not of the sentinels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from redis import sentinel as blocking
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry as BlockingRetry

if TYPE_CHECKING:
    from redis import Redis

SCHEME = "redis+sentinel"
PORT = 26379
# s; then the next sentinel is asked, at once: redis-py's own retries at one that is down take some 4 s.
TIMES = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0}


class BadSentinelUrl(ValueError):  # noqa: N818  (named for what happened)
    """It names no sentinel or no master; the message says how it should look."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A master's name, the sentinels that know where it is, and how to log in to it."""

    master: str
    sentinels: tuple[tuple[str, int], ...]
    login: dict[str, Any]


class Pool(SentinelConnectionPool, BlockingConnectionPool):
    """redis-py's pool for a master, where callers wait for a free connection instead of being refused."""

    async def disconnect(self, inuse_connections: bool = True) -> None:  # noqa: FBT001, FBT002  redis-py's signature
        """Close the connections to the sentinels too, when all are to be closed."""
        await super().disconnect(inuse_connections)
        if inuse_connections:
            for asked in self.sentinel_manager.sentinels:
                await asked.aclose()


def watched(url: str) -> Watched | None:
    """What a redis+sentinel:// URL says; None for every other one. Raises BadSentinelUrl."""
    parts = urlsplit(url)
    if parts.scheme != SCHEME:
        return None
    credentials, _, hosts = parts.netloc.rpartition("@")
    name, _, password = credentials.partition(":")
    master, _, database = parts.path.strip("/").partition("/")
    if not (master and hosts and database.isdecimal() | (database == "")):
        raise BadSentinelUrl(f"it should look like {SCHEME}://host:{PORT},host:{PORT}/master/0")
    login = {"username": unquote(name) or None, "password": unquote(password) or None}
    return Watched(master, tuple(map(_address, hosts.split(","))), {**login, "db": int(database or 0)})


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if colon and port.isdecimal():
        return host.strip("[]"), int(port)
    return text.strip("[]"), PORT


def pool(to: Watched, **options: Any) -> Pool:
    """A pool of connections to the master of the moment."""
    sentinels = Sentinel(  # type: ignore[no-untyped-call]
        to.sentinels, sentinel_kwargs={**TIMES, "retry": Retry(NoBackoff(), 0)}
    )
    return Pool(to.master, sentinels, **to.login, **options)  # type: ignore[no-untyped-call]


def client(to: Watched, **options: Any) -> Redis:
    """A blocking client of the master of the moment, for RQ's own calls."""
    sentinels = blocking.Sentinel(  # type: ignore[no-untyped-call]
        to.sentinels, sentinel_kwargs={**TIMES, "retry": BlockingRetry(NoBackoff(), 0)}
    )
    found: Redis = sentinels.master_for(to.master, **to.login, **options)  # type: ignore[no-untyped-call]
    return found
