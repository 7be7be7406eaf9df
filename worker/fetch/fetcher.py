"""Fetch one page: politely dressed, guarded at the socket, within one deadline for all its redirects."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Self
from zlib import crc32

import httpx

from worker.errors import TooManyRedirects
from worker.fetch.address import Rules
from worker.fetch.answer import check_headers, location
from worker.fetch.asking import Hop, first_hop, headers_of
from worker.fetch.body import Limits
from worker.fetch.dialling import Backend, Dial, dial
from worker.fetch.faults import translated
from worker.fetch.own import OwnHosts
from worker.fetch.page import Fetched, FetchRequest
from worker.fetch.reading import read_page, read_start
from worker.fetch.resolving import Guard, Resolve, SystemResolver
from worker.fetch.transport import TARGET, Transport, outbound_proxy, pool, trust

if TYPE_CHECKING:
    from config.settings import Settings


class Fetcher:
    """Fetches pages, any number at a time, on one event loop. An async context manager.

    `resolve` and `dial` are the seams to the network: names to addresses, and an address to a stream.
    """

    def __init__(self, settings: Settings, *, resolve: Resolve | None = None, dial: Dial = dial) -> None:
        self._settings = settings
        self._resolve = resolve or SystemResolver(settings.concurrency)
        self._dial = dial
        self._transports: list[Transport] = []
        self._open = AsyncExitStack()
        self._limits = Limits(settings.max_wire_bytes, settings.max_page_bytes, settings.max_ratio)
        self.own = OwnHosts(settings.allow_networks, self._resolve)

    async def __aenter__(self) -> Self:
        context = trust(self._settings.ca_file)
        guard = Guard(
            self._resolve, Rules(self._settings.allow_networks, frozenset(self._settings.allow_ports))
        )
        proxy = outbound_proxy(self._settings.proxy, self._settings.ca_file)
        # The proxy's own address is the operator's word; a target's is checked before the proxy hears of it.
        backend = Backend(self._resolve if proxy else guard.addresses, self._dial)
        for _ in range(self._settings.clients):
            transport = Transport(pool(backend, context, proxy), guard if proxy else None)
            self._transports.append(await self._open.enter_async_context(transport))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()
        self._transports.clear()

    async def fetch(self, request: FetchRequest) -> Fetched:
        """The page at `request.url`, or a PageError: no other exception leaves but a cancellation."""
        limit = min(request.timeout or self._settings.fetch_timeout, self._settings.fetch_timeout)
        with translated():
            async with asyncio.timeout(limit) as request.share.clock:
                return await self._follow(request)

    async def _follow(self, request: FetchRequest) -> Fetched:
        hop = first_hop(request)
        for followed in range(self._settings.max_redirects + 1):
            if followed and request.permit:
                await request.permit(hop.to)
            found = await self._ask(hop, request)
            if isinstance(found, Fetched):
                return found
            hop = found
        raise TooManyRedirects(
            f"The site redirected more than {self._settings.max_redirects} times, the limit."
        )

    async def _ask(self, hop: Hop, request: FetchRequest) -> Fetched | Hop:
        """One request: the page, or where to go on."""
        headers = headers_of(hop, request, self._settings)
        asking = httpx.Request("GET", hop.to.url, headers=headers, extensions={TARGET: hop.to})
        answer = await self._transport(hop.to.host).handle_async_request(asking)
        async with aclosing(answer):
            check_headers(answer, self._settings.max_header_bytes)
            if "set-cookie" in answer.headers:
                hop.remember(answer)
            if (onward := location(answer)) is not None:
                return hop.onward(onward)
            if request.most:
                return await read_start(hop.to.url, answer, request.most)
            return await read_page(hop.to.url, answer, self._limits, request.share)

    def _transport(self, host: str) -> Transport:
        """One of several, by the host's hash: a request makes httpcore look at all of a pool.

        No httpx.AsyncClient stands between: it would read each Location with a parser of its own, and
        remember one job's cookies for the next.
        """
        return self._transports[crc32(host.encode()) % len(self._transports)]
