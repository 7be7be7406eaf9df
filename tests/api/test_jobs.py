"""One page at a time, from POST to text, over a real server and a real Valkey."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from api.shapes import JobAnswer, ProblemAnswer, RemovedAnswer
from config.settings import Settings
from tests.serving import PAGE, RECEIPT, claim, done, failed, serving, work
from worker.jobs import pages

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from worker.jobs.model import Claim, Done, Outcome

URL = "https://example.com/"


def post(api: httpx.Client, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    return api.post("/v1/jobs", json={"url": URL, **body}, headers=headers)


def soon(settings: Settings, outcome: Callable[[Claim], Outcome]) -> threading.Thread:
    """Do the next job that is posted, a little later."""

    def wait_and_work() -> None:
        with Redis.from_url(settings.redis_url) as redis:
            while not redis.llen("rq:queue:pith"):
                time.sleep(0.05)
        time.sleep(0.3)
        work(settings, outcome)

    worker = threading.Thread(target=wait_and_work)
    worker.start()
    return worker


def test_a_posted_job_is_queued_and_says_where_it_is(api: httpx.Client) -> None:
    answer = post(api)
    job = answer.json()
    assert answer.status_code == 202
    assert job["status"] == "queued"
    assert answer.headers["location"] == job["links"]["self"] == f"/v1/jobs/{job['id']}"
    assert int(answer.headers["retry-after"]) >= 1
    JobAnswer.model_validate(job)


def test_a_job_that_is_done_has_its_page(api: httpx.Client, settings: Settings) -> None:
    link = post(api).headers["location"]
    work(settings, done)
    job = api.get(link).json()
    assert job["status"] == "done"
    assert job["page"] == PAGE
    assert job["attempts"] == 1
    assert "receipts" not in job["page"]
    JobAnswer.model_validate(job)


def test_explain_puts_the_receipts_into_the_page(api: httpx.Client, settings: Settings) -> None:
    link = post(api, explain=True).headers["location"]
    work(settings, done)
    assert api.get(link).json()["page"]["receipts"] == [RECEIPT]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("text", "text/plain"), ("markdown", "text/markdown"), ("html", "text/html")],
)
def test_each_rendering_is_served_as_itself(
    api: httpx.Client, settings: Settings, name: str, media_type: str
) -> None:
    link = post(api).headers["location"]
    work(settings, done)
    answer = api.get(f"{link}/{name}")
    assert answer.text == PAGE[name]
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_removed_lists_a_receipt_for_each_thing(api: httpx.Client, settings: Settings) -> None:
    link = post(api).headers["location"]
    work(settings, done)
    answer = api.get(f"{link}/removed").json()
    assert answer == {"removed": PAGE["removed"], "receipts": [RECEIPT]}
    RemovedAnswer.model_validate(answer)


def test_a_rendering_that_was_not_asked_for_is_a_404_that_says_so(
    api: httpx.Client, settings: Settings
) -> None:
    link = post(api, formats=["text"]).headers["location"]
    work(settings, lambda claim: done(claim, html=None))
    answer = api.get(f"{link}/html")
    assert (answer.status_code, answer.json()["code"]) == (404, "format_not_stored")


@pytest.mark.parametrize("name", ["text", "markdown", "html", "removed"])
def test_a_result_is_a_409_with_retry_after_while_the_job_is_not_done(api: httpx.Client, name: str) -> None:
    answer = api.get(f"{post(api).headers['location']}/{name}")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_done")
    assert int(answer.headers["retry-after"]) >= 1


def test_a_failed_job_says_why_and_its_results_are_422(api: httpx.Client, settings: Settings) -> None:
    link = post(api).headers["location"]
    work(settings, failed)
    job = api.get(link).json()
    assert (job["status"], job["error"]["code"], job["page"]) == ("failed", "http_404", None)
    answer = api.get(f"{link}/text")
    assert (answer.status_code, answer.json()["code"]) == (422, "job_failed")
    assert answer.json()["error"] == job["error"]
    ProblemAnswer.model_validate(answer.json())


def test_cancelling_a_queued_job_ends_it_and_its_results_are_422(api: httpx.Client) -> None:
    link = post(api).headers["location"]
    assert api.delete(link).status_code == 204
    assert api.get(link).json()["status"] == "cancelled"
    assert api.get(f"{link}/text").json()["code"] == "job_cancelled"


def test_deleting_a_job_that_has_ended_removes_it(api: httpx.Client, settings: Settings) -> None:
    link = post(api).headers["location"]
    work(settings, done)
    assert api.delete(link).status_code == 204
    assert api.get(link).json()["code"] == "no_such_job"
    assert api.delete(link).status_code == 404


def test_prefer_wait_answers_200_as_soon_as_the_job_ended(redis_url: str) -> None:
    with serving(redis_url, max_wait=3600) as api:
        worker = soon(Settings(redis_url=redis_url), done)
        answer = post(api, {"Prefer": "wait=3600"})
        worker.join()
    assert (answer.status_code, answer.json()["status"]) == (200, "done")
    assert answer.headers["preference-applied"] == "wait=3600"
    assert "retry-after" not in answer.headers


def test_prefer_wait_answers_200_for_a_job_that_failed(api: httpx.Client, settings: Settings) -> None:
    worker = soon(settings, failed)
    answer = post(api, {"Prefer": "wait=10"})
    worker.join()
    assert (answer.status_code, answer.json()["status"]) == (200, "failed")


def test_a_worker_is_told_whose_caller_stays_on_the_line(api: httpx.Client, settings: Settings) -> None:
    seen: list[bool] = []

    def outcome(claim: Claim) -> Done:
        seen.append(claim.awaited)
        return done(claim)

    worker = soon(settings, outcome)
    post(api, {"Prefer": "wait=10"})
    worker.join()
    post(api)
    work(settings, outcome)
    assert seen == [True, False]


def test_prefer_wait_is_capped_and_answers_202_when_the_time_is_up(redis_url: str) -> None:
    with serving(redis_url, max_wait=0.2) as api:
        answer = post(api, {"Prefer": "respond-async, wait=600"})
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert answer.headers["preference-applied"] == "wait=0.2"


def test_a_look_at_a_job_can_wait_too(api: httpx.Client, settings: Settings) -> None:
    link = post(api).headers["location"]
    worker = soon(settings, done)
    assert api.get(link, headers={"Prefer": "wait=10"}).json()["status"] == "done"
    assert api.get(f"{link}/text", headers={"Prefer": "wait=10"}).text == PAGE["text"]
    worker.join()


def test_an_unchanged_job_is_a_304_and_a_changed_one_is_not(api: httpx.Client, settings: Settings) -> None:
    link = post(api).headers["location"]
    tag = api.get(link).headers["etag"]
    same = api.get(link, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    claim(settings)
    assert api.get(link, headers={"If-None-Match": tag}).json()["status"] == "running"


def test_the_same_idempotency_key_gets_the_same_job(api: httpx.Client) -> None:
    first, again = post(api, {"Idempotency-Key": "k"}), post(api, {"Idempotency-Key": "k"})
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    other = post(api, {"Idempotency-Key": "k"}, title=True)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")
    assert post(api).json()["id"] != first.json()["id"]


def test_an_idempotency_key_that_cannot_be_used_is_a_400(api: httpx.Client) -> None:
    for key in ("", "x" * 256):
        assert post(api, {"Idempotency-Key": key}).json()["code"] == "invalid_header"


def test_max_age_lets_a_stored_page_answer(api: httpx.Client, settings: Settings) -> None:
    post(api)
    work(settings, done)
    fresh = post(api, {"Prefer": "wait=1"}, max_age=3600)
    assert (fresh.status_code, fresh.json()["page"]) == (200, PAGE)
    assert post(api).json()["status"] == "queued"


def test_a_page_can_come_in_the_body(api: httpx.Client, settings: Settings) -> None:
    answer = api.post("/v1/clean", json={"html": "<p>Żółć</p>"})
    assert answer.status_code == 202
    assert answer.json()["url"] is None
    seen: list[bytes | None] = []
    work(settings, lambda claim: seen.append(claim.body) or done(claim))  # type: ignore[func-returns-value]
    assert [pages.unpack_body(body or b"") for body in seen] == ["<p>Żółć</p>".encode()]
    assert api.get(f"{answer.headers['location']}/text").text == PAGE["text"]


def test_headers_for_the_site_reach_the_worker_and_never_the_answer(
    api: httpx.Client, settings: Settings
) -> None:
    answer = api.post("/v1/jobs", json={"url": URL, "headers": {"Cookie": "secret=1"}})
    assert "secret" not in answer.text
    seen: list[dict[str, str]] = []
    work(settings, lambda claim: seen.append(dict(claim.headers)) or done(claim))  # type: ignore[func-returns-value]
    assert seen == [{"cookie": "secret=1"}]


def test_links_begin_with_the_root_path(redis_url: str) -> None:
    with serving(redis_url, root_path="/pith") as api:
        answer = post(api)
        assert answer.headers["location"] == f"/pith/v1/jobs/{answer.json()['id']}"
        assert answer.json()["links"]["text"].startswith("/pith/v1/jobs/")
        assert api.get("/nothing").json()["type"].startswith("/pith/docs#")
