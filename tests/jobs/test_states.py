"""Whatever happens to jobs in whatever order: each is in one place, counts once, nothing is left behind."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis

from config.settings import Settings
from tests.jobs.conftest import done, failed
from worker.jobs.connection import connect
from worker.jobs.model import Again, Claim, Failure, JobRequest, Outcome
from worker.jobs.queue import JobQueue
from worker.jobs.store import JobStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

EXAMPLES, STEPS = 60, 40
ENDED = ("done", "failed", "cancelled")
HOSTS = ("a.example", "b.example")
# What may live on without an end of its own: RQ's set of queues.
IMMORTAL = {"rq:queues"}
IN_USE = [
    "rq:queue:pith",
    "rq:wip:pith",
    *(f"pith:{place}:pith" for place in ("parked", "waiting", "turns", "active")),
]

MANNERS: dict[str, Any] = {"host_concurrency": 2, "host_delay": 0.0, "robots": "off"}
LIMITS = {"max_attempts": 3, "max_losses": 3}


class Jobs(RuleBasedStateMachine):
    """Callers and two workers on one queue; what Redis holds is compared with itself and what was said."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.redis: Any = Redis.from_url(self.url, decode_responses=True)
        self.redis.flushdb()
        self.settings = Settings(redis_url=self.url, **MANNERS, **LIMITS)
        self.loop = asyncio.new_event_loop()
        self.client = connect(self.settings)
        self.store = JobStore(self.client, self.settings)
        self.queues = [JobQueue(self.client, self.settings, name) for name in ("ours", "theirs")]
        self.claims: list[Claim] = []  # every one that was ever given out
        self.ids: list[str] = []
        self.batches: dict[str, list[str]] = {}
        self.ended: dict[str, str] = {}
        self.removed: set[str] = set()
        self.numbers = count()

    def do(self, call: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(call)

    def teardown(self) -> None:
        try:
            self._end_all()
        finally:
            self.do(self.client.aclose())
            self.loop.close()
            self.redis.close()

    def _end_all(self) -> None:
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

    # What happens

    @rule(size=st.integers(1, 3), host=st.sampled_from(HOSTS), batch=st.booleans(), same=st.booleans())
    def submit(self, size: int, host: str, batch: bool, same: bool) -> None:  # noqa: FBT001
        urls = [f"https://{host}/{'same' if same else next(self.numbers)}" for _ in range(size)]
        made = self.do(self.store.submit([JobRequest(url) for url in urls], owner="", batch=batch))
        self.ids += made.job_ids
        if made.batch_id:
            self.batches[made.batch_id] = list(made.job_ids)

    @rule(who=st.integers(0, 1), most=st.integers(1, 4))
    def claim(self, who: int, most: int) -> None:
        given = self.do(self.queues[who].claim(most)).claims
        assert len(given) <= most
        assert not {claim.execution for claim in given} & {claim.execution for claim in self.claims}
        assert not {claim.job_id for claim in given} & self.ended.keys()
        self.claims += given

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), what=st.sampled_from(("done", "failed", "again", "later")))
    def finish(self, data: st.DataObject, what: str) -> None:
        """By whoever once held it, perhaps long ago; twice, and the second time changes nothing."""
        claim = data.draw(st.sampled_from(self.claims))
        outcome: dict[str, Callable[[], Outcome]] = {
            "done": lambda: done(claim),
            "failed": lambda: failed(claim),
            "again": lambda: Again(claim, Failure("http_503", "Busy."), 0.0),
            "later": lambda: Again(claim, Failure("http_503", "Busy."), 600.0),
        }
        queue = self.queues[0]
        self.do(queue.finish([outcome[what]()]))
        assert self.do(queue.finish([outcome[what]()])) == (False,)

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        self.do(self.queues[0].release([data.draw(st.sampled_from(self.claims))]))

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        lost = self.do(self.queues[0].renew([claim]))
        held = self.redis.zscore("rq:wip:pith", f"{claim.job_id}:{claim.execution}") is not None
        assert bool(lost) is not held

    @rule()
    def lose(self) -> None:
        """All leases ran out a second ago."""
        over = self.redis.time()[0] - 1
        for member in self.redis.zrange("rq:wip:pith", 0, -1):
            self.redis.zadd("rq:wip:pith", {member: over})

    @rule()
    def come_due(self) -> None:
        """What is parked may go."""
        for job_id in self.redis.zrange("pith:parked:pith", 0, -1):
            self.redis.zadd("pith:parked:pith", {job_id: 1})

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        """A job is out of time."""
        job_id = data.draw(st.sampled_from(self.ids))
        if self.redis.zscore("pith:active:pith", job_id) is not None:
            self.redis.zadd("pith:active:pith", {job_id: 1})
            if self.redis.hget(f"pith:job:{job_id}", "deadline"):
                self.redis.hset(f"pith:job:{job_id}", "deadline", 1)

    @rule(who=st.integers(0, 1))
    def sweep(self, who: int) -> None:
        self.do(self.queues[who].sweep())

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Cancels what has not ended, removes what has."""
        job_id = data.draw(st.sampled_from(self.ids))
        found = self.do(self.store.cancel(job_id, ""))
        assert found is (job_id not in self.removed)
        if job_id in self.ended:
            self.removed.add(job_id)

    # What always holds

    @invariant()
    def all_holds(self) -> None:
        self._what_has_ended_stays_as_it_ended()
        self._each_job_is_in_one_place()
        self._batches_count_their_jobs()

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
        self._nobody_else_holds_a_slot(set(held))

    def _nobody_else_holds_a_slot(self, held: set[str]) -> None:
        for known in self.redis.hvals("pith:hosts:pith"):
            slots = orjson.loads(known).get("held", {}) if known.startswith("{") else {}
            assert {member for member in slots if not member.startswith("gone:")} <= held

    def _what_has_ended_stays_as_it_ended(self) -> None:
        for job_id in self.ids:
            status = self._status(job_id)
            if job_id in self.ended:
                assert status == (None if job_id in self.removed else self.ended[job_id])
            elif status in ENDED:
                self.ended[job_id] = status
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

    def _status(self, job_id: str) -> str | None:
        status: str | None = self.redis.hget(f"pith:job:{job_id}", "status")
        return status


@pytest.mark.timeout(300)
def test_jobs_hold_together_whatever_happens_in_whatever_order(any_redis_url: str) -> None:
    machine = type("OnThisServer", (Jobs,), {"url": any_redis_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
