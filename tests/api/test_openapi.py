"""/openapi.json says what is so, and its examples work."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from api.problems import KINDS
from api.schema import BatchBody, CleanBody, JobBody, PageOptions
from api.shapes import FAILURES
from worker import errors
from worker.jobs.options import FORMATS, Options

if TYPE_CHECKING:
    import httpx


@pytest.fixture(scope="module")
def document(shared_api: httpx.Client) -> dict[str, Any]:
    """The document as it is served."""
    found: dict[str, Any] = shared_api.get("/openapi.json").json()
    return found


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {str(node["$ref"])} if "$ref" in node else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


def test_every_endpoint_is_documented(document: dict[str, Any]) -> None:
    assert {f"{method} {path}" for path, methods in document["paths"].items() for method in methods} == {
        "post /v1/jobs",
        "get /v1/jobs/{job_id}",
        "delete /v1/jobs/{job_id}",
        "get /v1/jobs/{job_id}/text",
        "get /v1/jobs/{job_id}/markdown",
        "get /v1/jobs/{job_id}/html",
        "get /v1/jobs/{job_id}/removed",
        "post /v1/clean",
        "post /v1/batches",
        "get /v1/batches/{batch_id}",
        "get /v1/batches/{batch_id}/results",
        "get /healthz",
        "get /readyz",
    }


def test_every_header_that_is_heeded_is_documented(document: dict[str, Any]) -> None:
    paths = document["paths"]
    heeded = {
        "post /v1/jobs": {"Prefer", "Idempotency-Key"},
        "post /v1/clean": {"Prefer", "Idempotency-Key"},
        "post /v1/batches": {"Idempotency-Key"},
        "get /v1/jobs/{job_id}": {"Prefer", "If-None-Match"},
        **{f"get /v1/jobs/{{job_id}}/{name}": {"Prefer"} for name in (*FORMATS, "removed")},
    }
    for known, names in heeded.items():
        method, path = known.split()
        given = paths[path][method]["parameters"]
        assert {parameter["name"] for parameter in given if parameter["in"] == "header"} == names


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= schemas


def test_the_examples_work_as_they_stand(document: dict[str, Any], shared_api: httpx.Client) -> None:
    posts = [(path, methods["post"]) for path, methods in document["paths"].items() if "post" in methods]
    assert len(posts) == 3
    for path, operation in posts:
        example = operation["requestBody"]["content"]["application/json"]["schema"]["example"]
        assert shared_api.post(path, json=example).status_code == 202


def test_no_foreign_validation_error_is_promised(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(document)
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                kinds = set(answer.get("content", {}))
                assert kinds == {"application/problem+json"} or int(status) < 400


def test_the_options_of_the_api_are_those_of_clean_with_the_same_defaults() -> None:
    own = {"max_age", "timeout"}
    names = {field.name for field in fields(Options)}
    assert set(PageOptions.model_fields) == names | own
    assert PageOptions().options() == Options()
    assert PageOptions().formats == FORMATS
    for body, more in (
        (JobBody, {"url", "headers", "robots"}),
        (BatchBody, {"urls", "headers", "robots"}),
        (CleanBody, {"url", "html"}),
    ):
        assert set(body.model_fields) == names | own | more


def test_every_option_reaches_the_job() -> None:
    given: dict[str, Any] = {
        "formats": ("html",),
        "explain": True,
        "include": ("main",),
        "exclude": (".x",),
        "title": True,
        "captions": True,
        "byline": True,
        "comments": True,
        "links": False,
        "images": True,
        "tables": False,
    }
    assert set(given) == {field.name for field in fields(Options)}
    body = JobBody(url="https://e.example/", max_age=5.0, timeout=6.0, headers={"Cookie": "a"}, **given)
    (job,) = body.requests()
    assert job.options == Options(**given)
    assert (job.max_age, job.timeout, dict(job.headers)) == (5.0, 6.0, {"cookie": "a"})
    (job,) = BatchBody(urls=("https://e.example/",), max_age=5.0, timeout=6.0, **given).requests()
    assert (job.options, job.max_age, job.timeout) == (Options(**given), 5.0, 6.0)


def test_docs_need_no_other_server_and_explain_every_code(shared_api: httpx.Client) -> None:
    answer = shared_api.get("/docs")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", answer.text)
    for code in KINDS:
        assert f'id="problem-{code}"' in answer.text


def test_docs_name_every_code_of_a_job_that_failed(shared_api: httpx.Client) -> None:
    assert set(FAILURES) == codes(errors.PageError) | {"queue_timeout", "worker_lost", "host_unavailable"}
    page = shared_api.get("/docs").text
    assert all(f"<code>{code}</code>" in page for code in FAILURES)


def codes(kind: type[errors.PageError]) -> set[str]:
    """Of the classes below which there are no others; HTTP statuses have no class of their own."""
    own = {kind.code} if "code" in vars(kind) and not kind.__subclasses__() else set()
    return own.union(*(codes(each) for each in kind.__subclasses__()))


@pytest.mark.parametrize("page", ["/", "/docs"])
def test_the_parts_of_the_pages_are_all_there(shared_api: httpx.Client, page: str) -> None:
    html = shared_api.get(page).text
    parts = re.findall(r'(?:src|href)="(static/[^"]+)"', html)
    assert len(parts) == 3
    for part in parts:
        assert shared_api.get(f"/{part}").status_code == 200
    assert not re.search(r"<script>|<style|\son[a-z]+=|style=", html)  # the policy would refuse them
