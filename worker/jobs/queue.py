"""What a worker asks of the queue. Each call is one atomic script and one round trip."""

from __future__ import annotations

import itertools
import secrets
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson
from redis.exceptions import ResponseError

from worker.jobs import hosts, records
from worker.jobs.clock import Witness, milliseconds
from worker.jobs.model import Again, Back, Claimed, Done, Failed, Same, Swept
from worker.jobs.scripts import Scripts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from redis.asyncio import Redis

    from config.settings import Settings
    from worker.jobs.model import Claim, Outcome

MANY = 8  # slots; with fewer, no host's share of them is looked after
FOLLOW = 5.0  # s; how often a job that waits for another's fetch looks whether that one still lives


class JobQueue:
    """The queue `settings.queue` as one worker sees it. `worker` is its RQ name.

    With `stock` it is a stock RQ worker that runs our job: that one removes RQ's own hash of the job itself.
    """

    def __init__(self, redis: Redis, settings: Settings, worker: str, *, stock: bool = False) -> None:
        self._scripts = Scripts(redis, settings)
        self._lease = settings.lease
        self._share = settings.concurrency // 2 if settings.concurrency >= MANY else None
        self._worker = worker
        self._mine, self._calls = secrets.token_hex(5), itertools.count()  # name executions: none comes twice
        self._stock = stock or None
        self._clock = Witness()

    async def exchange(
        self,
        outcomes: Sequence[Outcome],
        count: int,
        job_ids: Sequence[str] = (),
        flying: Mapping[str, int] | None = None,
        room: int | None = None,
        held: Iterable[Claim] = (),
    ) -> tuple[tuple[bool, ...], Claimed | None]:
        """Finish `outcomes`, then take up to `count` jobs, in one round trip; None when `count` is 0.

        `flying`: how many jobs of each host (`Claim.host`) this worker holds. Past half of its slots a host's
        jobs make way for those of others; alone it may have all. `room`: bytes of pages that came with jobs;
        when they are taken, at most by one page too far, such jobs stay in the queue. `held`: what this
        worker holds; jobs that were lost often go with few others, or alone (lua/suspects.lua).
        """
        ends = [value for outcome in outcomes for value in _row(outcome)]
        ending = {outcome.claim.execution for outcome in outcomes}
        losses = [claim.lost for claim in held if claim.execution not in ending]
        counted, *answer = await self._run(
            "exchange",
            [*ends, *job_ids],
            ends=len(outcomes),
            count=count,
            mine=self._mine,
            token=f"{self._mine}.{next(self._calls):x}",
            worker=self._worker,
            lease=self._lease,
            follow=milliseconds(FOLLOW),
            flying=flying or None,
            bytes=room,
            held=len(losses),
            worst=max(losses, default=0),
            share=self._share,
            stock=self._stock,
        )
        return tuple(map(bool, counted)), _claimed(*answer[0]) if answer else None

    async def claim(
        self,
        count: int,
        job_ids: Sequence[str] = (),
        flying: Mapping[str, int] | None = None,
        held: Iterable[Claim] = (),
    ) -> Claimed:
        """Take up to `count` jobs: parked ones that are due first, then the queue's; or just `job_ids`.

        `flying` and `held` as in `exchange`.
        """
        _, claimed = await self.exchange((), count, job_ids, flying, held=held)
        return claimed or Claimed(())

    async def finish(self, outcomes: Sequence[Outcome]) -> tuple[bool, ...]:
        """Say what became of claimed jobs. Returns for each whether it counted: only a job's first end does.

        May be called again with the same outcomes when it is not known whether a call arrived.
        """
        return (await self.exchange(outcomes, 0))[0] if outcomes else ()

    async def renew(self, claims: Sequence[Claim]) -> tuple[Claim, ...]:
        """Hold `claims` for another lease. Returns those that are lost: cancelled, or another's by now."""
        if not claims:
            return ()
        members = [f"{claim.job_id}:{claim.execution}" for claim in claims]
        lost = await self._run("renew", members, lease=self._lease)
        return tuple(claims[place] for place in lost)

    async def release(self, claims: Sequence[Claim]) -> int:
        """Put jobs back at the front, in this order, the attempt uncounted. Returns how many were held."""
        values = [value for claim in claims for value in (claim.job_id, claim.execution)]
        return int(await self._run("release", values)) if claims else 0

    async def sweep(self, every: float | None = None) -> Swept:
        """Find jobs that nobody holds, and those out of time. Any worker may, at any time.

        With `every`, nothing is done when some worker did within so many seconds.
        """
        back, failed, found, now = await self._run("sweep", every=milliseconds(every) if every else None)
        self._clock.hear(now)
        return Swept(back, failed, found, self._clock.set_by())

    async def _run(self, name: str, arguments: Sequence[bytes | str] = (), **facts: object) -> Any:
        try:
            return await self._scripts.run(name, arguments, felt=self._clock.felt, **facts)
        except ResponseError as error:  # nothing was done
            self._clock.hear_of_odds(error)
            return await self._scripts.run(name, arguments, **facts)


def _claimed(suspended: int, waiting: int, due: int, rows: Sequence[Any]) -> Claimed:
    return Claimed(
        claims=tuple(map(records.read_claim, rows)),
        more=waiting > 0,
        next_due=None if due < 0 else due / 1000,
        suspended=bool(suspended),
    )


def _row(outcome: Outcome) -> Iterator[bytes | str]:
    """The five values of one outcome that lua/finish.lua takes."""
    what, facts, page = _said(outcome)
    if (heard := outcome.heard) is not None:
        ago = None if heard.asked is None else max(0.0, time.monotonic() - heard.asked)
        facts["host"] = hosts.said(heard, ago)
    yield what
    yield outcome.claim.job_id
    yield outcome.claim.execution
    yield orjson.dumps({name: value for name, value in facts.items() if value != ""})
    yield page


def _said(outcome: Outcome) -> tuple[str, dict[str, object], bytes]:
    match outcome:
        case Done(_, page, url, etag, modified):
            return "done", {"url": url, "etag": etag, "modified": modified}, page
        case Same(_, known):
            validators = {"url": known.url, "etag": known.etag, "modified": known.last_modified}
            return "same", {**validators, "page": known.page_id}, b""
        case Failed(_, failure):
            return "failed", asdict(failure), b""
        case Again(_, failure, delay, counted):
            return "again", {**asdict(failure), "delay": milliseconds(delay), "uncounted": not counted}, b""
        case Back():
            return "back", {}, b""
