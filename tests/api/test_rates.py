"""How often a key may ask, over real Redis and several API processes' worth of servers."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import redis

from api import keys
from tests.serving import serving
from tests.standing import until

if TYPE_CHECKING:
    import httpx

KEY, OTHER = "a" * 32, "b" * 32
BOTH = keys.hashed([KEY, OTHER])


def ask(api: httpx.Client, key: str = KEY, path: str = "/v1/jobs/x") -> httpx.Response:
    return api.get(path, headers={"Authorization": f"Bearer {key}"})


def test_past_its_rate_a_key_gets_429_and_another_key_does_not(redis_url: str) -> None:
    with serving(redis_url, BOTH, key_rate=3) as api:
        assert [ask(api).status_code for _ in range(3)] == [404, 404, 404]
        refused = ask(api)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        assert refused.headers["ratelimit"] == f'"key";r=0;t={refused.headers["retry-after"]}'
        assert ask(api, OTHER).status_code == 404


def test_every_answer_says_how_much_is_left_in_the_words_of_the_draft(redis_url: str) -> None:
    with serving(redis_url, BOTH, key_rate=10) as api:
        answers = [ask(api) for _ in range(3)]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"key";q=10;w=60'}
    left = [re.fullmatch(r'"key";r=(\d+);t=(\d+)', answer.headers["ratelimit"]) for answer in answers]
    assert [found and found[1] for found in left] == ["9", "8", "7"]
    assert all(found and 1 <= int(found[2]) <= 6 for found in left)


def test_of_many_requests_at_once_to_two_processes_as_many_pass_as_may(redis_url: str) -> None:
    with (
        serving(redis_url, BOTH, key_rate=20) as one,
        serving(redis_url, BOTH, key_rate=20) as two,
        ThreadPoolExecutor(16) as pool,
    ):
        began = time.monotonic()
        found = list(pool.map(lambda api: ask(api).status_code, [one, two] * 30))
        came_back = (time.monotonic() - began) / 3 + 1  # one in 3 seconds
    passed = found.count(404)
    assert 20 <= passed <= 20 + came_back
    assert found.count(429) == 60 - passed


def test_what_wants_no_key_and_what_has_a_wrong_one_is_not_counted(redis_url: str) -> None:
    with serving(redis_url, BOTH, key_rate=1) as api:
        for path in ("/healthz", "/docs", "/openapi.json"):
            assert "ratelimit" not in ask(api, path=path).headers
        assert [ask(api, "wrong").status_code for _ in range(3)] == [401, 401, 401]
        assert ask(api).status_code == 404


def test_a_bucket_is_forgotten_once_it_is_full(redis_url: str) -> None:
    with serving(redis_url, BOTH, key_rate=600) as api, redis.Redis.from_url(redis_url) as client:
        ask(api)
        until(lambda: not client.keys("pith:rate:*"))


def test_without_the_setting_there_is_no_limit_and_no_header(redis_url: str) -> None:
    with serving(redis_url, BOTH) as api:
        answers = [ask(api) for _ in range(20)]
    assert {answer.status_code for answer in answers} == {404}
    assert "ratelimit" not in answers[0].headers
