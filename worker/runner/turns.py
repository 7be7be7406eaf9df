"""Turns of jobs whose host has manners: a worker may hold more of a host's jobs than may go at once."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worker.jobs.model import Back

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from worker.jobs.model import Claim, Outcome, Turn


@dataclass(slots=True)
class Gate:
    """The jobs of one host that this worker holds."""

    held: int = 0
    slots: int = 0  # how many may be in flight; 0: no limit
    flying: int = 0
    last: float = -math.inf  # the loop's time at which one went
    left_alone: bool = False  # the host asked for it, or does not answer: none of those held may go
    freed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def busy(self) -> int:
        """How many of the worker's slots they take at most."""
        return min(self.held, self.slots) if self.slots else self.held

    async def enter(self, turn: Turn) -> None:
        """Return when it is its turn. Raises TimeoutError when that has passed."""
        loop = asyncio.get_running_loop()
        comes = loop.time() + turn.wait
        await asyncio.sleep(turn.wait)
        async with asyncio.timeout_at(comes + turn.late), self.freed:
            await self.freed.wait_for(lambda: not turn.slots or self.flying < turn.slots)
            await asyncio.sleep(self.last + turn.pause - loop.time())
        if loop.time() > comes + turn.late:
            raise TimeoutError
        self.flying += 1
        self.last = loop.time()

    async def leave(self) -> None:
        self.flying -= 1
        async with self.freed:
            self.freed.notify_all()


class Turns:
    """Sees to it that each job of a host starts in its turn."""

    def __init__(self, attend: Callable[[Claim], Awaitable[Outcome]]) -> None:
        self._attend = attend
        self._gates: defaultdict[str, Gate] = defaultdict(Gate)

    def hold(self, claim: Claim) -> None:
        """It was claimed."""
        gate = self._gates[claim.host]
        gate.held += 1
        gate.slots = claim.turn.slots if claim.turn else 0

    def drop(self, claim: Claim) -> None:
        """It is no longer held."""
        gate = self._gates[claim.host]
        gate.held -= 1
        if not gate.held:
            del self._gates[claim.host]

    @property
    def busy(self) -> dict[str, int]:
        """By host, how many slots of the worker its jobs take at most; "" are jobs that came with pages."""
        return {host: gate.busy for host, gate in self._gates.items()}

    def is_last(self, claim: Claim) -> bool:
        """Is it the only one of its host that is held?"""
        return self._gates[claim.host].held == 1

    async def attend(self, claim: Claim) -> Outcome:
        """Attend to it when its turn comes; Back if that passes, or the host must be left alone."""
        if claim.turn is None:
            return await self._attend(claim)
        gate = self._gates[claim.host]
        try:
            await gate.enter(claim.turn)
        except TimeoutError:
            return Back(claim)
        try:
            return Back(claim) if gate.left_alone else await self._heard(gate, claim)
        finally:
            await gate.leave()

    async def _heard(self, gate: Gate, claim: Claim) -> Outcome:
        outcome = await self._attend(claim)
        heard = outcome.heard
        gate.left_alone |= bool(heard and (heard.rest or heard.silent or heard.unreachable))
        return outcome
