"""The worker's loop: claims jobs for its free slots, attends to each, finishes them, holds their leases."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING

import structlog

from worker.runner.finisher import Finisher
from worker.runner.patience import AWAY, Patience

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from config.settings import Settings
    from worker.jobs.model import Claim, Claimed, Outcome
    from worker.jobs.queue import JobQueue

log = structlog.get_logger()

LOOK_AGAIN = 1.0  # s; the longest an idle worker goes without a look at the queue, should a wake-up be lost
COMPANY = 0.05  # s; hosts whose turn comes within it are looked at together
RENEWALS = 3  # in the time of one lease
FAREWELL = 1.0  # s; what a worker that stops gives Redis to take its last outcomes


def _pause(claimed: Claimed) -> float:
    """Seconds until the next look at the queue, unless something wakes us."""
    if claimed.next_due is None:
        return LOOK_AGAIN
    return min(LOOK_AGAIN, max(claimed.next_due, COMPANY)) if claimed.next_due else 0.0


class Rounds:
    """Keeps up to `settings.concurrency` jobs in flight until told to stop."""

    def __init__(
        self, settings: Settings, queue: JobQueue, attend: Callable[[Claim], Awaitable[Outcome]]
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._attend = attend
        self._held: dict[str, Claim] = {}  # by execution: claimed, and Redis has not taken their outcome yet
        self._flying: dict[str, asyncio.Task[None]] = {}  # by execution
        self._look = asyncio.Event()
        self._stopping = asyncio.Event()
        self._hurried = asyncio.Event()
        self.suspended = False
        self.finisher = Finisher(queue, self._finished)

    @property
    def current(self) -> str | None:
        """The job that has been in flight longest."""
        return next((self._held[key].job_id for key in self._flying if key in self._held), None)

    def wake(self) -> None:
        """There may be something to claim."""
        self._look.set()

    def stop(self) -> None:
        """Stop: gently when asked once, at once when asked again."""
        (self._hurried if self._stopping.is_set() else self._stopping).set()
        self.wake()

    async def run(self, *, burst: bool = False) -> None:
        """Work until told to stop; in a burst, until nothing is left. Then put back what has not ended."""
        try:
            async with (
                asyncio.TaskGroup() as group
            ):  # a loop that breaks ends the worker: better than half of one
                loops = [
                    group.create_task(loop) for loop in (self.finisher.run(), self._renew(), self._sweep())
                ]
                await self._claim_until_stopped(burst=burst)
                await self._grace()
                for loop in loops:
                    loop.cancel()
        finally:
            await self._farewell()

    # Claiming

    async def _claim_until_stopped(self, *, burst: bool) -> None:
        patience = Patience("claim")
        while not self._stopping.is_set():
            self._look.clear()
            try:
                claimed = await self._claim()
                patience.relax()
            except AWAY as error:
                await patience.rest(error)
                continue
            if burst and claimed is not None and self._idle(claimed):
                return
            await self._until_worth_a_look(claimed)

    async def _claim(self) -> Claimed | None:
        """Fill the free slots; None when there is none."""
        free = self._settings.concurrency - len(self._flying)
        if free <= 0:
            return None
        hosts = Counter(self._held[key].host for key in self._flying if key in self._held)
        del hosts[""]  # pages that came with their jobs
        claimed = await self._queue.claim(free, flying=hosts)
        self.suspended = claimed.suspended
        self._linger(backlog=claimed.more)
        for claim in claimed.claims:
            self._held[claim.execution] = claim
            self._flying[claim.execution] = asyncio.create_task(self._carry(claim))
        return claimed

    def _idle(self, claimed: Claimed) -> bool:
        waiting = claimed.claims or claimed.more or claimed.next_due is not None
        return claimed.suspended or not (waiting or self._held)

    async def _until_worth_a_look(self, claimed: Claimed | None) -> None:
        """Until a slot is free and there may be a job for it: a wake-up, a parked job, or simply a second."""
        pause = None if claimed is None else _pause(claimed)
        try:
            async with asyncio.timeout(pause):
                await self._look.wait()
        except TimeoutError:
            pass

    # In flight

    async def _carry(self, claim: Claim) -> None:
        try:
            outcome = await self._attend(claim)
            self.finisher.add(outcome)
        finally:
            self._flying.pop(claim.execution, None)
            if not self._flying:
                self._linger(backlog=False)
                self.wake()

    def _finished(self, outcome: Outcome) -> None:
        self._held.pop(outcome.claim.execution, None)
        self.wake()

    def _linger(self, *, backlog: bool) -> None:
        if backlog and not self._stopping.is_set():
            self.finisher.hurry.clear()
        else:
            self.finisher.hurry.set()

    # Leases

    async def _renew(self) -> None:
        patience = Patience("renew")
        while True:
            await asyncio.sleep(self._settings.lease / RENEWALS)
            try:
                self._lose(await self._queue.renew(tuple(self._held.values())))
                patience.relax()
            except AWAY as error:
                await patience.rest(error)

    def _lose(self, claims: tuple[Claim, ...]) -> None:
        """Stop work on jobs that were cancelled, or are another worker's by now; what is ready still goes."""
        for claim in claims:
            if task := self._flying.get(claim.execution):
                log.info("lost", job=claim.job_id)
                task.cancel()
                self._held.pop(claim.execution, None)

    async def _sweep(self) -> None:
        while True:
            try:
                swept = await self._queue.sweep()
                if swept.put_back or swept.failed or swept.found:
                    log.warning("swept", put_back=swept.put_back, failed=swept.failed, found=swept.found)
            except AWAY:
                pass  # the claims' loop says so
            pause = self._settings.lease / RENEWALS
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311  so that workers take turns

    # Stopping

    async def _grace(self) -> None:
        """Let what is in flight end, for settings.grace seconds or until hurried."""
        self.finisher.hurry.set()
        if not self._flying:
            return
        log.info("stopping", in_flight=len(self._flying), grace_s=self._settings.grace)
        hurried = asyncio.create_task(self._hurried.wait())
        flights = asyncio.gather(*self._flying.values(), return_exceptions=True)
        await asyncio.wait((hurried, flights), timeout=self._settings.grace, return_when="FIRST_COMPLETED")
        hurried.cancel()
        flights.cancel()
        await asyncio.gather(flights, hurried, return_exceptions=True)

    async def _farewell(self) -> None:
        """Hand over the last outcomes and put the rest back at the front."""
        try:
            async with asyncio.timeout(FAREWELL):
                while not self.finisher.empty:
                    await self.finisher.flush()
                released = await self._queue.release(tuple(self._held.values()))
                log.info("stopped", released=released)
        except (*AWAY, TimeoutError) as error:
            log.warning("leases_left", held=len(self._held), error=str(error))
