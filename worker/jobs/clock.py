"""Times as the scripts take them, and how the server's clock moves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis.exceptions import ResponseError

JUMP = 5000  # ms, as in lua/clock.lua
TOLD = "CLOCK "  # what an answer begins with that tells the server's time, because the two were at odds


def milliseconds(seconds: float) -> int:
    """Whole milliseconds of `seconds`."""
    return round(seconds * 1000)


class Witness:
    """How much time has passed for this process since the server last told its time: see lua/clock.lua."""

    def __init__(self) -> None:
        self._told: tuple[int, float] | None = None
        self._set_by = 0  # ms

    def hear(self, told: int) -> None:
        """The server's time now, in ms."""
        by = told - sum(self.felt) if self.felt else 0
        self._told = (told, time.monotonic())
        if abs(by) > JUMP:
            self._set_by += by

    def hear_of_odds(self, error: ResponseError) -> None:
        """The server's time from the answer of lua/clock.lua. Raises `error` when it is none of these."""
        if not str(error).startswith(TOLD):
            raise error
        self.hear(int(str(error).removeprefix(TOLD)))

    def set_by(self) -> int:
        """The seconds by which the server's clock was set since the last such look; mostly 0."""
        by, self._set_by = self._set_by, 0
        return round(by / 1000)

    @property
    def felt(self) -> tuple[int, int] | None:
        """The time that the server told last, and the ms since; None before the first."""
        return self._told and (self._told[0], milliseconds(time.monotonic() - self._told[1]))
