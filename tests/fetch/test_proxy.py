"""The operator's outbound proxy: plain and by CONNECT, with the targets checked before it hears of them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.fetch.fetching import Names, changed
from tests.site import Site
from worker.errors import BlockedAddress, ConnectionFailed, TlsFailed
from worker.fetch.fetcher import Fetcher
from worker.fetch.page import Fetched, FetchRequest

if TYPE_CHECKING:
    from config.settings import Settings

PUBLIC = Names({"site.example": ["8.8.8.8"], "127.0.0.1": ["127.0.0.1"]})


class Tunnel:
    """A CONNECT proxy that leads every target to one loopback port; with no port it refuses them all."""

    def __init__(self, to: int | None) -> None:
        self.to = to
        self.heads: list[bytes] = []
        self.lines: list[asyncio.Task[None]] = []

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines.append(asyncio.create_task(self._lead(reader, writer)))

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        if self.to is None:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return await _end(writer)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to)
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    await _end(writer)


async def _end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def fetch_through(tunnel: Tunnel, url: str, settings: Settings) -> Fetched:
    server = await asyncio.start_server(tunnel.connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    proxied = settings.model_copy(update={"proxy": f"http://name:word@127.0.0.1:{port}"})
    try:
        async with server, Fetcher(proxied, resolve=PUBLIC) as fetcher:
            return await fetcher.fetch(FetchRequest(url))
    finally:
        await asyncio.gather(*tunnel.lines)


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(ca: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    file = Path(tmp_path_factory.mktemp("ca")) / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return changed(ca_file=str(file), allow_networks=())


def server_context(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("site.example").configure_cert(context)
    return context


def test_a_page_over_tls_comes_through_a_tunnel(ca: trustme.CA, trusting: Settings) -> None:
    with Site(tls=server_context(ca)) as site:
        site.page("/a", "<p>through")
        tunnel = Tunnel(site.port)
        page = asyncio.run(fetch_through(tunnel, "https://site.example/a", trusting))
        assert page.body == b"<p>through"
        assert site.asked[0].headers["host"] == "site.example"
        assert "proxy-authorization" not in site.asked[0].headers
    assert tunnel.heads[0].startswith(b"CONNECT site.example:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bmFtZTp3b3Jk" in tunnel.heads[0]


def test_a_certificate_is_checked_through_a_tunnel_too(ca: trustme.CA) -> None:
    with Site(tls=server_context(ca)) as site, pytest.raises(TlsFailed):
        asyncio.run(fetch_through(Tunnel(site.port), "https://site.example/", changed(allow_networks=())))


def test_a_proxy_that_refuses_is_a_failed_connection(trusting: Settings) -> None:
    with pytest.raises(ConnectionFailed):
        asyncio.run(fetch_through(Tunnel(None), "https://site.example/", trusting))


def test_a_plain_page_is_asked_of_the_proxy_by_its_whole_url(site: Site) -> None:
    site.page("http://site.example:80/a", "<p>by proxy")
    settings = changed(proxy=f"http://name:word@127.0.0.1:{site.port}", allow_networks=())
    page = asyncio.run(_fetch("http://site.example/a", settings))
    assert page.body == b"<p>by proxy"
    assert site.asked[0].headers["proxy-authorization"] == "Basic bmFtZTp3b3Jk"
    assert site.asked[0].headers["host"] == "site.example"


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "https://10.0.0.1/", "http://[::1]/", "http://8.8.8.8:22/"]
)
def test_a_target_that_is_refused_is_never_named_to_the_proxy(site: Site, url: str) -> None:
    settings = changed(proxy=f"http://127.0.0.1:{site.port}", allow_networks=())
    with pytest.raises(BlockedAddress):
        asyncio.run(_fetch(url, settings))
    assert site.asked == []


def test_a_proxy_that_is_not_there_is_a_failed_connection() -> None:
    with Site() as gone:
        settings = changed(proxy=f"http://127.0.0.1:{gone.port}", allow_networks=())
    with pytest.raises(ConnectionFailed):
        asyncio.run(_fetch("http://site.example/", settings))


async def _fetch(url: str, settings: Settings) -> Fetched:
    async with Fetcher(settings, resolve=PUBLIC) as fetcher:
        return await fetcher.fetch(FetchRequest(url))
