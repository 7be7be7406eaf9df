"""What became of jobs, kept until Redis has taken it; many in one call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from worker.jobs.model import Done, Failed, Same

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from worker.jobs.model import Outcome

# Seconds that an outcome waits for company: some 15 commands of a call are the same for one job or for ten.
# While the queue holds more, what is in flight keeps the worker busy; but idle slots would soon cost speed.
# Nobody waits for one job of a batch, but for its last one, and for one whose end lets others go.
LINGER = 0.3
LINGER_IN_BATCH = 0.5
LINGER_IN_BATCH_IDLE = 1.0
SHORT = 0.05
ENOUGH = 16  # outcomes that need no more company
MOST = 64  # outcomes in one call


class Finisher:
    """Collects outcomes. `finished` is told of each that Redis has taken."""

    def __init__(self, finished: Callable[[Outcome], None]) -> None:
        self._finished = finished
        self._outcomes: list[Outcome] = []
        self._due = 0.0
        self.backlog = False  # the queue holds more than the slots do
        self.done = 0  # jobs that ended here with a page
        self.failed = 0  # without one

    def add(self, outcome: Outcome, *, urgent: bool) -> None:
        """`urgent`: other jobs wait for this one's slot at its host."""
        due = asyncio.get_running_loop().time() + (SHORT if urgent else self._patience(outcome))
        self._due = min(self._due, due) if self._outcomes else due
        self._outcomes.append(outcome)

    def _patience(self, outcome: Outcome) -> float:
        if outcome.claim.in_batch:
            return LINGER_IN_BATCH if self.backlog else LINGER_IN_BATCH_IDLE
        return LINGER if self.backlog else 0.0

    @property
    def empty(self) -> bool:
        return not self._outcomes

    @property
    def due(self) -> float | None:
        """The loop's time at which to hand over what there is; None when there is nothing."""
        if not self._outcomes:
            return None
        return 0.0 if len(self._outcomes) >= ENOUGH else self._due

    def oldest(self) -> tuple[Outcome, ...]:
        """What one call takes."""
        return tuple(self._outcomes[:MOST])

    def taken(self, outcomes: Sequence[Outcome], counted: Sequence[bool]) -> None:
        """Redis has taken the `oldest`, and each counted or didn't."""
        del self._outcomes[: len(outcomes)]
        for outcome, counts in zip(outcomes, counted, strict=True):
            self.done += counts and isinstance(outcome, Done | Same)
            self.failed += counts and isinstance(outcome, Failed)
            self._finished(outcome)
