"""A Valkey that a test may stop in its tracks: it keeps its connections, takes new ones, and answers none."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from redis import Redis

from lab.compose import free_port
from tests.redis_server import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.hurry import HurriedLoop


class Stoppable:
    """A server's two URLs, and its process."""

    def __init__(self, socket: str, port: int) -> None:
        self.urls = {"unix": f"unix://{socket}?db=1", "tcp": f"redis://127.0.0.1:{port}/1"}
        with Redis.from_url(self.urls["unix"]) as client:
            self._pid = int(client.info("server")["process_id"])

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """It stands still."""
        os.kill(self._pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._pid, signal.SIGCONT)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """It is stopped, and time flies: the running loop has to be a HurriedLoop."""
        with self.stopped(), cast("HurriedLoop", asyncio.get_running_loop()).hurried():
            yield


@contextmanager
def stoppable(folder: Path, *options: str) -> Iterator[Stoppable]:
    """One that runs while the block lasts."""
    port = free_port()
    with running("valkey", folder, "--port", str(port), "--bind", "127.0.0.1", *options) as server:
        yield Stoppable(str(server.socket), port)
