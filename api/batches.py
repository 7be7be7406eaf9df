"""/v1/batches: many pages in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request  # noqa: TC002  (FastAPI reads the annotations)
from starlette.responses import Response, StreamingResponse

from api import answers, bodies, service
from api.openapi import BATCH, IDEMPOTENCY_KEY, POSTED_BATCH, RESULTS, accepts
from api.problems import Problem, retry_after
from api.schema import BatchBody
from worker.jobs.model import Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from worker.jobs.batch import Batch
    from worker.jobs.model import Job

NDJSON = "application/x-ndjson"
FARTHEST = 10**9  # a cursor counts jobs
LIMIT = 1000  # results in one answer, unless the caller says less
POLL = 2.0  # seconds that a caller is told to wait between two looks at a batch

router = APIRouter(prefix="/v1/batches", tags=["batches"])


@router.post(
    "",
    status_code=202,
    summary="Fetch and clean many pages",
    responses=POSTED_BATCH,
    openapi_extra=accepts(BatchBody, IDEMPOTENCY_KEY),
)
async def post_batch(request: Request) -> Response:
    """Queues one job a URL, all of them or none, and answers at once with the batch."""
    owned = service.of(request)
    body, raw = await bodies.read(request, BatchBody)
    check_size(len(body.urls), owned.settings.batch_limit)
    submitted = await owned.submit(request, raw, body.requests(), batch=True)
    record = await batch_of(request, submitted.batch_id or "")
    headers = {"Location": f"{service.root(request)}/v1/batches/{record.id}", **retry_after(POLL)}
    if submitted.repeated:
        headers["Idempotency-Replayed"] = "true"
    return answer(request, record, 202, headers)


@router.get("/{batch_id}", summary="Look at a batch", responses=BATCH)
async def get_batch(request: Request, batch_id: str) -> Response:
    """How many of its jobs stand where."""
    record = await batch_of(request, batch_id)
    return answer(request, record, 200, {} if record.status is Status.DONE else retry_after(POLL))


@router.get("/{batch_id}/results", summary="Results so far, as NDJSON", responses=RESULTS)
async def get_results(
    request: Request,
    batch_id: str,
    cursor: Annotated[int, Query(ge=0, le=FARTHEST, description="Where to go on; 0 is the beginning.")] = 0,
    limit: Annotated[int, Query(ge=1, le=LIMIT, description="The most lines to send.")] = LIMIT,
) -> Response:
    """One job a line, in the order in which they ended. `Link: <…>; rel="next"` says where to go on, as long
    as more can come; `Pith-Cursor` is the same number alone. An answer that broke off is asked for again."""
    record = await batch_of(request, batch_id)  # before the results: "all ended" must not be newer than they
    found = await service.of(request).store.results(batch_id, service.owner(request), cursor, limit)
    if found is None:
        raise Problem("no_such_batch")
    headers = {"Pith-Cursor": str(found.cursor)}
    if record.status is not Status.DONE or found.cursor - cursor >= limit:
        query = f"?cursor={found.cursor}&limit={limit}"
        headers["Link"] = f'<{service.root(request)}/v1/batches/{batch_id}/results{query}>; rel="next"'
        headers |= retry_after(POLL) if found.cursor == cursor else {}
    return StreamingResponse(lines(request, found.jobs), 200, headers, NDJSON)


async def lines(request: Request, jobs: tuple[Job, ...]) -> AsyncIterator[bytes]:
    """Each job with its page, read one by one so that a thousand pages never stand in memory together."""
    store, root = service.of(request).store, service.root(request)
    for record in jobs:
        stored = await store.page(record) if record.status is Status.DONE else None
        yield orjson.dumps(answers.job(record, stored, root), option=orjson.OPT_APPEND_NEWLINE)


async def batch_of(request: Request, batch_id: str) -> Batch:
    """The caller's batch. Raises Problem when there is none."""
    if record := await service.of(request).store.batch(batch_id, service.owner(request)):
        return record
    raise Problem("no_such_batch")


def answer(request: Request, record: Batch, status: int, headers: dict[str, str]) -> Response:
    """The batch as JSON."""
    body = orjson.dumps(answers.batch(record, service.root(request)))
    return Response(body, status, headers, "application/json")


def check_size(urls: int, limit: int) -> None:
    """Raises Problem for more URLs than the operator allows in one batch."""
    if urls > limit:
        fault = ("urls", f"{urls} URLs are more than the {limit} of PITH_BATCH_LIMIT.")
        raise Problem("invalid_request", fault[1], errors=[fault])
