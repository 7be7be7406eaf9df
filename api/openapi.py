"""What /openapi.json says of the routes: bodies, answers and problems, written once and shared by them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from api.doors import UNLOCKED
from api.problems import MEDIA_TYPE
from api.service import LONGEST_KEY
from api.shapes import AliveAnswer, BatchAnswer, JobAnswer, ProblemAnswer, ReadyAnswer, RemovedAnswer

if TYPE_CHECKING:
    from fastapi import FastAPI
    from pydantic import BaseModel

Responses = dict[int | str, dict[str, Any]]

# What may be answered before a route is reached, or whatever the route.
ANYWHERE = (400, 421, 500)
BEHIND_THE_DOORS = (401, 429, 503)
UNSAFE = (403,)
WITH_A_BODY = (408, 413, 415, 422)
SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic", "description": "The key as the password."},
}


def header(name: str, description: str, example: str, **limits: Any) -> dict[str, Any]:
    """A request header that may be sent."""
    schema = {"type": "string", **limits}
    return {"name": name, "in": "header", "description": description, "example": example, "schema": schema}


PREFER = header(
    "Prefer", "`wait=10`: answer once the job has ended, after so many seconds at the latest.", "wait=10"
)
IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "A word of your own: the same request sent again with it gets the first answer.",
    "order-17",
    minLength=1,
    maxLength=LONGEST_KEY,
    pattern="^[ -~]+$",
)
IF_NONE_MATCH = header("If-None-Match", "An ETag that you have: 304 while it holds.", '"done-1-0-0-0"')


def asks(*headers: dict[str, Any]) -> dict[str, Any]:
    """The headers that a route heeds."""
    return {"parameters": list(headers)}


def accepts(schema: type[BaseModel], *headers: dict[str, Any]) -> dict[str, Any]:
    """The request body of a route that reads it by `bodies.read`, and the headers that it heeds."""
    content = {"application/json": {"schema": schema.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}, **asks(*headers)}


def problems(*statuses: int) -> Responses:
    """The problems that a route may answer with."""
    reference = {"schema": {"$ref": f"#/components/schemas/{ProblemAnswer.__name__}"}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: reference}}
        for status in statuses
    }


def answer(facts: dict[str, Any]) -> Responses:
    """The answer when all is well."""
    return {200: {"description": "As asked", **facts}}


def plain(media_type: str) -> Responses:
    """One rendering of a page, or why there is none."""
    return answer({"content": {media_type: {"schema": {"type": "string"}}}}) | problems(404, 409, 422)


JOB: Responses = {
    200: {"model": JobAnswer, "description": "The job"},
    304: {"description": "As the ETag in If-None-Match says"},
    **problems(404),
}
POSTED: Responses = {
    200: {"model": JobAnswer, "description": "The job, ended in the time that Prefer named"},
    202: {"model": JobAnswer, "description": "The job, not ended yet"},
}
BATCH: Responses = {200: {"model": BatchAnswer, "description": "The batch"}, **problems(404)}
POSTED_BATCH: Responses = {202: {"model": BatchAnswer, "description": "The batch, just queued"}}
RESULTS: Responses = answer(
    {"content": {"application/x-ndjson": {"schema": {"$ref": "#/components/schemas/JobAnswer"}}}}
) | problems(404, 422)
TEXTS: dict[str, Responses] = {
    "text": plain("text/plain"),
    "markdown": plain("text/markdown"),
    "html": plain("text/html"),
    "removed": answer({"model": RemovedAnswer}) | problems(404, 409, 422),
}
ALIVE: Responses = answer({"model": AliveAnswer})
READY: Responses = answer({"model": ReadyAnswer}) | problems(503)


def document(app: FastAPI) -> dict[str, Any]:
    """The whole of /openapi.json: FastAPI's, with our problems in place of its validation errors."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            routes=app.routes,
        )
        for path, operations in found["paths"].items():
            for method, operation in operations.items():
                _drop_foreign(operation["responses"])
                _complete(operation, method, locked=path not in UNLOCKED)
        schemas = found["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        problem = ProblemAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs") | {ProblemAnswer.__name__: problem}
        found["components"]["securitySchemes"] = SECURITY
        app.openapi_schema = found
    return app.openapi_schema


def _drop_foreign(responses: dict[str, Any]) -> None:
    # FastAPI promises its own 422 wherever there is a parameter.
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]


def _complete(operation: dict[str, Any], method: str, *, locked: bool) -> None:
    """What the routes do not say of themselves: who may come in, and what meets a request on its way."""
    statuses: tuple[int, ...] = ANYWHERE
    if locked:
        operation["security"] = [{name: []} for name in SECURITY]
        statuses += BEHIND_THE_DOORS
    if method != "get":
        statuses += UNSAFE
    if "requestBody" in operation:
        statuses += WITH_A_BODY
    responses = operation["responses"]
    for status, response in sorted(problems(*statuses).items()):
        responses.setdefault(str(status), response)
