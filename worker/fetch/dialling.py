"""Where a socket opens: the one place, for pages, redirects and whatever comes later."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import httpcore

from worker.errors import ConnectionFailed, TlsFailed

if TYPE_CHECKING:
    from worker.fetch.resolving import Resolve

# The seam: an address as text and a port to a connected stream.
Dial = Callable[[str, int], Awaitable[httpcore.AsyncNetworkStream]]

MOST_ADDRESSES: Final = 4  # of one host, that are tried
# Bytes that the system takes in before we read: as many again come up in one go. By itself it takes 6 MB.
BUFFERED: Final = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 256 * 1024),)
PATIENCE: Final = 3.0  # seconds for an address when there is another; a lost SYN is sent again after 1


async def dial(address: str, port: int) -> httpcore.AsyncNetworkStream:
    """Open a TCP connection to an address, never to a name."""
    return await httpcore.AnyIOBackend().connect_tcp(address, port, socket_options=BUFFERED)


class Backend(httpcore.AsyncNetworkBackend):
    """Dials the very addresses that `addresses` (of a Guard) gave for a host: no second lookup can differ."""

    def __init__(self, addresses: Resolve, dial: Dial) -> None:
        self._addresses = addresses
        self._dial = dial

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's; one deadline holds for the whole fetch
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._addresses(host, port)
        return Line(await self._first(addresses[:MOST_ADDRESSES], port))

    async def _first(self, addresses: Sequence[str], port: int) -> httpcore.AsyncNetworkStream:
        """The first address that answers; all but the last are given up after PATIENCE."""
        for address in addresses[:-1]:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._dial(address, port)
            except (OSError, httpcore.ConnectError):  # TimeoutError is an OSError
                continue
        return await self._dial(addresses[-1], port)


class Line(httpcore.AsyncNetworkStream):
    """A connected stream that says of a TLS failure what it is, which httpcore's ConnectError does not."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except httpcore.ConnectError as error:
            raise _handshake_error(error.__cause__) from error
        except ValueError as error:  # a name that ssl will not put into a handshake
            raise TlsFailed from error


def _handshake_error(cause: BaseException | None) -> TlsFailed | ConnectionFailed:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return TlsFailed(f"The site's certificate was refused: {cause.verify_message}.")
    return TlsFailed() if isinstance(cause, ssl.SSLError) else ConnectionFailed()
