"""What the tests of the fetch share: a fetch with loopback open, and seams that open nothing."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network
from typing import TYPE_CHECKING

from config.settings import Settings
from worker.fetch.dialling import Dial, dial
from worker.fetch.fetcher import Fetcher
from worker.fetch.page import Fetched, FetchRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpcore

    from worker.fetch.resolving import Resolve

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
OPEN = Settings(allow_networks=LOOPBACK)


class Names:
    """A resolver over a table: addresses, or the error that getaddrinfo would raise."""

    def __init__(self, table: dict[str, Sequence[str] | OSError]) -> None:
        self.table = table
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        found = self.table[host]
        if isinstance(found, OSError):
            raise found
        return found


class Recorder:
    """A dialler that writes down what it was asked to dial and opens nothing."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, int]] = []

    async def __call__(self, address: str, port: int) -> httpcore.AsyncNetworkStream:
        self.dialled.append((address, port))
        raise ConnectionRefusedError


def fetch(
    request: FetchRequest | str,
    settings: Settings = OPEN,
    *,
    resolve: Resolve | None = None,
    dial: Dial = dial,
) -> Fetched:
    """One fetch by a Fetcher of its own."""
    return fetch_all([request], settings, resolve=resolve, dial=dial)[0]


def fetch_all(
    requests: Sequence[FetchRequest | str],
    settings: Settings = OPEN,
    *,
    resolve: Resolve | None = None,
    dial: Dial = dial,
) -> list[Fetched]:
    """Fetches one after the other by the same Fetcher."""

    async def run() -> list[Fetched]:
        async with Fetcher(settings, resolve=resolve, dial=dial) as fetcher:
            wanted = (FetchRequest(r) if isinstance(r, str) else r for r in requests)
            return [await fetcher.fetch(request) for request in wanted]

    return asyncio.run(run())


def changed(**settings: object) -> Settings:
    """The settings of OPEN with some changed, checked as they would be at start."""
    return Settings.model_validate({**OPEN.model_dump(exclude_unset=True), **settings})
