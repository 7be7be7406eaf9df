"""The guard where the socket opens: nothing that is refused is ever dialled, by whatever road it came."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from tests.fetch.fetching import OPEN, Names, Recorder, fetch
from worker.errors import BlockedAddress, ConnectionFailed, DnsFailed, DnsUnavailable
from worker.fetch.dialling import dial
from worker.fetch.fetcher import Fetcher
from worker.fetch.page import FetchRequest
from worker.fetch.resolving import SystemResolver

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpcore

    from tests.site import Site

CLOSED = Settings()

REFUSED_URLS = [
    "http://127.0.0.1/",
    "http://localhost/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:7f00:1::]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://0/",
    "http://255.255.255.255/",
    "http://8.8.8.8:22/",
    "https://8.8.8.8:6379/",
]


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_a_url_of_a_refused_address_dials_nothing(url: str) -> None:
    recorder = Recorder()
    with pytest.raises(BlockedAddress):
        fetch(url, CLOSED, resolve=Names({"localhost": ["127.0.0.1"]}), dial=recorder)
    assert recorder.dialled == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["8.8.8.8", "10.0.0.1"],
        ["8.8.8.8", "::1"],
        ["2606:4700::1", "fe80::1%eth0"],
        ["::ffff:169.254.169.254"],
    ],
)
def test_a_name_with_one_refused_address_dials_none_of_them(addresses: list[str]) -> None:
    recorder = Recorder()
    with pytest.raises(BlockedAddress):
        fetch("http://site.example/", CLOSED, resolve=Names({"site.example": addresses}), dial=recorder)
    assert recorder.dialled == []


def test_a_blocked_address_says_nothing_of_what_stands_there() -> None:
    with pytest.raises(BlockedAddress) as caught:
        fetch("http://site.example/", CLOSED, resolve=Names({"site.example": ["10.9.8.7"]}), dial=Recorder())
    assert "10.9" not in caught.value.message
    assert caught.value.code == "blocked_address"


def test_what_is_dialled_is_the_address_that_was_checked_and_the_name_is_asked_once() -> None:
    recorder, names = Recorder(), Names({"site.example": ["8.8.8.8"]})
    with pytest.raises(ConnectionFailed):
        fetch("https://site.example/", CLOSED, resolve=names, dial=recorder)
    assert recorder.dialled == [("8.8.8.8", 443)]
    assert names.asked == [("site.example", 443)]


def test_the_next_address_is_tried_when_one_refuses() -> None:
    recorder, names = Recorder(), Names({"site.example": ["2606:4700::1", "8.8.8.8"]})
    with pytest.raises(ConnectionFailed):
        fetch("http://site.example/", CLOSED, resolve=names, dial=recorder)
    assert recorder.dialled == [("2606:4700::1", 80), ("8.8.8.8", 80)]


def test_a_site_is_reached_when_only_its_second_address_answers(site: Site) -> None:
    site.page("/", "<p>here")
    names = Names({"site.example": ["::1", "127.0.0.1"]})
    assert fetch(f"http://site.example:{site.port}/", resolve=names).body == b"<p>here"
    assert site.asked[0].headers["host"] == f"site.example:{site.port}"


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://inside.example/", "http://[::1]:8080/"])
def test_a_redirect_to_a_refused_address_is_not_followed(site: Site, target: str) -> None:
    site.redirect("/", target)
    dialled: list[tuple[str, int]] = []
    names = Names({"inside.example": ["192.168.0.1"]})
    only_v4 = Settings(allow_networks=OPEN.allow_networks[:1])

    async def watch(address: str, port: int) -> httpcore.AsyncNetworkStream:
        dialled.append((address, port))
        return await dial(address, port)

    with pytest.raises(BlockedAddress):
        fetch(site.url("/"), only_v4, resolve=names, dial=watch)
    assert dialled == [("127.0.0.1", site.port)]


def test_a_name_that_changes_its_address_between_two_fetches_is_checked_again() -> None:
    recorder, names = Recorder(), Names({"site.example": ["8.8.8.8"]})

    async def run() -> None:
        async with Fetcher(CLOSED, resolve=names, dial=recorder) as fetcher:
            with pytest.raises(ConnectionFailed):
                await fetcher.fetch(FetchRequest("http://site.example/"))
            names.table["site.example"] = ["127.0.0.1"]
            with pytest.raises(BlockedAddress):
                await fetcher.fetch(FetchRequest("http://site.example/"))

    asyncio.run(run())
    assert recorder.dialled == [("8.8.8.8", 80)]


def test_an_open_port_is_open_on_public_addresses_only() -> None:
    recorder, settings = Recorder(), Settings(allow_ports=(8080,))
    with pytest.raises(ConnectionFailed):
        fetch("http://8.8.8.8:8080/", settings, dial=recorder)
    with pytest.raises(BlockedAddress):
        fetch("http://127.0.0.1:8080/", settings, dial=recorder)
    assert recorder.dialled == [("8.8.8.8", 8080)]


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), DnsFailed),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), DnsUnavailable),
        (OSError("no threads"), DnsUnavailable),
    ],
)
def test_dns_failures_have_codes_of_their_own(error: OSError, wanted: type[Exception]) -> None:
    with pytest.raises(wanted):
        fetch("http://site.example/", resolve=Names({"site.example": error}), dial=Recorder())


def test_a_name_without_addresses_does_not_exist() -> None:
    with pytest.raises(DnsFailed):
        fetch("http://site.example/", resolve=Names({"site.example": []}), dial=Recorder())


def test_the_systems_resolver_knows_localhost(site: Site) -> None:
    site.page("/", "<p>here")
    assert fetch(f"http://localhost:{site.port}/").body == b"<p>here"


def test_a_resolver_that_gets_no_thread_fails_and_looks_up_the_next_name_all_the_same() -> None:
    async def look_up() -> Sequence[str]:
        resolve = SystemResolver(1)
        former = threading.stack_size(2**46)  # bytes; no system has so much
        try:
            with pytest.raises(OSError, match="thread"):
                await resolve("localhost", 80)
        finally:
            threading.stack_size(former)
        async with asyncio.timeout(60.0):
            return await resolve("localhost", 80)

    assert "127.0.0.1" in asyncio.run(look_up())
