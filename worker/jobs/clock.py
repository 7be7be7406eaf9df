"""Times as the scripts take them."""

from __future__ import annotations


def milliseconds(seconds: float) -> int:
    """Whole milliseconds of `seconds`."""
    return round(seconds * 1000)
