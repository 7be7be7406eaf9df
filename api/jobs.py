"""/v1/jobs and /v1/clean: one page at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  (FastAPI reads the annotations)
from starlette.responses import Response

from api import answers, bodies, prefer, service
from api.openapi import IDEMPOTENCY_KEY, IF_NONE_MATCH, JOB, POSTED, PREFER, TEXTS, accepts, asks, problems
from api.problems import Problem, retry_after
from api.schema import CleanBody, JobBody
from worker.jobs.model import Status

if TYPE_CHECKING:
    from worker.jobs.model import Job

POLL = 1.0  # seconds that a caller is told to wait between two looks at a job

# How a result is served, and with what headers: a browser that opens one must not run it.
TYPES = {
    "text": "text/plain; charset=utf-8",
    "markdown": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
}
SANDBOX = {
    "Content-Security-Policy": "sandbox; default-src 'none'; img-src http: https:; frame-ancestors 'none'"
}

router = APIRouter(prefix="/v1", tags=["jobs"])


@router.post(
    "/jobs",
    status_code=202,
    summary="Fetch and clean a page",
    responses=POSTED,
    openapi_extra=accepts(JobBody, PREFER, IDEMPOTENCY_KEY),
)
async def post_job(request: Request) -> Response:
    """Queues the page and answers at once with the job. With `Prefer: wait=10` the answer is 200 if the job
    ended in that time, failed or not."""
    body, raw = await bodies.read(request, JobBody)
    return await accept(request, body, raw)


@router.post(
    "/clean",
    status_code=202,
    summary="Clean a page that you send",
    responses=POSTED,
    openapi_extra=accepts(CleanBody, PREFER, IDEMPOTENCY_KEY),
)
async def post_clean(request: Request) -> Response:
    """As POST /v1/jobs, but the page comes in the body and nothing is fetched."""
    body, raw = await bodies.read(request, CleanBody)
    return await accept(request, body, raw)


@router.get(
    "/jobs/{job_id}",
    summary="Look at a job",
    responses=JOB,
    openapi_extra=asks(PREFER, IF_NONE_MATCH),
)
async def get_job(request: Request, job_id: str) -> Response:
    """The job, with its page once it is done."""
    record, seconds = await awaited(request, job_id)
    headers = {"ETag": answers.etag(record), **prefer.applied(seconds), **again(record)}
    if unchanged(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return await answer(request, record, 200, headers)


@router.delete("/jobs/{job_id}", status_code=204, summary="Cancel or remove a job", responses=problems(404))
async def delete_job(request: Request, job_id: str) -> Response:
    """Cancels a job that has not ended; removes one that has, with its page."""
    if await service.of(request).store.cancel(job_id, service.owner(request)):
        return Response(status_code=204)
    raise Problem("no_such_job")


@router.get("/jobs/{job_id}/text", summary="The text", responses=TEXTS["text"], openapi_extra=asks(PREFER))
async def get_text(request: Request, job_id: str) -> Response:
    """Plain text, nothing else."""
    return await rendered(request, job_id, "text")


@router.get(
    "/jobs/{job_id}/markdown", summary="The Markdown", responses=TEXTS["markdown"], openapi_extra=asks(PREFER)
)
async def get_markdown(request: Request, job_id: str) -> Response:
    """Markdown, nothing else."""
    return await rendered(request, job_id, "markdown")


@router.get(
    "/jobs/{job_id}/html", summary="The clean HTML", responses=TEXTS["html"], openapi_extra=asks(PREFER)
)
async def get_html(request: Request, job_id: str) -> Response:
    """Sanitised HTML, served so that a browser runs nothing of it."""
    return await rendered(request, job_id, "html")


@router.get(
    "/jobs/{job_id}/removed",
    summary="What was taken out",
    responses=TEXTS["removed"],
    openapi_extra=asks(PREFER),
)
async def get_removed(request: Request, job_id: str) -> Response:
    """A receipt for each thing that is not in the text."""
    stored = await page_of(request, job_id)
    return Response(orjson.dumps(answers.removed(stored)), media_type="application/json")


async def accept(request: Request, body: JobBody | CleanBody, raw: bytes) -> Response:
    """Queue the job and answer with it: 202, or 200 when the caller waited and it ended."""
    owned = service.of(request)
    seconds = prefer.wait_seconds(request.headers.get("prefer"), owned.settings.max_wait)
    asked = [replace(job, awaited=bool(seconds)) for job in body.requests()]
    submitted = await owned.submit(request, raw, asked)
    (job_id,) = submitted.job_ids
    if seconds:
        await owned.wait(job_id, seconds)
    record = (not seconds and submitted.job) or await owned.job(request, job_id)
    headers = {
        "Location": f"{service.root(request)}/v1/jobs/{job_id}",
        **prefer.applied(seconds),
        **again(record),
    }
    if submitted.repeated:
        headers["Idempotency-Replayed"] = "true"
    return await answer(request, record, 200 if seconds is not None and record.status.ended else 202, headers)


async def awaited(request: Request, job_id: str) -> tuple[Job, float | None]:
    """The job, after waiting for its end as long as Prefer says, and that many seconds."""
    owned = service.of(request)
    seconds = prefer.wait_seconds(request.headers.get("prefer"), owned.settings.max_wait)
    record = await owned.job(request, job_id)
    if seconds and not record.status.ended:
        await owned.wait(job_id, seconds)
        record = await owned.job(request, job_id)
    return record, seconds


async def answer(request: Request, record: Job, status: int, headers: dict[str, str]) -> Response:
    """The job as JSON."""
    stored = await service.of(request).store.page(record) if record.status is Status.DONE else None
    body = orjson.dumps(answers.job(record, stored, service.root(request)))
    return Response(body, status, headers, "application/json")


async def rendered(request: Request, job_id: str, name: str) -> Response:
    """One rendering of the page, as itself."""
    stored = await page_of(request, job_id)
    text = stored["page"].get(name)
    if text is None:
        raise Problem("format_not_stored", f"The job's formats do not name {name}.")
    return Response(text, headers=SANDBOX, media_type=TYPES[name])


async def page_of(request: Request, job_id: str) -> dict[str, Any]:
    """What is stored of a job that is done. Raises Problem for every other job."""
    record, _ = await awaited(request, job_id)
    if record.status is Status.CANCELLED:
        raise Problem("job_cancelled")
    if record.error and record.status is Status.FAILED:
        cause = {"error": {"code": record.error.code, "message": record.error.message}}
        raise Problem("job_failed", record.error.message, extra=cause)
    if record.status is not Status.DONE:
        raise Problem("not_done", f"The job is {record.status}.", headers=again(record))
    if stored := await service.of(request).store.page(record):
        return stored
    raise Problem("no_such_job", "Its page has been forgotten.")


def again(record: Job) -> dict[str, str]:
    """When to look again, for a job that has not ended."""
    return {} if record.status.ended else retry_after(POLL)


def unchanged(request: Request, etag: str) -> bool:
    """Does the caller's If-None-Match name this version? Weak and strong count alike (RFC 9110, 13.1.2)."""
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    return etag in known or "*" in known
