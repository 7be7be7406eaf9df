"""What became of jobs, kept until Redis has taken it; many in one call."""

from __future__ import annotations

import asyncio
import math
from itertools import accumulate, islice
from typing import TYPE_CHECKING

from config.settings import MIB
from worker.jobs.model import Done, Failed, Same

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from worker.jobs.model import Claim, Outcome

# Seconds that an outcome waits for company: some 15 commands of a call are the same for one job or for ten,
# and most of them for taking others too. While the queue holds more, what is in flight keeps the worker busy;
# but idle slots would soon cost speed. Nobody waits for one job of a batch, but for its last one, and for one
# whose end lets others go: those of a host with pauses may go no sooner.
LINGER = 0.3
LINGER_ALONE = 0.1  # a single one, if its caller is not on the line: the next often comes as soon
LINGER_IN_BATCH = 0.5
LINGER_IN_BATCH_IDLE = 1.0  # not longer: what waits here is fetched again should the worker be killed
SHORT = 0.05
ENOUGH = 16  # outcomes that need no more company
MOST = 64  # outcomes in one call
MOST_BYTES = 16 * MIB  # of their pages, but for the first: Redis ends a connection that brings a GiB


class Finisher:
    """Collects outcomes. `finished` is told of each that Redis has taken."""

    def __init__(self, finished: Callable[[Outcome], None]) -> None:
        self._finished = finished
        self._outcomes: list[Outcome] = []
        self._dues: list[tuple[float, float]] = []  # while others are in flight here, and when none is
        self.backlog = False  # the queue holds more than the slots do
        self.done = 0  # jobs that ended here with a page
        self.failed = 0  # without one

    def add(self, outcome: Outcome, *, frees_in: float | None) -> None:
        """`frees_in`: others wait for this one's slot at its host, and may have it in so many seconds."""
        now = asyncio.get_running_loop().time()
        busy, at_rest = self._patience(outcome.claim, frees_in)
        self._outcomes.append(outcome)
        self._dues.append((now + busy, now + at_rest))

    def _patience(self, claim: Claim, frees_in: float | None) -> tuple[float, float]:
        """Seconds while others are in flight here, and when none is."""
        if claim.awaited:
            return 0.0, 0.0
        if frees_in is not None:
            most = max(SHORT, min(frees_in, LINGER_IN_BATCH))
            return most, most
        if claim.in_batch:
            return (LINGER_IN_BATCH if self.backlog else LINGER_IN_BATCH_IDLE), 0.0
        return (LINGER if self.backlog else LINGER_ALONE), LINGER_ALONE

    @property
    def empty(self) -> bool:
        return not self._outcomes

    def due(self, *, at_rest: bool) -> float:
        """The loop's time at which to hand over what there is. `at_rest`: nothing is in flight here."""
        if len(self._outcomes) >= ENOUGH:
            return 0.0
        return min((due[at_rest] for due in self._dues), default=math.inf)

    def oldest(self) -> tuple[Outcome, ...]:
        """What one call takes."""
        pages = (outcome.page if isinstance(outcome, Done) else b"" for outcome in self._outcomes)
        count = sum(size <= MOST_BYTES for size in islice(accumulate(map(len, pages)), MOST))
        return tuple(self._outcomes[: max(count, 1)])

    def taken(self, outcomes: Sequence[Outcome], counted: Sequence[bool]) -> None:
        """Redis has taken the `oldest`, and each counted or didn't."""
        del self._outcomes[: len(outcomes)]
        del self._dues[: len(outcomes)]
        for outcome, counts in zip(outcomes, counted, strict=True):
            self.done += counts and isinstance(outcome, Done | Same)
            self.failed += counts and isinstance(outcome, Failed)
            self._finished(outcome)
