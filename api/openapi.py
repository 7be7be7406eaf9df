"""What /openapi.json says of the routes: bodies, answers and problems, written once and shared by them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE
from api.shapes import AliveAnswer, BatchAnswer, JobAnswer, ProblemAnswer, ReadyAnswer, RemovedAnswer

if TYPE_CHECKING:
    from fastapi import FastAPI
    from pydantic import BaseModel

Responses = dict[int | str, dict[str, Any]]


def accepts(schema: type[BaseModel]) -> dict[str, Any]:
    """The request body of a route that reads it by `bodies.read`."""
    content = {"application/json": {"schema": schema.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


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
    return answer({"content": {media_type: {"schema": {"type": "string"}}}}) | problems(
        401, 404, 409, 422, 503
    )


JOB: Responses = {
    200: {"model": JobAnswer, "description": "The job"},
    202: {"model": JobAnswer, "description": "The job, not ended yet"},
}
BATCH: Responses = {
    200: {"model": BatchAnswer, "description": "The batch"},
    202: {"model": BatchAnswer, "description": "The batch, just queued"},
}
RESULTS: Responses = answer(
    {"content": {"application/x-ndjson": {"schema": {"$ref": "#/components/schemas/JobAnswer"}}}}
) | problems(401, 404, 422, 503)
TEXTS: dict[str, Responses] = {
    "text": plain("text/plain"),
    "markdown": plain("text/markdown"),
    "html": plain("text/html"),
    "removed": answer({"model": RemovedAnswer}) | problems(401, 404, 409, 422, 503),
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
        for path in found["paths"].values():
            for operation in path.values():
                _drop_foreign(operation["responses"])
        schemas = found["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        problem = ProblemAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs") | {ProblemAnswer.__name__: problem}
        app.openapi_schema = found
    return app.openapi_schema


def _drop_foreign(responses: dict[str, Any]) -> None:
    # FastAPI promises its own 422 wherever there is a parameter.
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
