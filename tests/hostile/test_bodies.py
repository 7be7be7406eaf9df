"""Answers that never end, unpack to gigabytes or lie: each ends with a code, and memory stays flat."""

from __future__ import annotations

import gzip
import json
import ssl
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]
import pytest
import trustme
import zstandard

from tests.hostile.floods import FLOODS, FloodSite
from tests.site import Asked, Handler, Site

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from pathlib import Path

MIB = 1024 * 1024
MOST_MEMORY = 100  # MiB over what the process had: a page of 20 MiB, its copy, and buffers
ZEROS = bytes(300 * MIB)
OK = b"HTTP/1.1 200 OK\r\n"
HTML = b"Content-Type: text/html\r\n"
CHUNKED = OK + HTML + b"Transfer-Encoding: chunked\r\n\r\n"


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return squeeze.compress(data) + squeeze.flush()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def twice(squeeze: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: squeeze(squeeze(data))


# Content-Encoding, and what makes 300 MiB of zeros into it.
BOMBS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "raw-deflate": ("deflate", raw_deflate),
    "brotli": ("br", brotli.compress),
    "zstd": ("zstd", zstd),
    "gzip-in-gzip": ("gzip, gzip", twice(gzip.compress)),
    "brotli-in-brotli": ("br, br", twice(brotli.compress)),
    "zstd-in-gzip": ("zstd, gzip", lambda data: gzip.compress(zstd(data))),
    "thrice": ("gzip, gzip, gzip", lambda data: gzip.compress(twice(gzip.compress)(data))),
    "many-members": ("gzip", lambda data: gzip.compress(data[: 30 * MIB]) * 10),
    "many-frames": ("zstd", lambda data: zstd(data[: 30 * MIB]) * 10),
}
# What is sent again and again after a beginning, and what becomes of it.
ENDLESS: dict[str, tuple[bytes, bytes, set[str]]] = {
    "body": (OK + HTML + b"\r\n", b"<p>more" * 1000, {"too_large"}),
    "chunks": (CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n", {"too_large"}),
    "chunk-that-goes-on": (CHUNKED + b"7fffffff\r\n", b"x" * 65536, {"too_large"}),
    "chunks-of-one-byte": (CHUNKED, b"1\r\nx\r\n" * 5000, {"too_large", "fetch_timeout"}),
    "chunk-extensions": (CHUNKED + b"5;", b"a=b;" * 5000, {"protocol_error"}),
    "trailers": (CHUNKED + b"0\r\n", b"x: y\r\n" * 5000, {"protocol_error", "0 bytes"}),
    "headers": (OK, b"x: " + b"y" * 8000 + b"\r\n", {"protocol_error"}),
    "countless-headers": (OK, b"a: b\r\n" * 5000, {"protocol_error"}),
    "one-header": (OK + b"x: ", b"y" * 65536, {"protocol_error"}),
    "status-line": (b"HTTP/1.1 200 ", b"O" * 65536, {"protocol_error"}),
    "no-http": (b"SSH-2.0-OpenSSH\r\n", b"\0" * 65536, {"protocol_error"}),
    "interim-answers": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100, {"fetch_timeout", "protocol_error"}),
    "empty-gzip-members": (
        OK + HTML + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"") * 500,
        {"too_large", "fetch_timeout"},
    ),
    "empty-zstd-frames": (
        OK + HTML + b"Content-Encoding: zstd\r\n\r\n", b"\x50\x2a\x4d\x18\x04\0\0\0pith" * 500,
        {"too_large", "fetch_timeout"},
    ),
}  # fmt: skip
# A whole answer that is not what it says.
LIES: dict[str, tuple[bytes, set[str]]] = {
    "shorter-than-said": (OK + HTML + b"Content-Length: 1000\r\n\r\n<p>x", {"connection_failed"}),
    "longer-than-said": (OK + HTML + b"Content-Length: 3\r\n\r\n<p>xxxx", {"3 bytes"}),
    "negative": (OK + HTML + b"Content-Length: -1\r\n\r\n<p>x", {"protocol_error"}),
    "huge": (OK + HTML + b"Content-Length: 999999999999999999999999\r\n\r\nx", {"protocol_error"}),
    "no-number": (OK + HTML + b"Content-Length: 0x10\r\n\r\n<p>x", {"protocol_error"}),
    "two-lengths": (OK + HTML + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n<p>x", {"protocol_error"}),
    "length-and-chunks": (
        CHUNKED[:-2] + b"Content-Length: 3\r\n\r\n4\r\n<p>x\r\n0\r\n\r\n", {"4 bytes", "protocol_error"}
    ),
    "chunk-of-no-number": (CHUNKED + b"zz\r\nx\r\n0\r\n\r\n", {"protocol_error"}),
    "chunk-of-minus-one": (CHUNKED + b"-1\r\nx\r\n0\r\n\r\n", {"protocol_error"}),
    "chunk-of-too-many-digits": (CHUNKED + b"f" * 30 + b"\r\nx", {"protocol_error"}),
    "chunk-without-end": (CHUNKED + b"5\r\nabc", {"connection_failed"}),
    "chunk-too-long": (CHUNKED + b"1\r\nabc\r\n0\r\n\r\n", {"protocol_error"}),
    "unknown-coding": (OK + HTML + b"Transfer-Encoding: gzip\r\n\r\nabc", {"protocol_error"}),
    "status-of-four-digits": (b"HTTP/1.1 2000 OK\r\n\r\n", {"protocol_error"}),
    "no-status": (b"HTTP/1.1\r\n\r\n", {"protocol_error"}),
    "http-0.9": (b"<html><p>x", {"connection_failed"}),
    "http-3": (b"HTTP/3.0 200 OK\r\n" + HTML + b"\r\nx", {"1 bytes", "protocol_error"}),
    "nul-in-a-header": (OK + b"x: \0\r\n\r\n", {"protocol_error"}),
    "header-without-a-name": (OK + b": x\r\n\r\n", {"protocol_error"}),
    "folded-header": (OK + HTML + b"x: a\r\n b\r\nContent-Length: 1\r\n\r\nx", {"1 bytes", "protocol_error"}),
    "upgrade": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", {"protocol_error"}),
    "nothing": (b"", {"connection_failed"}),
}  # fmt: skip


def endless(beginning: bytes, again: bytes) -> Handler:
    async def answer(_: Asked, writer: asyncio.StreamWriter) -> bool:
        writer.write(beginning)
        while True:
            writer.write(again)
            await writer.drain()

    return answer


def fetched(urls: list[str], **settings: object) -> dict[str, tuple[str, int]]:
    """What became of each URL, and how many MiB more it took, in a process of its own."""
    given = json.dumps({"allow_networks": "127.0.0.0/8", "fetch_timeout": 3.0, **settings})
    command = [sys.executable, "-m", "tests.hostile.measured", given, *urls]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, tuple[str, int]] = json.loads(done.stdout)
    return found


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.mark.parametrize(("encoding", "squeeze"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_stops_at_the_limit_with_memory_flat(
    site: Site, encoding: str, squeeze: Callable[[bytes], bytes]
) -> None:
    url = site.page("/", squeeze(ZEROS), headers={"content-encoding": encoding})
    for ratio in (200, 10**9):  # by its ratio, and where that is switched off by its size
        code, memory = fetched([url], max_ratio=ratio)[url]
        assert code == "too_large"
        assert memory < MOST_MEMORY


@pytest.mark.parametrize(("beginning", "again", "codes"), ENDLESS.values(), ids=ENDLESS)
def test_an_answer_without_end_ends_with_memory_flat(
    site: Site, beginning: bytes, again: bytes, codes: set[str]
) -> None:
    url = site.route("/", endless(beginning, again))
    code, memory = fetched([url])[url]
    assert code in codes
    assert memory < MOST_MEMORY


def test_an_answer_that_lies_is_a_failure_of_its_own(site: Site) -> None:
    urls = {name: site.raw(f"/{name}", answer) for name, (answer, _) in LIES.items()}
    found = fetched(list(urls.values()))
    wrong = {name: found[url] for name, url in urls.items() if found[url][0] not in LIES[name][1]}
    assert wrong == {}


def test_redirects_with_a_burden_end_at_the_limit(site: Site) -> None:
    cookies = {f"set-cookie: {'a' * 100}{n}={'b' * 300}\r\n": "" for n in range(100)}
    burden = "".join(cookies).encode()
    for n in range(20):
        onward = b"location: /%d\r\ncontent-length: 100000000\r\n\r\n" % (n + 1)
        site.raw(f"/{n}", b"HTTP/1.1 302 Found\r\n" + burden + onward + b"x" * 100_000)
    url = site.url("/0")
    code, memory = fetched([url])[url]
    assert code in ("too_many_redirects", "too_large")
    assert memory < MOST_MEMORY
    assert len(site.asked) <= 11


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    ca = trustme.CA()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return ca, file


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_a_flood_of_http_2_frames_ends_with_memory_flat(
    authority: tuple[trustme.CA, Path], flood: tuple[bytes, bytes]
) -> None:
    ca, file = authority
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    with FloodSite(context, *flood) as site:
        url = f"https://localhost:{site.port}/"
        code, memory = fetched([url], ca_file=str(file))[url]
    assert code in ("fetch_timeout", "protocol_error", "connection_failed", "too_large")
    assert memory < MOST_MEMORY
