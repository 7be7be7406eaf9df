"""What every answer carries, whatever went wrong, and that no browser runs any of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from config.settings import Settings, SettingsError, load
from tests.serving import done, serving, work

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

AS_JSON = {"Content-Type": "application/json"}
JOB = {"url": "https://e.example/"}
TRACES = re.compile(r"Traceback|\.py\b|line \d+, in |site-packages|<class |object at 0x")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)><p>Text</p>"


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("GET", "/v1/jobs/%2e%2e%2f%2e%2e%2fetc%2fpasswd", {}, 404),
        ("PATCH", "/v1/jobs", {}, 405),
        ("OPTIONS", "/v1/jobs", {}, 405),
        ("POST", "/v1/jobs", {"content": b"{", "headers": AS_JSON}, 400),
        ("POST", "/v1/jobs", {"content": b"a" * 11_000_000, "headers": AS_JSON}, 413),
        ("POST", "/v1/jobs", {"content": b"x"}, 415),
        ("POST", "/v1/jobs", {"json": {"url": ["<script>"]}}, 422),
        ("POST", "/v1/jobs", {"json": {"url": "http://[::ffff:<script>]/"}}, 422),
        ("POST", "/v1/jobs", {"json": JOB, "headers": {"Host": "evil"}}, 421),
        ("POST", "/v1/jobs", {"json": JOB, "headers": {"Origin": "null"}}, 403),
        ("POST", "/v1/jobs", {"json": JOB, "headers": {"Idempotency-Key": "k" * 300}}, 400),
        ("GET", "/v1/batches/x/results?cursor=<script>", {}, 422),
        ("GET", "/readyz", {}, 503),
    ],
)
def test_no_refusal_tells_of_the_inside_and_all_are_safe_to_open(
    shared_api: httpx.Client, method: str, path: str, more: dict[str, object], status: int
) -> None:
    answer = shared_api.request(method, path, **more)  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert not TRACES.search(answer.text), answer.text
    safe(answer)
    assert answer.headers["cache-control"] == "no-store"


def safe(answer: httpx.Response) -> None:
    """No browser takes it for another type, runs it, frames it, or tells where it came from."""
    headers = answer.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "server" not in headers
    assert not [name for name in headers if name.startswith("access-control-")]


@pytest.fixture
def results(redis_url: str) -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    """A done job whose page is as bad as can be, and its links."""
    with serving(redis_url) as api:
        job = api.post("/v1/jobs", json=JOB).json()
        worst = dict.fromkeys(("text", "markdown", "html", "title"), HOSTILE)
        work(Settings(redis_url=redis_url), lambda claim: done(claim, **worst))
        yield api, job["links"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("self", "application/json"),
        ("text", "text/plain; charset=utf-8"),
        ("markdown", "text/markdown; charset=utf-8"),
        ("html", "text/html; charset=utf-8"),
        ("removed", "application/json"),
    ],
)
def test_a_result_is_served_so_that_nothing_of_it_runs(
    results: tuple[httpx.Client, dict[str, str]], name: str, kind: str
) -> None:
    api, links = results
    answer = api.get(links[name], headers={"Origin": "https://evil.example", "Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    safe(answer)
    if kind.startswith("text/"):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox;")  # no scripts, no forms, an origin of its own
        assert "allow-" not in policy
        assert "script-src" not in policy


@pytest.mark.parametrize("path", ["/", "/docs", "/static/home.js", "/openapi.json", "/healthz"])
def test_our_own_pages_run_only_what_is_ours(shared_api: httpx.Client, path: str) -> None:
    safe(shared_api.get(path))


def test_another_origin_is_told_nothing_unless_it_is_listed(redis_url: str) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    with serving(redis_url, allowed_origins=("https://app.example",)) as api:
        for origin in (
            "https://evil.example",
            "null",
            "https://app.example.evil.example",
            "http://app.example",
        ):
            answer = api.options("/v1/jobs", headers={"Origin": origin, **asks})
            assert "access-control-allow-origin" not in answer.headers
        answer = api.options("/v1/jobs", headers={"Origin": "https://app.example", **asks})
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origins", ["*", "null", "https://*", "app.example", "https://a.example/path"])
def test_what_is_no_origin_cannot_be_listed(origins: str) -> None:
    with pytest.raises(SettingsError, match="PITH_ALLOWED_ORIGINS"):
        load({"PITH_ALLOWED_ORIGINS": origins})


@pytest.mark.parametrize("given", ["a b", "x" * 65, "a;b", "<script>", '"', "é", ""])
def test_a_request_id_that_is_no_plain_word_is_replaced(shared_api: httpx.Client, given: str) -> None:
    answer = shared_api.get("/nothing", headers={b"X-Request-Id": given.encode()})
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
