"""Whoever is slow, silent or malformed at the door shuts nobody out."""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from api import bodies, listen, outgoing, reception
from config.settings import Settings
from tests.serving import done, serving, work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HALF = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nX-Half: "
ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
CLOSE = b"Connection: close\r\n\r\n"
FILES = 256  # that the API may have open
PATIENCE = 60.0  # s; a machine that does other things too


def line_to(api: httpx.Client) -> socket.socket:
    return socket.create_connection((api.base_url.host, api.base_url.port or 0), timeout=PATIENCE)


def rest(line: socket.socket) -> bytes:
    """All that comes until the server closes."""
    found = b""
    try:
        while more := line.recv(65536):
            found += more
    except ConnectionError:
        pass
    return found


@pytest.fixture
def cramped(redis_url: str, tmp_path: Path) -> Iterator[httpx.Client]:
    """An API in a process of its own, with few open files."""
    api = [sys.executable, "-m", "api", "--port", "0"]
    with subprocess.Popen(
        ["sh", "-c", f'ulimit -n {FILES} && exec "$0" "$@"', *api, "--data", str(tmp_path)],
        env={"REDIS_URL": redis_url},
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stderr is not None
        try:
            url = program.stderr.readline().split("url=")[1].strip()
            with httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE) as client:
                yield client
        finally:
            program.terminate()


@pytest.mark.parametrize("sent", [b"", HALF, ASK], ids=["silent", "half a head", "idle after an answer"])
def test_more_idle_connections_than_the_api_may_have_shut_nobody_out(
    cramped: httpx.Client, sent: bytes
) -> None:
    with ExitStack() as lines:
        for _ in range(2 * FILES):
            line = lines.enter_context(line_to(cramped))
            line.sendall(sent)
            if sent == ASK:
                assert line.recv(12) == b"HTTP/1.1 200"
        for _ in range(3):
            assert httpx.get(f"{cramped.base_url}/healthz", trust_env=False).status_code == 200
            posted = httpx.post(
                f"{cramped.base_url}/v1/jobs", json={"url": "https://e.example/"}, trust_env=False
            )
            assert posted.status_code == 202


def test_a_request_under_way_is_not_what_makes_room(cramped: httpx.Client) -> None:
    job = cramped.post("/v1/jobs", json={"url": "https://e.example/"}).json()
    with ExitStack() as lines:
        waits = lines.enter_context(line_to(cramped))
        ask = ASK.replace(b"/healthz", job["links"]["self"].encode())
        waits.sendall(ask.replace(b"\r\n\r\n", b"\r\nPrefer: wait=2\r\nConnection: close\r\n\r\n"))
        for _ in range(2 * FILES):
            lines.enter_context(line_to(cramped))
        assert rest(waits).startswith(b"HTTP/1.1 200 ")


def test_a_head_that_drips_is_let_go(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception, "HEAD_TIME", 0.5)
    with serving(redis_url) as api, line_to(api) as line:
        line.sendall(HALF)
        with suppress(ConnectionError):  # a server that takes it all would let the test time out
            while True:
                line.sendall(b"x")
                time.sleep(0.05)
        assert api.get("/healthz").status_code == 200


def test_a_head_without_end_is_refused(shared_api: httpx.Client) -> None:
    with line_to(shared_api) as line:
        line.sendall(HALF + b"x" * reception.LONGEST_HEAD)  # all is read before it is refused
        assert rest(line).startswith(b"HTTP/1.1 400 ")


