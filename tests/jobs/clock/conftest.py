"""Two workers' queues, and a server whose clock can be set."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from tests.faketime import Clock
from tests.jobs.conftest import IMPOLITE, Desk
from tests.redis_server import running
from worker.jobs.connection import connect
from worker.jobs.model import Swept

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.redis_server import Server
    from worker.jobs.model import Claim

HOUR, DAY = 3600, 86400
NOTHING = Swept(0, 0, 0)
EITHER_WAY = pytest.mark.parametrize("by", [HOUR, -HOUR, DAY, -DAY])
BACK = pytest.mark.parametrize("by", [-HOUR, -DAY])


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    with tempfile.TemporaryDirectory(prefix="pith-", dir="/tmp") as folder:
        yield Clock(Path(folder) / "clock")


@pytest.fixture(scope="module")
def server(clock: Clock) -> Iterator[Server]:
    with running("valkey", clock.file.parent, around=clock.environment) as server:
        yield server


@dataclass
class Office:
    """Two workers' queues that have swept, as workers do all the time, and the server's clock."""

    desk: Desk
    clock: Clock

    async def jump(self, by: int) -> None:
        """The clock is set; nobody has noticed yet."""
        await self.desk.ours.sweep()
        await self.desk.theirs.sweep()
        await self.turn(by)

    async def turn(self, by: int) -> None:
        """The clock is set, and the server has seen it: it may hold the time for one call."""
        self.clock.set(by)
        script = "return redis.call('TIME')[1]"
        while abs(int(await self.desk.redis.eval(script, 0)) - time.time() - by) > 5:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def claimed(self, within: float = 10.0) -> tuple[Claim, ...]:
        """What can be claimed as soon as there is something."""
        async with asyncio.timeout(within):
            while not (claims := await self.desk.claim()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            return claims


@pytest.fixture
async def office(server: Server, clock: Clock) -> AsyncIterator[Office]:
    settings = Settings(redis_url=server.url(), **IMPOLITE)
    async with connect(settings) as redis:
        await redis.flushdb()
        desk = Desk(redis, settings)
        office = Office(desk, clock)
        await office.turn(0)
        yield office
        await desk.store.close()
