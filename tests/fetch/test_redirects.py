"""Redirects: where they lead, how many, and what goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fetch.fetching import Names, changed, fetch, fetch_all
from tests.site import Asked, Site, head
from worker.errors import BadRedirect, FetchTimeout, InvalidUrl, TooManyRedirects
from worker.fetch.page import FetchRequest

if TYPE_CHECKING:
    import asyncio

    from worker.jobs.urls import Target


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect_is_followed_to_where_it_ends(site: Site, status: int) -> None:
    site.redirect("/a", "/b?x=1", status=status)
    site.redirect("/b", "c#part", status=status)
    site.page("/c", "<p>end")
    page = fetch(site.url("/a"))
    assert (page.url, page.body) == (site.url("/c"), b"<p>end")
    assert [asked.target for asked in site.asked] == ["/a", "/b?x=1", "/c"]


def test_a_chain_keeps_its_connection(site: Site) -> None:
    site.redirect("/a", "/b")
    site.redirect("/b", "/c")
    site.page("/c", "<p>end")
    fetch(site.url("/a"))
    assert len({asked.peer for asked in site.asked}) == 1


def test_a_location_in_raw_utf_8_is_followed(site: Site) -> None:
    site.raw("/a", "HTTP/1.1 302 Found\r\nlocation: /größe\r\ncontent-length: 0\r\n\r\n".encode())
    site.raw(
        "/b", b"HTTP/1.1 302 Found\r\nx: \xe9\r\nlocation: /gr\xc3\xb6\xc3\x9fe\r\ncontent-length: 0\r\n\r\n"
    )
    site.page("/gr%C3%B6%C3%9Fe", "<p>end")
    assert fetch(site.url("/a")).body == fetch(site.url("/b")).body == b"<p>end"


def test_a_circle_ends_at_the_limit(site: Site) -> None:
    site.redirect("/a", "/b")
    site.redirect("/b", "/a")
    with pytest.raises(TooManyRedirects, match="more than 3 times"):
        fetch(site.url("/a"), changed(max_redirects=3))
    assert len(site.asked) == 4


def test_nobody_is_asked_whether_one_too_many_may_be_followed(site: Site) -> None:
    asked: list[str] = []

    async def permit(to: Target) -> None:
        asked.append(to.path)

    site.redirect("/a", "/b")
    site.redirect("/b", "/c")
    with pytest.raises(TooManyRedirects):
        fetch(FetchRequest(site.url("/a"), permit=permit), changed(max_redirects=1))
    assert asked == ["/b"]


def test_no_redirect_at_all_may_be_the_limit(site: Site) -> None:
    site.redirect("/a", "/b")
    site.page("/b", "<p>end")
    assert fetch(site.url("/b"), changed(max_redirects=0)).body == b"<p>end"
    with pytest.raises(TooManyRedirects):
        fetch(site.url("/a"), changed(max_redirects=0))


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://",
        "http://user:word@127.0.0.1/",
        "http://a b/",
        "gopher://127.0.0.1:6379/_FLUSHALL",
    ],
)
def test_a_redirect_to_what_is_no_page_on_the_web_is_refused(site: Site, target: str) -> None:
    site.redirect("/a", target)
    with pytest.raises(BadRedirect, match="The site redirected to something that cannot be fetched"):
        fetch(site.url("/a"))


def test_a_redirect_must_say_where(site: Site) -> None:
    site.page("/a", "", status=302)
    with pytest.raises(BadRedirect, match="without saying where"):
        fetch(site.url("/a"))


def test_a_url_that_was_never_normalised_is_a_page_error() -> None:
    with pytest.raises(InvalidUrl, match="must begin with http"):
        fetch("nowhere")


def test_what_the_caller_says_of_itself_stays_with_the_site_it_was_said_to(site: Site) -> None:
    with Site() as other:
        other.page("/b", "<p>end")
        site.redirect("/a", "/same")
        site.redirect("/same", other.url("/b"))
        said = {
            "authorization": "Bearer x",
            "cookie": "a=b",
            "referer": "http://x.example/",
            "accept-language": "fr",
        }
        fetch(FetchRequest(site.url("/a"), headers=said))
        assert said.items() <= site.requests("/same")[0].headers.items()
        elsewhere = other.asked[0].headers
    assert elsewhere["accept-language"] == "fr"
    assert not {"authorization", "cookie", "referer"} & set(elsewhere)


def test_another_port_and_another_name_are_another_site(site: Site) -> None:
    site.redirect("/a", f"http://other.example:{site.port}/b")
    site.page("/b", "<p>end")
    names = Names({"site.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    start = f"http://site.example:{site.port}/a"
    fetch(FetchRequest(start, headers={"cookie": "a=b"}), resolve=names)
    assert "cookie" in site.requests("/a")[0].headers
    assert "cookie" not in site.requests("/b")[0].headers


def test_a_cookie_goes_along_with_its_job(site: Site) -> None:
    site.redirect("/a", "/b", headers={"set-cookie": "seen=1; Path=/"})
    site.page("/b", "<p>end")
    fetch(FetchRequest(site.url("/a"), headers={"cookie": "seen=0; mine=2"}))
    assert site.requests("/a")[0].headers["cookie"] == "seen=0; mine=2"
    assert site.requests("/b")[0].headers["cookie"] == "mine=2; seen=1"


def test_a_cookie_is_not_shown_to_another_site(site: Site) -> None:
    site.redirect("/a", f"http://other.example:{site.port}/b", headers={"set-cookie": "seen=1; Path=/"})
    site.page("/b", "<p>end")
    names = Names({"site.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    fetch(f"http://site.example:{site.port}/a", resolve=names)
    assert "cookie" not in site.requests("/b")[0].headers


def test_no_job_sees_the_cookies_of_another(site: Site) -> None:
    async def answer(_: Asked, writer: asyncio.StreamWriter) -> bool:
        fields = {
            "content-type": "text/html",
            "content-length": "1",
            "set-cookie": f"id={len(site.asked)}; Path=/",
        }
        writer.write(head(200, fields) + b"x")
        return True

    site.route("/a", answer)
    fetch_all([site.url("/a")] * 3)
    assert not any("cookie" in asked.headers for asked in site.asked)
    assert len(site.asked) == 3


def test_one_deadline_holds_for_all_hops(site: Site) -> None:
    for n in range(10):
        site.page(f"/{n}", "", status=302, headers={"location": f"/{n + 1}"}, delay=0.1)
    with pytest.raises(FetchTimeout):
        fetch(FetchRequest(site.url("/0"), timeout=0.35))
    assert len(site.asked) <= 5


def test_meta_refresh_is_not_followed(site: Site) -> None:
    site.page("/a", '<meta http-equiv="refresh" content="0; url=/b"><p>stay')
    assert fetch(site.url("/a")).url == site.url("/a")
    assert site.hits("/b") == 0
