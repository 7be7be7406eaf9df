"""What the API asks of the job store. Each call is one round trip, but for `wait`, `results` and `ready`, and
`get` of a job that waits.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import OutOfMemoryError, RedisError

from config import wording
from worker.jobs import hosts, keys, pages, records
from worker.jobs.batch import Results
from worker.jobs.clock import milliseconds
from worker.jobs.ended import Endings
from worker.jobs.model import IdempotencyConflict, QueueFull, QuotaUsed, Readiness, Status, Submitted
from worker.jobs.scripts import Scripts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Sequence

    from redis.asyncio import Redis

    from config.settings import Settings
    from worker.jobs.batch import Batch
    from worker.jobs.model import Idempotency, Job, JobRequest

FULL_RETRY = (
    10.0  # s; what a caller is told when the queue is full: time for a worker to end hundreds of jobs
)
LOOK_AGAIN = 2.0  # s; how often `wait` looks by itself, should the word of an end be lost with its connection


class JobStore:
    """Jobs and batches in Redis. `owner` is the caller's key id, "" when the service is open.

    Another owner's job or batch does not exist.
    """

    def __init__(self, redis: Redis, settings: Settings) -> None:
        """`redis` comes from `connection.connect`; it is not closed here."""
        self._redis = redis
        self._settings = settings
        self._wording = wording.digest(settings)
        self._scripts = Scripts(redis, settings)
        self._endings = Endings(redis)
        self._turns = hosts.Turns(redis, settings)

    async def close(self) -> None:
        """Stop listening for ends (what `wait` started)."""
        await self._endings.close()

    async def submit(
        self,
        requests: Sequence[JobRequest],
        *,
        owner: str,
        batch: bool = False,
        idempotency: Idempotency | None = None,
    ) -> Submitted:
        """Queue `requests` in one atomic call: all of them or none.

        Raises QueueFull(retry_after) past settings.queue_limit or when Redis has no memory left,
        QuotaUsed(retry_after) past settings.key_queue_limit of this owner, IdempotencyConflict when the key
        came with another body.
        """
        ids = tuple(keys.new_id() for _ in requests)
        batch_id = keys.new_id() if batch else None
        values = [
            v for job_id, asked in zip(ids, requests, strict=True) for v in self._row(job_id, asked, owner)
        ]
        facts = {
            "owner": owner,
            "batch": batch_id,
            "limit": self._settings.queue_limit,
            "quota": self._settings.key_queue_limit or None,
            "idem": keys.idempotency(owner, idempotency.key) if idempotency else None,
            "digest": idempotency.digest if idempotency else None,
        }
        try:
            answer = await self._scripts.run("submit", values, **facts)
        except OutOfMemoryError as error:
            raise QueueFull(FULL_RETRY) from error
        submitted = _submitted(answer, ids, batch_id)
        if batch or len(requests) > 1 or submitted.queued_at is None:
            return submitted
        return replace(submitted, job=records.queued(ids[0], requests[0], owner, submitted.queued_at))

    def _row(self, job_id: str, request: JobRequest, owner: str) -> Iterator[bytes | str | int]:
        """The eight values of one job that lua/submit.lua takes."""
        yield job_id
        yield request.url
        yield records.write_request(request)
        yield keys.fingerprint(request, owner, self._wording)
        yield milliseconds(request.max_age)
        yield milliseconds(min(request.timeout, self._settings.job_timeout)) if request.timeout else ""
        yield "" if request.body is None else pages.pack_body(request.body)
        yield hosts.host_of(request.url) if request.body is None else ""

    async def get(self, job_id: str, owner: str) -> Job | None:
        """The job, or None when it is unknown, gone or another owner's."""
        record = await self._record(keys.job(job_id))
        return await self._with_turn(records.read_job(job_id, record)) if _owned(record, owner) else None

    async def _with_turn(self, job: Job) -> Job:
        """The job, and if it waits for its host's turn, when that will be."""
        if job.status is not Status.QUEUED or not job.host:
            return job
        member = hosts.place(job.host, job.created_at, job.index, job.id)
        turn = await self._turns.turn(job.host, member)
        return replace(job, not_before=turn[0], waiting_for=turn[1]) if turn else job

    async def page(self, job: Job) -> dict[str, Any] | None:
        """The stored page of a job that is done: {"page": {…}, "receipts": […]}; None when it is gone."""
        frame = await self._redis.get(keys.page(job.page_id)) if job.page_id else None
        return None if frame is None else pages.unpack(cast("bytes", frame))

    async def cancel(self, job_id: str, owner: str) -> bool:
        """Cancel what has not ended, remove what has. False when there is no such job."""
        answer: bytes = await self._scripts.run("cancel", [job_id], owner=owner)
        return answer != b"none"

    async def batch(self, batch_id: str, owner: str) -> Batch | None:
        """The batch with its counts, or None when it is unknown, gone or another owner's."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(keys.batch(batch_id))
            pipe.time()
            record, (seconds, micros) = await pipe.execute()
        if not _owned(record, owner):
            return None
        return records.read_batch(batch_id, record, seconds + micros / 1e6)

    async def results(self, batch_id: str, owner: str, cursor: int, limit: int) -> Results | None:
        """Up to `limit` ended jobs from `cursor` (0 at first) on, in the order in which they ended.

        None as in `batch`. Jobs that were removed since are left out. `Results.cursor` is where to go on; the
        same as `cursor` when nothing has ended since.
        """
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hget(keys.batch(batch_id), "owner")
            pipe.lrange(keys.ended(batch_id), cursor, cursor + limit - 1)
            whose, ids = await pipe.execute()
        if whose is None or whose.decode() != owner:
            return None
        jobs = await self._jobs([job_id.decode() for job_id in ids])
        return Results(jobs=jobs, cursor=cursor + len(ids))

    async def _jobs(self, job_ids: list[str]) -> tuple[Job, ...]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for job_id in job_ids:
                pipe.hgetall(keys.job(job_id))
            found = zip(job_ids, await pipe.execute(), strict=True)
        return tuple(records.read_job(job_id, record) for job_id, record in found if record)

    async def wait(self, job_id: str, timeout: float) -> None:  # noqa: ASYNC109
        """Return when the job has ended (or does not exist), or after `timeout` seconds."""
        with self._endings.watch(job_id) as ended, contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await _a_while(self._endings.subscribed())
                while not ended.is_set() and not await self._has_ended(job_id):
                    await _a_while(ended.wait())

    async def _has_ended(self, job_id: str) -> bool:
        status = await self._redis.hget(keys.job(job_id), "status")
        return status is None or Status(cast("bytes", status).decode()).ended

    async def _record(self, key: str) -> records.Hash:
        return cast("records.Hash", await self._redis.hgetall(key))

    async def ready(self) -> Readiness:
        """Never raises for a Redis that is away: Readiness(redis=False, workers=0)."""
        try:
            return Readiness(redis=True, workers=await self._workers())
        except (RedisError, OSError):
            return Readiness(redis=False, workers=0)

    async def _workers(self) -> int:
        """How many workers of this queue have a hash, which RQ lets expire when they stop beating."""
        names = await self._redis.smembers(f"rq:workers:{self._settings.queue}")
        return int(await self._redis.exists(*names)) if names else 0


async def _a_while(event: Awaitable[object]) -> None:
    """Wait for it, for LOOK_AGAIN seconds at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOK_AGAIN):
            await event


def _owned(record: records.Hash, owner: str) -> bool:
    return bool(record) and record[b"owner"].decode() == owner


def _submitted(answer: list[Any], job_ids: tuple[str, ...], batch_id: str | None) -> Submitted:
    match answer:
        case [b"made", now, queued]:
            return Submitted(job_ids, batch_id, queued_at=int(now) / 1000 if queued == len(job_ids) else None)
        case [b"repeated", batch, job]:
            return Submitted((job.decode(),) if job else (), batch.decode() or None, repeated=True)
        case [b"quota"]:
            raise QuotaUsed(FULL_RETRY)
        case [b"conflict"]:
            raise IdempotencyConflict("this Idempotency-Key was used with another body")
    raise QueueFull(FULL_RETRY)
