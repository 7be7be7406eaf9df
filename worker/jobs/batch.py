"""Many jobs submitted in one call: how they stand, and what has come of them. Times as in `model`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from worker.jobs.model import Status

if TYPE_CHECKING:
    from worker.jobs.model import Job


@dataclass(frozen=True, slots=True)
class Counts:
    """The jobs of a batch by status; the first five add up to `total`."""

    queued: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Many jobs submitted in one call."""

    id: str
    owner: str
    created_at: float
    finished_at: float | None
    read_at: float  # when the counts were so; by Redis' clock, as the others
    counts: Counts

    @property
    def status(self) -> Status:
        """queued until the first job was started or ended, done when all have ended, else running."""
        if self.finished_at is not None:
            return Status.DONE
        return Status.QUEUED if self.counts.queued == self.counts.total else Status.RUNNING


@dataclass(frozen=True, slots=True)
class Results:
    """Some jobs of a batch in the order in which they ended, and the cursor that goes on after them."""

    jobs: tuple[Job, ...]
    cursor: int
