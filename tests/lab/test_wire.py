"""The caller of the benchmarks."""

from __future__ import annotations

import asyncio

import pytest

from lab import replay, wire
from lab.sets import Sample


def sample(number: int) -> Sample:
    return Sample("made", str(number), None, f"<p>{'page ' * 40_000}{number}", None, (), (), None, "")


def test_answers_of_any_length_come_whole_and_in_turn_and_a_failure_is_an_error() -> None:
    async def talk() -> list[bytes]:
        server = await replay.listen(replay.build([sample(1), sample(2)]))
        async with server:
            line = await wire.dial(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            bodies = [(await wire.ask(line, wire.get(f"/made/{n}")))[1] for n in (1, 2, 1)]
            with pytest.raises(RuntimeError, match="404"):
                await wire.ask(line, wire.get("/nothing"))
            line.close()
        return bodies

    bodies = asyncio.run(talk())
    assert [body[-1:] for body in bodies] == [b"1", b"2", b"1"]
    assert {len(body) for body in bodies} == {len(sample(1).html)}


def test_a_line_that_breaks_is_an_error_and_not_a_wait_for_ever() -> None:
    async def talk() -> None:
        async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with server:
            line = await wire.dial(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            with pytest.raises(ConnectionError):
                await wire.ask(line, wire.get("/"))

    asyncio.run(talk())
