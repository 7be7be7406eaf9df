"""Who may come in: Host, Origin and keys, over a real server."""

from __future__ import annotations

import socket
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from api import keys
from tests.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

KEY, OTHER = "a" * 32, "b" * 32
JOB = {"url": "https://example.com/"}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def locked(redis_url: str) -> Iterator[httpx.Client]:
    """An API that wants one of two keys."""
    with serving(redis_url, keys.hashed([KEY, OTHER])) as client:
        yield client


def post(api: httpx.Client, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.post("/v1/jobs", json=JOB, headers=named)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "[::1]"])
def test_loopback_names_are_ours(shared_api: httpx.Client, host: str) -> None:
    assert post(shared_api, Host=host).status_code == 202


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", ""])
def test_by_any_other_name_dns_rebinding_gets_nothing(shared_api: httpx.Client, host: str) -> None:
    answer = shared_api.get("/healthz", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "wrong_host")


def test_a_name_that_the_operator_lists_is_ours(redis_url: str) -> None:
    with serving(redis_url, allowed_hosts=("pith.example",)) as api:
        assert post(api, Host="pith.example:8000").status_code == 202
        assert post(api, Host="other.example").status_code == 421


def test_listed_names_count_with_a_key_too(redis_url: str) -> None:
    with serving(redis_url, keys.hashed([KEY]), allowed_hosts=("pith.example",)) as api:
        assert post(api, Host="pith.example", **bearer(KEY)).status_code == 202
        assert post(api, Host="other.example", **bearer(KEY)).status_code == 421


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", "http://[bad"])
def test_a_foreign_web_page_can_change_nothing(shared_api: httpx.Client, origin: str) -> None:
    for answer in (
        post(shared_api, Origin=origin),
        shared_api.delete("/v1/jobs/x", headers={"Origin": origin}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_our_own_page_and_origins_that_the_operator_lists_can(redis_url: str) -> None:
    with serving(redis_url, allowed_origins=("https://app.example",)) as api:
        own = f"http://{api.base_url.netloc.decode()}"
        assert post(api, Origin=own).status_code == 202
        answer = post(api, Origin="https://app.example")
        assert answer.status_code == 202
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert "access-control-allow-origin" not in api.get("/healthz", headers={"Origin": own}).headers


def test_without_keys_the_authorization_header_is_ignored(shared_api: httpx.Client) -> None:
    assert post(shared_api, Authorization="Bearer whatever").status_code == 202


def basic(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "authorization", [f"Bearer {KEY}", f"bearer  {KEY}", basic(f"pith:{KEY}"), basic(f"{KEY}:"), basic(KEY)]
)
def test_a_key_opens_as_bearer_and_as_basic(locked: httpx.Client, authorization: str) -> None:
    assert post(locked, Authorization=authorization).status_code == 202


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", f"Bearer {KEY}x", f"Token {KEY}", "Basic !", "Basic /w==", f"Bearer {KEY[:-1]}"],
)
def test_without_a_right_key_every_route_is_a_401(locked: httpx.Client, authorization: str) -> None:
    headers = {"Authorization": authorization}
    for method, path in (("POST", "/v1/jobs"), ("GET", "/v1/jobs/x"), ("GET", "/nothing"), ("GET", "/docsx")):
        answer = locked.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "key_required")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_401_comes_before_the_body_is_read(locked: httpx.Client) -> None:
    head = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n"
    with socket.create_connection((locked.base_url.host, locked.base_url.port or 0), timeout=60) as line:
        line.sendall(head + b" " * 1000)
        answer = line.makefile(
            "rb"
        ).read()  # to its end: the connection is closed, the rest is not waited for
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in answer.lower()


def test_a_refused_body_is_taken_off_the_line_and_the_connection_goes_on(locked: httpx.Client) -> None:
    for _ in range(20):
        answer = locked.post("/v1/jobs", content=b" " * 500_000)
        assert answer.status_code == 401
        assert "connection" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/healthz", "/static/home.js"])
def test_the_shell_and_what_explains_the_rest_want_no_key(locked: httpx.Client, path: str) -> None:
    assert locked.get(path).status_code == 200


def test_a_locked_api_goes_by_any_name(locked: httpx.Client) -> None:
    assert post(locked, Host="pith.example", **bearer(KEY)).status_code == 202


def test_somebody_elses_job_does_not_exist(locked: httpx.Client) -> None:
    mine: dict[str, Any] = post(locked, **bearer(KEY)).json()
    for suffix in ("", "/text"):
        theirs = locked.get(mine["links"]["self"] + suffix, headers=bearer(OTHER))
        assert (theirs.status_code, theirs.json()["code"]) == (404, "no_such_job")
    assert locked.delete(mine["links"]["self"], headers=bearer(OTHER)).status_code == 404
    assert locked.get(mine["links"]["self"], headers=bearer(KEY)).json()["status"] == "queued"
    batch = locked.post("/v1/batches", json={"urls": [JOB["url"]]}, headers=bearer(KEY)).json()
    assert locked.get(batch["links"]["self"], headers=bearer(OTHER)).status_code == 404
    assert locked.get(batch["links"]["results"], headers=bearer(OTHER)).status_code == 404
