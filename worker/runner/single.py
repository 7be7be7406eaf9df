"""One job on a stock RQ worker (`rq worker --serializer json`): slower by far, but any can help out."""

from __future__ import annotations

import asyncio

from config.settings import load
from worker.fetch.fetcher import Fetcher
from worker.jobs.connection import connect
from worker.jobs.queue import JobQueue
from worker.jobs.robots import RobotsStore
from worker.runner.attend import Attendant
from worker.runner.cleaners import Cleaners
from worker.sites.load import load as load_sites


def run(job_id: str) -> None:
    """Fetch and clean one job that RQ handed out; nothing when another worker holds it or it has ended."""
    asyncio.run(_run(job_id))


async def _run(job_id: str) -> None:
    settings = load().model_copy(update={"cleaners": 1})
    async with connect(settings) as redis:
        # The lease outlasts the job: this process cannot renew it while RQ's own machinery watches over it.
        held = settings.model_copy(update={"lease": settings.job_timeout})
        queue = JobQueue(redis, held, "rq", stock=True)
        claimed = await queue.claim(1, [job_id])
        async with Fetcher(settings) as fetcher, Cleaners(settings, sites=load_sites(settings)) as cleaners:
            attendant = Attendant(settings, fetcher, cleaners, RobotsStore(redis, settings))
            await queue.finish([await attendant.attend(claim) for claim in claimed.claims])
