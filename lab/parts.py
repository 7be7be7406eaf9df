"""The parts of Pith as processes of their own, on a Redis that is given."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from lab import rig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from worker.jobs.store import JobStore

LOOK = 0.5  # s between looks
BEATS_IN = 60.0  # s


def variables(redis_url: str, settings: Mapping[str, object]) -> dict[str, object]:
    return {"REDIS_URL": redis_url} | {f"PITH_{name.upper()}": value for name, value in settings.items()}


@contextmanager
def workers(count: int, redis_url: str, settings: Mapping[str, object]) -> Iterator[None]:
    """Real workers."""
    with ExitStack() as stack:
        for _ in range(count):
            process = subprocess.Popen(
                [sys.executable, "-m", "worker"],
                cwd=rig.ROOT,
                env=rig.environment(**variables(redis_url, settings)),
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield


async def beating(store: JobStore, count: int) -> None:
    """Return once so many workers beat."""
    async with asyncio.timeout(BEATS_IN):
        while (await store.ready()).workers < count:  # noqa: ASYNC110  what they write tells nobody
            await asyncio.sleep(LOOK)


@contextmanager
def api(redis_url: str, settings: Mapping[str, object]) -> Iterator[tuple[int, str]]:
    """A real API: its process id and its address."""
    said = re.compile(r"url=(\S+)")
    with tempfile.TemporaryDirectory() as data:
        command = ["api", "--port", "0", "--data", data]
        with rig.started(command, said, **variables(redis_url, settings)) as found:
            yield found
