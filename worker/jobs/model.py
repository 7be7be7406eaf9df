"""The job model: what a caller asked for, what became of it, and what a worker holds in between.

Times are Unix seconds as floats, read from Redis' clock. A job's life:

    queued ──claim──► running ──finish──► done | failed
       ▲                 │
       └─ again, release ┘        cancelled: from anywhere before the end
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from worker.jobs.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.jobs.hosts import Heard


class Status(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (Status.DONE, Status.FAILED, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no page: a stable code (listed in worker/errors.py) and a sentence for the caller."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One page that a caller wants, checked and with its URL normalised (`worker.jobs.urls`)."""

    url: str
    options: Options = field(default_factory=Options)
    headers: Mapping[str, str] = field(default_factory=dict)  # sent to the site; never shared across owners
    max_age: float = 0.0  # s; a stored page of the same URL and options this young answers
    timeout: float | None = None  # s; lowers settings.job_timeout
    body: bytes | None = None  # the page itself, when it came with the job: nothing is fetched
    robots: Literal["obey", "off"] | None = None  # instead of the setting; "off" if that lets callers
    awaited: bool = False  # the caller stays on the line for it


@dataclass(frozen=True, slots=True)
class Job:
    """The record of a job: the truth about it, whatever RQ's registries say."""

    id: str
    url: str
    status: Status
    owner: str
    created_at: float
    started_at: float | None = None
    finished_at: float | None = None
    attempts: int = 0
    options: Options = field(default_factory=Options)
    max_age: float = 0.0
    timeout: float | None = None
    robots: str | None = None  # as in JobRequest
    error: Failure | None = None  # why it failed
    not_before: float | None = None  # it waits until then at least; status is queued
    waiting_for: Failure | None = None  # why: what went wrong the last time, or its host's turn
    page_id: str | None = None  # where its page is stored; jobs may share one
    batch_id: str | None = None
    index: int | None = None  # its place in the batch, from 0
    host: str = ""  # whose turn it needs


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's Idempotency-Key and a digest of the request body that came with it."""

    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a submit made; `repeated` when an Idempotency-Key was seen before and this is its first answer."""

    job_ids: tuple[str, ...]  # in the order of the requests; for a repeated batch, empty
    batch_id: str | None = None
    repeated: bool = False
    queued_at: float | None = None  # when, if all had to be queued
    job: Job | None = None  # of a single one that was: its record


@dataclass(frozen=True, slots=True)
class Readiness:
    """Does Redis answer, and how many workers beat."""

    redis: bool
    workers: int

    @property
    def ready(self) -> bool:
        return self.redis and self.workers > 0


@dataclass(frozen=True, slots=True)
class Known:
    """A stored page of the same URL and options, to be asked about with a conditional request."""

    page_id: str
    url: str  # where the redirects ended when it was fetched: the validators are of that URL
    etag: str
    last_modified: str  # either may be "", not both


@dataclass(frozen=True, slots=True)
class Turn:
    """When a claimed job may ask its host: the worker that holds jobs ahead of their turn sees to it."""

    wait: float  # s from the claim on
    late: float  # s; after so many more its turn is over
    pause: float  # s from one of its host to the next
    slots: int  # so many of this host may be in flight at once; 0: no limit
    awaited: bool  # more jobs wait for this host


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this worker holds until its lease runs out."""

    job_id: str
    execution: str  # names this attempt; what an older attempt says later no longer counts, but for its page
    url: str
    options: Options
    headers: Mapping[str, str]
    attempt: int  # from 1
    left: float  # s from its turn to the job's deadline
    body: bytes | None = None  # the page that came with it, packed
    known: Known | None = None
    host: str = ""  # whose slot it holds; "" for a page that came with the job
    robots: str | None = None  # what the caller asked for: "obey", "off" or nothing
    in_batch: bool = False
    awaited: bool = False  # as in JobRequest
    turn: Turn | None = None  # None: its host needs no manners
    lost: int = 0  # how many of the attempts before ended with their worker

    @property
    def tries(self) -> int:
        """How often the page itself was tried, this time included."""
        return self.attempt - self.lost


@dataclass(frozen=True, slots=True)
class Done:
    """The page, packed by `pages.pack`, and what the site gave to ask about it again."""

    claim: Claim
    page: bytes
    url: str = ""  # where the redirects ended
    etag: str = ""
    last_modified: str = ""
    heard: Heard | None = None


@dataclass(frozen=True, slots=True)
class Same:
    """The site said 304: the known copy stands."""

    claim: Claim
    known: Known
    heard: Heard | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """No page, and trying again would not help."""

    claim: Claim
    failure: Failure
    heard: Heard | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """No page yet: the job is parked for `delay` seconds. Not `counted`: it was no attempt."""

    claim: Claim
    failure: Failure
    delay: float
    counted: bool = True
    heard: Heard | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """Its turn passed, or its host must be left alone: as if it had not been claimed."""

    claim: Claim
    heard: Heard | None = None


Outcome = Done | Same | Failed | Again | Back


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer to a claim: the jobs, and when it is worth asking again."""

    claims: tuple[Claim, ...]
    more: bool = False  # there are more that may go than were asked for
    next_due: float | None = None  # s until there may be another one
    suspended: bool = False  # `rq suspend` is in force


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found, in jobs."""

    put_back: int  # their lease had run out
    failed: int  # out of time, or lost too often
    found: int  # were in no queue at all
    jumped: int = 0  # s by which the server's clock was set since this worker's last sweep


class QueueFull(Exception):  # noqa: N818  (named for what happened)
    """The queue is at its limit; nothing was accepted."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"the queue is full: try again in {retry_after:.0f} s")
        self.retry_after = retry_after  # s


class QuotaUsed(QueueFull):
    """This owner has as many jobs that have not ended as one may; nothing was accepted."""


class IdempotencyConflict(Exception):  # noqa: N818
    """This Idempotency-Key was used with another body."""
