"""What is refused at the door, and that the answer names it."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from api import bodies
from tests.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

JSON = {"Content-Type": "application/json"}


def fields(answer: httpx.Response) -> set[str]:
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    return {fault["field"] for fault in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": ""}, "url"),
        ({"url": None}, "url"),
        ({"url": "example.com"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "https://u:p@example.com/"}, "url"),
        ({"url": "https://e.example/", "urls": []}, "urls"),
        ({"url": "https://e.example/", "explain": "yes"}, "explain"),
        ({"url": "https://e.example/", "title": 1}, "title"),
        ({"url": "https://e.example/", "formats": []}, "formats"),
        ({"url": "https://e.example/", "formats": ["text", "pdf"]}, "formats[1]"),
        ({"url": "https://e.example/", "formats": ["pdf"]}, "formats[0]"),
        ({"url": "https://e.example/", "formats": "text"}, "formats"),
        ({"url": "https://e.example/", "timeout": 0}, "timeout"),
        ({"url": "https://e.example/", "max_age": -1}, "max_age"),
        ({"url": "https://e.example/", "max_age": 1e300}, "max_age"),
        ({"url": "https://e.example/", "include": ["x" * 501]}, "include[0]"),
        ({"url": "https://e.example/", "exclude": ["p"] * 51}, "exclude"),
        ({"url": "https://e.example/", "include": ["p", ":has(:has(p))"]}, "include[1]"),
        ({"url": "https://e.example/", "exclude": ["* " * 32 + "*"]}, "exclude[0]"),
        ({"url": "https://e.example/", "headers": {"Host": "x"}}, "headers"),
        ({"url": "https://e.example/", "headers": {"Cookie": 1}}, "headers.Cookie"),
        ([], "body"),
        ("https://e.example/", "body"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(shared_api: httpx.Client, body: Any, field: str) -> None:
    assert fields(shared_api.post("/v1/jobs", json=body)) == {field}


def test_an_unknown_field_is_named_and_not_ignored(shared_api: httpx.Client) -> None:
    answer = shared_api.post("/v1/jobs", json={"url": "https://e.example/", "fromats": ["text"]})
    assert fields(answer) == {"fromats"}
    assert "fromats: There is no such field." in answer.json()["detail"]


def test_headers_for_the_site_are_no_field_of_clean(shared_api: httpx.Client) -> None:
    assert fields(shared_api.post("/v1/clean", json={"html": "", "headers": {}})) == {"headers"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"url": "\\ud800"}', b"[" * 100_000, b"{}{}"])
def test_what_is_no_json_is_a_400(shared_api: httpx.Client, body: bytes) -> None:
    answer = shared_api.post("/v1/jobs", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "text/plain"},
        {**JSON, "Content-Encoding": "gzip"},
    ],
)
def test_what_is_not_sent_as_plain_json_is_a_415(shared_api: httpx.Client, headers: dict[str, str]) -> None:
    answer = shared_api.post("/v1/jobs", content=b'{"url":"https://e.example/"}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "not_json")


def test_json_by_another_name_is_json(shared_api: httpx.Client) -> None:
    for kind in ("application/json; charset=utf-8", "application/vnd.x+json", "Application/JSON"):
        answer = shared_api.post(
            "/v1/jobs", content=b'{"url":"https://e.example/"}', headers={"Content-Type": kind}
        )
        assert answer.status_code == 202


def test_a_body_over_the_limit_is_a_413_by_its_length_and_while_it_is_read(redis_url: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(4):
            yield b" " * 1024

    with serving(redis_url, max_request_bytes=2048) as api:
        for content in (b" " * 2049, chunks()):
            answer = api.post("/v1/jobs", content=content, headers=JSON)
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
            assert "2048" in answer.json()["detail"]
        assert api.post("/v1/jobs", content=b'{"url":"https://e.example/"}', headers=JSON).status_code == 202


def test_a_sender_that_reads_no_answer_before_all_is_sent_still_gets_its_413(redis_url: str) -> None:
    with serving(redis_url, max_request_bytes=2048) as api:
        line = http.client.HTTPConnection(api.base_url.host, api.base_url.port, timeout=60)
        line.request("POST", "/v1/clean", b" " * 12_000_000, JSON)
        assert line.getresponse().status == 413
        line.close()


def test_more_large_bodies_at_once_than_memory_is_for_are_a_503_and_small_ones_pass(redis_url: str) -> None:
    head = b"POST /v1/clean HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with (
        serving(redis_url, max_request_bytes=500_000, max_arriving_bytes=1_000_000) as api,
        contextlib.ExitStack() as lines,
    ):
        large = b'{"html": "%s"}' % (b"x" * 200_000)
        while (answer := api.post("/v1/clean", content=large, headers=JSON)).status_code == 202:
            # one more each time: one that comes in beside the large one may find no room itself
            line = lines.enter_context(socket.create_connection((api.base_url.host, api.base_url.port or 0)))
            with contextlib.suppress(ConnectionError):
                line.sendall(head + b"Content-Length: 300000\r\n\r\n" + b" " * 299_999)
        assert (answer.status_code, answer.json()["code"]) == (503, "too_busy")
        assert api.post("/v1/clean", json={"html": "<p>"}).status_code == 202
        lines.close()
        while api.post("/v1/clean", content=large, headers=JSON).status_code != 202:
            time.sleep(0.01)  # until it has seen that they left


def test_a_head_without_an_end_is_refused_before_it_fills_the_memory(shared_api: httpx.Client) -> None:
    with socket.create_connection((shared_api.base_url.host, shared_api.base_url.port or 0), 10) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                line.sendall(b"x" * 10_000)
                time.sleep(0.001)
            pytest.fail("it takes ten megabytes of headers")
    assert shared_api.get("/healthz").status_code == 200


def test_a_client_that_leaves_in_mid_body_harms_nobody(shared_api: httpx.Client) -> None:
    host, port = shared_api.base_url.host, shared_api.base_url.port or 0
    with socket.create_connection((host, port)) as line:
        line.sendall(
            b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
    assert shared_api.get("/healthz").status_code == 200


def test_a_length_over_the_limit_is_refused_before_the_body_comes(shared_api: httpx.Client) -> None:
    address = (shared_api.base_url.host, shared_api.base_url.port or 0)
    with socket.create_connection(address, timeout=bodies.BODY_TIMEOUT + 10) as line:
        line.sendall(
            b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999\r\n\r\n"
        )
        assert line.recv(12) == b"HTTP/1.1 413"


def test_several_faults_are_one_sentence(shared_api: httpx.Client) -> None:
    answer = shared_api.post("/v1/jobs", json={"url": "ftp://x/", "formats": [], "max_age": -1})
    detail = answer.json()["detail"]
    assert detail.startswith("formats: At least 1 must be given; max_age: ")
    assert detail.endswith(".")
    assert ".;" not in detail
