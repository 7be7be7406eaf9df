"""Every error is a problem+json that says what to do."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from redis import Redis

from api.keys import Keys
from api.problems import retry_after
from api.shapes import ProblemAnswer
from config.settings import Settings
from tests.redis_server import running
from tests.serving import Api, failed, serving, work

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1", 404, "no_such_route"),
        ("GET", "/v1/jobs/", 404, "no_such_route"),
        ("GET", "/static/nothing", 404, "no_such_route"),
        ("GET", "/static/../problems.py", 404, "no_such_route"),
        ("GET", "/v1/jobs", 405, "method_not_allowed"),
        ("PUT", "/v1/jobs/x", 405, "method_not_allowed"),
        ("POST", "/", 405, "method_not_allowed"),
        ("GET", "/v1/jobs/x", 404, "no_such_job"),
        ("GET", "/v1/jobs/%00%ff", 404, "no_such_job"),
        ("GET", "/v1/jobs/x/text", 404, "no_such_job"),
    ],
)
def test_every_error_is_a_problem(
    shared_api: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = shared_api.request(method, path)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["what_to_do"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["type"] == f"/docs#problem-{code}"
    ProblemAnswer.model_validate(problem)


def test_a_405_says_which_methods_there_are(shared_api: httpx.Client) -> None:
    assert shared_api.get("/v1/jobs").headers["allow"] == "POST"
    assert shared_api.patch("/v1/jobs/x").headers["allow"] == "DELETE, GET, HEAD"


def test_every_answer_has_a_request_id_and_a_callers_own_is_kept(shared_api: httpx.Client) -> None:
    assert shared_api.get("/healthz").headers["x-request-id"]
    assert shared_api.get("/healthz", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert "\t" not in shared_api.get("/healthz", headers={"X-Request-Id": "a\tb"}).headers["x-request-id"]


def test_head_is_get_without_the_body(shared_api: httpx.Client) -> None:
    answer = shared_api.head("/healthz")
    assert (answer.status_code, answer.content) == (200, b"")


def test_readyz_says_what_is_missing(shared_api: httpx.Client) -> None:
    answer = shared_api.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_worker")
    assert (answer.json()["redis"], answer.json()["workers"]) == (True, 0)


def test_redis_gone_is_a_503_with_retry_after_and_back_again_is_well(short_folder: Path) -> None:
    folder = short_folder / "gone"
    folder.mkdir()
    job = {"url": "https://example.com/"}
    with running("valkey", folder) as redis_server:
        served = Api(Settings(redis_url=redis_server.url()), Keys())
        served.__enter__()
        with served.client() as api:
            assert api.post("/v1/jobs", json=job).status_code == 202
    try:
        with served.client() as api:
            for answer in (api.post("/v1/jobs", json=job), api.get("/v1/jobs/x"), api.get("/readyz")):
                assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
                assert int(answer.headers["retry-after"]) >= 1
            assert api.get("/healthz").status_code == 200
            with running("valkey", folder):
                assert api.post("/v1/jobs", json=job).status_code == 202
    finally:
        served.__exit__()


def test_many_callers_at_once_are_all_answered(redis_url: str) -> None:
    job = {"url": "https://example.com/"}
    limits = httpx.Limits(max_connections=300)
    with Api(Settings(redis_url=redis_url), Keys()) as served, served.client(limits=limits) as api:
        answers: list[int] = []
        waiting = [
            threading.Thread(
                target=lambda: answers.append(
                    api.post("/v1/jobs", json=job, headers={"Prefer": "wait=1"}).status_code
                )
            )
            for _ in range(150)
        ]
        for caller in waiting:
            caller.start()
        for caller in waiting:
            caller.join()
    assert answers == [202] * 150


def test_stopping_does_not_wait_for_those_who_wait(redis_url: str) -> None:
    with serving(redis_url) as warm:
        warm.get("/healthz")
    settings = Settings(redis_url=redis_url, max_wait=3600)
    with Api(settings, Keys()) as served, served.client() as api:
        found: list[httpx.Response] = []
        caller = threading.Thread(
            target=lambda: found.append(
                api.post("/v1/jobs", json={"url": "https://e.example/"}, headers={"Prefer": "wait=3600"})
            )
        )
        with socket.create_connection((api.base_url.host, api.base_url.port or 0)):  # one that says nothing
            caller.start()
            with Redis.from_url(redis_url) as redis:
                while not redis.exists("rq:queue:pith"):
                    time.sleep(0.05)
            served.stop()
            served.join()
        caller.join()
    assert found[0].status_code == 202


def test_the_api_alone_serves_until_it_is_told_to_stop(redis_url: str, tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "api", "--port", "0", "--data", str(tmp_path)],
        env={"REDIS_URL": redis_url},
        stderr=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stderr is not None
        assert "api listening" in program.stderr.readline()
        program.terminate()
        assert program.wait(60) == 0
        assert program.stderr.read() == ""


def test_a_redis_that_is_not_there_is_one_line_that_names_it(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "api", "--port", "0", "--data", str(tmp_path)],
        env={"REDIS_URL": "redis://:secret@127.0.0.1:1/0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "redis://127.0.0.1:1/0 (REDIS_URL)" in ended.stderr
    assert "secret" not in ended.stderr


def test_nothing_is_answered_that_the_document_does_not_name(api: httpx.Client, settings: Settings) -> None:
    job = api.post("/v1/jobs", json={"url": "https://example.com/"}).json()
    work(settings, failed)
    why = ProblemAnswer.model_validate(api.get(job["links"]["text"]).json())
    assert why.error
    assert why.error.code == "http_404"
    state = ProblemAnswer.model_validate(api.get("/readyz").json())
    assert (state.redis, state.workers) == (True, 0)
    for methods in api.get("/openapi.json").json()["paths"].values():  # two Host headers, for one
        assert all("400" in operation["responses"] for operation in methods.values())


@pytest.mark.parametrize(("seconds", "told"), [(0.0, "1"), (1.0, "1"), (1.2, "2"), (2.5, "3")])
def test_nobody_is_told_to_come_back_too_soon(seconds: float, told: str) -> None:
    assert retry_after(seconds) == {"Retry-After": told}
