"""Which hosts lie in networks that the operator opened: their own, most likely."""

from __future__ import annotations

import time
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from worker.fetch.address import Network
    from worker.fetch.resolving import Resolve

BELIEVED: Final = 60.0  # s for which a name is not looked up again
MOST_NAMES: Final = 10_000


class OwnHosts:
    """Remembers for a while which names resolve into `networks`. Looks nothing up when there are none."""

    def __init__(self, networks: tuple[Network, ...], resolve: Resolve) -> None:
        self._networks = networks
        self._resolve = resolve
        self._seen: dict[str, tuple[float, bool]] = {}

    async def has(self, host: str, port: int) -> bool:
        """Whether all addresses of `host` are in the networks; False when it has none."""
        if not self._networks:
            return False
        until, found = self._seen.get(host, (0.0, False))
        if until > time.monotonic():
            return found
        found = self._inside(await self._addresses(host, port))
        if len(self._seen) >= MOST_NAMES:
            self._seen.clear()
        self._seen[host] = (time.monotonic() + BELIEVED, found)
        return found

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        try:
            return list(await self._resolve(host, port))
        except OSError:  # the fetch says so
            return []

    def _inside(self, addresses: list[str]) -> bool:
        return bool(addresses) and all(
            any(ip_address(address) in network for network in self._networks) for address in addresses
        )
