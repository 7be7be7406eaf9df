"""The page for people, in a real browser, with a job named in its address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.browser import RUN_SCRIPTS, needs_chromium, shown
from tests.serving import PAGE, done, failed, serving, work
from worker.jobs.model import Again, Failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from config.settings import Settings
    from worker.jobs.model import Claim, Outcome

pytestmark = needs_chromium

TAGS = re.compile("<[^>]*>")
RESTING = Failure("host_asked", "The site asked to be left alone for a while.")


def read(redis_url: str, settings: Settings, folder: Path, outcome: Callable[[Claim], Outcome] | None) -> str:
    """The words on the page after a job came to this."""
    with serving(redis_url) as api:
        job = api.post("/v1/jobs", json={"url": "https://example.com/"}).json()["id"]
        if outcome:
            work(settings, outcome)
        return TAGS.sub(" ", shown(f"{api.base_url}#job={job}", folder, RUN_SCRIPTS))


def test_a_job_that_is_done_shows_its_title_its_text_and_how_much_went(
    redis_url: str, settings: Settings, tmp_path: Path
) -> None:
    words = read(redis_url, settings, tmp_path, done)
    assert str(PAGE["title"]) in words
    assert str(PAGE["text"]) in words
    assert "2 words · 3 words removed" in words


def test_a_verdict_is_said_in_words(redis_url: str, settings: Settings, tmp_path: Path) -> None:
    words = read(redis_url, settings, tmp_path, lambda claim: done(claim, verdict="bot_wall", text=""))
    assert "a check for robots instead of the page" in words
    assert "(nothing)" in words


def test_a_job_that_failed_says_why(redis_url: str, settings: Settings, tmp_path: Path) -> None:
    assert "HTTP status 404. (http_404)" in read(redis_url, settings, tmp_path, failed)


def test_a_job_that_nobody_has_taken_waits_for_a_worker(
    redis_url: str, settings: Settings, tmp_path: Path
) -> None:
    assert "Waiting for a worker" in read(redis_url, settings, tmp_path, None)


def test_a_job_that_waits_says_for_what_and_until_when(
    redis_url: str, settings: Settings, tmp_path: Path
) -> None:
    words = read(redis_url, settings, tmp_path, lambda claim: Again(claim, RESTING, 3600.0))
    assert re.search(r"Waiting \(until .* at least\): The site asked to be left alone", words)
