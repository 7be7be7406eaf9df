"""Whether a page that could not be returned is tried again, and when."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from worker.jobs.model import Again, Failed, Failure

if TYPE_CHECKING:
    from config.settings import Settings
    from worker.errors import PageError
    from worker.jobs.model import Claim

MOST_DOUBLED = 64  # times; more would be no float in the end


def decide(claim: Claim, error: PageError, left: float, settings: Settings) -> Again | Failed:
    """Try again if that may help and an attempt and time are left; `left` is in seconds to the deadline."""
    failure = Failure(error.code, error.message)
    if not error.retry or claim.tries >= settings.max_attempts:
        return Failed(claim, failure)
    pause = delay(claim.tries, error.retry_after, settings)
    return Again(claim, failure, pause) if pause < left else Failed(claim, failure)


def delay(attempt: int, retry_after: float | None, settings: Settings) -> float:
    """Seconds to wait after the `attempt`th failure (from 1): exponential, with full jitter.

    Full jitter spreads retries best (M. Brooker, "Exponential Backoff And Jitter", AWS, 2015). A site that
    named a time is not asked before it; the jitter comes on top, lest all its pages come back in one moment.
    """
    most = min(settings.retry_cap, settings.retry_base * 2 ** min(attempt - 1, MOST_DOUBLED))
    return (retry_after or 0.0) + random.uniform(0, most)  # noqa: S311  jitter is no secret
