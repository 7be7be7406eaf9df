"""Times as the scripts take them, and how the server's clock moves."""

from __future__ import annotations

import time

JUMP = 5000  # ms, as in lua/clock.lua


def milliseconds(seconds: float) -> int:
    """Whole milliseconds of `seconds`."""
    return round(seconds * 1000)


class Witness:
    """How much time has passed for this process since the server last told its time: see lua/clock.lua."""

    def __init__(self) -> None:
        self._told: tuple[int, float] | None = None

    def hear(self, told: int) -> int:
        """The server's time now, in ms. Returns the seconds by which its clock was set since; mostly 0."""
        by = told - sum(self.felt) if self.felt else 0
        self._told = (told, time.monotonic())
        return round(by / 1000) if abs(by) > JUMP else 0

    @property
    def felt(self) -> tuple[int, int] | None:
        """The time that the server told last, and the ms since; None before the first."""
        return self._told and (self._told[0], milliseconds(time.monotonic() - self._told[1]))
