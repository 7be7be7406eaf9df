"""What callers and workers were told of jobs, to be compared with what Redis holds at any moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson
from redis import Redis

from config.settings import Settings
from worker.jobs.connection import connect
from worker.jobs.queue import JobQueue
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from worker.jobs.model import Claim

ENDED = ("done", "failed", "cancelled")
# What may live on without an end of its own: RQ's set of queues.
IMMORTAL = {"rq:queues"}
IN_USE = [
    "rq:queue:pith",
    "rq:wip:pith",
    *(f"pith:{place}:pith" for place in ("parked", "waiting", "turns", "active")),
]
MANNERS: dict[str, Any] = {"host_concurrency": 2, "host_delay": 0.0, "host_failures": 1, "robots": "off"}
LIMITS = {"max_attempts": 3, "max_losses": 3, "key_queue_limit": 1000}


class Ledger:
    """Two workers' queues and a store on an empty database of their own."""

    def __init__(self, url: str) -> None:
        self.redis: Any = Redis.from_url(url, decode_responses=True, socket_timeout=60)
        self.redis.flushdb()
        self.settings = Settings(redis_url=url, **MANNERS, **LIMITS)
        self.loop = asyncio.new_event_loop()
        self.client = connect(self.settings)
        self.store = JobStore(self.client, self.settings)
        self.queues = [JobQueue(self.client, self.settings, name) for name in ("ours", "theirs")]
        self.given: tuple[list[Claim], list[Claim]] = ([], [])  # to each, every one that ever was
        self.ids: list[str] = []
        self.batches: dict[str, list[str]] = {}
        self.ended: dict[str, str] = {}
        self.records: dict[str, dict[str, str]] = {}  # as they were when the job ended
        self.pages: dict[str, Any] = {}  # of what is done
        self.removed: set[str] = set()

    @property
    def claims(self) -> list[Claim]:
        return [*self.given[0], *self.given[1]]

    def do(self, call: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(call)

    def hosts_known(self) -> dict[str, dict[str, Any]]:
        """What is known of hosts; the other field is the sweep's place among them."""
        known = self.redis.hgetall("pith:hosts:pith")
        return {host: orjson.loads(told) for host, told in known.items() if host}

    def close(self) -> None:
        self.do(self.client.aclose())
        self.loop.close()
        self.redis.close()

    def compare(self) -> None:
        """All that always holds."""
        self._what_has_ended_stays_as_it_ended()
        self._each_job_is_in_one_place()
        self._batches_count_their_jobs()

    def end_all(self) -> None:
        """Everything is cancelled: nothing then holds a job, and what is left has an end."""
        for job_id in self.ids:
            if job_id not in self.ended:
                self.do(self.store.cancel(job_id, ""))
        # A day later: what is known of hosts is gone, and so is the turn of those that nobody waits for.
        self.redis.delete("pith:hosts:pith")
        for host in self.redis.zrange("pith:turns:pith", 0, -1):
            self.redis.zadd("pith:turns:pith", {host: 1})
        assert not self.do(self.queues[0].claim(4)).claims
        self.do(self.queues[0].sweep())
        assert not self.redis.exists(*IN_USE)
        assert {key for key in self.redis.scan_iter() if self.redis.ttl(key) < 0} <= IMMORTAL

    def _each_job_is_in_one_place(self) -> None:
        # What the sweep ended stays in the list until a claim comes by: to find it there would cost too much.
        places = Counter(i for i in self.redis.lrange("rq:queue:pith", 0, -1) if i not in self.ended)
        places.update(self.redis.zrange("pith:parked:pith", 0, -1))
        places.update(member.split()[-1] for member in self.redis.zrange("pith:waiting:pith", 0, -1))
        held = self.redis.zrange("rq:wip:pith", 0, -1)
        places.update(member.partition(":")[0] for member in held)
        open_jobs = {job_id for job_id in self.ids if self._status(job_id) in ("queued", "running")}
        assert places == dict.fromkeys(open_jobs, 1)
        assert set(self.redis.zrange("pith:active:pith", 0, -1)) == open_jobs
        running = {job_id for job_id in open_jobs if self._status(job_id) == "running"}
        executions = {self.redis.hget(f"pith:job:{job_id}", "execution") for job_id in running}
        assert {member.partition(":")[2] for member in held} == executions
        assert int(self.redis.hget("pith:open:pith", "") or 0) == len(open_jobs)
        self._nobody_else_holds_a_slot(set(held))
        for who in (0, 1):
            self._one_that_was_lost_often_is_alone(who)

    def _nobody_else_holds_a_slot(self, held: set[str]) -> None:
        now = self.redis.time()[0]
        leased = self.redis.zrangebyscore("rq:wip:pith", now + 1, "+inf")
        fetched = Counter(self.redis.hget(f"pith:job:{name.partition(':')[0]}", "host") for name in leased)
        assert max(fetched.values(), default=0) <= MANNERS["host_concurrency"]
        for known in self.hosts_known().values():
            assert {member for member in known.get("held", {}) if not member.startswith("gone:")} <= held

    def holds(self, who: int) -> list[Claim]:
        """What a worker that hears everything at once has in hand."""
        leased = self.redis.zrange("rq:wip:pith", 0, -1)
        return [claim for claim in self.given[who] if f"{claim.job_id}:{claim.execution}" in leased]

    def _one_that_was_lost_often_is_alone(self, who: int) -> None:
        held = self.holds(who)
        assert len(held) <= 1 or max(claim.lost for claim in held) < LIMITS["max_losses"] - 1

    def _what_has_ended_stays_as_it_ended(self) -> None:
        for job_id in self.ids:
            status = self._status(job_id)
            if job_id not in self.ended and status in ENDED:
                self.ended[job_id] = status
                self.records[job_id] = self.redis.hgetall(f"pith:job:{job_id}")
                self.pages[job_id] = self._page(job_id)
                assert (self.pages[job_id] is not None) is (status == "done")
            if job_id in self.ended and job_id not in self.removed:
                assert self.redis.hgetall(f"pith:job:{job_id}") == self.records[job_id]
                assert self._page(job_id) == self.pages[job_id]
            assert (status is None) is (job_id in self.removed)
            attempts, lost = self.redis.hmget(f"pith:job:{job_id}", "attempts", "lost")
            assert int(attempts or 0) - int(lost or 0) <= LIMITS["max_attempts"]
            assert int(lost or 0) <= LIMITS["max_losses"]

    def _batches_count_their_jobs(self) -> None:
        for batch_id, job_ids in self.batches.items():
            batch = self.do(self.store.batch(batch_id, ""))
            now = Counter(self.ended.get(job_id) or self._status(job_id) for job_id in job_ids)
            counts = {name: getattr(batch.counts, name) for name in ("queued", "running", *ENDED)}
            assert counts == {name: now[name] for name in counts}
            listed = self.redis.lrange(f"pith:batch:{batch_id}:ended", 0, -1)
            assert sorted(listed) == sorted(job_id for job_id in job_ids if job_id in self.ended)
            assert (batch.finished_at is not None) is (len(listed) == len(job_ids))

    def _page(self, job_id: str) -> Any:
        """What a caller gets of it."""
        job = self.do(self.store.get(job_id, ""))
        return self.do(self.store.page(job))

    def _status(self, job_id: str) -> str | None:
        status: str | None = self.redis.hget(f"pith:job:{job_id}", "status")
        return status
