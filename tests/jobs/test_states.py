"""Whatever happens to jobs in whatever order: each is in one place, counts once, nothing is left behind."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

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

from tests.jobs.conftest import done, failed
from tests.jobs.ledger import Ledger
from worker.jobs.hosts import Heard
from worker.jobs.model import Again, Back, Failure, JobRequest, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES, STEPS = 60, 40
HOSTS = ("a.example", "b.example")

WORDS = (None, Heard(answered=True), Heard(silent=True), Heard(answered=True, rest=600.0))  # of a host


class Jobs(Ledger, RuleBasedStateMachine):
    """Callers and two workers on one queue; what Redis holds is compared with itself and what was said."""

    url = ""

    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        Ledger.__init__(self, self.url)
        self.numbers = count()

    def teardown(self) -> None:
        try:
            self.end_all()
        finally:
            self.close()

    @invariant()
    def all_holds(self) -> None:
        self.compare()

    @rule(
        size=st.integers(1, 3),
        host=st.sampled_from(HOSTS),
        batch=st.booleans(),
        same=st.booleans(),
        age=st.sampled_from((0.0, 600.0)),
    )
    def submit(self, size: int, host: str, batch: bool, same: bool, age: float) -> None:  # noqa: FBT001
        urls = [f"https://{host}/{'same' if same else next(self.numbers)}" for _ in range(size)]
        asked = [JobRequest(url, max_age=age) for url in urls]
        made = self.do(self.store.submit(asked, owner="", batch=batch))
        self.ids += made.job_ids
        if made.batch_id:
            self.batches[made.batch_id] = list(made.job_ids)

    @rule(who=st.integers(0, 1), most=st.integers(1, 4))
    def claim(self, who: int, most: int) -> None:
        held, now = self.holds(who), self.redis.time()[0] * 1000
        claimed = self.do(self.queues[who].claim(most, held=held))
        given = claimed.claims
        if not held and not given and claimed.next_due is None:  # nothing is held back for nothing
            assert not self.redis.zcount("pith:parked:pith", "-inf", now)
        assert len(given) <= most
        assert not {claim.execution for claim in given} & {claim.execution for claim in self.claims}
        assert not {claim.job_id for claim in given} & self.ended.keys()
        self.given[who].extend(given)

    @precondition(lambda self: self.claims)
    @rule(
        data=st.data(),
        what=st.sampled_from(("done", "failed", "again", "later", "back")),
        heard=st.sampled_from(WORDS),
    )
    def finish(self, data: st.DataObject, what: str, heard: Heard | None) -> None:
        """By whoever once held it, perhaps long ago; twice, and the second time changes nothing."""
        claim = data.draw(st.sampled_from(self.claims))
        outcome: dict[str, Callable[[], Outcome]] = {
            "done": lambda: done(claim, f"by {claim.execution}", heard=heard),
            "failed": lambda: failed(claim, heard=heard),
            "again": lambda: Again(claim, Failure("http_503", "Busy."), 0.0, heard=heard),
            "later": lambda: Again(claim, Failure("http_503", "Busy."), 600.0, heard=heard),
            "back": lambda: Back(claim, heard),
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
        """What is parked may go, and so may what waits for a host that was left alone."""
        for place in ("pith:parked:pith", "pith:turns:pith"):
            for member in self.redis.zrange(place, 0, -1):
                self.redis.zadd(place, {member: 1})
        for host, known in self.hosts_known().items():
            self.redis.hset("pith:hosts:pith", host, orjson.dumps(known | {"rest": 1, "next": 1}))

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        """A job is out of time."""
        job_id = data.draw(st.sampled_from(self.ids))
        if self.redis.zscore("pith:active:pith", job_id) is not None:
            self.redis.zadd("pith:active:pith", {job_id: 1})
            for field in ("deadline", "left"):  # the one while somebody works on it, the other between
                if self.redis.hget(f"pith:job:{job_id}", field):
                    self.redis.hset(f"pith:job:{job_id}", field, 1 if field == "deadline" else 0)

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
