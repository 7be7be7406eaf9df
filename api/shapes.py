"""The answers' shapes, for /openapi.json only: what is sent is built in answers.py. A test compares them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Moment = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-22T09:30:00.000Z"])
]
JobStatus = Literal["queued", "running", "done", "failed", "cancelled"]


class Shape(BaseModel):
    """All fields are always there."""

    model_config = ConfigDict(extra="forbid")


class FieldFault(Shape):
    """One field of the request that cannot be used."""

    field: str
    message: str


FAILURES = (
    *("bad_redirect", "bad_selector", "blocked_address", "clean_failed", "clean_memory", "clean_timeout"),
    *("cleaner_lost", "connection_failed", "deadline_exceeded", "dns_failed", "dns_unavailable"),
    *("fetch_failed", "fetch_timeout", "host_unavailable", "invalid_url", "protocol_error", "queue_timeout"),
    *("robots_disallowed", "robots_unreachable", "tls_failed", "too_large", "too_many_redirects"),
    *("unsupported_type", "worker_lost"),
)


class ErrorAnswer(Shape):
    """Why a job has no page."""

    code: str = Field(
        examples=["http_404"],
        description="`http_404` and the like say how the site answered; the others are "
        + ", ".join(f"`{code}`" for code in FAILURES)
        + ".",
    )
    message: str


class ProblemAnswer(Shape):
    """RFC 9457 problem+json. `code` is stable; /docs lists the codes. What does not apply is left out."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    what_to_do: str
    request_id: str
    errors: list[FieldFault] | None = Field(None, description="Fields of the request that cannot be used.")
    error: ErrorAnswer | None = Field(None, description="Of job_failed: why the job has no page.")
    redis: bool | None = Field(None, description="Of /readyz: does Redis answer?")
    workers: int | None = Field(None, description="Of /readyz: how many workers beat.")


class WaitAnswer(Shape):
    """Why a queued job waits: its last attempt failed and is tried again, or its site has no turn yet."""

    code: str = Field(examples=["host_delay"])
    message: str


class Removed(Shape):
    """How much of one kind was taken out."""

    blocks: int
    words: int


class Receipt(Shape):
    """One thing that was taken out, and why."""

    kind: str = Field(examples=["consent"])
    rule: str = Field(examples=["selector:#cookie-law-info-bar"])
    where: str
    words: int
    text: str


class RemovedAnswer(Shape):
    """GET /v1/jobs/{id}/removed"""

    removed: dict[str, Removed]
    receipts: list[Receipt]


class LinkAnswer(Shape):
    """A link of the kept text."""

    url: str
    text: str


class PageAnswer(Shape):
    """The clean page. `text`, `markdown` and `html` are null unless `formats` named them."""

    url: str | None
    canonical_url: str | None
    http_status: int | None
    robots: Literal["obeyed", "off", "exempt"] | None = Field(
        None, description="What was done about the site's robots.txt; null for a page that came with its job."
    )
    title: str | None
    authors: list[str]
    published: str | None
    modified: str | None
    site: str | None
    language: str | None
    image: str | None
    text: str | None
    markdown: str | None
    html: str | None
    links: list[LinkAnswer]
    images: list[dict[str, str]]
    word_count: int
    kind: str = Field(
        examples=["article"],
        description="What kind of page it is: article, collection, documentation, forum, listing, product or "
        "service; unknown where that is not sure.",
    )
    verdict: str = Field(
        examples=["ok"],
        description="What was got: ok, thin, consent_wall, paywall, bot_wall, error_page or index_page; of a "
        "consent or bot wall the text is empty.",
    )
    confidence: float
    removed: dict[str, Removed]
    receipts: list[Receipt] | None = None


class JobAnswer(Shape):
    """A job. `page` is there when status is done, `error` when it is failed."""

    id: str
    url: str | None
    status: JobStatus
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    attempts: int
    not_before: Moment | None = Field(description="A queued job waits until then at least, if that is known.")
    waiting_for: WaitAnswer | None
    options: dict[str, Any]
    error: ErrorAnswer | None
    page: PageAnswer | None
    links: dict[str, str]


class CountsAnswer(Shape):
    """The jobs of a batch by status; the first five add up to `total`."""

    queued: int
    running: int
    done: int
    failed: int
    cancelled: int
    total: int


class BatchAnswer(Shape):
    """A batch. `rate` is jobs ended a second, `eta` the seconds until all have."""

    id: str
    status: Literal["queued", "running", "done"]
    created_at: Moment
    finished_at: Moment | None
    counts: CountsAnswer
    rate: float
    eta: float | None
    links: dict[str, str]


class AliveAnswer(Shape):
    """GET /healthz"""

    status: Literal["alive"]


class ReadyAnswer(Shape):
    """GET /readyz"""

    status: Literal["ready"]
    redis: bool
    workers: int
