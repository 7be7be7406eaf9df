"""Nobody writes the log but Pith: no line, no escape sequence and no secret of a caller's gets into it."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import orjson
import pytest
import redis

if TYPE_CHECKING:
    from pathlib import Path

KEY, COOKIE = "a-key-of-the-operators-own", "session=c00kie"
FORGED = "%0a2026-11-23T00:00:00Z%20[error]%20forged%1b[31m%1b[2J%e2%80%ae%c2%85%e2%80%a8"
BARE = "%1b[31m%e2%80%ae"  # nor by a word without blanks, which the log does not put in quotes
EVENT = re.compile(r"\d{4}-\d\d-\d\dT\S+ \[(info|warning|error|debug) *\] ")


def asked(port: int, head: str, body: str = "") -> bytes:
    """The answer to one request, sent as it stands."""
    lines = f"{head}\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(f"{lines}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode())
        return line.makefile("rb").read()


def garbage_behind_requests(port: int) -> None:
    """Requests whose connection is ended by what follows them before they are answered."""
    ask = f"GET /v1/jobs/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()
    for asks in (1, 3):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
            line.sendall(ask * asks + b"\0\r\n\r\n")
            assert line.makefile("rb").read().startswith(b"HTTP/1.1 400 ")


def hostile(port: int, redis_url: str) -> None:
    """What tries to write the log."""
    garbage_behind_requests(port)
    as_json = "\r\nContent-Type: application/json"
    asked(port, f"POST /{FORGED} HTTP/1.1\r\nX-Request-Id: \x1b[31m\u202eforged")
    asked(port, f"DELETE /v1/jobs/{BARE} HTTP/1.1")
    asked(port, f"DELETE /v1/jobs/{FORGED} HTTP/1.1\r\nX-Request-Id: forged\u2028forged")
    asked(port, f"POST /v1/jobs HTTP/1.1\r\nIdempotency-Key: \x1b[31m{as_json}", '{"url": "\\u001b\\n"}')
    asks = {"url": "https://example.com/\u202e\n?t0ken", "headers": {"Cookie": COOKIE}}
    body = orjson.dumps(asks).decode()
    made = asked(port, f"POST /v1/jobs HTTP/1.1{as_json}", body)
    job = orjson.loads(made.partition(b"\r\n\r\n")[2])["id"]
    with redis.Redis.from_url(redis_url) as client:  # a fault of ours: what is stored cannot be read
        client.hset(f"pith:job:{job}", mapping={"status": "done", "page": "x", "request": f"{KEY}\n\x1b[31m"})
    broken = asked(port, f"GET /v1/jobs/{job} HTTP/1.1\r\nCookie: {COOKIE}")
    assert broken.startswith(b"HTTP/1.1 500 ")
    assert b"Traceback" not in broken
    assert b".py" not in broken
    assert orjson.loads(broken.partition(b"\r\n\r\n")[2])["code"] == "internal_error"


def words(program: subprocess.Popen[str], redis_url: str) -> str:
    """All that the API says while it is asked, until it has ended."""
    assert program.stderr is not None
    try:
        said = program.stderr.readline() + program.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", said)
        assert found, said
        hostile(int(found[1]), redis_url)
    finally:
        program.terminate()
    return said + program.stderr.read()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_hostile_requests_write_no_line_of_their_own(redis_url: str, tmp_path: Path, log_format: str) -> None:
    settings = {"PITH_API_KEYS": KEY, "PITH_LOG_FORMAT": log_format, "PITH_LOG_LEVEL": "DEBUG"}
    with subprocess.Popen(
        [sys.executable, "-m", "api", "--port", "0", "--data", str(tmp_path)],
        env={"REDIS_URL": redis_url, **settings},
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as program:
        lines = words(program, redis_url).rstrip("\n").split("\n")
    assert sum("request failed" in line for line in lines) == 1
    assert not [line for line in lines if "handler is closed" in line]
    assert any("forged" in line for line in lines)
    for line in lines:
        assert line.isprintable(), line
        assert EVENT.match(line) or line.startswith(("  | ", "{")), line
    assert not [line for line in lines if KEY in line or COOKIE in line or "t0ken" in line]
