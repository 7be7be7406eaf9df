"""What callers are given, built as plain dicts: no schema stands between a stored page and the wire.

The same shapes are written down for /openapi.json in shapes.py, and a test holds the two together.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from api.schema import OPTION_NAMES

if TYPE_CHECKING:
    from worker.jobs.batch import Batch
    from worker.jobs.model import Failure, Job

RESULTS = ("text", "markdown", "html", "removed")


def job(record: Job, stored: dict[str, Any] | None, root: str) -> dict[str, Any]:
    """A job as callers see it. `stored` is what the store holds of its page; `root` begins each link."""
    return {
        "id": record.id,
        "url": record.url or None,
        "status": record.status,
        "created_at": moment(record.created_at),
        "started_at": moment(record.started_at),
        "finished_at": moment(record.finished_at),
        "attempts": record.attempts,
        "not_before": moment(record.not_before),
        "waiting_for": failure(record.waiting_for),
        "options": options(record),
        "error": failure(record.error),
        "page": None if stored is None else page(record, stored),
        "links": job_links(record, root),
    }


def failure(said: Failure | None) -> dict[str, str] | None:
    """A code and a sentence."""
    return None if said is None else {"code": said.code, "message": said.message}


def page(record: Job, stored: dict[str, Any]) -> dict[str, Any]:
    """The page of a job that is done; with its receipts if the job asked for them."""
    fields: dict[str, Any] = stored["page"]
    return {**fields, "receipts": stored["receipts"]} if record.options.explain else fields


def removed(stored: dict[str, Any]) -> dict[str, Any]:
    """What was taken out: the sums by kind, and a receipt for each thing."""
    return {"removed": stored["page"]["removed"], "receipts": stored["receipts"]}


def options(record: Job) -> dict[str, Any]:
    """All options in force, defaults included. Headers are left out: they may hold a password."""
    chosen = {name: getattr(record.options, name) for name in OPTION_NAMES}
    return {**chosen, "max_age": record.max_age, "timeout": record.timeout, "robots": record.robots}


def job_links(record: Job, root: str) -> dict[str, str]:
    """Where the job and its results are."""
    own = f"{root}/v1/jobs/{record.id}"
    links = {"self": own} | {name: f"{own}/{name}" for name in RESULTS}
    return links | {"batch": f"{root}/v1/batches/{record.batch_id}"} if record.batch_id else links


def batch(record: Batch, root: str) -> dict[str, Any]:
    """A batch as callers see it. `rate`: jobs ended a second; `eta`: seconds until all have, if known."""
    counts = record.counts
    ended = counts.done + counts.failed + counts.cancelled
    end = record.finished_at or record.read_at
    rate = ended / max(end - record.created_at, 0.001)
    own = f"{root}/v1/batches/{record.id}"
    return {
        "id": record.id,
        "status": record.status,
        "created_at": moment(record.created_at),
        "finished_at": moment(record.finished_at),
        "counts": {name: getattr(counts, name) for name in counts.__slots__},
        "rate": round(rate, 3),
        "eta": round((counts.total - ended) / rate, 1) if rate else None,
        "links": {"self": own, "results": f"{own}/results"},
    }


def moment(seconds: float | None) -> str | None:
    """Unix seconds as RFC 3339, in UTC with milliseconds."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def etag(record: Job) -> str:
    """Changes whenever the job does."""
    times = (record.started_at, record.finished_at, record.not_before)
    return f'"{record.status}-{record.attempts}-' + "-".join(f"{1000 * (t or 0):.0f}" for t in times) + '"'
