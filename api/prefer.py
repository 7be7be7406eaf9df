"""The Prefer header (RFC 7240), as far as `wait` goes."""

from __future__ import annotations

import re

WAIT = re.compile(r'(?:^|,)\s*wait\s*=\s*"?(\d+)"?\s*(?=;|,|$)', re.IGNORECASE)


def wait_seconds(prefer: str | None, limit: float) -> float | None:
    """How long the caller is ready to wait, in seconds and at most `limit`; None when they did not say.

    A preference that cannot be read is ignored, as the RFC asks.
    """
    match = WAIT.search(prefer or "")
    return min(float(match[1]), limit) if match else None


def applied(seconds: float | None) -> dict[str, str]:
    """The answer's header: what was honoured."""
    return {} if seconds is None else {"Preference-Applied": f"wait={seconds:g}"}
