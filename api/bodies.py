"""Reading a request's body: limited in size and time while it arrives, then checked against a schema."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from api import service
from api.problems import Problem, retry_after

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

    from api.service import Arriving
    from config.settings import Settings

BODY_TIMEOUT = 30.0  # seconds for the whole body: a sender that dawdles must not hold a connection for ever
SMALL = 64 * 1024  # bytes; a body up to this size is always taken
BUSY_RETRY = 5.0  # seconds
MAX_ERRORS = 20  # fields named in one answer
MAX_IN_DETAIL = 3  # of them in its sentence
# pydantic's names for the inner steps of a type say nothing to a caller
INNER_STEPS = ("function-", "constrained-", "tuple[", "list[")

Schema = TypeVar("Schema", bound=BaseModel)


async def read(request: Request, schema: type[Schema]) -> tuple[Schema, bytes]:
    """The checked body, and its bytes. Raises Problem: 400, 408, 413, 415, 422 or 503."""
    check_type(request)
    served = service.of(request)
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            body = await collect(request, served.settings, served.arriving)
    except TimeoutError:
        raise Problem("body_timeout") from None
    return parse(body, schema), body


async def collect(request: Request, settings: Settings, arriving: Arriving) -> bytes:
    """All of the body; stops reading as soon as it is over the limit, whether or not it said its length,
    and when too much arrives at once."""
    limit = settings.max_request_bytes
    if int(request.headers.get("content-length", 0)) > limit:
        raise too_large(limit)
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            arriving.held += len(chunk)
            if size > limit:
                raise too_large(limit)
            if size > SMALL and arriving.held > max(settings.max_arriving_bytes, 2 * limit):
                raise Problem("too_busy", headers=retry_after(BUSY_RETRY))
            chunks.append(chunk)
    except ClientDisconnect:
        raise Problem("bad_request", "The connection broke off.") from None
    finally:
        arriving.held -= size
    return b"".join(chunks)


def too_large(limit: int) -> Problem:
    """413, with the limit."""
    return Problem("body_too_large", f"The limit is {limit} bytes.")


def check_type(request: Request) -> None:
    """Raises 415. curl's default type is refused as well: a web page may send it anywhere without asking."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Problem("not_json", f"The Content-Type is {kind!r}.")
    if (coding := request.headers.get("content-encoding", "identity").lower()) != "identity":
        raise Problem("not_json", f"The Content-Encoding is {coding!r}.")


def parse(body: bytes, schema: type[Schema]) -> Schema:
    """Raises 400 for what is not JSON, 422 that names each field at fault."""
    try:
        return schema.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        raise Problem("invalid_json", faults[0]["msg"])
    raise invalid([(fault["loc"], sentence(fault)) for fault in faults if not echoes(fault, faults)])


def invalid(faults: Sequence[tuple[Sequence[int | str], str]]) -> Problem:
    """422 that names the fields, given by the steps that lead to each, with a sentence about it."""
    errors = [(field_name(steps), message) for steps, message in faults[:MAX_ERRORS]]
    told = [f"{field}: {message.removesuffix('.')}" for field, message in errors[:MAX_IN_DETAIL]]
    return Problem("invalid_request", "; ".join(told) + ".", errors=errors)


def field_name(steps: Sequence[int | str]) -> str:
    """`urls[17]`, `headers.Cookie`, or `body` when the whole of it is at fault."""
    name = ""
    for step in steps:
        if isinstance(step, int):
            name += f"[{step}]"
        elif not step.startswith(INNER_STEPS):
            name += f".{step}" if name else step
    return name or "body"


def echoes(fault: ErrorDetails, faults: Sequence[ErrorDetails]) -> bool:
    """Is this a list called too short only because pydantic took out the items at fault?"""
    own = fault["loc"]
    inside = (other["loc"] for other in faults if len(other["loc"]) > len(own))
    return fault["type"] == "too_short" and any(steps[: len(own)] == own for steps in inside)


def sentence(fault: ErrorDetails | dict[str, Any]) -> str:
    """pydantic's sentence, but where it speaks of its own types and not of the request."""
    match fault["type"]:
        case "extra_forbidden":
            return "There is no such field."
        case "too_short":
            return f"At least {fault['ctx']['min_length']} must be given."
        case "too_long":
            return f"At most {fault['ctx']['max_length']} may be given."
    return str(fault["msg"]).removeprefix("Value error, ")
