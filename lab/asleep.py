"""A cleaning that is a sleep of fixed length, for `python -m lab.sleeper`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worker.jobs.options import Options

TEXT = "The page that was fetched, had it been cleaned."


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands for a page that was cleaned."""

    def to_dict(self) -> dict[str, Any]:
        return {"page": {"text": TEXT, "verdict": "ok", "word_count": len(TEXT.split())}, "receipts": []}


def clean(
    body: bytes | str,  # noqa: ARG001
    *,
    url: str | None,  # noqa: ARG001
    charset: str | None,  # noqa: ARG001
    options: Options,  # noqa: ARG001
    seconds: float,
) -> Unread:
    """Sleep, as long as a page would have taken."""
    time.sleep(seconds)
    return Unread()
