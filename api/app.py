"""The app: routes, doors and what every answer carries, put together in one place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisSlow
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match

from api import batches, bodies, doors, health, jobs, pages
from api.envelope import Envelope
from api.openapi import document
from api.outgoing import Outgoing
from api.problems import AWAY, Problem, from_http, retry_after
from api.rates import RateLimit
from api.service import Service
from config.settings import VERSION

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from api.keyring import Keyring
    from config.settings import Settings
    from worker.jobs.rates import Rates
    from worker.jobs.store import JobStore

log = structlog.get_logger(__name__)


def create_app(settings: Settings, keyring: Keyring, store: JobStore, rates: Rates) -> FastAPI:
    """The ASGI app. Opens nothing: `store` is the caller's to open and to close."""
    app = FastAPI(
        title="Pith",
        summary="POST a URL, poll, get the text a person came to read.",
        version=VERSION,
        docs_url=None,  # FastAPI's own page loads its parts from other people's servers
        redoc_url=None,
        redirect_slashes=False,
    )
    # Set here and not in uvicorn, so that it does not matter whether the proxy in front cuts it off.
    app.root_path = settings.root_path.rstrip("/")
    app.state.service = Service(settings, store)
    for router in (jobs.router, batches.router, health.router, pages.router):
        app.include_router(router)
    app.openapi = partial(document, app)  # type: ignore[method-assign]
    answer_problems(app)
    # The last one added is met first.
    if settings.key_rate:
        app.add_middleware(RateLimit, rates=rates)
    app.add_middleware(doors.Doors, rules=doors.rules(settings, keyring))
    if settings.allowed_origins:
        share(app, settings)
    app.add_middleware(Outgoing, most=settings.max_leaving_bytes)
    app.add_middleware(Envelope)
    return app


def share(app: FastAPI, settings: Settings) -> None:
    """Let pages of the origins that the operator named read the answers."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.allowed_origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Prefer"],
        expose_headers=[
            *(
                "ETag",
                "Link",
                "Location",
                "Pith-Cursor",
                "Preference-Applied",
                "RateLimit",
                "RateLimit-Policy",
            ),
            *("Retry-After", "X-Request-Id"),
        ],
    )


def answer_problems(app: FastAPI) -> None:
    """Every error leaves as problem+json."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(RedisError, _redis)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (by which exception it was registered for)
    problem = from_http(error)
    if problem.code == "method_not_allowed":
        problem.headers = {"Allow": ", ".join(sorted(methods(request)))}
    return problem.response(request.scope)


def methods(request: Request) -> set[str]:
    """All that this address takes. Starlette names those of the first route alone (RFC 9110, 10.2.1)."""
    routes, scope = request.app.router.routes, dict(request.scope)
    found = {
        method
        for method in ("DELETE", "GET", "POST")
        if any(route.matches(scope | {"method": method})[0] is Match.FULL for route in routes)
    }
    return found | {"HEAD"} if "GET" in found else found


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    # The first step says only where the field stood: path or query.
    faults = [(fault["loc"][1:], bodies.sentence(fault)) for fault in error.errors()]
    return bodies.invalid(faults).response(request.scope)


async def _redis(request: Request, error: Exception) -> Response:
    code = "store_unavailable"
    if not isinstance(error, RedisAway | RedisSlow):  # a full disk, read-only, or a fault of ours
        code = "store_refused"
        log.error("redis refused", error=str(error), request_id=request.scope["state"]["request_id"])
    return Problem(code, headers=retry_after(AWAY)).response(request.scope)