def test_a_body_that_drips_is_a_408(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_TIMEOUT", 0.5)
    with serving(redis_url) as api, line_to(api) as line:
        line.sendall(b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
        line.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
        line.settimeout(0.05)
        answer = b""
        while not answer:
            line.sendall(b"1\r\n \r\n")
            assert api.get("/healthz").status_code == 200
            try:
                answer = line.recv(15)
            except TimeoutError:
                continue
        assert answer == b"HTTP/1.1 408 Re"


def test_what_begins_no_request_does_not_keep_a_connection(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "HEAD_TIME", 0.5)
    with serving(redis_url) as api, line_to(api) as line:
        line.sendall(ASK)
        assert line.recv(12) == b"HTTP/1.1 200"
        line.sendall(b"\r\n")  # blank lines before a request line are passed over (RFC 9112, 2.2)
        assert rest(line).endswith(b"}")  # to its end: it was closed


def test_requests_sent_all_at_once_are_answered_in_order(shared_api: httpx.Client) -> None:
    asks = [ASK.replace(b"\r\n\r\n", b"\r\nX-Request-Id: n%d\r\n\r\n" % n) for n in range(200)]
    asks.append(ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    with line_to(shared_api) as line:
        line.sendall(b"".join(asks))
        answers = rest(line)
    ids = [part.split(b"\r\n")[0] for part in answers.split(b"x-request-id: ")[1:]]
    assert ids[:-1] == [b"n%d" % n for n in range(200)]


def test_requests_that_arrive_in_pieces_of_any_length_are_all_answered(shared_api: httpx.Client) -> None:
    """However many come at once, and wherever one is cut: a head is measured from where it begins."""
    ask = ASK.replace(b"\r\n\r\n", b"\r\nX-Long: %s\r\n\r\n" % (b"x" * 7000))
    last = ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with line_to(shared_api) as line:
        line.sendall(ask * 150 + last)
        assert rest(line).count(b"HTTP/1.1 200 OK") == 151


def test_of_very_many_requests_at_once_few_are_read_before_they_are_answered(redis_url: str) -> None:
    most = reception.MOST_PIPELINED + reception.PIECE // len(ASK) + 1
    last = ASK.replace(b"\r\n\r\n", b"\r\n" + CLOSE)
    answers, waited = b"", 0
    with serving(redis_url) as api, line_to(api) as line:
        line.sendall(ASK * 3000 + last)
        while more := line.recv(4096):
            answers += more
            receptions = (found for found in gc.get_objects() if type(found) is reception.Reception)
            waited = max(waited, *(len(found.pipeline) for found in receptions))
    assert answers.count(b"HTTP/1.1 200 OK") == 3001
    assert 0 < waited <= most


def test_a_head_without_end_behind_another_request_is_refused(shared_api: httpx.Client) -> None:
    with line_to(shared_api) as line:
        line.sendall(ASK + HALF)
        with suppress(ConnectionError):  # a server that takes it all would let the test time out
            while True:
                line.sendall(b"x" * 4096)
    assert shared_api.get("/healthz").status_code == 200


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has it")
def test_an_answer_that_nobody_takes_is_dropped_by_the_kernel() -> None:
    with listen.bound("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            unread = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert unread == 1000 * listen.UNREAD_TIME


LARGE = 12_000_000  # bytes; more than the kernel keeps of an answer that nobody takes


@contextmanager
def two_unread(redis_url: str) -> Iterator[tuple[httpx.Client, str, list[socket.socket]]]:
    """An API with room for two large answers, the job that both are of, and those who asked for them."""
    with serving(redis_url, max_leaving_bytes=2 * LARGE + 1_000_000) as api, ExitStack() as lines:
        job = api.post("/v1/jobs", json={"url": "https://site.example/"}).json()["id"]
        work(Settings(redis_url=redis_url), lambda claim: done(claim, text="x" * LARGE))
        both = [lines.enter_context(line_to(api)) for _ in range(2)]
        for line in both:
            line.sendall(ASK.replace(b"/healthz", f"/v1/jobs/{job}/text".encode())[:-2] + CLOSE)
            assert line.recv(12) == b"HTTP/1.1 200"
        yield api, job, both


def test_large_answers_that_nobody_takes_leave_room_for_the_others(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And once they are gone, large ones go again."""
    monkeypatch.setattr(outgoing, "TIME_ENOUGH", 600)
    with two_unread(redis_url) as (api, job, lines):
        refused = api.get(f"/v1/jobs/{job}/text")
        assert (refused.status_code, refused.json()["code"]) == (503, "too_busy")
        assert api.get(f"/v1/jobs/{job}/html").status_code == 200
        for line in lines:
            line.close()
        while (again := api.get(f"/v1/jobs/{job}/text")).status_code == 503:
            time.sleep(0.05)
        assert again.text == "x" * LARGE


def test_a_large_answer_that_nobody_takes_is_ended_for_the_next(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "TIME_ENOUGH", 0.0)
    with two_unread(redis_url) as (api, job, lines):
        answer = api.get(f"/v1/jobs/{job}/text")
        assert (answer.status_code, len(answer.text)) == (200, LARGE)
        assert sorted(len(rest(line)) > LARGE for line in lines) == [False, True]
