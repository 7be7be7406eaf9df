"""Which addresses may be dialled. Refused unless known to be the public internet, or named by the operator.

`ipaddress.is_global` alone is not enough: it takes 64:ff9b::a9fe:a9fe (NAT64 of 169.254.169.254), 6to4 forms,
multicast and Azure's 168.63.129.16 for global. So an address must be global, not multicast and in no list
below, and every IPv4 address that an IPv6 address carries inside must pass the same test.

Sources: the IANA special-purpose registries (RFC 6890), RFC 4291, RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380
(Teredo), RFC 5214 (ISATAP).
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

WEB_PORTS: Final = frozenset({80, 443})
LOW_32: Final = 0xFFFF_FFFF

MAPPED: Final = IPv6Network("::ffff:0:0/96")
COMPATIBLE: Final = IPv6Network("::/96")
NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
TEREDO: Final = IPv6Network("2001::/32")
SIX_TO_FOUR: Final = IPv6Network("2002::/16")
ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})  # bits 32 to 63 of the address, RFC 5214, 6.1
GLOBAL_UNICAST: Final = (IPv6Network("2000::/3"), NAT64[0])  # all of IPv6 that IANA has given out

# Not for the web, though Python (or some of its versions) calls them global.
REFUSED: Final = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",  # Azure's wire server
        "192.0.0.0/24",  # protocol assignments
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.175.48.0/24",  # AS112
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

# Where a cloud hands out credentials to whoever asks from inside. A range in allow_networks opens none.
METADATA: Final = frozenset(
    ip_network(text)
    for text in (
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure
        "169.254.0.23",  # Tencent
        "169.254.42.42",  # Scaleway
        "169.254.169.254",  # AWS, Azure, Google, DigitalOcean, Oracle, OpenStack, Hetzner
        "169.254.170.2",  # AWS, tasks
        "169.254.170.23",  # AWS, pods
        "192.0.0.192",  # Oracle, classic
        "fd00:42::42",  # Scaleway
        "fd00:c1::a9fe:a9fe",  # Oracle
        "fd00:ec2::23",  # AWS, pods
        "fd00:ec2::254",  # AWS
        "fd20:ce::254",  # Google
        "fe80::a9fe:a9fe",  # OpenStack
    )
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator opened beyond the public web."""

    networks: tuple[Network, ...] = ()  # may be fetched, on all ports
    ports: frozenset[int] = frozenset()  # beside 80 and 443, on public addresses


def permitted(address: Address, port: int, rules: Rules) -> bool:
    """Whether this address and port may be dialled.

    A translator or a relay is not on the operator's network: what it carries inside must be permitted, and if
    that is no public address, its own must have been opened too.
    """
    *carried, dialled = _forms(address)
    if not all(_form_permitted(form, port, rules) for form in (*carried, dialled)):
        return False
    return all(map(is_public, carried)) or any(dialled in network for network in rules.networks)


def _form_permitted(form: Address, port: int, rules: Rules) -> bool:
    alone = ip_network(int(form) if form.version == 4 else form.packed)
    if alone in METADATA:
        return alone in rules.networks
    if any(form in network for network in rules.networks):
        return True
    return is_public(form) and (port in WEB_PORTS or port in rules.ports)


def is_public(address: Address) -> bool:
    """Whether this is an address of the public internet; looks at the form itself, not at what it carries."""
    if isinstance(address, IPv6Address) and not any(address in network for network in GLOBAL_UNICAST):
        return False
    listed = any(address in network for network in REFUSED)
    return address.is_global and not address.is_multicast and not listed


def _forms(address: Address) -> Iterator[Address]:
    """Each IPv4 address inside, then the address itself. A mapped one is dialled as IPv4, no more."""
    if isinstance(address, IPv6Address):
        yield from map(IPv4Address, _carried(address))
    if address not in MAPPED:
        yield address


def _carried(address: IPv6Address) -> Iterator[int]:
    number = int(address)
    if address in MAPPED or any(address in network for network in NAT64):
        yield number & LOW_32
    if address in COMPATIBLE and number > 1:  # :: and ::1 carry nothing
        yield number & LOW_32
    if address in SIX_TO_FOUR:
        yield number >> 80 & LOW_32
    if address in TEREDO:
        yield number >> 64 & LOW_32  # the server
        yield ~number & LOW_32  # the client, inverted
    if number >> 32 & LOW_32 in ISATAP:
        yield number & LOW_32
