"""What the API asks of the job store. Each call is one round trip, but for `wait`, `results` and `ready`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from config.settings import Settings
    from worker.jobs.model import Batch, Idempotency, Job, JobRequest, Readiness, Results, Submitted


class JobStore:
    """Jobs and batches in Redis. `owner` is the caller's key id, "" when the service is open.

    Another owner's job or batch does not exist.
    """

    def __init__(self, redis: Redis, settings: Settings) -> None:
        """`redis` comes from `connection.connect`; it is not closed here."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop listening for ends (what `wait` started)."""
        raise NotImplementedError

    async def submit(
        self,
        requests: Sequence[JobRequest],
        *,
        owner: str,
        batch: bool = False,
        idempotency: Idempotency | None = None,
    ) -> Submitted:
        """Queue `requests` in one atomic call: all of them or none.

        Raises QueueFull(retry_after) past settings.queue_limit, IdempotencyConflict when the key came with
        another body.
        """
        raise NotImplementedError

    async def get(self, job_id: str, owner: str) -> Job | None:
        """The job, or None when it is unknown, gone or another owner's."""
        raise NotImplementedError

    async def page(self, job: Job) -> dict[str, Any] | None:
        """The stored page of a job that is done: {"page": {…}, "receipts": […]}; None when it is gone."""
        raise NotImplementedError

    async def cancel(self, job_id: str, owner: str) -> bool:
        """Cancel what has not ended, remove what has. False when there is no such job."""
        raise NotImplementedError

    async def batch(self, batch_id: str, owner: str) -> Batch | None:
        """The batch with its counts, or None when it is unknown, gone or another owner's."""
        raise NotImplementedError

    async def results(self, batch_id: str, owner: str, cursor: int, limit: int) -> Results | None:
        """Up to `limit` ended jobs from `cursor` (0 at first) on, in the order in which they ended.

        None as in `batch`. Jobs that were removed since are left out. `Results.cursor` is where to go on; the
        same as `cursor` when nothing has ended since.
        """
        raise NotImplementedError

    async def wait(self, job_id: str, timeout: float) -> None:  # noqa: ASYNC109
        """Return when the job has ended (or does not exist), or after `timeout` seconds."""
        raise NotImplementedError

    async def ready(self) -> Readiness:
        """Never raises for a Redis that is away: Readiness(redis=False, workers=0)."""
        raise NotImplementedError
