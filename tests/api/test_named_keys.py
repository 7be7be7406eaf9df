"""Keys with names: made, listed and revoked by the command, noticed by an API that runs."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import redis

from api import keyring, keys
from tests.serving import serving
from tests.standing import ROOT, until

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

FIRST = "a-key-of-the-start"
JOB = {"url": "https://example.com/"}
NOTICED = 5 * keyring.NOTICED_IN  # s; a machine that does other things too


def command(redis_url: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`python -m api keys …`, as a person types it."""
    return subprocess.run(
        [sys.executable, "-m", "api", "keys", *words],
        cwd=ROOT,
        env={"REDIS_URL": redis_url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def made(redis_url: str, name: str) -> str:
    answer = command(redis_url, "add", name)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def status(api: httpx.Client, key: str = "none") -> int:
    return api.get("/v1/jobs/x", headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_key_opens_seconds_after_it_was_made_and_no_longer_once_it_was_revoked(redis_url: str) -> None:
    with serving(redis_url, keys.hashed([FIRST])) as api:
        key = made(redis_url, "laptop")
        until(lambda: status(api, key) == 404, NOTICED)
        assert command(redis_url, "revoke", "laptop").returncode == 0
        until(lambda: status(api, key) == 401, NOTICED)
        assert status(api, FIRST) == 404


def test_a_key_made_before_the_start_opens_at_once(redis_url: str) -> None:
    key = made(redis_url, "laptop")
    with serving(redis_url) as api:
        assert (status(api, key), status(api)) == (404, 401)


def test_the_first_named_key_closes_an_open_service_and_revoking_it_does_not_open_it(redis_url: str) -> None:
    with serving(redis_url) as api:
        assert status(api) == 404
        made(redis_url, "laptop")
        until(lambda: status(api) == 401, NOTICED)
        command(redis_url, "revoke", "laptop")
        other = made(redis_url, "desktop")
        until(lambda: status(api, other) == 404, NOTICED)
        command(redis_url, "revoke", "desktop")
        until(lambda: status(api, other) == 401, NOTICED)
        assert status(api) == 401


def test_what_one_named_key_made_does_not_exist_for_another(redis_url: str) -> None:
    mine, theirs = (
        {"Authorization": f"Bearer {made(redis_url, name)}", "Idempotency-Key": "k"} for name in ("a", "b")
    )
    with serving(redis_url) as api:
        job = api.post("/v1/jobs", json=JOB, headers=mine).json()
        batch = api.post(
            "/v1/batches", json={"urls": [JOB["url"]]}, headers={**mine, "Idempotency-Key": "l"}
        ).json()
        for link in (*job["links"].values(), *batch["links"].values()):
            assert api.get(link, headers=theirs).status_code == 404
            assert api.get(link, headers=mine).status_code in (200, 409)
        assert api.delete(job["links"]["self"], headers=theirs).status_code == 404
        again = api.post("/v1/jobs", json=JOB, headers=theirs)
        assert again.json()["id"] != job["id"]
        assert "idempotency-replayed" not in again.headers


def test_only_a_digest_is_stored_and_listed(redis_url: str) -> None:
    key = made(redis_url, "laptop")
    assert len(key.removeprefix("pith_")) >= 43  # 256 bits in base64
    with redis.Redis.from_url(redis_url) as client:
        assert key.encode() not in client.hgetall("pith:keys")[b"laptop"]
    listed = command(redis_url, "list").stdout
    assert key not in listed
    name, owner, _, *state = listed.split()
    assert (name, state) == ("laptop", ["in", "force"])
    assert owner == keys.hashed([key]).owner(f"Bearer {key}")


def test_a_name_is_one_keys_until_it_is_revoked(redis_url: str) -> None:
    first = made(redis_url, "laptop")
    taken = command(redis_url, "add", "laptop")
    assert (taken.returncode, taken.stdout) == (1, "")
    assert "there is a key named laptop" in taken.stderr
    assert command(redis_url, "revoke", "laptop").returncode == 0
    assert "revoked" in command(redis_url, "list").stdout
    assert command(redis_url, "revoke", "laptop").returncode == 1
    assert made(redis_url, "laptop") != first


@pytest.mark.parametrize("name", ["", "a b", "-x", "\x1b[31m", "a\nb", "\u202ex", "x" * 65, "é"])
def test_a_name_that_a_terminal_could_stumble_over_is_refused(name: str) -> None:
    answer = command("unix:///nowhere", "add", "--", name)
    assert answer.returncode == 2
    assert answer.stdout == ""


def test_a_redis_that_is_away_is_one_line(tmp_path: Path) -> None:
    answer = command(f"unix://:passw0rd@{tmp_path}/none", "list")
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "passw0rd" not in answer.stderr


def test_keys_that_cannot_be_read_leave_those_of_before_in_force(redis_url: str) -> None:
    key = made(redis_url, "laptop")
    with serving(redis_url) as api, redis.Redis.from_url(redis_url) as client:
        client.hset("pith:keys", "broken", "{")
        time.sleep(1.5 * keyring.NOTICED_IN)  # it has looked
        assert status(api, key) == 404
        later = made(redis_url, "desktop")
        client.hdel("pith:keys", "broken")
        until(lambda: status(api, later) == 404, NOTICED)
