"""The address guard by table: every special-purpose range, in every spelling, by the product's own road.

The road is the API's check of the URL, then the fetch with a dialler that writes down and opens nothing.
"""

from __future__ import annotations

import asyncio
import json
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pydantic import ValidationError

from api.schema import JobBody
from config.settings import Settings
from tests.fetch.fetching import Recorder
from worker.errors import BlockedAddress, PageError
from worker.fetch.fetcher import Fetcher
from worker.fetch.page import FetchRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
WIDE = str.maketrans("0123456789.", "０１２３４５６７８９。")
AT_THE_DOOR = "refused at the door"


def lines(file: str) -> list[str]:
    text = (HERE / file).read_text("utf-8").splitlines()
    return [line for line in text if line and not line.startswith("# ")]


def spellings_v4(address: IPv4Address) -> Iterator[str]:
    """Every form in which a URL or IPv6 carries an IPv4 address."""
    number, (a, b, c, d) = int(address), address.packed
    high, low = number >> 16, number & 0xFFFF
    yield from (f"{a}.{b}.{c}.{d}", f"{a}.{b}.{low}", f"{a}.{number & 0xFFFFFF}", f"{number}", f"{number}.")
    yield from (f"0x{number:x}", f"0X{number:08X}", f"0{number:o}", f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}")
    yield from (f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"{a}.0x{b:x}.0{low:o}", f"{a}.{b}.{c}.{d}.")
    yield from (f"{a}.{b}.{c}.{d}".translate(WIDE), "".join(f"%{ord(x):02x}" for x in str(address)))
    yield from (f"[::ffff:{address}]", f"[::FFFF:{high:X}:{low:X}]", f"[0:0:0:0:0:ffff:{high:x}:{low:x}]")
    yield from (f"[64:ff9b::{address}]", f"[64:ff9b:1::{address}]", f"[2002:{high:x}:{low:x}::1]")
    yield from (f"[2001:0:{high:x}:{low:x}::]", f"[2a00:1450::5efe:{high:x}:{low:x}]", f"[::{address}]")


def spellings_v6(address: IPv6Address) -> Iterator[str]:
    yield from (
        f"[{address}]",
        f"[{address.exploded}]",
        f"[{address.exploded.upper()}]",
        f"[{address}%25eth0]",
    )


