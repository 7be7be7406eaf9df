"""Turns of jobs whose host has manners: a worker may hold more of a host's jobs than may go at once."""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worker.jobs.hosts import GRACE
from worker.jobs.model import Back

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from worker.jobs.model import Claim, Outcome, Turn

SLACK = 0.1  # s from the end of a host's pause to its turn, as lua/hosts.lua plans it


@dataclass(slots=True)
class Gate:
    """The jobs of one host that this worker holds."""

    held: int = 0  # claimed, and Redis has not taken their outcomes yet
    ended: int = 0  # of them: those that are no longer attended to
    slots: int = 0  # how many may be in flight; 0: no limit
    flying: int = 0
    begun: float = -math.inf  # time.monotonic() at which the last one went
    asked: float = -math.inf  # as in Heard
    heard: int = 0  # how often the host asked to be left alone, or did not answer
    told: int = 0  # of which Redis knows: claims that it gives from then on may go
    moved: asyncio.Event = field(default_factory=asyncio.Event)  # set when one leaves, and replaced

    @property
    def waiting(self) -> int:
        """How many are still to go or in flight."""
        return self.held - self.ended

    @property
    def busy(self) -> int:
        """How many of the worker's slots they take at most."""
        return min(self.waiting, self.slots) if self.slots else self.waiting

    async def enter(self, turn: Turn) -> float:
        """Wait for its turn; returns when that was. Raises TimeoutError when it has passed."""
        ends = time.monotonic() + turn.wait + turn.late
        await asyncio.sleep(turn.wait)
        while (wait := self._wait(turn)) > 0 and (left := ends - time.monotonic()) > 0:
            # neither wait_for nor Condition: on Python 3.11 they lose a time-out that comes with a move
            with suppress(TimeoutError):
                async with asyncio.timeout(min(wait, left)):
                    await self.moved.wait()
        if time.monotonic() >= ends:
            raise TimeoutError
        self.flying += 1
        self.begun = time.monotonic()
        self.asked = self.begun + GRACE
        return self.begun

    def _wait(self, turn: Turn) -> float:
        """Seconds until the next may go, as far as the host's limit and its pauses are concerned."""
        if turn.slots and self.flying >= turn.slots:
            return math.inf
        return self.asked + turn.pause - time.monotonic() if turn.pause else 0.0

    def leave(self, begun: float, asked: float | None) -> None:
        self.flying -= 1
        if begun == self.begun and asked is not None:
            self.asked = asked
        self.moved.set()
        self.moved = asyncio.Event()


class Turns:
    """Sees to it that each job of a host starts in its turn."""

    def __init__(self, attend: Callable[[Claim], Awaitable[Outcome]]) -> None:
        self._attend = attend
        self._gates: defaultdict[str, Gate] = defaultdict(Gate)
        self._told: dict[str, int] = {}  # by execution: of how much Redis knew when it gave the job
        self.body_bytes = 0  # of pages that came with the jobs that are attended to, as they came

    def hold(self, claim: Claim) -> None:
        """It was claimed."""
        gate = self._gates[claim.host]
        gate.held += 1
        gate.slots = claim.turn.slots if claim.turn else 0
        self._told[claim.execution] = gate.told
        self.body_bytes += len(claim.body or b"")

    def end(self, claim: Claim) -> None:
        """It is no longer attended to."""
        self._gates[claim.host].ended += 1
        self.body_bytes -= len(claim.body or b"")

    def drop(self, claim: Claim, outcome: Outcome | None) -> None:
        """It ended, and Redis has taken its outcome, or it has none."""
        gate = self._gates[claim.host]
        gate.held -= 1
        gate.ended -= 1
        gate.told += _is_to_be_left_alone(outcome)
        del self._told[claim.execution]
        if not gate.held:
            del self._gates[claim.host]

    @property
    def busy(self) -> dict[str, int]:
        """By host, how many slots of the worker its jobs take at most; "" are jobs that came with pages."""
        return {host: gate.busy for host, gate in self._gates.items() if gate.busy}

    def frees_in(self, claim: Claim) -> float | None:
        """Seconds until another job may have the slot of this one, which ended, if any waits for that."""
        last = self._gates[claim.host].waiting == 1  # else the next of this worker has it
        if not (claim.turn and claim.turn.awaited and last):
            return None
        return claim.turn.pause + SLACK if claim.turn.pause else 0.0

    async def attend(self, claim: Claim) -> Outcome:
        """Attend to it when its turn comes; Back if that passes, or the host must be left alone."""
        if claim.turn is None:
            return await self._attend(claim)
        gate, asked = self._gates[claim.host], None
        try:
            begun = await gate.enter(claim.turn)
        except TimeoutError:
            return Back(claim)
        try:
            if gate.heard > self._told[claim.execution]:
                return Back(claim)
            outcome = await self._attend(claim)
            gate.heard += _is_to_be_left_alone(outcome)
            asked = outcome.heard.asked if outcome.heard else None
            return outcome
        finally:
            gate.leave(begun, asked)


def _is_to_be_left_alone(outcome: Outcome | None) -> bool:
    heard = outcome and outcome.heard
    return bool(heard and (heard.rest or heard.silent or heard.unreachable))
