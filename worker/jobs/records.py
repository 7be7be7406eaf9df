"""Between the hashes that Redis holds and the job model. The fields are named in lua/record.lua."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import orjson

from worker.jobs import hosts
from worker.jobs.batch import Batch, Counts
from worker.jobs.model import Claim, Failure, Job, Known, Status, Turn
from worker.jobs.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from worker.jobs.model import JobRequest

VERSION = 1  # of the record; a change that an older worker could not read raises it
DEFAULTS = asdict(Options())

Hash = dict[bytes, bytes]


def write_request(request: JobRequest) -> bytes:
    """What a record keeps of a request besides its URL: only what differs from the defaults."""
    options = {name: value for name, value in asdict(request.options).items() if value != DEFAULTS[name]}
    kept = {
        "options": options,
        "headers": dict(request.headers),
        "max_age": request.max_age,
        "timeout": request.timeout,
        "robots": request.robots,
        "awaited": request.awaited,
    }
    return orjson.dumps({name: value for name, value in kept.items() if value})


def read_options(stored: Mapping[str, Any]) -> Options:
    """Options as stored; a name that this version does not know is left out."""
    names = {field.name for field in fields(Options)}
    known: dict[str, Any] = {name: _frozen(value) for name, value in stored.items() if name in names}
    return Options(**known)


def queued(job_id: str, request: JobRequest, owner: str, created_at: float) -> Job:
    """What `read_job` would make of the record of a job that was queued just now."""
    return Job(
        id=job_id,
        url=request.url,
        status=Status.QUEUED,
        owner=owner,
        created_at=created_at,
        options=request.options,
        max_age=request.max_age,
        timeout=request.timeout,
        robots=request.robots,
        host=hosts.host_of(request.url) if request.body is None else "",
    )


def read_job(job_id: str, record: Hash) -> Job:
    """The job of a record that is not empty."""
    request = orjson.loads(record[b"request"])
    status = Status(record[b"status"].decode())
    waits = status is Status.QUEUED
    return Job(
        id=job_id,
        url=record[b"url"].decode(),
        status=status,
        owner=record[b"owner"].decode(),
        created_at=_seconds(record, b"created") or 0.0,
        started_at=_seconds(record, b"started"),
        finished_at=_seconds(record, b"finished"),
        attempts=int(record[b"attempts"]),
        options=read_options(request.get("options", {})),
        max_age=request.get("max_age", 0.0),
        timeout=request.get("timeout"),
        robots=request.get("robots"),
        error=_failure(record, b"error"),
        not_before=_seconds(record, b"due") if waits else None,
        waiting_for=_failure(record, b"reason") if waits else None,
        page_id=_text(record, b"page"),
        batch_id=_text(record, b"batch"),
        index=int(record[b"index"]) if b"index" in record else None,
        host=_text(record, b"host") or "",
    )


def read_batch(batch_id: str, record: Hash, read_at: float) -> Batch:
    """The batch of a record that is not empty."""
    kept = ("running", "done", "failed", "cancelled", "total")
    counts = {name: int(record[name.encode()]) for name in kept}
    queued = 2 * counts["total"] - sum(counts.values())  # the rest of the total
    return Batch(
        id=batch_id,
        owner=record[b"owner"].decode(),
        created_at=_seconds(record, b"created") or 0.0,
        finished_at=_seconds(record, b"finished"),
        read_at=read_at,
        counts=Counts(**counts, queued=queued),
    )


def read_claim(row: Sequence[Any]) -> Claim:
    """One row of what lua/claim.lua answers."""
    job_id, execution, attempt, left, url, request, body, latest, host, in_batch, turn, lost = row
    asked = orjson.loads(request)
    return Claim(
        job_id=job_id.decode(),
        execution=execution.decode(),
        url=url.decode(),
        options=read_options(asked.get("options", {})),
        headers=asked.get("headers", {}),
        attempt=attempt,
        left=int(left) / 1000,
        body=body or None,
        known=_known(latest) if latest else None,
        host=host.decode(),
        robots=asked.get("robots"),
        in_batch=bool(in_batch),
        awaited=asked.get("awaited", False),
        turn=_turn(*turn) if turn else None,
        lost=lost,
    )


def _turn(wait: bytes, late: bytes, pause: bytes, slots: int, awaited: int) -> Turn:
    return Turn(int(wait) / 1000, int(late) / 1000, int(pause) / 1000, slots, awaited=bool(awaited))


def _known(latest: bytes) -> Known | None:
    copy = orjson.loads(latest)
    if not ("etag" in copy or "modified" in copy):
        return None
    return Known(copy["page"], copy.get("url", ""), copy.get("etag", ""), copy.get("modified", ""))


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _text(record: Hash, name: bytes) -> str | None:
    value = record.get(name)
    return value.decode() if value else None


def _seconds(record: Hash, name: bytes) -> float | None:
    value = record.get(name)
    return int(value) / 1000 if value else None


def _failure(record: Hash, name: bytes) -> Failure | None:
    value = record.get(name)
    return Failure(**orjson.loads(value)) if value else None
