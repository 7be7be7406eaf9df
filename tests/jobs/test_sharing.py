from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import PAGE, done, failed
from worker.jobs.model import Again, Failure, JobRequest, Status
from worker.jobs.options import Options

if TYPE_CHECKING:
    from pathlib import Path

    from tests.jobs.conftest import Desk

pytestmark = pytest.mark.anyio

URL = "https://example.org/"


async def test_identical_jobs_in_flight_share_one_fetch(desk: Desk) -> None:
    ids = await desk.submit(URL, URL, URL)

    leader = await desk.claim_one()
    assert leader.job_id == ids[0]
    assert [(await desk.job(job_id)).status for job_id in ids] == [
        Status.RUNNING,
        Status.QUEUED,
        Status.QUEUED,
    ]
    await desk.ours.finish([done(leader)])

    jobs = [await desk.job(job_id) for job_id in ids]
    assert {job.status for job in jobs} == {Status.DONE}
    assert [await desk.store.page(job) for job in jobs] == [PAGE] * 3
    assert not await desk.claim()


async def test_one_that_joins_a_fetch_under_way_does_not_start_before_it_was_made(desk: Desk) -> None:
    (first,) = await desk.submit(URL)
    leader = await desk.claim_one()
    await asyncio.sleep(0.02)
    (second,) = await desk.submit(URL)
    assert not await desk.claim()
    await desk.ours.finish([done(leader)])

    leads, joined = await desk.job(first), await desk.job(second)
    assert leads.started_at
    assert joined.started_at
    assert leads.started_at < joined.created_at <= joined.started_at


async def test_a_failure_of_the_page_is_shared_too(desk: Desk) -> None:
    ids = await desk.submit(URL, URL)
    await desk.ours.finish([failed(await desk.claim_one())])

    assert {(await desk.job(job_id)).error for job_id in ids} == {Failure("http_404", "A sentence.")}


async def test_a_failure_that_is_only_the_leaders_frees_the_others(desk: Desk) -> None:
    ids = await desk.submit(URL, URL)
    await desk.ours.finish([failed(await desk.claim_one(), "deadline_exceeded")])

    assert (await desk.claim_one()).job_id == ids[1]


async def test_those_that_a_failure_frees_may_be_taken_in_the_same_call(desk: Desk) -> None:
    ids = await desk.submit(URL, URL)
    outcome = failed(await desk.claim_one(), "deadline_exceeded")
    _, claimed = await desk.ours.exchange([outcome], 1)

    assert claimed
    assert [claim.job_id for claim in claimed.claims] == [ids[1]]


async def test_one_that_goes_in_place_of_a_leader_out_of_time_is_followed_in_turn(desk: Desk) -> None:
    await desk.store.submit([JobRequest(URL, timeout=0.05)], owner="")
    await desk.ours.finish([Again(await desk.claim_one(), Failure("x", ""), 0.0)])
    _, next_one, follower = await desk.submit("https://example.com/", URL, URL)
    await asyncio.sleep(0.1)  # the time of the first

    assert next_one in {claim.job_id for claim in await desk.claim(2)}
    assert not await desk.claim()
    assert (await desk.job(follower)).status is Status.QUEUED


async def test_those_who_wait_keep_waiting_while_the_leader_is_parked(desk: Desk) -> None:
    ids = await desk.submit(URL, URL)
    await desk.ours.finish([Again(await desk.claim_one(), Failure("x", ""), 0.1)])
    assert not await desk.claim()
    await asyncio.sleep(0.15)

    leader = await desk.claim_one()
    assert leader.job_id == ids[0]
    await desk.ours.finish([done(leader)])
    assert (await desk.job(ids[1])).status is Status.DONE


async def test_cancelling_the_leader_frees_the_others_at_once(desk: Desk) -> None:
    ids = await desk.submit(URL, URL, URL)
    await desk.claim_one()

    await desk.store.cancel(ids[0], "")

    leader = await desk.claim_one()
    assert leader.job_id in ids[1:]
    await desk.ours.finish([done(leader)])
    assert [(await desk.job(job_id)).status for job_id in ids] == [Status.CANCELLED, Status.DONE, Status.DONE]


async def test_cancelling_one_that_waits_leaves_the_leader(desk: Desk) -> None:
    ids = await desk.submit(URL, URL)
    leader = await desk.claim_one()

    await desk.store.cancel(ids[1], "")

    assert await desk.ours.finish([done(leader)]) == (True,)
    assert [(await desk.job(job_id)).status for job_id in ids] == [Status.DONE, Status.CANCELLED]


async def test_cancelling_one_that_waits_leaves_the_others_waiting(desk: Desk) -> None:
    ids = await desk.submit(URL, URL, URL)
    leader = await desk.claim_one()

    await desk.store.cancel(ids[1], "")

    assert await desk.claim() == ()
    await desk.ours.finish([done(leader)])
    assert (await desk.job(ids[2])).status is Status.DONE


