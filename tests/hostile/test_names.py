"""Names that lead inside, by a real DNS server: at once, by turns, by other names, among others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from tests.fetch.fetching import Recorder
from tests.hostile.dns import NO_SUCH_NAME, SERVER_FAILURE, A, Answer, serving
from tests.site import Site
from worker.errors import PageError
from worker.fetch.dialling import dial
from worker.fetch.fetcher import Fetcher
from worker.fetch.page import FetchRequest

if TYPE_CHECKING:
    import httpcore

pytestmark = pytest.mark.anyio

PUBLIC = "8.8.8.8"
NAME = "site.example"
SHORT = Settings(fetch_timeout=0.5)

# What a name is answered with, request after request, and what then becomes of fetches one after the other.
NAMES: dict[str, tuple[list[Answer], list[str]]] = {
    "private": ([["10.0.0.1"]], ["blocked_address"]),
    "loopback": ([["127.0.0.1"]], ["blocked_address"]),
    "metadata": ([["169.254.169.254"]], ["blocked_address"]),
    "nobody": ([["0.0.0.0"]], ["blocked_address"]),
    "private-by-ipv6": ([["fd00::1"]], ["blocked_address"]),
    "loopback-by-ipv6": ([["::1"]], ["blocked_address"]),
    "mapped": ([["::ffff:10.0.0.1"]], ["blocked_address"]),
    "nat64": ([["64:ff9b::10.0.0.1"]], ["blocked_address"]),
    "6to4": ([["2002:a00:1::1"]], ["blocked_address"]),
    "public-and-private": ([[PUBLIC, "10.0.0.1"]], ["blocked_address"]),
    "private-and-public": ([["10.0.0.1", PUBLIC]], ["blocked_address"]),
    "public-by-ipv4-private-by-ipv6": ([[PUBLIC, "fd00::1"]], ["blocked_address"]),
    "public-by-ipv6-private-by-ipv4": ([["2606:4700::1111", "192.168.1.1"]], ["blocked_address"]),
    "fifty-public-one-private": ([[*[f"8.8.4.{n}" for n in range(50)], "10.0.0.1"]], ["blocked_address"]),
    "another-name-that-is-private": ([["inside.example."]], ["blocked_address"]),
    "a-name-of-a-name-that-is-private": ([["middle.example."]], ["blocked_address"]),
    "rebinding": ([[PUBLIC], ["127.0.0.1"]], ["connection_failed", "blocked_address"]),
    "rebinding-and-back": (
        [["127.0.0.1"], [PUBLIC], ["10.0.0.1"]],
        ["blocked_address", "connection_failed", "blocked_address"],
    ),
    "rebinding-by-another-name": ([[PUBLIC], ["inside.example."]], ["connection_failed", "blocked_address"]),
    "no-such-name": ([NO_SUCH_NAME], ["dns_failed"]),
    "no-address": ([[]], ["dns_failed"]),
    "broken-server": ([SERVER_FAILURE], ["dns_unavailable"]),
}


async def ended(fetcher: Fetcher, request: FetchRequest | str) -> str:
    """The code with which a fetch fails."""
    with pytest.raises(PageError) as caught:
        await fetcher.fetch(FetchRequest(request) if isinstance(request, str) else request)
    return caught.value.code


@pytest.mark.parametrize(("answers", "wanted"), NAMES.values(), ids=NAMES)
async def test_a_name_is_dialled_only_where_all_its_addresses_are_public(
    answers: list[Answer], wanted: list[str]
) -> None:
    names: dict[str, list[Answer]] = {
        NAME: answers,
        "middle.example": [["inside.example."]],
        "inside.example": [["10.0.0.1"]],
    }
    recorder = Recorder()
    async with serving(names) as (zone, lookup), Fetcher(SHORT, resolve=lookup, dial=recorder) as fetcher:
        found = [await ended(fetcher, f"http://{NAME}/") for _ in wanted]
    assert found == wanted
    assert recorder.dialled == [(PUBLIC, 80)] * wanted.count("connection_failed")
    assert zone.asked.count((NAME, A)) == len(wanted)  # once a fetch: what was checked is what is dialled


async def test_a_name_server_that_is_silent_costs_the_deadline_and_no_more() -> None:
    async with serving({}) as (_, lookup), Fetcher(SHORT, resolve=lookup, dial=Recorder()) as fetcher:
        assert await ended(fetcher, f"http://{NAME}/") == "fetch_timeout"


@pytest.mark.parametrize("most", [0, 500_000], ids=["page", "robots.txt"])
@pytest.mark.parametrize(
    "target",
    [
        "http://inside.example/", "http://turning.example/", "//inside.example/", "http://127.0.0.2/",
        "http://127.0.0.2:{port}/", "http://2130706434:{port}/", "http://[::1]:{port}/", "http://0:{port}/",
        "http://[::ffff:127.0.0.2]:{port}/", "https://10.0.0.1/", "http://169.254.169.254/latest/", "/chain",
    ],
)  # fmt: skip
async def test_no_redirect_leads_out_of_the_opened_network(target: str, most: int) -> None:
    names = {
        "inside.example": [["127.0.0.2"]],
        "turning.example": [["127.0.0.3"], [PUBLIC]],
    }
    dialled = []

    async def watch(address: str, port: int) -> httpcore.AsyncNetworkStream:
        dialled.append(address)
        return await dial(address, port)

    settings = Settings.model_validate({"allow_networks": "127.0.0.1/32"})
    with Site() as site:
        site.redirect("/", target.format(port=site.port))
        site.redirect("/chain", "/link")
        site.redirect("/link", "http://inside.example/")
        async with serving(names) as (_, lookup), Fetcher(settings, resolve=lookup, dial=watch) as fetcher:
            assert await ended(fetcher, FetchRequest(site.url("/"), most=most)) == "blocked_address"
    assert set(dialled) == {"127.0.0.1"}


@pytest.mark.parametrize("url", ["http://{name}/", "https://{name}/", "http://10.0.0.1/", "https://[::1]/"])
async def test_a_proxy_hears_of_no_name_that_leads_inside(url: str) -> None:
    with Site() as proxy:
        settings = Settings(proxy=f"http://127.0.0.1:{proxy.port}")
        names = {NAME: [[PUBLIC, "10.0.0.1"]], "127.0.0.1": [["127.0.0.1"]]}
        async with serving(names) as (_, lookup), Fetcher(settings, resolve=lookup) as fetcher:
            assert await ended(fetcher, url.format(name=NAME)) == "blocked_address"
        assert proxy.asked == []


async def test_neighbours_on_loopback_answer_and_only_the_opened_one_is_asked() -> None:
    settings = Settings.model_validate({"allow_networks": "127.0.0.8/30"})
    with Site(host="127.0.0.9") as opened, Site(host="127.0.0.12") as neighbour:
        for site in (opened, neighbour):
            site.page("/", "<p>here")
        async with Fetcher(settings) as fetcher:
            page = await fetcher.fetch(FetchRequest(opened.url("/")))
            assert page.body == b"<p>here"
            assert await ended(fetcher, neighbour.url("/")) == "blocked_address"
        assert neighbour.asked == []
