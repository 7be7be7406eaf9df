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

# While the queue holds more than the slots do, outcomes wait this long (s) for company: what is in flight
# keeps the worker busy, and some 20 commands of a claim and a finish are the same for one job or ten.
LINGER = 0.3
ENOUGH = 16  # outcomes that need no more company
MOST = 64  # outcomes in one call


class Finisher:
    """Collects outcomes and finishes them in order. `finished` is told of each that Redis has taken."""

    def __init__(self, queue: JobQueue, finished: Callable[[Outcome], None]) -> None:
        self._queue = queue
        self._finished = finished
        self._outcomes: list[Outcome] = []
        self._some = asyncio.Event()
        self.hurry = (
            asyncio.Event()
        )  # set while nothing waits in the queue, or the worker stops: no lingering
        self._enough = asyncio.Event()
        self.done = 0  # jobs that ended here with a page
        self.failed = 0  # without one

    def add(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self._some.set()
        if len(self._outcomes) >= ENOUGH:
            self._enough.set()

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
        if len(self._outcomes) < ENOUGH:
            self._enough.clear()
        for outcome, counts in zip(taken, counted, strict=True):
            self._count(outcome, counts=counts)
            self._finished(outcome)

    def _count(self, outcome: Outcome, *, counts: bool) -> None:
        self.done += counts and isinstance(outcome, Done | Same)
        self.failed += counts and isinstance(outcome, Failed)

    async def _linger(self) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (self.hurry, self._enough)]
        try:
            await asyncio.wait(waits, timeout=LINGER, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
