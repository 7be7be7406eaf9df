"""Which addresses may be dialled: a table, by hand for the odd ones and by range and form for the rest."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.fetch.address import METADATA, Address, Rules, permitted

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOSED = Rules()

# IANA's special-purpose registry for IPv4, and what is not in it but must not be reached.
PRIVATE_V4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
    "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32", "255.255.255.255/32", "169.254.169.254/32",
    "100.100.100.200/32",
]  # fmt: skip

PRIVATE_V6 = [
    "::/128", "::1/128", "::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/32",
    "2001:2::/48", "2001:db8::/32", "2001:10::/28", "2001:20::/28", "2620:4f:8000::/48",
    "3fff::/20", "5f00::/16", "4000::/3", "8000::/1", "fc00::/7", "fd00:ec2::254/128", "fe80::/10",
    "fec0::/10", "ff00::/8", "ff02::1/128",
]  # fmt: skip

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255",
    "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0",
    "198.17.255.255", "198.20.0.0", "223.255.255.255", "2001:200::", "2001:4860:4860::8888",
    "2003::1", "2400:cb00::1", "2606:4700:4700::1111", "2a00:1450:4001::1", "3ffe::1",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "2a00::200:5efe:808:808",
]  # fmt: skip


def _carriers(inner: IPv4Address) -> dict[str, Address]:
    """Every form in which IPv6 carries an IPv4 address."""
    number = int(inner)
    return {
        "plain": inner,
        "mapped": IPv6Address(0xFFFF << 32 | number),
        "compatible": IPv6Address(number),
        "nat64": IPv6Address(int(IPv6Address("64:ff9b::")) | number),
        "local-nat64": IPv6Address(int(IPv6Address("64:ff9b:1::")) | number),
        "6to4": IPv6Address(0x2002 << 112 | number << 80 | 1),
        "teredo-server": IPv6Address(0x2001_0000 << 96 | number << 64),
        "teredo-client": IPv6Address(0x2001_0000 << 96 | number ^ 0xFFFF_FFFF),
        "isatap": IPv6Address(int(IPv6Address("2a00:1450::5efe:0:0")) | number),
    }


def _refused() -> Iterator[str]:
    for text in PRIVATE_V4:
        network = ip_network(text)
        for inner in {network[0], network[-1]}:
            assert isinstance(inner, IPv4Address)
            yield from map(str, _carriers(inner).values())
    for text in PRIVATE_V6:
        yield from map(str, {ip_network(text)[0], ip_network(text)[-1]})


REFUSED = sorted(set(_refused()))


def test_the_table_is_large() -> None:
    assert len(REFUSED) >= 300


@pytest.mark.parametrize("text", REFUSED)
def test_an_address_that_is_not_the_public_internet_is_refused(text: str) -> None:
    assert not permitted(ip_address(text), 80, CLOSED)


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_permitted_on_the_ports_of_the_web(text: str) -> None:
    address = ip_address(text)
    assert permitted(address, 80, CLOSED)
    assert permitted(address, 443, CLOSED)
    assert not permitted(address, 22, CLOSED)


@pytest.mark.parametrize("port", [0, 21, 22, 25, 79, 81, 442, 444, 6379, 8080, 65535])
def test_other_ports_want_the_operators_word(port: int) -> None:
    address = ip_address("8.8.8.8")
    assert not permitted(address, port, CLOSED)
    assert permitted(address, port, Rules(ports=frozenset({port})))
    assert not permitted(ip_address("10.0.0.1"), port, Rules(ports=frozenset({port})))


@pytest.mark.parametrize(
    ("text", "networks", "wanted"),
    [
        ("127.0.0.1", ["127.0.0.0/8"], True),
        ("::ffff:127.0.0.1", ["127.0.0.0/8"], True),
        ("::1", ["127.0.0.0/8"], False),
        ("::1", ["::1/128"], True),
        ("10.1.2.3", ["10.1.0.0/16"], True),
        ("10.2.2.3", ["10.1.0.0/16"], False),
        ("fd12::1", ["fd00::/8"], True),
        ("fd12::1", ["0.0.0.0/0"], False),
        ("64:ff9b::10.1.2.3", ["10.1.0.0/16", "64:ff9b::/96"], True),
        ("64:ff9b::10.1.2.3", ["64:ff9b::/96"], False),
        ("2002:a01:203::1", ["2002::/16"], False),
        ("169.254.1.1", ["169.254.0.0/16"], True),
        ("169.254.169.254", ["169.254.0.0/16"], False),
        ("169.254.169.254", ["0.0.0.0/0", "::/0"], False),
        ("169.254.169.254", ["169.254.169.254/32"], True),
        ("::ffff:169.254.169.254", ["::/0"], False),
        ("64:ff9b::169.254.169.254", ["::/0", "0.0.0.0/0"], False),
        ("fd00:ec2::254", ["fd00::/8"], False),
        ("fd00:ec2::254", ["fd00:ec2::254/128"], True),
        ("100.100.100.200", ["100.64.0.0/10"], False),
        ("168.63.129.16", ["168.63.129.16/32"], True),
    ],
)
def test_allow_networks_opens_what_it_names_on_every_port(
    text: str, networks: list[str], *, wanted: bool
) -> None:
    rules = Rules(networks=tuple(map(ip_network, networks)))
    assert permitted(ip_address(text), 80, rules) is wanted
    assert permitted(ip_address(text), 6379, rules) is wanted


@pytest.mark.parametrize("network", sorted(METADATA, key=str), ids=str)
def test_metadata_addresses_stay_shut_in_an_open_range_and_in_every_form(network: object) -> None:
    address = ip_address(str(network).partition("/")[0])
    everything = Rules(networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))
    forms = _carriers(address) if isinstance(address, IPv4Address) else {"plain": address}
    assert not any(permitted(form, 80, everything) for form in forms.values())


def test_a_zone_does_not_hide_a_link_local_address() -> None:
    assert not permitted(ip_address("fe80::1%eth0"), 80, CLOSED)
    assert not permitted(ip_address("fe80::a9fe:a9fe%1"), 80, Rules(networks=(ip_network("fe80::/10"),)))


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_permitted(address: Address) -> None:
    if not address.is_global:
        assert not permitted(address, 443, CLOSED) or address.version == 6
