"""What the API says when it does not do what was asked: RFC 9457 problem+json, one table of stable codes.

    {type, title, status, detail, code, what_to_do, request_id}

and `errors: [{field, message}]` when fields of the request are at fault, `error: {code, message}` of a job
that failed, `redis` and `workers` of a service that is not ready. `type` links to the line of /docs that
explains the code. `code` never changes its meaning; `detail` is for people.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import Scope

MEDIA_TYPE = "application/problem+json"


class Kind(NamedTuple):
    """One line of the table: HTTP status, what happened, and what a caller can do about it."""

    status: int
    title: str
    what_to_do: str


KEPT = "Check the id. What ended is kept for PITH_RESULT_TTL seconds, then forgotten."
LATER = "Send it again after the seconds in Retry-After."

KINDS: dict[str, Kind] = {
    "invalid_json": Kind(400, "The body is not valid JSON", "Send one JSON object, encoded as UTF-8."),
    "invalid_header": Kind(400, "A header cannot be used", "Send it in the form that /docs shows."),
    "bad_request": Kind(400, "The request cannot be understood", "Compare it with the examples in /docs."),
    "key_required": Kind(
        401,
        "An API key is required",
        "Send `Authorization: Bearer <key>`: one of PITH_API_KEYS, the one in the file named at start, or a "
        "named one (`python -m api keys`).",
    ),
    "foreign_origin": Kind(
        403,
        "Another web site's page may not use this service",
        "Call it from your own code, or add the origin to PITH_ALLOWED_ORIGINS.",
    ),
    "no_such_route": Kind(404, "There is nothing at this address", "The addresses are listed in /docs."),
    "no_such_job": Kind(404, "There is no such job", KEPT),
    "no_such_batch": Kind(404, "There is no such batch", KEPT),
    "format_not_stored": Kind(
        404, "The job did not ask for this format", "POST the URL again with the format named in `formats`."
    ),
    "method_not_allowed": Kind(
        405, "This address does not take this method", "Use one of the methods in the Allow header."
    ),
    "body_timeout": Kind(408, "The body did not arrive in time", "Send it again."),
    "not_done": Kind(409, "The job has not ended yet", "Ask again after the seconds in Retry-After."),
    "body_too_large": Kind(
        413, "The body is larger than the limit", "Send less at a time, or raise PITH_MAX_REQUEST_BYTES."
    ),
    "not_json": Kind(
        415, "The body must be plain JSON", "Send `Content-Type: application/json` and no Content-Encoding."
    ),
    "wrong_host": Kind(
        421, "This service does not go by that name", "Use the address it printed, or set PITH_ALLOWED_HOSTS."
    ),
    "invalid_request": Kind(
        422, "A field of the request cannot be used", "Mend the fields named in `errors` and send it again."
    ),
    "idempotency_conflict": Kind(
        422, "This Idempotency-Key was used with another request", "Use a new key for a new request."
    ),
    "job_failed": Kind(
        422, "The job failed", "`detail` says why. POST the URL again if the cause may have gone away."
    ),
    "job_cancelled": Kind(422, "The job was cancelled", "POST the URL again."),
    "too_many_requests": Kind(
        429, "This key asks too often", f"{LATER} PITH_KEY_RATE says how many a minute it may."
    ),
    "too_many_jobs": Kind(
        429,
        "This key has as many unfinished jobs as it may",
        f"{LATER} PITH_KEY_QUEUE_LIMIT says how many, and no batch may be larger.",
    ),
    "internal_error": Kind(500, "A fault of Pith's own", "Look in the API's log for `request_id`."),
    "queue_full": Kind(503, "The queue is full", LATER),
    "store_unavailable": Kind(503, "Redis does not answer", f"{LATER} If it stays, look at REDIS_URL."),
    "store_refused": Kind(
        503, "Redis takes nothing new", f"{LATER} Its disk or memory may be full: its log and the API's say."
    ),
    "too_busy": Kind(503, "Too many large bodies are on their way at once", LATER),
    "no_worker": Kind(503, "No worker is running", "Start one: python -m worker."),
}

AWAY = 2.0  # seconds after which a caller may try a Redis again that does not answer

# What Starlette raises by itself, by status.
BY_STATUS = {404: "no_such_route", 405: "method_not_allowed", 413: "body_too_large"}


class Problem(HTTPException):
    """An answer that is a problem; raised anywhere below the doors, and answered by `app.answer_problems`."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        kind = KINDS[code]
        super().__init__(kind.status, detail or f"{kind.title}.", headers)
        self.code = code
        self.errors = errors
        self.extra = extra or {}

    def response(self, scope: Scope) -> Response:
        """The answer itself, to the request of `scope`."""
        kind = KINDS[self.code]
        prefix = scope.get("root_path", "")  # under which a proxy shows the service
        body: dict[str, Any] = {
            "type": f"{prefix}/docs#problem-{self.code}",
            "title": kind.title,
            "status": kind.status,
            "detail": self.detail,
            "code": self.code,
            "what_to_do": kind.what_to_do,
            "request_id": scope["state"]["request_id"],
        }
        if self.errors:
            body["errors"] = [{"field": field, "message": message} for field, message in self.errors]
        body.update(self.extra)
        return Response(orjson.dumps(body), kind.status, self.headers, MEDIA_TYPE)


def retry_after(seconds: float) -> dict[str, str]:
    """The header, in whole seconds: never 0, and never too soon."""
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def from_http(error: HTTPException) -> Problem:
    """Whatever the framework raised, as a problem of ours."""
    if isinstance(error, Problem):
        return error
    code = BY_STATUS.get(error.status_code, "bad_request")
    detail = "" if code in BY_STATUS.values() else str(error.detail)
    return Problem(code, detail, headers=error.headers)
