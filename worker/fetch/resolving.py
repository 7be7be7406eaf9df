"""From a host to the addresses that may be dialled: resolved once, and every one of them checked."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from typing import Final

from worker.errors import BlockedAddress, DnsFailed, DnsUnavailable, PageError
from worker.fetch.address import Rules, permitted

# The seam: host and port to addresses as text, best first. Raises socket.gaierror as getaddrinfo does.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# The name server has answered, and the name is not there. Not every system has all three.
NO_SUCH_NAME: Final = frozenset(
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_FAIL") if hasattr(socket, name)
)


class Guard:
    """Resolves a host and lets its addresses through, or raises."""

    def __init__(self, resolve: Resolve, rules: Rules) -> None:
        self._resolve = resolve
        self._rules = rules

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """The addresses of `host`, best first. Raises BlockedAddress, DnsFailed, DnsUnavailable.

        One refused address among good ones refuses them all: an honest public site has no private address.
        """
        found = [host] if _is_address(host) else await self._looked_up(host, port)
        if not all(permitted(ip_address(address), port, self._rules) for address in found):
            raise BlockedAddress
        return found

    async def _looked_up(self, host: str, port: int) -> Sequence[str]:
        try:
            found = await self._resolve(host, port)
        except OSError as error:  # socket.gaierror is one
            raise _dns_error(error) from error
        if not found:
            raise DnsFailed
        return found


class SystemResolver:
    """getaddrinfo, in threads of its own: the loop's few would all be waiting for one dead name server.

    The threads are daemons, so a lookup that hangs keeps no worker from stopping.
    """

    def __init__(self, most: int) -> None:
        self._slots = asyncio.Semaphore(most)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        await self._slots.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()

        def look_up() -> None:
            found = _getaddrinfo(host, port)
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, found)

        def settle(found: Sequence[str] | OSError) -> None:
            self._slots.release()  # not before: a caller that gave up leaves its thread behind
            if answer.done():
                return
            if isinstance(found, OSError):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        try:
            threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
        except RuntimeError as error:  # the system gives us no thread now
            self._slots.release()
            raise OSError(*error.args) from error
        return await answer


def _getaddrinfo(host: str, port: int) -> Sequence[str] | OSError:
    try:
        # As bytes, or Python encodes it again by an older IDNA than the URL's.
        found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    except OSError as error:
        return error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _dns_error(error: OSError) -> PageError:
    return DnsFailed() if error.errno in NO_SUCH_NAME else DnsUnavailable()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
