"""Is it alive, and can it work?"""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  (FastAPI reads the annotations)
from starlette.responses import Response

from api import service
from api.openapi import ALIVE, READY
from api.problems import AWAY, Problem, retry_after

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the API alive?", responses=ALIVE)
async def healthz() -> Response:
    """Asks nobody else, so that a Redis that is away does not get the API restarted."""
    return Response(b'{"status":"alive"}', media_type="application/json")


@router.get("/readyz", summary="Can jobs be done?", responses=READY)
async def readyz(request: Request) -> Response:
    """200 when Redis answers and at least one worker beats."""
    state = await service.of(request).store.ready()
    facts = {"redis": state.redis, "workers": state.workers}
    if not state.ready:
        code = "no_worker" if state.redis else "store_unavailable"
        raise Problem(code, headers=retry_after(AWAY), extra=facts)
    return Response(orjson.dumps({"status": "ready", **facts}), media_type="application/json")
