"""Many pages in one call: counts, and results that can be resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from api import answers
from api.shapes import BatchAnswer, JobAnswer
from tests.serving import PAGE, done, failed, serving, work
from worker.jobs.batch import Batch, Counts

if TYPE_CHECKING:
    import httpx

    from config.settings import Settings
    from worker.jobs.model import Claim, Outcome

URLS = [f"https://example.com/{n}" for n in range(5)]


def post(api: httpx.Client, urls: list[str] | None = None, **more: Any) -> httpx.Response:
    return api.post("/v1/batches", json={"urls": urls or URLS, **more})


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [orjson.loads(line) for line in answer.content.splitlines()]


def next_of(answer: httpx.Response) -> str | None:
    return answer.links["next"]["url"] if "next" in answer.links else None


def done_or_failed(claim: Claim) -> Outcome:
    return failed(claim) if claim.url.endswith("3") else done(claim)


def test_a_batch_counts_its_jobs(api: httpx.Client, settings: Settings) -> None:
    answer = post(api)
    batch = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == batch["links"]["self"]
    assert batch["counts"] == {
        "queued": 5, "running": 0, "done": 0, "failed": 0, "cancelled": 0, "total": 5,
    }  # fmt: skip
    work(settings, done_or_failed, 4)
    batch = api.get(batch["links"]["self"]).json()
    assert (batch["status"], batch["counts"]["done"], batch["counts"]["failed"]) == ("running", 3, 1)
    assert batch["rate"] > 0
    assert batch["eta"] is not None
    work(settings, done_or_failed)
    batch = api.get(batch["links"]["self"]).json()
    assert (batch["status"], batch["eta"], batch["counts"]["queued"]) == ("done", 0, 0)
    BatchAnswer.model_validate(batch)


def test_results_come_as_they_end_and_go_on_where_they_stopped(api: httpx.Client, settings: Settings) -> None:
    link = post(api).json()["links"]["results"]
    nothing = api.get(link)
    assert lines(nothing) == []
    assert int(nothing.headers["retry-after"]) >= 1
    work(settings, done_or_failed, 2)
    first = api.get(next_of(nothing) or "")
    assert [job["url"] for job in lines(first)] == URLS[:2]
    assert lines(first)[0]["page"]["text"] == PAGE["text"]
    work(settings, done_or_failed, 3)
    second = api.get(next_of(first) or "")
    assert [job["status"] for job in lines(second)] == ["done", "failed", "done"]
    assert next_of(second) is None
    for job in lines(second):
        JobAnswer.model_validate(job)


def test_results_come_in_answers_of_the_length_that_was_asked_for(
    api: httpx.Client, settings: Settings
) -> None:
    link = post(api).json()["links"]["results"]
    work(settings, done, 5)
    found, at = [], f"{link}?limit=2"
    while at:
        answer = api.get(at)
        assert len(lines(answer)) <= 2
        found += [job["url"] for job in lines(answer)]
        at = next_of(answer) or ""
    assert found == URLS


def test_a_cursor_that_is_no_number_is_named(api: httpx.Client) -> None:
    link = post(api).json()["links"]["results"]
    assert api.get(f"{link}?cursor={10**24}").status_code == 422
    answer = api.get(f"{link}?cursor=x&limit=0")
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == ["cursor", "limit"]


def test_one_bad_url_refuses_the_batch_and_says_which(api: httpx.Client) -> None:
    answer = post(api, ["https://example.com/", "ftp://example.com/"])
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "urls[1]", "message": "Only http and https URLs can be fetched, not ftp:"}
    ]


def test_more_urls_than_the_limit_are_refused_with_the_limit(redis_url: str) -> None:
    with serving(redis_url, batch_limit=2) as api:
        answer = post(api)
    assert answer.status_code == 422
    assert "2 of PITH_BATCH_LIMIT" in answer.json()["detail"]


def test_the_same_idempotency_key_gets_the_same_batch(api: httpx.Client) -> None:
    headers = {"Idempotency-Key": "k"}
    first = api.post("/v1/batches", json={"urls": URLS}, headers=headers)
    again = api.post("/v1/batches", json={"urls": URLS}, headers=headers)
    assert first.json()["id"] == again.json()["id"]
    assert again.json()["counts"]["total"] == 5


def test_an_unknown_batch_is_a_404(api: httpx.Client) -> None:
    for path in ("/v1/batches/nothing", "/v1/batches/nothing/results"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_batch")


def test_a_key_past_its_quota_is_a_429_and_accepts_nothing(redis_url: str) -> None:
    with serving(redis_url, key_queue_limit=3) as api:
        answer = post(api)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_jobs")
        assert int(answer.headers["retry-after"]) >= 1
        assert post(api, URLS[:3]).status_code == 202
        assert api.post("/v1/jobs", json={"url": URLS[0]}).status_code == 429


def test_a_queue_past_its_limit_is_a_503_and_accepts_nothing(redis_url: str) -> None:
    with serving(redis_url, queue_limit=3) as api:
        answer = post(api)
        assert (answer.status_code, answer.json()["code"]) == (503, "queue_full")
        assert int(answer.headers["retry-after"]) >= 1
        assert post(api, URLS[:3]).status_code == 202
        assert api.post("/v1/jobs", json={"url": URLS[0]}).status_code == 503


def test_rate_and_time_left_go_by_the_clock_of_redis_and_not_by_the_apis_own() -> None:
    counts = Counts(queued=6, done=3, failed=1, total=10)
    batch = Batch("b", "", created_at=1000.0, finished_at=None, read_at=1002.0, counts=counts)
    told = answers.batch(batch, "")
    assert (told["rate"], told["eta"]) == (2.0, 3.0)