def every_spelling() -> Iterator[str]:
    for line in lines("ranges.txt"):
        network = ip_network(line.split()[0])
        for address in {network[0], network[network.num_addresses // 2], network[-1]}:
            spell = spellings_v4(address) if isinstance(address, IPv4Address) else spellings_v6(address)
            yield from (f"http://{host}/" for host in spell)


SPELT = list(dict.fromkeys(every_spelling()))
# URLs that lead, or may seem to lead, to 127.0.0.1, ::1 or 169.254.169.254.
ODD: list[str] = json.loads((HERE / "odd-urls.json").read_text("utf-8"))


class Outcome(NamedTuple):
    """What became of a URL on its way."""

    said: str  # the code, or where it was refused
    message: str
    dialled: Sequence[tuple[str, int]]


class Inside:
    """The owner's resolver: it knows names of the inside, and takes any other for one of them too."""

    async def __call__(self, host: str, _: int) -> Sequence[str]:
        return ["169.254.169.254"] if host.startswith("metadata") else ["127.0.0.1"]


def tried(urls: Sequence[str], settings: Settings) -> dict[str, Outcome]:
    """Each URL by the whole road, one after the other, by one Fetcher."""
    recorder = Recorder()

    async def run() -> dict[str, Outcome]:
        async with Fetcher(settings, resolve=Inside(), dial=recorder) as fetcher:
            return {url: await _one(url, fetcher, recorder) for url in urls}

    return asyncio.run(run())


async def _one(url: str, fetcher: Fetcher, recorder: Recorder) -> Outcome:
    recorder.dialled.clear()
    try:
        accepted = JobBody.model_validate({"url": url}).url
    except ValidationError as error:
        return Outcome(AT_THE_DOOR, str(error), ())
    try:
        await fetcher.fetch(FetchRequest(accepted))
    except PageError as error:
        return Outcome(error.code, error.message, tuple(recorder.dialled))
    raise AssertionError(f"{url} was fetched, though nothing can be dialled")


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    return tried([*SPELT, *ODD], Settings())


def test_the_table_is_large() -> None:
    assert len(lines("ranges.txt")) >= 50
    assert len(SPELT) >= 1500
    assert len(ODD) >= 120


@pytest.mark.parametrize("url", SPELT)
def test_no_spelling_of_a_special_address_is_dialled(url: str, outcomes: dict[str, Outcome]) -> None:
    assert outcomes[url].dialled == ()
    assert outcomes[url].said in (BlockedAddress.code, AT_THE_DOOR)


@pytest.mark.parametrize("url", ODD, ids=ascii)
def test_no_odd_url_leads_inside(url: str, outcomes: dict[str, Outcome]) -> None:
    assert outcomes[url].dialled == ()
    assert outcomes[url].said in (BlockedAddress.code, AT_THE_DOOR)


def test_the_caller_is_told_one_thing_whatever_was_refused(outcomes: dict[str, Outcome]) -> None:
    blocked = [outcome for outcome in outcomes.values() if outcome.said == BlockedAddress.code]
    assert len(blocked) > 1500
    assert {outcome.message for outcome in blocked} == {BlockedAddress.sentence}


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "9.255.255.255", "172.32.0.1", "192.167.255.255", "223.255.255.255"]
)
def test_the_same_spellings_of_a_public_address_are_dialled(address: str) -> None:
    carried = ("[::ffff:", "[::FFFF:", "[0:0:0:0:0:ffff:", "[64:ff9b::", "[2002:", "[2a00:1450::5efe:")
    spellings = [s for s in spellings_v4(IPv4Address(address)) if s[0] != "[" or s.startswith(carried)]
    found = tried([f"http://{host}/" for host in spellings], Settings())
    assert len(found) == 20
    for url, outcome in found.items():
        (dialled, port), *more = outcome.dialled
        assert (outcome.said, port, more) == ("connection_failed", 80, [])
        assert dialled == address or "[" in url


@pytest.mark.parametrize(
    "public", ["2606:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1", "2400:cb00::1"]
)
def test_public_addresses_of_ipv6_are_dialled(public: str) -> None:
    (outcome,) = tried([f"http://[{public}]/"], Settings()).values()
    assert [ip_address(address) for address, _ in outcome.dialled] == [ip_address(public)]


# An operator opens one network; its neighbours stay shut, whatever the port.
OPENED = [
    (
        "127.0.0.8/29",
        ["127.0.0.8", "127.0.0.15", "2130706441", "0x7f.0.0.9", "[::ffff:127.0.0.9]"],
        ["127.0.0.7", "127.0.0.16", "[::1]", "[64:ff9b::127.0.0.9]", "[2002:7f00:9::]", "[::127.0.0.9]"],
    ),
    (
        "10.1.0.0/16",
        ["10.1.0.0", "10.1.255.255", "10.65537"],
        ["10.0.255.255", "10.2.0.0", "10.0.0.1", "192.168.1.1", "[64:ff9b::10.1.0.1]"],
    ),
    (
        "fd12:3456::/32",
        ["[fd12:3456::1]", "[fd12:3456:ffff::]"],
        ["[fd12:3455::1]", "[fd12:3457::]", "[fe80::1]", "10.0.0.1"],
    ),
    (
        "169.254.0.0/16",
        ["169.254.1.1"],
        ["169.254.169.254", "169.254.170.2", "[::ffff:169.254.169.254]", "[fe80::1]"],
    ),
]


@pytest.mark.parametrize(("network", "inside", "beside"), OPENED, ids=[row[0] for row in OPENED])
def test_a_network_that_is_opened_opens_no_neighbour(
    network: str, inside: list[str], beside: list[str]
) -> None:
    settings = Settings.model_validate({"allow_networks": network})
    for port in ("", ":6379"):
        let_in = tried([f"http://{host}{port}/" for host in inside], settings)
        kept_out = tried([f"http://{host}{port}/" for host in beside], settings)
        assert all(len(outcome.dialled) == 1 for outcome in let_in.values())
        assert {outcome.said for outcome in kept_out.values()} == {BlockedAddress.code}
        assert not any(outcome.dialled for outcome in kept_out.values())
