"""Requests that a proxy before us could read in another way, and what is a body and not a next request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.test_connections import line_to, rest

if TYPE_CHECKING:
    import httpx

POST = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
JOB = b'{"url": "https://site.example/"}'
LENGTH = b"Content-Length: %d\r\n" % len(JOB)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(JOB), JOB)
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: smuggled\r\nConnection: close\r\n\r\n"
LAST = SMUGGLED.replace(b"smuggled", b"last")


def asked(api: httpx.Client, sent: bytes) -> bytes:
    """All that is answered, with one more request behind that closes the connection."""
    with line_to(api) as line:
        line.sendall(sent + LAST)
        return rest(line)


@pytest.mark.parametrize(
    "sent",
    [
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + CHUNKED + LENGTH + b"\r\n" + CHUNKS,
        POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
        POST + LENGTH + LENGTH + b"\r\n" + JOB,
        POST + b"Content-Length: 32, 32\r\n\r\n" + JOB,
        POST + b"Content-Length: +4\r\n\r\n",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: 0x4\r\n\r\n",
        POST + b"Content-Length: 3 2\r\n\r\n",
        POST + b"Content-Length: 18446744073709551648\r\n\r\n" + JOB,
        POST + b"Content-Length : 4\r\n\r\n",
        POST + b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKS,
        POST + b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKS,
        POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + CHUNKS,
        POST + b'Transfer-Encoding: "chunked"\r\n\r\n' + CHUNKS,
        POST + b"Transfer-Encoding: ,chunked\r\n\r\n" + CHUNKS,
        POST + b"Transfer-Encoding: identity, chunked\r\n\r\n" + CHUNKS,
        POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKS,
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKS,
        POST + b"Transfer-Encoding: identity\r\n" + CHUNKED + b"\r\n" + CHUNKS,
        POST + CHUNKED + CHUNKED + b"\r\n" + CHUNKS,
        POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + CHUNKS,
        POST + CHUNKED + b"\r\n-1\r\n",
        POST + CHUNKED + b"\r\n0x20\r\n" + JOB + b"\r\n0\r\n\r\n",
        POST + CHUNKED + b"\r\n10000000000000020\r\n" + JOB + b"\r\n0\r\n\r\n",
        POST + CHUNKED + b"\r\n20;a\n" + JOB + b"\r\n0\r\n\r\n",
        POST + CHUNKED + b"\r\n" + CHUNKS.replace(b"\r\n", b"\n"),
        POST + CHUNKED + b"\r\n20\r\n" + JOB + b"XX0\r\n\r\n",
        (POST + LENGTH + b"\r\n").replace(b"\r\n", b"\n") + JOB,
        POST + b"X: a\n" + LENGTH + b"\r\n" + JOB,
        POST + b"X: a\rContent-Length: 3\r\n" + LENGTH + b"\r\n" + JOB,
        POST + b"X: a\r\n " + LENGTH + b"\r\n" + JOB,
        POST + b"X: a\x00b\r\n" + LENGTH + b"\r\n" + JOB,
        POST + b"X\x00: a\r\n" + LENGTH + b"\r\n" + JOB,
        POST + b"X: a\r\n b: c\x00\r\n\r\n",
        POST.replace(b" /v1", b" http://evil.example/v1") + LENGTH + b"\r\n" + JOB,
        b"GET http://localhost@evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET /\x1b[31m HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_a_request_that_two_servers_could_read_in_two_ways_is_a_400_and_ends_the_connection(
    shared_api: httpx.Client, sent: bytes
) -> None:
    answers = asked(shared_api, sent)
    assert answers.startswith(b"HTTP/1.1 400 ")
    assert answers.count(b"HTTP/1.1 ") == 1
    assert b"Traceback" not in answers


@pytest.mark.parametrize(
    "sent",
    [
        POST + b"Transfer-Encoding:\tcHuNkEd\r\n\r\n" + CHUNKS,
        POST + CHUNKED + b"\r\n20;" + b"a" * 10_000_000 + CHUNKS[2:],
        POST + CHUNKED + b"\r\n" + b"0" * 100 + CHUNKS,
        POST + CHUNKED + b"\r\n" + CHUNKS[:-2] + b"X: y\r\n" * 100_000 + b"\r\n",
        POST.replace(b" /v1", b" http://LOCALHOST/v1") + LENGTH + b"\r\n" + JOB,
        b"\r\n\n" + POST + LENGTH + b"\r\n" + JOB,
    ],
)
def test_what_can_be_read_in_one_way_only_is_one_request(shared_api: httpx.Client, sent: bytes) -> None:
    answers = asked(shared_api, sent)
    assert answers.startswith(b"HTTP/1.1 202 ")
    assert answers.count(b"HTTP/1.1 ") == 2
    assert b"x-request-id: last" in answers


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"DELETE", b"OPTIONS"])
@pytest.mark.parametrize("path", [b"/healthz", b"/v1/jobs/x", b"/nothing"])
def test_a_body_that_nobody_asked_for_is_no_request(
    shared_api: httpx.Client, method: bytes, path: bytes
) -> None:
    head = b"%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
    answers = asked(shared_api, head % (method, path, len(SMUGGLED)) + SMUGGLED)
    assert answers.count(b"HTTP/1.1 ") == 2
    assert b"smuggled" not in answers


@pytest.mark.parametrize("other", [b"h2c", b"websocket", b"TLS/1.0"])
@pytest.mark.parametrize(("body", "status"), [(JOB, b"202"), (SMUGGLED, b"400")])
def test_what_follows_a_wish_for_another_protocol_is_the_body_still(
    shared_api: httpx.Client, other: bytes, body: bytes, status: bytes
) -> None:
    """Also where it comes later than the head, as we ask for it."""
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: %s\r\n" % other
    head = POST + wish + b"Content-Length: %d\r\n" % len(body)
    answers = asked(shared_api, head + b"\r\n" + body)
    with line_to(shared_api) as line:
        line.sendall(head + b"Expect: 100-continue\r\n\r\n")
        assert line.recv(12) == b"HTTP/1.1 100"
        line.sendall(body + LAST)
        later = rest(line)
    for said in (answers, later):
        assert b"HTTP/1.1 %s " % status in said
        assert b"x-request-id: last" in said
        assert b"smuggled" not in said


def test_any_number_of_such_wishes_at_once_is_answered_one_by_one(shared_api: httpx.Client) -> None:
    wish = b"GET / HTTP/1.1\r\nConnection:upgrade\r\nUpgrade:h\r\n\r\n"  # without a Host, so that more fit
    assert asked(shared_api, wish * 1300).count(b"HTTP/1.1 421 ") == 1300


def test_a_trailer_is_no_header(shared_api: httpx.Client) -> None:
    trailers = b"X-Request-Id: trailer\r\nHost: evil.example\r\nOrigin: https://evil.example\r\n\r\n"
    answers = asked(shared_api, POST + CHUNKED + b"\r\n" + CHUNKS[:-2] + trailers)
    assert answers.startswith(b"HTTP/1.1 202 ")
    assert b"trailer" not in answers
