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

    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {"page": {"text": TEXT, "verdict": "ok", "word_count": len(TEXT.split())}, "receipts": []}


@dataclass(frozen=True, slots=True)
class Sleep:
    """In place of worker.clean.clean: sleeps as long as a page would have taken."""

    seconds: float

    def __call__(
        self,
        body: bytes | str,  # noqa: ARG002
        *,
        url: str | None,  # noqa: ARG002
        charset: str | None,  # noqa: ARG002
        options: Options,  # noqa: ARG002
    ) -> Unread:
        time.sleep(self.seconds)
        return Unread()