async def test_one_that_waits_is_never_orphaned(desk: Desk) -> None:
    ids = await desk.submit(URL, URL)
    leader = await desk.claim_one()
    await desk.redis.delete(f"pith:job:{leader.job_id}")  # whatever became of it
    await desk.redis.zadd("pith:parked:pith", {ids[1]: 0})  # its time to look has come

    assert (await desk.claim_one()).job_id == ids[1]
    await desk.submit(URL)
    assert await desk.claim() == ()  # it waits for the one that took over


async def test_a_thousand_identical_jobs_end_with_one_fetch(desk: Desk) -> None:
    batch = await desk.batch(*[URL] * 1000)

    await desk.ours.finish([done(claim) for claim in await desk.claim(64)])

    found = await desk.store.batch(batch, "")
    assert found
    assert (found.counts.done, found.status) == (1000, Status.DONE)
    assert len(await desk.keys("pith:page:*")) == 1


@pytest.mark.parametrize(
    "other",
    [
        JobRequest(URL, Options(comments=True)),
        JobRequest(URL + "?page=2"),
        JobRequest(URL, headers={"Cookie": "a=b"}),
        JobRequest(URL, body=b"<p>"),
    ],
    ids=["options", "url", "headers", "body"],
)
async def test_jobs_that_differ_share_nothing(desk: Desk, other: JobRequest) -> None:
    await desk.store.submit([JobRequest(URL), other], owner="")

    assert len(await desk.claim()) == 2


@pytest.mark.parametrize("headers", [{}, {"Cookie": "a=b"}], ids=["plain", "headers"])
async def test_a_fetch_is_not_shared_across_owners(desk: Desk, headers: dict[str, str]) -> None:
    request = JobRequest(URL, headers=headers)
    for owner in ("one", "one", "two"):
        await desk.store.submit([request], owner=owner)

    assert len(await desk.claim()) == 2


async def test_a_stored_page_does_not_answer_another_owner(desk: Desk) -> None:
    await desk.submit(URL, owner="one")
    await desk.ours.finish([done(await desk.claim_one())])

    await desk.store.submit([JobRequest(URL, max_age=60.0)], owner="two")

    assert (await desk.claim_one()).known is None


async def test_a_stored_page_young_enough_answers_at_once(desk: Desk) -> None:
    await desk.submit(URL)
    await desk.ours.finish([done(await desk.claim_one())])

    (job_id,) = (await desk.store.submit([JobRequest(URL, max_age=60.0)], owner="")).job_ids

    job = await desk.job(job_id)
    assert job.status is Status.DONE
    assert await desk.store.page(job) == PAGE
    assert not await desk.claim()


async def test_a_stored_page_that_is_too_old_does_not_answer(desk: Desk) -> None:
    await desk.submit(URL)
    await desk.ours.finish([done(await desk.claim_one())])
    await asyncio.sleep(0.05)

    await desk.store.submit([JobRequest(URL, max_age=0.01)], owner="")

    assert len(await desk.claim()) == 1


async def test_a_batch_that_stored_pages_answer_has_ended_at_once(desk: Desk) -> None:
    await desk.submit(URL)
    await desk.ours.finish([done(await desk.claim_one())])

    submitted = await desk.store.submit([JobRequest(URL, max_age=60.0)] * 2, owner="", batch=True)

    assert submitted.batch_id
    batch = await desk.store.batch(submitted.batch_id, "")
    assert batch
    assert (batch.status, batch.counts.done, batch.counts.queued) == (Status.DONE, 2, 0)


async def test_a_shared_page_lives_until_the_last_job_that_shows_it_is_removed(desk: Desk) -> None:
    ids = await desk.submit(URL, URL, URL)
    await desk.ours.finish([done(await desk.claim_one())])
    last = await desk.job(ids[2])

    for job_id in ids[:2]:
        await desk.store.cancel(job_id, "")
    assert await desk.store.page(last) == PAGE

    await desk.store.cancel(ids[2], "")
    assert await desk.store.page(last) is None
    assert not {
        key for key in await desk.keys("pith:*") if "latest" in key or "page" in key or "shared" in key
    }


async def test_a_page_cleaned_by_other_rules_answers_nobody(desk: Desk, tmp_path: Path) -> None:
    rule = tmp_path / "harbour.toml"
    rule.write_text('drop = [".promo"]')
    settings = {**desk.settings.model_dump(exclude_unset=True), "sites_dir": tmp_path}
    before = desk.reading(settings)
    await before.submit(URL)
    await desk.ours.finish([done(await desk.claim_one())])

    assert await status_of_one_more(desk.reading(settings)) is Status.DONE
    rule.write_text('drop = [".promo", ".fund"]')
    assert await status_of_one_more(desk.reading(settings)) is Status.QUEUED


async def status_of_one_more(desk: Desk) -> Status:
    """The status at once of a job that a stored page may answer."""
    (job_id,) = (await desk.store.submit([JobRequest(URL, max_age=60.0)], owner="")).job_ids
    return (await desk.job(job_id)).status
