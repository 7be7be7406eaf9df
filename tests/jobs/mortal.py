"""A worker of the tests: it holds what it took, and ends it all, or is lost with it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.jobs.conftest import done

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.jobs.conftest import Desk
    from worker.jobs.model import Claim, Claimed
    from worker.jobs.queue import JobQueue

SLOTS = 64


class Worker:
    """Holds what it took, and ends it all, or is lost with it all."""

    def __init__(self, desk: Desk, queue: JobQueue) -> None:
        self.desk = desk
        self.queue = queue
        self.held: tuple[Claim, ...] = ()

    async def take(self, most: int = SLOTS) -> Claimed:
        claimed = await self.queue.claim(min(most, SLOTS - len(self.held)), held=self.held)
        self.held += claimed.claims
        return claimed

    async def end(self, held: Sequence[Claim] | None = None, take: int = 0) -> Claimed | None:
        """Its jobs, or some of them, and take others in the same call."""
        ending = self.held if held is None else held
        counted, claimed = await self.queue.exchange([done(claim) for claim in ending], take, held=self.held)
        assert all(counted)
        self.held = tuple(claim for claim in self.held if claim not in ending)
        self.held += claimed.claims if claimed else ()
        return claimed

    async def die(self) -> None:
        """Its leases ran out, and somebody swept."""
        for claim in self.held:
            await self.desk.redis.zadd("rq:wip:pith", {f"{claim.job_id}:{claim.execution}": 1}, xx=True)
        self.held = ()
        await self.desk.theirs.sweep()

    def holds(self, *job_ids: str) -> bool:
        return {claim.job_id for claim in self.held} == set(job_ids)
