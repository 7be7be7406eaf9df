"""robots.txt in every broken shape: what can be read counts (RFC 9309), and reading never fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Settings
from worker.fetch.robots import MOST_READ, decode, parse, product_token, url_of
from worker.jobs.urls import target

PAGE = "https://example.org/private/page"
FORBIDS = "Disallow: /private\n"


def allows(text: str | bytes, url: str = PAGE) -> bool:
    return parse(decode(text.encode() if isinstance(text, str) else text), "Pith").allow(url)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t\n",
        "Disallow: /private",  # belongs to no group
        "<!doctype html><html><body>User-agent: *\nDisallow: /</body></html>",
        "User-agent",
        "User-agent: *\nDisallow:",
        "User-agent: *\nDisallow: /private\nAllow: /private/page",
        "User-agent: *\nDisallow: /\n\nUser-agent: Pith\nAllow: /",
        "User-agent: Pi\nDisallow: /",  # another's name, though ours begins with it
        "User-agent: Pithy\nDisallow: /",
        "User-agent: my-Pith\nDisallow: /",
        "User-agent: Googlebot\nDisallow: /",
        "\0\x01\xff\ufffe",
        "User-agent: *\nDisallow: /private$",
        "User-agent: *\nDisallow: /Private",
        "# User-agent: *\n# Disallow: /",
    ],
)
def test_what_forbids_nothing_allows(text: str) -> None:
    assert allows(text)


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\n" + FORBIDS,
        "\ufeffUser-agent: *\n" + FORBIDS,
        "user-AGENT:*\r\nDISALLOW:/private\r\n",
        "User-agent: *\rDisallow: /private\r",
        "useragent: *\n" + FORBIDS,
        "User-agent: pith/2.0 (+https://example.net)\n" + FORBIDS,
        "User-agent: PITH  # us\n" + FORBIDS,
        "User-agent: other\nUser-agent: Pith\n" + FORBIDS,
        "User-agent: Pith\nDisallow: /a\n\nUser-agent: *\nAllow: /\n\nUser-agent: pith\n" + FORBIDS,
        "User-agent: *\nDisallow: /*/page$",
        "User-agent: *\nDisallow: /%70rivate",
        "User-agent: *\nnonsense\n: :\nDisallow: /private\n\0\0",
        "Sitemap: https://example.org/s.xml\nUser-agent: *\nCrawl-delay: soon\n" + FORBIDS,
        "<html>\nUser-agent: *\n" + FORBIDS,
    ],
)
def test_what_forbids_the_page_in_whatever_shape_forbids_it(text: str) -> None:
    assert not allows(text)


def test_bytes_that_are_no_utf_8_hide_no_other_line() -> None:
    assert not allows(b"User-agent: *\nDisallow: /caf\xe9\n" + FORBIDS.encode())


def test_what_stands_past_the_limit_is_not_read_nor_half_a_line_before_it() -> None:
    filling = b"#" * 99 + b"\n"
    head = b"User-agent: *\n" + filling * (MOST_READ // 100)
    cut = head[: MOST_READ - 12] + b"\nDisallow: /private/other"
    assert allows(cut[:MOST_READ])
    assert allows(head + FORBIDS.encode())


@pytest.mark.parametrize(
    ("said", "delay"),
    [("2", 2.0), ("0.5", 0.5), ("0", None), ("-1", None), ("nan", None), ("inf", None), ("soon", None)],
)
def test_a_crawl_delay_counts_if_it_is_a_time(said: str, delay: float | None) -> None:
    assert parse(f"User-agent: *\nCrawl-delay: {said}\nDisallow: /x\n", "Pith").delay == delay


def test_our_own_groups_crawl_delay_is_ours() -> None:
    text = "User-agent: *\nCrawl-delay: 9\n\nUser-agent: Pith\nCrawl-delay: 2\n"
    assert parse(text, "Pith").delay == 2.0


@given(st.text(max_size=300))
def test_no_text_makes_reading_fail(text: str) -> None:
    rules = parse(decode(text.encode("utf-8", "surrogatepass")), "Pith")
    assert rules.allow(PAGE) in (True, False)
    assert rules.delay is None or rules.delay > 0


def test_a_pattern_made_to_be_slow_is_not() -> None:
    assert allows("User-agent: *\nDisallow: /" + "*a" * 2000 + "b$", "https://example.org/" + "a" * 8000)


def test_the_name_in_robots_txt_is_the_one_in_the_user_agent() -> None:
    assert product_token(Settings()) == "Pith"
    assert product_token(Settings(user_agent="Our-Reader/3.1 (+https://example.org)")) == "Our-Reader"
    assert product_token(Settings(user_agent="(nameless)")) == "Pith"


def test_each_scheme_host_and_port_has_its_own() -> None:
    assert url_of(target("https://example.org:8443/a?b")) == "https://example.org:8443/robots.txt"
    assert url_of(target("http://[::1]/a")) == "http://[::1]/robots.txt"
