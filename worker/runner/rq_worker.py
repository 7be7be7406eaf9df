"""The worker as RQ sees it: a real RQ worker, so that `rq info`, `rq suspend` and dashboards work on it.

RQ's own loop runs one job at a time, in a fork or in place; `work` replaces it by one asyncio loop that keeps
many in flight. What RQ stores of a worker (birth, heartbeat, state, counters, death) its own methods store.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
import uvloop
from rq import SimpleWorker, worker_registration
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from worker.fetch.fetcher import Fetcher
from worker.jobs.connection import FEW, connect, connect_blocking
from worker.jobs.queue import JobQueue
from worker.jobs.robots import RobotsStore
from worker.runner import heap
from worker.runner.attend import Attendant
from worker.runner.cleaners import Cleaners
from worker.runner.patience import AWAY
from worker.runner.rounds import Rounds
from worker.runner.wakeup import Wakeup

if TYPE_CHECKING:
    from redis import Redis

    from config.settings import Settings
    from worker.runner.child import Clean
    from worker.sites.rule import Sites

log = structlog.get_logger()

LOOK = 2.0  # s between looks whether the worker's state changed
BEAT = 5.0  # s between heartbeats
BEATS_MISSED = 3  # then RQ's hash of the worker expires: it is dead
CLEANING = 60.0  # s between looks for workers that are dead


class PithWorker(SimpleWorker):
    """Keeps `settings.concurrency` jobs of `settings.queue` in flight in one process."""

    def __init__(
        self,
        settings: Settings,
        connection: Redis | None = None,
        sites: Sites | None = None,
        *,
        clean: Clean | None = None,
    ) -> None:
        """`clean` is what the cleaning children run; worker.clean's when it is None."""
        name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
        connection = connection or connect_blocking(settings)
        super().__init__([settings.queue], name=name, connection=connection, serializer=JSONSerializer)
        self.settings = settings
        self.sites = sites
        self._clean = clean

    @property
    def connection_timeout(self) -> int:
        """RQ gives each call so many seconds at least: by itself 415, for one that waits for jobs."""
        return 0

    def work(self, burst: bool = False, *_: Any, **__: Any) -> bool:  # noqa: FBT001, FBT002  RQ's signature
        """Work until SIGTERM or SIGINT; in a burst, until the queue is empty. True when a job was done."""
        heap.give_back()
        self.register_birth()  # type: ignore[no-untyped-call]
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(self._work(burst=burst))
        finally:
            with suppress(*AWAY):
                self.register_death()  # type: ignore[no-untyped-call]

    async def _work(self, *, burst: bool) -> bool:
        redis, fetcher = connect(self.settings, connections=FEW), Fetcher(self.settings)
        cleaners = Cleaners(self.settings, self._clean, sites=self.sites)
        attendant = Attendant(self.settings, fetcher, cleaners, RobotsStore(redis, self.settings))
        rounds = Rounds(self.settings, JobQueue(redis, self.settings, self.name), attendant.attend)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, rounds.stop)
        async with redis, fetcher, cleaners:
            await self._run(rounds, Wakeup(redis, self.settings.queue, self.name), burst=burst)
        return bool(rounds.finisher.done + rounds.finisher.failed)

    async def _run(self, rounds: Rounds, wakeup: Wakeup, *, burst: bool) -> None:
        async with asyncio.TaskGroup() as group:  # as in Rounds: a part that breaks ends the worker
            beside = [
                group.create_task(wakeup.run(rounds.wake, rounds.stop)),
                group.create_task(self._heart(rounds)),
            ]
            log.info("working", worker=self.name, queue=self.settings.queue, slots=self.settings.concurrency)
            await rounds.run(burst=burst)
            for task in beside:
                task.cancel()

    async def _heart(self, rounds: Rounds) -> None:
        """Keep RQ's hash of this worker true."""
        loop = asyncio.get_running_loop()
        told: dict[str, Any] = {}
        next_beat, next_cleaning = 0.0, loop.time() + CLEANING
        while True:
            state = self._state_of(rounds)
            with suppress(*AWAY):
                if loop.time() >= next_beat:
                    heap.trim()
                    await asyncio.to_thread(self._beat, state)
                    told, next_beat = state, loop.time() + BEAT
                elif state != told:
                    await asyncio.to_thread(self._tell, state)
                    told = state
                if loop.time() >= next_cleaning:
                    next_cleaning = loop.time() + CLEANING
                    await asyncio.to_thread(worker_registration.clean_worker_registry, self.queues[0])
            await asyncio.sleep(LOOK)

    def _state_of(self, rounds: Rounds) -> dict[str, Any]:
        """As RQ's hash of a worker has it."""
        idle = WorkerStatus.SUSPENDED if rounds.suspended else WorkerStatus.IDLE
        return {
            "state": (WorkerStatus.BUSY if rounds.current else idle).value,
            "current_job": rounds.current or "",
            "successful_job_count": rounds.finisher.done,
            "failed_job_count": rounds.finisher.failed,
        }

    def _tell(self, state: dict[Any, Any]) -> None:
        self.connection.hset(self.key, mapping=state)

    def _beat(self, state: dict[str, Any]) -> None:
        """One round trip. Says everything each time, should Redis have lost it."""
        self.last_heartbeat = datetime.now(UTC)
        with self.connection.pipeline(transaction=False) as pipe:
            pipe.hset(self.key, mapping=self.serialize() | state)
            pipe.expire(self.key, int(BEAT * BEATS_MISSED))
            worker_registration.register(self, pipe)
            pipe.execute()
        if self.settings.alive_file:
            Path(self.settings.alive_file).touch()
