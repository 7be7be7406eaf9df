"""The worker's loop by itself, with work that goes wrong in ways that pages cannot bring about at will."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from worker.jobs.model import Done, Status
from worker.jobs.pages import pack
from worker.jobs.queue import JobQueue
from worker.runner.rounds import Rounds

if TYPE_CHECKING:
    from tests.runner.conftest import Service
    from worker.jobs.model import Claim, Outcome

pytestmark = pytest.mark.anyio


async def test_a_job_whose_work_was_called_off_from_within_is_taken_again(service: Service) -> None:
    settings = Settings(lease=1.0)
    taken = []

    async def attend(claim: Claim) -> Outcome:
        taken.append(claim)
        if len(taken) == 1:
            raise asyncio.CancelledError  # as a library's scope that ran out
        return Done(claim, pack({"page": {"text": "word"}, "receipts": []}))

    rounds = Rounds(settings, JobQueue(service.redis, settings, "worker"), attend)
    running = asyncio.create_task(rounds.run())
    (job_id,) = await service.submit("http://192.0.2.1/")  # nobody dials it
    job = await service.ended(job_id, within=60.0)
    rounds.stop()
    await running

    assert (job.status, len(taken)) == (Status.DONE, 2)
