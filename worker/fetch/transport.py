"""httpx's transport over httpcore's public pool, with our own network backend beneath."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import httpcore
import httpx

from config.settings import SettingsError
from worker.fetch.stream import Stream

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from worker.fetch.dialling import Backend
    from worker.fetch.resolving import Guard
    from worker.jobs.urls import Target

TARGET: Final = "pith.target"  # the request extension that holds the Target which was checked
KEPT_ALIVE: Final = 10  # idle connections a pool keeps
KEPT_SECONDS: Final = 15.0  # less than most servers keep theirs, so that few die under a request

BROKEN_OFF: Final = (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError)


class Dialled:
    """Whether a request opened a connection, told by httpcore's trace extension."""

    def __init__(self) -> None:
        self.anew = False

    async def note(self, event: str, _: Mapping[str, object]) -> None:
        """One step of the request."""
        self.anew = self.anew or event.startswith("connection.connect")


class Transport(httpx.AsyncBaseTransport):
    """Sends a request to the Target in its extensions; httpx's own reading of the URL decides nothing."""

    def __init__(self, pool: httpcore.AsyncConnectionPool, guard: Guard | None = None) -> None:
        self._pool = pool
        self._guard = guard  # set when a proxy does the dialling, so that the target is checked all the same

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        to: Target = request.extensions[TARGET]
        if self._guard:
            await self._guard.addresses(to.host, to.port)
        asking = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=to.scheme.encode(), host=self._host(to).encode(), port=to.port, target=to.path.encode()
            ),
            headers=request.headers.raw,
            extensions={"sni_hostname": to.host.removesuffix(".")},  # RFC 6066, 3: no final dot
        )
        answer = await self._ask(asking)
        stream = Stream(answer, partial(self._cut, asking.url.origin))
        return httpx.Response(answer.status, headers=answer.headers, stream=stream, request=request)

    async def _ask(self, asking: httpcore.Request) -> httpcore.Response:
        """The answer. A site may close a kept connection while a request is on its way over it, which says
        nothing about the page: that request is sent once more (RFC 9112, 9.3.1: GET may be).
        """
        dialled = Dialled()
        asking.extensions["trace"] = dialled.note
        try:
            return await self._pool.handle_async_request(asking)
        except BROKEN_OFF:
            if dialled.anew:
                raise
            return await self._pool.handle_async_request(asking)

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def _cut(self, origin: httpcore.Origin) -> None:
        """End the connection to a site; over HTTP/2 there is one. Other pages on it may be retried."""
        for connection in self._pool.connections:
            if connection.can_handle_request(origin):
                await connection.aclose()

    def _host(self, to: Target) -> str:
        """What httpcore dials; a proxy is told it as text, which wants brackets around an IPv6 address."""
        return f"[{to.host}]" if self._guard and ":" in to.host else to.host


def trust(ca_file: str) -> ssl.SSLContext:
    """A TLS context that trusts the public authorities, and those in `ca_file` if there is one.

    Raises SettingsError when the file is not there or holds no certificates.
    """
    context = httpx.create_ssl_context(trust_env=False)
    try:
        if ca_file:
            context.load_verify_locations(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise SettingsError(
            f"PITH_CA_FILE={ca_file!r} cannot be read as PEM certificates: {error}"
        ) from error
    return context


def pool(
    backend: Backend, context: ssl.SSLContext, proxy: httpcore.Proxy | None
) -> httpcore.AsyncConnectionPool:
    """A pool that dials through `backend`. It limits nothing: a fetch asks for one connection at a time."""
    return httpcore.AsyncConnectionPool(
        ssl_context=context,
        proxy=proxy,
        max_connections=None,
        max_keepalive_connections=KEPT_ALIVE,
        keepalive_expiry=KEPT_SECONDS,
        http2=True,
        network_backend=backend,
    )


def outbound_proxy(url: str, ca_file: str) -> httpcore.Proxy | None:
    """The operator's proxy, if there is one: "http://[name:password@]host:port", or https."""
    if not url:
        return None
    proxy = httpx.Proxy(url)
    return httpcore.Proxy(
        httpcore.URL(
            scheme=proxy.url.raw_scheme,
            host=proxy.url.raw_host,
            port=proxy.url.port,
            target=proxy.url.raw_path,
        ),
        auth=proxy.raw_auth,
        ssl_context=trust(ca_file) if proxy.url.scheme == "https" else None,
    )
