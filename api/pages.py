"""What a person sees: the page at /, and /docs. Nothing of it comes from other people's servers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  (FastAPI reads the annotations)
from starlette.responses import HTMLResponse, Response

from api import docs
from api.problems import Problem

STATIC = Path(__file__).parent / "static"
PARTS = {
    "pith.css": "text/css; charset=utf-8",
    "home.js": "text/javascript; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
FRESH = {"Cache-Control": "no-cache"}  # nobody's secret, but an upgrade must be seen
HEADERS = FRESH | {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home() -> HTMLResponse:
    """The page for people: a URL in, the text out."""
    return HTMLResponse(text("home.html"), headers=HEADERS)


@router.get("/docs")
async def get_docs(request: Request) -> HTMLResponse:
    """The API, explained from its own /openapi.json, with examples that can be sent from the page."""
    return HTMLResponse(docs.render(request.app.openapi()), headers=HEADERS)


@router.get("/static/{name}")
async def get_static(name: str) -> Response:
    """A part of those pages."""
    media_type = PARTS.get(name)
    if media_type is None:
        raise Problem("no_such_route")
    return Response(text(name), media_type=media_type, headers=FRESH)


@lru_cache
def text(name: str) -> str:
    """One of our own files."""
    return (STATIC / name).read_text("utf-8")
