"""What a URL becomes, and what is refused with which sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.jobs.urls import LONGEST_URL, Target, UrlError, normalise, target

NORMALISED = [
    ("http://Example.ORG", "http://example.org/"),
    ("HTTPS://example.org:443/a", "https://example.org/a"),
    ("http://example.org:80/", "http://example.org/"),
    ("http://example.org:8080/", "http://example.org:8080/"),
    ("  http://example.org/a b \n", "http://example.org/a%20b"),
    ("http://exam\tple.org/", "http://example.org/"),
    ("http://example.org/#top", "http://example.org/"),
    ("http://example.org/?", "http://example.org/?"),
    ("http://example.org/a/../b/./c", "http://example.org/b/c"),
    ("http://example.org/%2e%2e/b", "http://example.org/b"),
    ("http:example.org", "http://example.org/"),
    ("http:\\\\example.org\\a", "http://example.org/a"),
    ("http://bücher.example/ü?q=ü#ü", "http://xn--bcher-kva.example/%C3%BC?q=%C3%BC"),
    ("http://日本語.jp/", "http://xn--wgv71a119e.jp/"),
    ("http://ex%61mple.org/", "http://example.org/"),
    ("http://example.org./", "http://example.org./"),
    ("http://0x7f.1/", "http://127.0.0.1/"),
    ("http://2130706433/", "http://127.0.0.1/"),
    ("http://0177.0.0.1/", "http://127.0.0.1/"),
    ("http://127.1/", "http://127.0.0.1/"),
    ("http://127.0.0.1/", "http://127.0.0.1/"),
    ("http://[::FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
    ("http://[0:0::1]:8080/", "http://[::1]:8080/"),
]

REFUSED = [
    ("", "must begin with http"),
    ("example.org/a", "must begin with http"),
    ("/a", "must begin with http"),
    ("file:///etc/passwd", "Only http and https"),
    ("ftp://example.org/", "Only http and https"),
    ("javascript:alert(1)", "Only http and https"),
    ("data:text/html,<p>", "Only http and https"),
    ("ws://example.org/", "Only http and https"),
    ("gopher://example.org/", "Only http and https"),
    ("http://", "not a valid URL"),
    ("http:///", "not a valid URL"),
    ("http://exa mple.org/", "not a valid URL"),
    ("http://example.org:99999/", "not a valid URL"),
    ("http://[::1/", "not a valid URL"),
    ("http://[fe80::1%25eth0]/", "not a valid URL"),
    ("http://1.2.3.256/", "not a valid URL"),
    ("http://a\udc80.org/", "not a valid URL"),
    ("http://user@example.org/", "user name or password"),
    ("http://:word@example.org/", "user name or password"),
    ("http://example.org@127.0.0.1/", "user name or password"),
    ("http://./", "no host"),
    ("http://a..b/", "1 to 63"),
    ("http://" + "a" * 64 + ".org/", "1 to 63"),
    ("http://" + "a.bcdefgh." * 30 + "org/", "longer than 253"),
    ("http://example.org/" + "a" * LONGEST_URL, f"the limit is {LONGEST_URL}"),
    ("http://example.org/" + "ü" * (LONGEST_URL // 3), "when encoded"),
]


@pytest.mark.parametrize(("given_url", "wanted"), NORMALISED)
def test_a_url_is_written_as_browsers_write_it(given_url: str, wanted: str) -> None:
    assert normalise(given_url) == wanted


@pytest.mark.parametrize(("url", "words"), REFUSED)
def test_what_cannot_be_fetched_is_refused_with_a_sentence(url: str, words: str) -> None:
    with pytest.raises(UrlError, match=words):
        normalise(url)


@given(st.text(max_size=60) | st.text(max_size=60).map("http://".__add__))
def test_whatever_is_given_the_answer_is_a_stable_ascii_url_or_a_url_error(text: str) -> None:
    try:
        url = normalise(text)
    except UrlError:
        return
    assert url.isascii()
    assert "#" not in url
    assert normalise(url) == url == target(url).url


def test_the_parts_of_a_target_are_those_of_the_url() -> None:
    assert target("https://[2001:DB8::1]:8443/a?b#c") == Target(
        url="https://[2001:db8::1]:8443/a?b",
        scheme="https",
        host="2001:db8::1",
        port=8443,
        authority="[2001:db8::1]:8443",
        path="/a?b",
    )
    assert target("http://example.org").origin == ("http", "example.org", 80)


def test_a_redirect_is_joined_to_the_page_that_sent_it() -> None:
    base = "https://example.org/a/b?c"
    assert target("../d", base=base).url == "https://example.org/d"
    assert target("//other.example/x", base=base).url == "https://other.example/x"
    assert target("?e", base=base).url == "https://example.org/a/b?e"
    with pytest.raises(UrlError):
        target("file:///etc/passwd", base=base)
