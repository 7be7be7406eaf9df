"""The worker's loop: takes jobs for its free slots, attends to each, finishes them, holds their leases."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from worker.jobs.model import Again, Back
from worker.runner.finisher import Finisher
from worker.runner.patience import AWAY, Patience
from worker.runner.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from config.settings import Settings
    from worker.jobs.model import Claim, Claimed, Outcome
    from worker.jobs.queue import JobQueue

log = structlog.get_logger()

LOOK_AGAIN = 5.0  # s; the longest an idle worker goes without a look at the queue, should a wake-up be lost
COMPANY = 0.05  # s; hosts whose turn comes within it are looked at together
RENEWALS = 3  # in the time of one lease
FAREWELL = 1.0  # s; what a worker that stops gives Redis to take its last outcomes


class Rounds:
    """Keeps up to `settings.concurrency` jobs in flight until told to stop."""

    def __init__(
        self, settings: Settings, queue: JobQueue, attend: Callable[[Claim], Awaitable[Outcome]]
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._turns = Turns(attend)
        self._held: dict[str, Claim] = {}  # by execution: claimed, and Redis has not taken their outcome yet
        self._flying: dict[str, asyncio.Task[None]] = {}  # by execution
        self._changed = asyncio.Event()  # something that decides when the next call is due
        self._look_at = 0.0  # the loop's time at which there may be something to claim
        self._more = False  # when this worker last looked there were jobs left, here or waiting
        self._stopping = asyncio.Event()
        self._hurried = asyncio.Event()
        self.suspended = False
        self.finisher = Finisher(self._finished)

    @property
    def current(self) -> str | None:
        """The job that has been in flight longest."""
        return next((self._held[key].job_id for key in self._flying if key in self._held), None)

    def wake(self) -> None:
        """There may be something to claim."""
        self._more = True
        if self._free:  # else it goes with what frees a slot
            self._look_at = 0.0
            self._changed.set()

    def stop(self) -> None:
        """Stop: gently when asked once, at once when asked again."""
        (self._hurried if self._stopping.is_set() else self._stopping).set()
        self._changed.set()

    async def run(self, *, burst: bool = False) -> None:
        """Work until told to stop; in a burst, until nothing is left. Then put back what has not ended."""
        try:
            # a loop that breaks ends the worker: better than half of one
            async with asyncio.TaskGroup() as group:
                loops = [group.create_task(loop) for loop in (self._renew(), self._sweep())]
                await self._work(burst=burst)
                loops.append(group.create_task(self._hand_over()))
                await self._grace()
                for loop in loops:
                    loop.cancel()
        finally:
            await self._farewell()

    # Claiming and finishing

    async def _work(self, *, burst: bool) -> None:
        patience = Patience("claim")
        while await self._until_due():
            try:
                claimed = await self._exchange(self._free if self._more or burst or self._is_time else 0)
                patience.relax()
            except AWAY as error:
                await patience.rest(error)
                continue
            if burst and claimed is not None and self._idle(claimed):
                return

    @property
    def _free(self) -> int:
        return max(0, self._settings.concurrency - sum(self._turns.busy.values()))

    @property
    def _is_time(self) -> bool:
        return asyncio.get_running_loop().time() >= self._look_at

    async def _until_due(self) -> bool:
        """Until outcomes should go, or a slot is free and there may be a job for it; False: it stops."""
        while not self._stopping.is_set():
            self._changed.clear()
            due = self.finisher.due(at_rest=not self._flying)
            when = min(due, self._look_at) if self._free else due
            if when <= asyncio.get_running_loop().time():
                return True
            with suppress(TimeoutError):
                async with asyncio.timeout_at(None if when == math.inf else when):
                    await self._changed.wait()
        return False

    async def _exchange(self, wanted: int) -> Claimed | None:
        """Hand over outcomes and take `wanted` jobs; None when that is 0."""
        outcomes = self.finisher.oldest()
        if not outcomes and not wanted:
            return None
        flying = {host: busy for host, busy in self._turns.busy.items() if host}
        room = max(0, self._settings.max_held_bytes - self._turns.body_bytes)
        since = self._look_at
        self._look_at = math.inf if wanted else since  # a wake-up from now on is heard
        try:
            counted, claimed = await self._queue.exchange(
                outcomes, wanted, flying=flying, room=room, held=self._held.values()
            )
        except BaseException:
            self._look_at = since
            raise
        self.finisher.taken(outcomes, counted)
        if claimed is not None:
            self._take(claimed)
        return claimed

    def _take(self, claimed: Claimed) -> None:
        self.suspended = claimed.suspended
        self._more = claimed.more or claimed.next_due is not None
        self.finisher.backlog = claimed.more
        for claim in claimed.claims:
            self._held[claim.execution] = claim
            self._turns.hold(claim)
        for claim in claimed.claims:
            self._flying[claim.execution] = asyncio.create_task(self._carry(claim))
        now = asyncio.get_running_loop().time()
        self._look_at = min(self._look_at, now + self._pause(claimed))

    def _pause(self, claimed: Claimed) -> float:
        """Seconds until the next look at the queue, unless something wakes us or frees a slot."""
        if claimed.next_due is None or not self._free:
            return LOOK_AGAIN
        return min(LOOK_AGAIN, max(claimed.next_due, COMPANY)) if claimed.next_due else 0.0

    def _idle(self, claimed: Claimed) -> bool:
        waiting = claimed.claims or claimed.more or claimed.next_due is not None
        return claimed.suspended or not (waiting or self._held)

    # In flight

    async def _carry(self, claim: Claim) -> None:
        outcome = None
        try:
            outcome = await self._turns.attend(claim)
            self._more |= isinstance(outcome, Again | Back)
            self.finisher.add(outcome, frees_in=self._turns.frees_in(claim))
        finally:
            self._flying.pop(claim.execution, None)
            self._turns.end(claim)
            if outcome is None:
                self._turns.drop(claim, None)
                if not self._stopping.is_set():  # else it is put back
                    self._held.pop(claim.execution, None)
            self._changed.set()

    def _finished(self, outcome: Outcome) -> None:
        self._held.pop(outcome.claim.execution, None)
        self._turns.drop(outcome.claim, outcome)

    # Leases

    async def _renew(self) -> None:
        patience = Patience("renew")
        while True:
            try:
                self._lose(await self._queue.renew(tuple(self._held.values())))
                patience.relax()
                await asyncio.sleep(self._settings.lease / RENEWALS)
            except AWAY as error:
                await patience.rest(error)

    def _lose(self, claims: tuple[Claim, ...]) -> None:
        """Stop work on jobs that were cancelled, or are another worker's by now; what is ready still goes."""
        for claim in claims:
            task = self._flying.get(claim.execution)
            if task and not task.cancelling():  # held until it has ended: it may be what kills workers
                log.info("lost", job=claim.job_id)
                task.cancel()

    async def _sweep(self) -> None:
        while True:
            try:
                swept = await self._queue.sweep(every=self._settings.lease / RENEWALS)
                if swept.put_back or swept.failed or swept.found:
                    log.warning("swept", put_back=swept.put_back, failed=swept.failed, found=swept.found)
                if swept.jumped:
                    log.warning("redis_clock_was_set", by_s=swept.jumped)
            except AWAY:
                pass  # the claims' loop says so
            await asyncio.sleep(self._settings.lease / RENEWALS)

    # Stopping

    async def _hand_over(self) -> None:
        """Hand over outcomes as they come."""
        patience = Patience("finish")
        while True:
            self._changed.clear()
            try:
                await self._exchange(0)
                patience.relax()
            except AWAY as error:
                await patience.rest(error)
                continue
            if self.finisher.empty:
                await self._changed.wait()

    async def _grace(self) -> None:
        """Let what is in flight end, for settings.grace seconds or until hurried."""
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
                    await self._exchange(0)
                released = await self._queue.release(tuple(self._held.values()))
                log.info("stopped", released=released)
        except (*AWAY, TimeoutError) as error:
            log.warning("leases_left", held=len(self._held), error=str(error))
