from __future__ import annotations

from dataclasses import replace

import pytest

from config.settings import Settings
from worker.errors import FetchTimeout, HttpStatus, PageError, SiteBusy
from worker.jobs.model import Again, Claim, Failed
from worker.jobs.options import Options
from worker.runner.retries import decide, delay

SETTINGS = Settings(max_attempts=3, retry_base=1.0, retry_cap=5.0)


def claim(attempt: int) -> Claim:
    return Claim("id", "execution", "https://example.org/", Options(), {}, attempt, left=60.0)


@pytest.mark.parametrize(
    ("error", "attempt", "left", "outcome"),
    [
        (FetchTimeout(), 1, 60.0, Again),
        (FetchTimeout(), 2, 60.0, Again),
        (FetchTimeout(), 3, 60.0, Failed),
        (FetchTimeout(), 1, 0.0, Failed),
        (HttpStatus(404), 1, 60.0, Failed),
        (SiteBusy(429, retry_after=30.0), 1, 60.0, Again),
        (SiteBusy(429, retry_after=90.0), 1, 60.0, Failed),
    ],
    ids=["first", "second", "attempts-used-up", "no-time", "final", "named-time", "named-time-too-late"],
)
def test_what_may_pass_is_tried_again_while_attempts_and_time_are_left(
    error: PageError, attempt: int, left: float, outcome: type
) -> None:
    decided = decide(claim(attempt), error, left, SETTINGS)

    assert isinstance(decided, outcome)
    assert decided.failure.code == error.code


def test_pauses_grow_to_the_cap_and_are_spread() -> None:
    pauses = {attempt: [delay(attempt, None, SETTINGS) for _ in range(500)] for attempt in (1, 2, 3, 9)}

    assert [round(max(pauses[attempt])) for attempt in (1, 2, 3, 9)] == [1, 2, 4, 5]
    assert delay(10_000, None, SETTINGS) <= SETTINGS.retry_cap
    assert all(min(some) < max(some) / 10 for some in pauses.values())


def test_a_site_is_not_asked_before_the_time_that_it_named() -> None:
    assert min(delay(1, 20.0, SETTINGS) for _ in range(100)) >= 20.0


def test_attempts_that_were_lost_with_their_worker_are_not_the_pages() -> None:
    lost = replace(claim(3), lost=2)

    assert isinstance(decide(lost, FetchTimeout(), 60.0, SETTINGS), Again)
    assert isinstance(decide(replace(lost, attempt=5), FetchTimeout(), 60.0, SETTINGS), Failed)
