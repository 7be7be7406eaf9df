"""Callers of the API that post one job at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from lab import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LINES = 32  # connections of those in a hurry
ENDED = ("done", "failed", "cancelled")


async def post(line: wire.Line, url: str) -> dict[str, Any]:
    """The job."""
    _, answer = await wire.ask(line, wire.post("/v1/jobs", orjson.dumps({"url": url})))
    job: dict[str, Any] = orjson.loads(answer)
    return job


async def slowly(api: str, urls: Sequence[str], pause: float) -> None:
    """One after the other, with pauses."""
    line = await wire.dial(api)
    for url in urls:
        await post(line, url)
        await asyncio.sleep(pause)
    line.close()


async def at_once(api: str, urls: Sequence[str], poll: float) -> None:
    """As fast as the API takes them on LINES connections. With `poll` each looks at its job every so many
    seconds until it has ended, and posts the next one then."""
    left = iter(urls)
    lines = [await wire.dial(api) for _ in range(LINES)]
    await asyncio.gather(*(_keep_posting(line, left, poll) for line in lines))
    for line in lines:
        line.close()


async def _keep_posting(line: wire.Line, left: Iterator[str], poll: float) -> None:
    for url in left:
        job = await post(line, url)
        while poll and job["status"] not in ENDED:
            await asyncio.sleep(poll)
            job = orjson.loads((await wire.ask(line, wire.get(f"/v1/jobs/{job['id']}")))[1])
