"""What a caller may send, checked once at the door. Past it there are only typed values.

Unknown fields are named in the answer, not ignored; nothing is converted ("yes" is not true).
"""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from worker.jobs import selectors
from worker.jobs.headers import ALLOWED, check
from worker.jobs.model import JobRequest
from worker.jobs.options import Options
from worker.jobs.urls import normalise

DEFAULTS = Options()
FORMATS: tuple[Literal["text", "markdown", "html"], ...] = ("text", "markdown", "html")
OPTION_NAMES = tuple(field.name for field in fields(Options))
EXAMPLE_URL = "https://example.com/"

MOST_SELECTORS = 50
LONGEST_SELECTOR = 500  # characters
OLDEST = 1_000_000_000  # seconds, some 30 years: any page there is
MOST_URLS = 100_000  # where validating stops; PITH_BATCH_LIMIT is the limit that callers are told

Url = Annotated[str, AfterValidator(normalise)]
Selectors = Annotated[
    tuple[Annotated[str, Field(max_length=LONGEST_SELECTOR), AfterValidator(selectors.check)], ...],
    Field(max_length=MOST_SELECTORS),
]
Formats = Annotated[tuple[Literal["text", "markdown", "html"], ...], Field(min_length=1, max_length=3)]


class PageOptions(BaseModel):
    """The options of one page, flat beside its URL. Defaults are those of worker.jobs.options."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    formats: Formats = Field(FORMATS, description="What to render.")
    explain: bool = Field(DEFAULTS.explain, description="Put the receipts of removals inside the page.")
    include: Selectors = Field(DEFAULTS.include, description="CSS selectors: keep nothing outside these.")
    exclude: Selectors = Field(DEFAULTS.exclude, description="CSS selectors: keep nothing inside these.")
    title: bool = Field(DEFAULTS.title, description="Begin the text with the title.")
    captions: bool = Field(DEFAULTS.captions, description="Keep the captions of images.")
    byline: bool = Field(DEFAULTS.byline, description="Keep author and date lines in the text.")
    comments: bool = Field(DEFAULTS.comments, description="Keep readers' comments.")
    links: bool = Field(DEFAULTS.links, description="Keep the targets of links in Markdown and HTML.")
    images: bool = Field(DEFAULTS.images, description="Keep images in Markdown and HTML.")
    tables: bool = Field(DEFAULTS.tables, description="Keep tables.")
    max_age: float = Field(
        0.0, ge=0, le=OLDEST, description="A stored page this young may answer, in seconds."
    )
    timeout: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="Seconds for the job in all; lowers PITH_JOB_TIMEOUT."
    )

    def options(self) -> Options:
        """The part that `clean` reads."""
        return Options(**{name: getattr(self, name) for name in OPTION_NAMES})

    def request(self, url: str, **more: Any) -> JobRequest:
        """A job for one URL, already normalised."""
        return JobRequest(url, self.options(), max_age=self.max_age, timeout=self.timeout, **more)


class FetchOptions(PageOptions):
    """The options of a page that is fetched."""

    headers: Annotated[dict[str, str], AfterValidator(check)] = Field(
        {}, description=f"Request headers for the site: {', '.join(sorted(ALLOWED))}."
    )
    robots: Literal["obey", "off"] | None = Field(
        None, description='robots.txt of the site; "off" only where PITH_ROBOTS_OVERRIDE lets jobs say so.'
    )


class JobBody(FetchOptions):
    """POST /v1/jobs"""

    model_config = ConfigDict(json_schema_extra={"example": {"url": EXAMPLE_URL}})

    url: Url = Field(description="The page, http or https.")

    def requests(self) -> list[JobRequest]:
        """The one job."""
        return [self.request(self.url, headers=self.headers, robots=self.robots)]


class BatchBody(FetchOptions):
    """POST /v1/batches"""

    model_config = ConfigDict(json_schema_extra={"example": {"urls": [EXAMPLE_URL]}})

    urls: tuple[Url, ...] = Field(min_length=1, max_length=MOST_URLS, description="The pages, http or https.")

    def requests(self) -> list[JobRequest]:
        """One job a URL, in the same order. They share one set of options."""
        options, headers, robots = self.options(), self.headers, self.robots
        return [
            JobRequest(url, options, headers, self.max_age, self.timeout, robots=robots) for url in self.urls
        ]


class CleanBody(PageOptions):
    """POST /v1/clean"""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"html": "<article><p>What is to be kept.</p></article>", "url": EXAMPLE_URL}
        }
    )

    html: str = Field(description="The page itself. Nothing is fetched.")
    url: Url | None = Field(None, description="Where the page came from: makes its links whole.")

    def requests(self) -> list[JobRequest]:
        """The one job, its body in UTF-8 whatever its `<meta charset>` says."""
        return [self.request(self.url or "", body=self.html.encode())]
