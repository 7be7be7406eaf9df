"""What a page may cost in bytes and time, and that the limits stop it early."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from tests.fetch.fetching import changed, fetch
from tests.site import Asked, Site, head
from worker.errors import FetchTimeout, ProtocolFailed, TooLarge
from worker.fetch.page import FetchRequest

if TYPE_CHECKING:
    import asyncio

MIB = 1024 * 1024
SMALL = changed(max_wire_bytes=64 * 1024, max_page_bytes=256 * 1024)
ZEROS = bytes(40 * MIB)
BOMBS = {
    "gzip": gzip.compress(ZEROS, 9),
    "br": brotli.compress(ZEROS),
    "zstd": zstandard.ZstdCompressor().compress(ZEROS),
    "gzip, gzip": gzip.compress(gzip.compress(ZEROS, 9), 9),
}


def test_a_length_over_the_limit_fails_before_the_body(site: Site) -> None:
    site.raw("/", head(200, {"content-type": "text/html", "content-length": str(10**9)}))
    with pytest.raises(TooLarge, match="has 1000000000 bytes on the wire; the limit is 65536"):
        fetch(site.url("/"), SMALL)


def test_a_body_that_does_not_say_its_length_is_cut_off_at_the_limit(site: Site) -> None:
    sent = 0

    async def endless(_: Asked, writer: asyncio.StreamWriter) -> bool:
        nonlocal sent
        writer.write(head(200, {"content-type": "text/html"}))
        while True:
            writer.write(b"<p>more" * 1000)
            await writer.drain()
            sent += 7000

    site.route("/", endless)
    with pytest.raises(TooLarge, match="more than 65536 bytes on the wire"):
        fetch(site.url("/"), SMALL)
    assert sent < 20 * MIB  # what the sockets' buffers hold, not what the site has


@pytest.mark.parametrize("encoding", BOMBS)
def test_a_bomb_is_stopped_at_the_limit(site: Site, encoding: str) -> None:
    site.page("/", BOMBS[encoding], headers={"content-encoding": encoding})
    with pytest.raises(TooLarge, match="more than 262144 bytes"):
        fetch(site.url("/"), SMALL)


@pytest.mark.parametrize("encoding", BOMBS)
def test_a_page_may_not_unpack_to_many_times_its_size(site: Site, encoding: str) -> None:
    site.page("/", BOMBS[encoding], headers={"content-encoding": encoding})
    with pytest.raises(TooLarge, match="more than 200 times"):
        fetch(site.url("/"), changed(max_page_bytes=100 * MIB))


def test_a_small_page_may_be_squeezed_as_much_as_it_likes(site: Site) -> None:
    body = b"<p>" + b"a" * 900_000
    site.page("/", gzip.compress(body, 9), headers={"content-encoding": "gzip"})
    assert fetch(site.url("/")).body == body


def test_a_page_at_the_limit_is_whole(site: Site) -> None:
    site.page("/", b"a" * 64 * 1024)
    assert len(fetch(site.url("/"), SMALL).body) == 64 * 1024


def test_headers_have_a_limit(site: Site) -> None:
    site.page("/long", "", headers={"x": "a" * 9000})
    with pytest.raises(TooLarge, match=r"headers of the site's answer have 9\d+ bytes; the limit is 8192"):
        fetch(site.url("/long"), changed(max_header_bytes=8192))
    site.page("/huge", "", headers={"x": "a" * 300_000})
    with pytest.raises(ProtocolFailed):
        fetch(site.url("/huge"))


def test_headers_without_end_stop_at_the_limit(site: Site) -> None:
    async def endless(_: Asked, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"x: " + b"y" * 8000 + b"\r\n")
            await writer.drain()

    site.route("/", endless)
    with pytest.raises(ProtocolFailed):
        fetch(site.url("/"))


@pytest.mark.parametrize("path", ["/silent", "/drip-head", "/drip-body", "/informs"])
def test_a_site_that_dawdles_meets_the_deadline(site: Site, path: str) -> None:
    site.raw("/silent", b"", delay=3600)
    site.raw("/drip-head", *[b"HTTP/1.1 200 OK\r\n", *[b"x: y\r\n"] * 1000], delay=0.05)
    site.raw("/drip-body", head(200, {"content-type": "text/html"}), *[b"<p>"] * 1000, delay=0.05)
    site.raw("/informs", *[b"HTTP/1.1 103 Early Hints\r\n\r\n"] * 1000, delay=0.05)
    with pytest.raises(FetchTimeout):
        fetch(FetchRequest(site.url(path), timeout=0.4))


def test_a_caller_may_ask_for_less_time_but_not_for_more(site: Site) -> None:
    site.raw("/", b"", delay=3600)
    with pytest.raises(FetchTimeout):
        fetch(FetchRequest(site.url("/"), timeout=20), changed(fetch_timeout=0.3))
