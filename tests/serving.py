"""The API on a real uvicorn in a thread, with a real Redis, and a worker played by hand on the real queue."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import httpx

from api import keys, listen, server
from config.settings import Settings
from worker.jobs import pages
from worker.jobs.connection import connect
from worker.jobs.model import Done, Failed, Failure
from worker.jobs.queue import JobQueue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from worker.jobs.model import Claim, Outcome

STARTS_IN = 60.0  # s; a machine that does other things too
PAGE = {
    "url": "https://example.com/",
    "canonical_url": None,
    "http_status": 200,
    "robots": "obeyed",
    "title": "A title",
    "authors": ["A. Person"],
    "published": None,
    "modified": None,
    "site": None,
    "language": "en",
    "image": None,
    "text": "The text.",
    "markdown": "The *text*.",
    "html": "<p>The <em>text</em>.</p>",
    "links": [],
    "images": [],
    "word_count": 2,
    "kind": "article",
    "verdict": "ok",
    "confidence": 1.0,
    "removed": {"consent": {"blocks": 1, "words": 3}},
}
RECEIPT = {"kind": "consent", "rule": "selector:#c", "where": "body", "words": 3, "text": "We use cookies"}


class Api(threading.Thread):
    """Serves on a free port of 127.0.0.1 while the `with` lasts."""

    def __init__(self, settings: Settings, doors: keys.Keys) -> None:
        super().__init__(daemon=True)
        self.settings = settings
        self._doors = doors
        self._listener = listen.bound("127.0.0.1", 0)
        self.url = listen.url(self._listener)
        self._server: server.Server | None = None
        self._started = threading.Event()

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        async with server.opened(self.settings, self._doors) as self._server:
            self._started.set()
            await self._server.serve(sockets=[self._listener])

    def __enter__(self) -> Self:
        self.start()
        assert self._started.wait(STARTS_IN)
        return self

    def stop(self) -> None:
        """As SIGTERM does."""
        assert self._server is not None
        self._server.should_exit = True

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.join(STARTS_IN)
        assert not self.is_alive()

    def client(self, **options: Any) -> httpx.Client:
        """A client of this server."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=STARTS_IN, **options)


@contextmanager
def serving(redis_url: str, doors: keys.Keys | None = None, **settings: Any) -> Iterator[httpx.Client]:
    """A client of an API with these settings, open unless `doors` has keys."""
    values = Settings(redis_url=redis_url, **settings)
    with Api(values, doors or keys.Keys()) as api, api.client() as client:
        yield client


def work(settings: Settings, outcome: Callable[[Claim], Outcome], count: int = 1) -> None:
    """Claim up to `count` jobs, as a worker does, and say what became of each."""

    async def turn(queue: JobQueue) -> None:
        claimed = await queue.claim(count)
        await queue.finish([outcome(claim) for claim in claimed.claims])

    _with_queue(settings, turn)


def claim(settings: Settings, count: int = 1) -> None:
    """Claim jobs and leave it at that: they are running."""

    async def turn(queue: JobQueue) -> None:
        await queue.claim(count)

    _with_queue(settings, turn)


def _with_queue(settings: Settings, turn: Callable[[JobQueue], Awaitable[None]]) -> None:
    # Played by hand, a worker waits for no host.
    hasty = settings.model_copy(update={"host_concurrency": 0, "host_delay": 0.0, "robots": "off"})

    async def go() -> None:
        async with connect(settings) as redis:
            await turn(JobQueue(redis, hasty, "by-hand"))

    asyncio.run(go())


def done(claim: Claim, **fields: Any) -> Done:
    """The job ended with PAGE."""
    page = {**PAGE, "url": claim.url, **fields}
    return Done(claim, pages.pack({"page": page, "receipts": [RECEIPT]}))


def failed(claim: Claim) -> Failed:
    """The job ended without a page."""
    return Failed(claim, Failure("http_404", "The site answered with HTTP status 404."))
