"""A body read off the wire up to its limits, Content-Encoding undone on the way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from worker.errors import TooLarge
from worker.fetch.decoding import decoder

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from worker.fetch.room import Share

RATIO_FROM: Final = 1024 * 1024  # decoded bytes; a smaller page may well be squeezed more than max_ratio


@dataclass(frozen=True, slots=True)
class Limits:
    wire: int  # bytes
    page: int  # bytes, Content-Encoding undone
    ratio: int  # page over wire, past RATIO_FROM


class Intake:
    """What has come so far; `share` counts it. `look` is called once, with the first `enough` bytes, or all
    there are.
    """

    def __init__(self, limits: Limits, look: Callable[[bytes], None], enough: int, share: Share) -> None:
        self._limits = limits
        self._look: Callable[[bytes], None] | None = look
        self._enough = enough
        self._share = share
        self._wire = 0
        self._page = bytearray()

    async def read(self, answer: httpx.Response) -> bytes:
        """Raises TooLarge, ProtocolFailed, UnsupportedType, and whatever `look` raises."""
        feed = decoder(answer.headers.get("content-encoding", ""), self._take)
        async for piece in answer.aiter_raw():
            self._wire += len(piece)
            if self._wire > self._limits.wire:
                raise TooLarge(f"The page has more than {self._limits.wire} bytes on the wire, the limit.")
            await self._share.wait()
            feed(piece)
            self._share.hold(len(self._page))
        self._show()
        return bytes(self._page)

    async def start(self, answer: httpx.Response) -> bytes:
        """As much as the limits allow; the rest is left. Raises ProtocolFailed."""
        with suppress(TooLarge):
            await self.read(answer)
        return bytes(self._page[: self._limits.page])

    def _take(self, piece: bytes) -> None:
        self._page += piece
        size = len(self._page)
        if size > self._limits.page:
            raise TooLarge(f"The page has more than {self._limits.page} bytes, the limit.")
        if size > RATIO_FROM and size > self._limits.ratio * self._wire:
            raise TooLarge(f"The page unpacks to more than {self._limits.ratio} times its size, the limit.")
        if size >= self._enough:
            self._show()

    def _show(self) -> None:
        if self._look:
            self._look(bytes(self._page[: self._enough]))
            self._look = None
