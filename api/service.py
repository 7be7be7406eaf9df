"""What the routes stand on: the settings, the store, and whether the server is being stopped."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from api.problems import Problem, retry_after
from worker.jobs.model import Idempotency, IdempotencyConflict, QueueFull, QuotaUsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from config.settings import Settings
    from worker.jobs.model import Job, JobRequest, Submitted
    from worker.jobs.store import JobStore

LONGEST_KEY = 255  # characters of an Idempotency-Key


@dataclass(slots=True)
class Arriving:
    """How many bytes of bodies stand in memory while they are read."""

    held: int = 0


@dataclass(frozen=True, slots=True)
class Service:
    """One per process, in `app.state.service`."""

    settings: Settings
    store: JobStore
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    arriving: Arriving = field(default_factory=Arriving)

    async def submit(
        self, request: Request, body: bytes, jobs: Sequence[JobRequest], *, batch: bool = False
    ) -> Submitted:
        """Queue the jobs. Raises Problem when the queue is full, the key's quota of jobs is used up, an
        Idempotency-Key is misused, a job would pass over robots.txt and may not."""
        check_robots(jobs, self.settings)
        key = idempotency(request, body)
        try:
            return await self.store.submit(jobs, owner=owner(request), batch=batch, idempotency=key)
        except QuotaUsed as used:
            raise Problem("too_many_jobs", headers=retry_after(used.retry_after)) from used
        except QueueFull as full:
            raise Problem("queue_full", headers=retry_after(full.retry_after)) from full
        except IdempotencyConflict as conflict:
            raise Problem("idempotency_conflict") from conflict

    async def wait(self, job_id: str, seconds: float) -> None:
        """Return when the job has ended, the time is up, or the server is being stopped."""
        ended = asyncio.ensure_future(self.store.wait(job_id, seconds))
        stopped = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            if not ended.done():
                ended.cancel()
        if ended.done() and not ended.cancelled():
            ended.result()  # a Redis that went away meanwhile is an error

    async def job(self, request: Request, job_id: str) -> Job:
        """The caller's job. Raises Problem when there is none."""
        if job := await self.store.get(job_id, owner(request)):
            return job
        raise Problem("no_such_job")


def check_robots(jobs: Sequence[JobRequest], settings: Settings) -> None:
    """Raises Problem for robots: "off" where only the operator may say so. The jobs of a batch share it."""
    if jobs[0].robots == "off" and settings.robots == "obey" and not settings.robots_override:
        said = "This service does not let jobs pass over robots.txt (PITH_ROBOTS_OVERRIDE)."
        raise Problem("invalid_request", f"robots: {said}", errors=[("robots", said)])


def of(request: Request) -> Service:
    """The service behind the app that got this request."""
    service: Service = request.app.state.service
    return service


def owner(request: Request) -> str:
    """Whose request it is, as the doors found."""
    name: str = request.scope["state"]["owner"]
    return name


def root(request: Request) -> str:
    """The prefix of every link, "" unless a proxy shows the service below a folder."""
    prefix: str = request.scope.get("root_path", "")
    return prefix


def idempotency(request: Request, body: bytes) -> Idempotency | None:
    """The Idempotency-Key with a digest of what was asked. Raises Problem for a key that cannot be used."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Problem("invalid_header", f"Idempotency-Key takes 1 to {LONGEST_KEY} visible ASCII characters.")
    return Idempotency(key, sha256(request.scope["path"].encode() + b"\n" + body).hexdigest())
