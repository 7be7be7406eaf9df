"""TLS and HTTP/2, with certificates made for the test."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from config.settings import SettingsError
from tests.fetch.fetching import Names, changed, fetch
from tests.fetch.h2site import PAGE, H2Site
from tests.site import Site
from worker.errors import ConnectionFailed, FetchTimeout, TlsFailed, UnsupportedType
from worker.fetch.fetcher import Fetcher
from worker.fetch.page import Fetched, FetchRequest

if TYPE_CHECKING:
    from config.settings import Settings

HERE = Names({"site.example": ["127.0.0.1"], "site.example.": ["127.0.0.1"]})


@dataclass(frozen=True)
class Authority:
    ca: trustme.CA
    settings: Settings  # that trust it

    def server(self, name: str, ends: datetime | None = None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(name, not_after=ends).configure_cert(context)
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    ca, file = trustme.CA(), Path(tmp_path_factory.mktemp("ca")) / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return Authority(ca, changed(ca_file=str(file)))


def test_a_page_over_tls_of_a_trusted_authority(authority: Authority) -> None:
    with Site(tls=authority.server("site.example")) as site:
        site.page("/", "<p>safe")
        page = fetch(f"https://site.example:{site.port}/", authority.settings, resolve=HERE)
        assert page.body == b"<p>safe"


def test_a_final_dot_is_not_part_of_the_name_in_the_handshake(authority: Authority) -> None:
    seen: list[str] = []
    tls = authority.server("site.example")
    tls.sni_callback = lambda _, name, __: seen.append(name)
    with Site(tls=tls) as site:
        site.page("/", "<p>safe")
        fetch(f"https://site.example.:{site.port}/", authority.settings, resolve=HERE)
        assert site.asked[0].headers["host"] == f"site.example.:{site.port}"
    assert seen == ["site.example"]


def test_a_certificate_for_an_address_is_good_for_that_address(authority: Authority) -> None:
    with Site(tls=authority.server("127.0.0.1")) as site:
        site.page("/", "<p>safe")
        assert fetch(site.url("/"), authority.settings).body == b"<p>safe"


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_authorities_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    with pytest.raises(SettingsError, match="PITH_CA_FILE="):
        fetch("https://site.example/", changed(ca_file=str(file)), resolve=HERE)


YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "trusted", "ends", "words"),
    [
        ("site.example", False, None, "unable to get local issuer|self.signed"),
        ("other.example", True, None, "[Hh]ostname mismatch"),
        ("site.example", True, YESTERDAY, "expired"),
    ],
)
def test_a_certificate_that_is_refused_says_why(
    authority: Authority, name: str, ends: datetime | None, words: str, *, trusted: bool
) -> None:
    tls = authority.server(name, ends)
    settings = authority.settings if trusted else changed()
    with Site(tls=tls) as site:
        site.page("/", "<p>safe")
        with pytest.raises(TlsFailed, match=words) as caught:
            fetch(f"https://site.example:{site.port}/", settings, resolve=HERE)
        assert (caught.value.code, caught.value.retry) == ("tls_failed", False)
        assert site.asked == []


PLAIN_HTTP = b"HTTP/1.1 400 Bad Request\r\n\r\n"
NO_CIPHER_IN_COMMON = bytes.fromhex("15 0303 0002 02 28")  # a fatal alert, handshake_failure


@pytest.mark.parametrize("answer", [PLAIN_HTTP, NO_CIPHER_IN_COMMON], ids=["plain", "no-cipher"])
def test_a_handshake_that_cannot_be_made_has_failed_for_good(answer: bytes) -> None:
    with pytest.raises(TlsFailed):
        asyncio.run(_shake_hands(answer))


def test_a_handshake_broken_off_may_be_tried_again() -> None:
    with pytest.raises(ConnectionFailed):
        asyncio.run(_shake_hands(b""))


async def _shake_hands(answer: bytes) -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Fetcher(changed()) as fetcher:
        await fetcher.fetch(FetchRequest(f"https://127.0.0.1:{port}/"))


def test_http_2_is_spoken_where_the_site_can_and_one_connection_serves_many_pages(
    authority: Authority,
) -> None:
    async def run(port: int) -> list[Fetched]:
        async with Fetcher(authority.settings, resolve=HERE) as fetcher:
            url = f"https://site.example:{port}/"
            first = await fetcher.fetch(FetchRequest(url))
            return [
                first,
                *await asyncio.gather(*(fetcher.fetch(FetchRequest(f"{url}{n}")) for n in range(10))),
            ]

    with H2Site(authority.server("site.example")) as site:
        pages = asyncio.run(run(site.port))
    assert [page.body for page in pages] == [PAGE] * 11
    assert site.connections == 1


@pytest.mark.parametrize("path", ["/reset", "/goaway"])
def test_a_stream_broken_off_may_be_tried_again(authority: Authority, path: str) -> None:
    with H2Site(authority.server("site.example")) as site, pytest.raises(ConnectionFailed):
        fetch(f"https://site.example:{site.port}{path}", authority.settings, resolve=HERE)


@pytest.mark.parametrize(
    ("path", "times", "error", "connections"),
    [
        # 36 MB that nobody wants, where all pages of a connection share a window of 16 MiB.
        ("/file", 12, UnsupportedType, 1),
        ("/huge", 2, UnsupportedType, 3),
        ("/never", 2, FetchTimeout, 3),
    ],
)
def test_a_page_left_half_read_does_not_hold_up_the_next(
    authority: Authority, path: str, times: int, error: type[Exception], connections: int
) -> None:
    async def run(port: int) -> Fetched:
        async with Fetcher(authority.settings, resolve=HERE) as fetcher:
            for _ in range(times):
                with pytest.raises(error):
                    await fetcher.fetch(FetchRequest(f"https://site.example:{port}{path}", timeout=1.5))
            return await fetcher.fetch(FetchRequest(f"https://site.example:{port}/", timeout=5))

    with H2Site(authority.server("site.example")) as site:
        assert asyncio.run(run(site.port)).body == PAGE
    assert site.connections == connections


def test_a_page_whose_connection_was_cut_for_another_may_be_tried_again(authority: Authority) -> None:
    async def run(port: int) -> None:
        async with Fetcher(authority.settings, resolve=HERE) as fetcher:
            url = f"https://site.example:{port}"
            neighbour = asyncio.create_task(fetcher.fetch(FetchRequest(f"{url}/never")))
            await asyncio.sleep(0.2)
            with pytest.raises(UnsupportedType):
                await fetcher.fetch(FetchRequest(f"{url}/huge"))
            with pytest.raises(ConnectionFailed):
                await neighbour
            await fetcher.fetch(FetchRequest(f"{url}/"))

    with H2Site(authority.server("site.example")) as site:
        asyncio.run(run(site.port))
