"""What is done for one claimed job: fetch, clean, and say what became of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from worker.errors import CleanFailed, OutOfTime, PageError
from worker.fetch.page import FetchRequest
from worker.fetch.room import Room, unlimited
from worker.jobs import pages
from worker.jobs.hosts import WAITS
from worker.jobs.model import Again, Done, Failed, Failure, Same
from worker.runner.cleaners import Task
from worker.runner.courtesy import Courtesy, Encounter
from worker.runner.retries import decide
from worker.runner.robots import Robots

if TYPE_CHECKING:
    from config.settings import Settings
    from worker.fetch.fetcher import Fetcher
    from worker.fetch.page import Fetched
    from worker.jobs.model import Claim, Outcome
    from worker.jobs.robots import RobotsStore
    from worker.runner.cleaners import Cleaned, Cleaners

log = structlog.get_logger()

LONGEST_PAUSE = 2.0  # s between robots.txt and the page; a job that must wait longer gives up its slot


class Attendant:
    """Attends to claims with one fetcher and one pool of cleaners."""

    def __init__(self, settings: Settings, fetcher: Fetcher, cleaners: Cleaners, robots: RobotsStore) -> None:
        self._settings = settings
        self._fetcher = fetcher
        self._courtesy = Courtesy(settings, fetcher, Robots(settings, fetcher, robots))
        self._cleaners = cleaners
        self._room = Room(settings.max_held_bytes)

    async def attend(self, claim: Claim) -> Outcome:
        """The outcome of one claim, within its deadline. Never raises but when cancelled. Logs one event."""
        visit = Visit(claim)
        try:
            async with asyncio.timeout(claim.left):
                with self._room.share() as visit.share:
                    outcome: Outcome = await self._page(visit)
        except TimeoutError:
            outcome = self._failed(visit, OutOfTime(), 0.0)
        except PageError as error:
            outcome = self._failed(visit, error, claim.left - visit.seconds())
        except Exception:  # a bug met on one page is that page's failure, not the worker's
            log.exception("page_bug", job=claim.job_id)
            outcome = decide(claim, CleanFailed(), 0.0, self._settings)
        visit.tell(outcome)
        took = visit.seconds() - visit.met.paused
        return replace(outcome, heard=replace(visit.met.heard, took=took)) if claim.host else outcome

    def _failed(self, visit: Visit, error: PageError, left: float) -> Outcome:
        visit.met.failed(error)
        return decide(visit.claim, error, left, self._settings)

    async def _page(self, visit: Visit) -> Outcome:
        claim = visit.claim
        if claim.body is not None:
            await visit.share.enter()
            body = pages.unpack_body(claim.body)
            visit.share.hold(len(body))
            task = Task(body, claim.url, None, claim.options, http_status=None)
            return Done(claim, (await self._clean(visit, task)).page)
        await self._courtesy.greet(claim, visit.met)
        if visit.met.pause > LONGEST_PAUSE:
            return Again(claim, Failure("host_delay", WAITS["host_delay"]), visit.met.pause, counted=False)
        await visit.met.wait()
        fetched = await self._fetch(visit)
        if fetched.not_modified and claim.known is not None:
            return Same(claim, claim.known)
        task = Task(
            fetched.body,
            fetched.url,
            fetched.charset,
            claim.options,
            http_status=fetched.status,
            content_type=fetched.content_type,
            robots=visit.met.robots,
        )
        cleaned = await self._clean(visit, task)
        return Done(claim, cleaned.page, fetched.url, fetched.etag, fetched.last_modified)

    async def _fetch(self, visit: Visit) -> Fetched:
        claim, known = visit.claim, visit.claim.known
        request = FetchRequest(
            url=claim.url,
            headers=claim.headers,
            etag=known.etag if known else "",
            last_modified=known.last_modified if known else "",
            stored_url=known.url if known else "",
            permit=partial(self._courtesy.permit, claim, visit.met),
            share=visit.share,
        )
        visit.met.ask()
        fetched = await self._fetcher.fetch(request)
        visit.met.answered()
        visit.facts |= {"fetch_ms": visit.lap(), "bytes": len(fetched.body), "http_status": fetched.status}
        return fetched

    async def _clean(self, visit: Visit, task: Task) -> Cleaned:
        cleaned = await self._cleaners.clean(task)
        visit.facts |= {"clean_ms": visit.lap(), "verdict": cleaned.verdict, "words": cleaned.words}
        visit.facts |= {"notes": cleaned.notes} if cleaned.notes else {}
        return cleaned


class Visit:
    """One attempt at a job as the log tells it: no page text, and of the URL only the host."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.facts: dict[str, object] = {}
        self.met = Encounter()
        self.share = unlimited()
        self._began = self._lap = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self._began

    def lap(self) -> int:
        """ms since the last lap."""
        last, self._lap = self._lap, time.monotonic()
        return round((self._lap - last) * 1000)

    def tell(self, outcome: Outcome) -> None:
        match outcome:
            case Failed(_, failure):
                self.facts |= {"status": "failed", "code": failure.code}
            case Again(_, failure, delay):
                self.facts |= {"status": "again", "code": failure.code, "delay_s": round(delay, 1)}
            case Done() | Same():
                self.facts |= {"status": "done", "same": isinstance(outcome, Same)}
        ms = round(self.seconds() * 1000)
        where = {"job": self.claim.job_id, "host": urlsplit(self.claim.url).hostname}
        log.info("page", **where, attempt=self.claim.attempt, ms=ms, **self.facts)
