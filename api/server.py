"""uvicorn around the app: one process, one event loop, stopped without hanging on whoever still waits."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
import uvicorn

from api.app import create_app
from api.keyring import Keyring
from api.listen import url
from api.reception import Reception, raise_file_limit
from worker.jobs.apikeys import NamedKeys
from worker.jobs.connection import ANSWERS_CALLERS_IN, check, connect
from worker.jobs.rates import Rates
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable

    from fastapi import FastAPI

    from api.keys import Keys
    from config.settings import Settings

log = structlog.get_logger(__name__)

STOP_TIME = 2  # seconds that answers under way get once the server is told to stop
KEEP_ALIVE = 65  # seconds; longer than the 60 after which common proxies close an idle connection themselves


class Server(uvicorn.Server):
    """Tells the routes that it stops, so that those who wait for a job answer at once."""

    def __init__(self, app: FastAPI, keyring: Keyring) -> None:
        super().__init__(config(app))
        self.keyring = keyring
        self._stopping = app.state.service.stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's, after the word is out."""
        self._stopping.set()
        await super().shutdown(sockets)


def config(app: FastAPI) -> uvicorn.Config:
    """How uvicorn runs. Logging is ours, and forwarded headers are believed from nobody."""
    return uvicorn.Config(
        app,
        http=Reception,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=STOP_TIME,
    )


@asynccontextmanager
async def opened(settings: Settings, keys: Keys) -> AsyncIterator[Server]:
    """A server with its store, for as long as the block lasts. Raises RedisUnusable."""
    async with connect(settings, ANSWERS_CALLERS_IN) as redis:
        await check(redis, settings)
        keyring, store = Keyring(keys, NamedKeys(redis)), JobStore(redis, settings)
        await keyring.read()
        following = asyncio.create_task(keyring.keep())
        try:
            yield Server(create_app(settings, keyring, store, Rates(redis, settings.key_rate)), keyring)
        finally:
            following.cancel()
            await store.close()


async def serve(settings: Settings, keys: Keys, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM. Raises RedisUnusable before the first request is taken."""
    async with opened(settings, keys) as server:
        _stop_on_signals(server)
        wanted = "wanted" if server.keyring.now.wanted else "none"
        log.info("api listening", url=url(listener), keys=wanted)
        await server.serve(sockets=[listener])


def _stop_on_signals(server: Server) -> None:
    """From now on a signal stops the server, also before uvicorn listens for it.

    And after: uvicorn raises the signal again when it is done, but stopping as told is no failure.
    """

    def stop(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def run(settings: Settings, keys: Keys, listener: socket.socket) -> None:
    """Serve, in an event loop of its own."""
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # a warning for each malformed request fills the log
    raise_file_limit()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(settings, keys, listener))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not made for this platform
        return None
    return uvloop.new_event_loop
