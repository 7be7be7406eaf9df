"""Processes whose wall clock can be set while they run, by libfaketime (Debian: faketime)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
needs_faketime = pytest.mark.skipif(LIBRARY is None, reason="no libfaketime (Debian: faketime) here")


@dataclass(frozen=True)
class Clock:
    """What the processes that run in `environment` believe is as far from the time as `set` said last."""

    file: Path

    def set(self, seconds: int) -> None:
        """Ahead of the time, or behind it."""
        following = self.file.with_suffix(".new")
        following.write_text(f"{seconds:+d}")
        following.replace(self.file)  # in one step: it is read at any moment

    @property
    def environment(self) -> dict[str, str]:
        self.set(0)
        return {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
