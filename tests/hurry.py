"""An event loop whose clock can jump to what comes next instead of waiting for it.

So 5 seconds of patience take a test none, and are 5 seconds exactly however busy the machine is. Only for
times in which nobody has anything to say: an answer that was on its way would come too late.
"""

from __future__ import annotations

import asyncio
import selectors
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from selectors import SelectorKey

MOMENT = 0.02  # s of real time in which the kernel may say that something is ready


class _Selector(selectors.DefaultSelector):
    now: float | None = None  # the loop's time while it jumps

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if self.now is None or timeout is None:
            return super().select(timeout)
        ready = super().select(min(timeout, MOMENT))
        if not ready:
            self.now += timeout
        return ready


class HurriedLoop(asyncio.SelectorEventLoop):
    """An ordinary loop but within `hurried`."""

    def __init__(self) -> None:
        self._jumping = _Selector()
        self._ahead = 0.0  # s, of everybody else's clock
        super().__init__(self._jumping)

    def time(self) -> float:
        return super().time() + self._ahead if self._jumping.now is None else self._jumping.now

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Nothing is waited for."""
        self._jumping.now = self.time()
        try:
            yield
        finally:
            self._ahead = self._jumping.now - super().time()
            self._jumping.now = None
