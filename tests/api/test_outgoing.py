"""Who makes room when large answers have taken all there is. Without a network: callers take just so much."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from api import outgoing
from api.outgoing import LEAVE, PIECE, Outgoing

if TYPE_CHECKING:
    import pytest
    from starlette.types import Message, Receive, Scope, Send

LARGE = 64 * PIECE  # bytes


async def page(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    length = str(LARGE).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": b"x" * LARGE})


class Caller:
    """Takes `pieces` of an answer, and then nothing more until it is left."""

    def __init__(self, pieces: int) -> None:
        self.left = False
        self.status = 0
        self.rests = asyncio.Event()  # it takes nothing more, or has it all
        self._pieces = pieces
        self._moved = asyncio.Event()

    async def ask(self, way: Outgoing) -> None:
        extensions = {LEAVE: {"now": self.leave}}
        scope: dict[str, Any] = {
            "type": "http",
            "headers": [],
            "extensions": extensions,
            "state": {"request_id": "1"},
        }
        await way(scope, self._say_nothing, self._take)
        self.rests.set()

    def leave(self) -> None:
        self.left = True
        self._moved.set()

    async def _say_nothing(self) -> Message:
        return {"type": "http.disconnect"}

    async def _take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self._pieces -= 1
        if self._pieces < 0:
            self.rests.set()
            await self._moved.wait()


async def asked(callers: list[Caller]) -> list[tuple[int, bool]]:
    """What each is told, and whether it is left: one after the other, where there is room for two."""
    way = Outgoing(page, 2 * LARGE)
    asking = []
    for caller in callers:
        asking.append(asyncio.create_task(caller.ask(way)))
        await caller.rests.wait()
    found = [(caller.status, caller.left) for caller in callers]
    for caller in callers:
        caller.leave()
    await asyncio.gather(*asking)
    return found


def test_the_slowest_makes_room_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "TIME_ENOUGH", 0.0)
    found = asyncio.run(asked([Caller(30), Caller(2), Caller(10), Caller(1000)]))
    assert found == [(200, False), (200, True), (200, True), (200, False)]


def test_who_had_no_time_yet_keeps_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "TIME_ENOUGH", 600.0)
    found = asyncio.run(asked([Caller(30), Caller(2), Caller(1000)]))
    assert found == [(200, False), (200, False), (503, False)]
