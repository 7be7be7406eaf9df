"""`python -m api keys add NAME | list | revoke NAME`: keys with names. The service notices within seconds."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from api import keys
from api.standalone import folder, valkey
from worker.jobs.apikeys import NAME, NamedKey, NamedKeys, NameInUse
from worker.jobs.connection import RedisUnusable, check, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from config.settings import Settings

COLUMNS = "{name:<24} {owner:<16}  {created:<20}  {state}"


def name(text: str) -> str:
    """Raises for what could not be shown safely."""
    if not NAME.match(text):
        raise argparse.ArgumentTypeError("a name has 1 to 64 letters, digits, dots, dashes or underscores")
    return text


def parser() -> argparse.ArgumentParser:
    """The command line after `keys`."""
    line = argparse.ArgumentParser(prog="python -m api keys", description=__doc__)
    line.add_argument(
        "--data", type=Path, default=Path("data"), help="data folder of a standalone Pith (%(default)s)"
    )
    what = line.add_subparsers(dest="what", required=True, metavar="add | list | revoke")
    what.add_parser("add", help="make a key and print it, once").add_argument("name", type=name)
    what.add_parser("list", help="names, when they were made, which are revoked")
    what.add_parser("revoke", help="let a key open nothing any more").add_argument("name", type=name)
    return line


def run(settings: Settings, given: argparse.Namespace) -> int:
    """Returns the exit code. Raises RedisUnusable."""
    try:
        return asyncio.run(act(located(settings, given.data), given))
    except RedisError as error:
        raise RedisUnusable(f"Redis does not answer as it should: {error}") from error
    except RedisUnusable as error:
        if "redis_url" in settings.model_fields_set:
            raise
        hint = f"no Pith runs on the data folder {given.data}: start it, or name its folder with --data"
        raise RedisUnusable(f"{hint} ({error})") from error


def located(settings: Settings, data: Path) -> Settings:
    """REDIS_URL if it is set; otherwise the Valkey of the Pith that runs on this data folder, if one does."""
    socket = folder.socket_of(data)
    if socket is None or "redis_url" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"redis_url": valkey.url(socket)})


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[NamedKeys]:
    """The records of the keys. Raises RedisUnusable."""
    async with connect(settings) as redis:
        await check(redis, settings)
        yield NamedKeys(redis)


async def act(settings: Settings, given: argparse.Namespace) -> int:
    """Do what was asked. Keys go to stdout alone, so that a shell can catch one."""
    async with opened(settings) as named:
        if given.what == "add":
            return await add(named, given.name)
        if given.what == "revoke":
            return await revoke(named, given.name)
        for key in await named.all():
            print(described(key))
    return 0


async def add(named: NamedKeys, name: str) -> int:
    """Make a key."""
    key = keys.new_key()
    try:
        await named.add(NamedKey(name, sha256(key.encode()).digest(), time.time()))
    except NameInUse as wrong:
        print(f"pith: {wrong}", file=sys.stderr)
        return 1
    print(key)
    print(
        "Shown this once: only its digest is kept. From now on every caller needs a key.",
        file=sys.stderr,
    )
    return 0


async def revoke(named: NamedKeys, name: str) -> int:
    """Take a key out of force. What it made stays until it expires, and is nobody's."""
    if await named.revoke(name, time.time()):
        return 0
    print(f"pith: no key named {name} is in force", file=sys.stderr)
    return 1


def described(key: NamedKey) -> str:
    """One line of the list; `owner` is what the log calls it."""
    state = "in force" if key.revoked_at is None else f"revoked {moment(key.revoked_at)}"
    owner = keys.owner_of(key.digest)
    return COLUMNS.format(name=key.name, owner=owner, created=moment(key.created_at), state=state)


def moment(seconds: float) -> str:
    """For people: UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
