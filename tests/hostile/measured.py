"""python -m tests.hostile.measured SETTINGS URL…: fetch each, and say what became of it and of the memory.

A process of its own, so that its peak is the fetch's. Prints JSON: {url: [code, MiB more than before]}.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys

from config.settings import Settings
from worker.errors import PageError
from worker.fetch.fetcher import Fetcher
from worker.fetch.page import FetchRequest

KIB_IN_MIB = 1024


def peak() -> int:
    """MiB, the most this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB_IN_MIB


async def measured(settings: Settings, urls: list[str]) -> dict[str, tuple[str, int]]:
    found = {}
    async with Fetcher(settings) as fetcher:
        for url in urls:
            before = peak()
            try:
                page = await fetcher.fetch(FetchRequest(url))
                code = f"{len(page.body)} bytes"
            except PageError as error:
                code = error.code
            found[url] = (code, peak() - before)
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measured(Settings.model_validate_json(sys.argv[1]), sys.argv[2:]))))
