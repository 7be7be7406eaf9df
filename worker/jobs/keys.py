"""Names of keys, ids, and what makes two jobs ask for the same page."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from worker.jobs.model import JobRequest

ENDED_CHANNEL = "pith:ended"  # ids of jobs that ended, with spaces between
API_KEYS = "pith:keys"  # hash: name -> what is kept of an API key
ID_BYTES = 13  # 104 random bits: not to be guessed, and 21 letters that a double click selects
# Part of every fingerprint: raise it when cleaning changes, and a page cleaned the old way answers nobody.
RECIPE = 1


def new_id() -> str:
    """A fresh id for a job or a batch: lower-case letters and digits."""
    return base64.b32encode(secrets.token_bytes(ID_BYTES)).decode().rstrip("=").lower()


def job(job_id: str) -> str:
    return f"pith:job:{job_id}"


def page(page_id: str) -> str:
    return f"pith:page:{page_id}"


def batch(batch_id: str) -> str:
    return f"pith:batch:{batch_id}"


def ended(batch_id: str) -> str:
    """The list of a batch's ended jobs, in the order in which they ended."""
    return f"pith:batch:{batch_id}:ended"


def robots(url: str) -> str:
    """The text of the robots.txt at `url`."""
    return f"pith:robots:{url.removesuffix('/robots.txt')}"


def rate(owner: str) -> str:
    """The token bucket of `owner`."""
    return f"pith:rate:{owner}"


def wake(queue: str) -> str:
    """The channel that wakes the workers of `queue`."""
    return f"pith:wake:{queue}"


def idempotency(owner: str, key: str) -> str:
    """A caller's key may be long and hold anything: only its digest is kept."""
    return f"pith:idem:{_digest(orjson.dumps([owner, key]))}"


def fingerprint(request: JobRequest, owner: str, wording: str) -> str:
    """Jobs with the same one may share a fetch and a stored page; "" for a job that shares with none.
    `wording` is the digest of the words and rules that pages are cleaned by.

    Never those of two owners: an answer at once would tell the one what the other reads.
    """
    if request.body is not None:
        return ""
    headers = sorted((name.lower(), value) for name, value in request.headers.items())
    parts = [RECIPE, wording, request.url, request.options, headers, owner]
    if request.robots:
        parts.append(request.robots)
    return _digest(orjson.dumps(parts))


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.blake2b(data, digest_size=15).digest()).decode()
