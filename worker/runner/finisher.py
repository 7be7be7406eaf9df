"""Hands outcomes to the queue, many in one call; keeps them while Redis is away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from worker.jobs.model import Done, Failed, Same
from worker.runner.patience import AWAY, Patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from worker.jobs.model import Outcome
    from worker.jobs.queue import JobQueue

LINGER = 0.05  # s; while other pages are in flight, outcomes wait this long for company: fewer calls a page
MOST = 64  # outcomes in one call


class Finisher:
    """Collects outcomes and finishes them in order. `finished` is told of each that Redis has taken."""

    def __init__(self, queue: JobQueue, finished: Callable[[Outcome], None]) -> None:
        self._queue = queue
        self._finished = finished
        self._outcomes: list[Outcome] = []
        self._some = asyncio.Event()
        self.hurry = asyncio.Event()  # set: nothing else is in flight, or the worker stops: no lingering
        self.done = 0  # jobs that ended here with a page
        self.failed = 0  # without one

    def add(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self._some.set()

    @property
    def empty(self) -> bool:
        return not self._outcomes

    async def run(self) -> None:
        """Finish what is added, for ever."""
        patience = Patience("finish")
        while True:
            await self._some.wait()
            if not self.hurry.is_set():
                await self._linger()
            try:
                await self.flush()
                patience.relax()
            except AWAY as error:
                await patience.rest(error)

    async def flush(self) -> None:
        """One call with the oldest outcomes. Raises what redis-py raises; then they are kept."""
        taken = self._outcomes[:MOST]
        counted = await self._queue.finish(taken)
        del self._outcomes[: len(taken)]
        if not self._outcomes:
            self._some.clear()
        for outcome, counts in zip(taken, counted, strict=True):
            self._count(outcome, counts=counts)
            self._finished(outcome)

    def _count(self, outcome: Outcome, *, counts: bool) -> None:
        self.done += counts and isinstance(outcome, Done | Same)
        self.failed += counts and isinstance(outcome, Failed)

    async def _linger(self) -> None:
        try:
            async with asyncio.timeout(LINGER):
                await self.hurry.wait()
        except TimeoutError:
            pass
