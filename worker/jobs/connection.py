"""A connection to Redis or Valkey, and whether the server will do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from redis import Redis as BlockingRedis
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from redis.exceptions import ConnectionError as RedisAway
from redis.retry import Retry as BlockingRetry

from worker.jobs import sentinel
from worker.jobs.client import NO_LIMITS, Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis.asyncio import Redis

    from config.settings import Settings

CONNECTS_IN, ANSWERS_IN = 3.0, 10.0  # s; a claim of thousands of followers takes the server some 100 ms
ANSWERS_CALLERS_IN = 5.0  # s; a caller of the API had better hear that Redis stands still than wait for it
ANSWERS_RQ_IN = 3.0  # s; a worker that stops waits for two of these calls at most
CONNECTIONS = 64  # of one process at most: more would only wait in the server instead
FEW = 8  # of a worker: its calls are few and large, and each connection costs three commands to begin with
CHECK_AFTER = 30  # s; a connection idle for so long is pinged before it is used
OLDEST = (7, 0)  # SET with NX and GET together, EXPIRE GT, script flags; the oldest tested is 7.0.15


class RedisUnusable(RuntimeError):  # noqa: N818  (named for what happened)
    """Redis is not there, refuses us or is too old; the message is one line that names it."""


def place(url: str) -> str:
    """`url` as it may be shown: without its password."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=netloc).geturl()


def connect(settings: Settings, answers_in: float = ANSWERS_IN, connections: int = CONNECTIONS) -> Redis:
    """A client for `settings.redis_url`; connects when first used. Bytes in, bytes out.

    Each call ends within `answers_in` seconds, with redis-py's TimeoutError if the server has not answered.

    Raises RedisUnusable for a URL that cannot be read.
    """
    # A pool that is at its limit makes callers wait; redis-py's own refuses them, from the 101st at once on.
    options: dict[str, Any] = {
        "max_connections": connections,
        **NO_LIMITS,
        "socket_connect_timeout": CONNECTS_IN,
        # Not over a unix socket, which doesn't go half dead: there redis-py checks while it connects, and
        # connects for the check, over and over (8.1.0), while the server loads or wants a password.
        "health_check_interval": 0 if settings.redis_url.startswith("unix:") else CHECK_AFTER,
        # once, for a connection that broke while idle, and not for a server that stands still: callers have
        # patience of their own
        "retry": Retry(NoBackoff(), 1, supported_errors=(RedisAway,)),
    }
    with _readable():
        to = sentinel.watched(settings.redis_url)
        from_url = BlockingConnectionPool.from_url
        pool = sentinel.pool(to, **options) if to else from_url(settings.redis_url, **options)
        return Client.on(pool, answers_in)


def connect_blocking(settings: Settings) -> BlockingRedis:
    """A client for RQ's own calls, which are few and small."""
    options: dict[str, Any] = {
        "socket_connect_timeout": CONNECTS_IN,
        "socket_timeout": ANSWERS_RQ_IN,
        "retry": BlockingRetry(NoBackoff(), 1, supported_errors=(RedisAway,)),
    }
    with _readable():
        to = sentinel.watched(settings.redis_url)
        return sentinel.client(to, **options) if to else BlockingRedis.from_url(settings.redis_url, **options)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise RedisUnusable(f"REDIS_URL cannot be read: {error}") from error


async def check(redis: Redis, settings: Settings) -> None:
    """Raise RedisUnusable unless the server answers and is new enough."""
    where = place(settings.redis_url)
    try:
        info = await redis.info("server")
    except (RedisError, OSError) as error:
        if isinstance(error.__cause__ or error, AuthenticationError):
            why = "wants another name or password: redis://name:password@host:port/0"
            raise RedisUnusable(f"Redis at {where} (REDIS_URL) {why}") from error
        raise RedisUnusable(f"no Redis at {where} (REDIS_URL): {error}") from error
    version = str(info["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise RedisUnusable(f"Redis at {where} (REDIS_URL) is version {version}: {oldest} or newer is needed")
