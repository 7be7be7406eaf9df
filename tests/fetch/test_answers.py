"""What a site may answer, and what becomes of it."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from config.settings import Settings
from tests.fetch.fetching import LOOPBACK, fetch, fetch_all
from tests.site import Site, head
from worker.errors import ConnectionFailed, HttpStatus, PageError, ProtocolFailed, SiteBusy, UnsupportedType
from worker.fetch.answer import retry_after
from worker.fetch.page import FetchRequest

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
XHTML = b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 500, 501, 520, 599, 300, 304, 305, 999])
def test_an_error_page_fails_with_its_status(site: Site, status: int) -> None:
    site.page("/", "<h1>Sorry", status=status)
    with pytest.raises(HttpStatus) as caught:
        fetch(site.url("/"))
    assert (caught.value.code, caught.value.retry) == (f"http_{status}", False)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_site_may_be_tried_again_when_it_says(site: Site, status: int) -> None:
    site.page("/", "", status=status, headers={"retry-after": "120"})
    with pytest.raises(SiteBusy) as caught:
        fetch(site.url("/"))
    assert (caught.value.code, caught.value.retry, caught.value.retry_after) == (
        f"http_{status}",
        True,
        120.0,
    )


NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        ("Sunday, 22-Nov-26 12:01:00 GMT", 60.0),
        ("Sun Nov 22 12:01:00 2026", 60.0),
        ("Sun, 22 Nov 2026 13:01:00 +0100", 60.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        ("9" * 400, 999_999_999.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("١٢", None),
        ("Sun, 99 Nov 2026 99:99:99 GMT", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        (f"Fri, 31 Dec {'9' * 20} 23:59:59 GMT", None),
        (f"Fri, 31 Dec 2026 23:59:59 +{'9' * 20}", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, wanted: float | None) -> None:
    assert retry_after(value, NOW) == wanted


def test_a_date_to_wait_for_is_told_by_the_sites_own_clock(site: Site) -> None:
    """Ours may be wrong by an hour."""
    theirs = NOW - timedelta(days=400)
    until = format_datetime(theirs + timedelta(seconds=90), usegmt=True)
    fields = {"retry-after": until, "date": format_datetime(theirs, usegmt=True)}
    site.page("/busy", "", status=503, headers=fields)
    with pytest.raises(SiteBusy) as caught:
        fetch(site.url("/busy"))
    assert caught.value.retry_after == 90.0


@pytest.mark.parametrize(
    ("content_type", "body", "kind", "charset"),
    [
        ("text/html", b"<p>x", "text/html", None),
        ("text/html; charset=windows-1251", b"<p>x", "text/html", "windows-1251"),
        ('TEXT/HTML;Charset="GBK"', b"<p>x", "text/html", "GBK"),
        ("text/html;charset = 'utf-8' ", b"<p>x", "text/html", "utf-8"),
        ("text/html, text/html; charset=koi8-r", b"<p>x", "text/html", "koi8-r"),
        ("text/html; charset=utf-16le", "<p>x".encode("utf-16le"), "text/html", "utf-16le"),
        ("application/xhtml+xml", XHTML, "application/xhtml+xml", None),
        ("application/xml", XHTML, "application/xhtml+xml", None),
        ("text/xml", XHTML.decode().encode("utf-16"), "application/xhtml+xml", None),
        ("text/plain", b"just words", "text/plain", None),
        ("text/plain", "weit".encode("utf-16"), "text/plain", None),
        ("text/markdown", b"# words", "text/markdown", None),
        ("", b"<!DOCTYPE html><p>x", "text/html", None),
        ("", b"\n\n<HTML><p>x", "text/html", None),
        ("", b"just words", "text/plain", None),
        ("", b"", "text/plain", None),
        ("nonsense", b"<body>x", "text/html", None),
    ],
)
def test_html_and_text_are_pages(
    site: Site, content_type: str, body: bytes, kind: str, charset: str | None
) -> None:
    site.page("/", body, content_type=content_type)
    page = fetch(site.url("/"))
    assert (page.content_type, page.charset, page.body) == (kind, charset, body)


@pytest.mark.parametrize(
    "content_type",
    ["application/pdf", "image/png", "application/json", "application/octet-stream", "video/mp4", "text/css",
     "text/javascript", "text/event-stream", "application/rss+xml", "text/calendar", "multipart/mixed"],
)  # fmt: skip
def test_another_type_is_refused_before_its_body_is_read(site: Site, content_type: str) -> None:
    site.raw("/", head(200, {"content-type": content_type, "content-length": "100000"}), delay=0)
    with pytest.raises(UnsupportedType, match=re.escape(f"This is {content_type}, neither")):
        fetch(FetchRequest(site.url("/"), timeout=5))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", PDF),
        ("text/html", gzip.compress(b"<p>x")),
        ("text/plain", b"\x89PNG\r\n\x1a\n"),
        ("text/plain", b"\x00\x01\x02"),
        ("", b"\x00\x01\x02" * 1000),
        ("", PDF),
        ("text/xml", b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>'),
        ("application/xml", b"<!-- <html> --><feed xmlns='http://www.w3.org/2005/Atom'/>"),
        ("application/xml", b""),
    ],
)
def test_bytes_that_are_plainly_something_else_are_refused(
    site: Site, content_type: str, body: bytes
) -> None:
    site.page("/", body, content_type=content_type)
    with pytest.raises(UnsupportedType):
        fetch(site.url("/"))


def test_a_page_without_content_is_empty(site: Site) -> None:
    site.raw("/", b"HTTP/1.1 204 No Content\r\n\r\n")
    page = fetch(site.url("/"))
    assert (page.status, page.body) == (204, b"")


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_compressed_stream_cut_short_is_kept(site: Site, encoding: str) -> None:
    whole = gzip.compress(bytes(range(256)) * 40) if encoding == "gzip" else b"<p>whole"
    body = whole[:-4] if encoding == "gzip" else whole
    site.page("/", body, headers={"content-encoding": encoding})
    assert fetch(site.url("/")).body == (bytes(range(256)) * 40 if encoding == "gzip" else body)


def test_broken_compression_is_a_fault_of_the_site(site: Site) -> None:
    site.page("/", b"\x1f\x8b\x08\x00" + b"\xff" * 100, headers={"content-encoding": "gzip"})
    with pytest.raises(ProtocolFailed, match="compressed bytes are broken"):
        fetch(site.url("/"))


OK = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n"
HUNG_UP = {
    "before its answer": [b""],
    "in the status line": [b"HTTP/1.1 2"],
    "in the headers": [OK],
    "in the body": [OK + b"content-length: 100\r\n\r\nhalf"],
    "in a chunk": [OK + b"transfer-encoding: chunked\r\n\r\n64\r\nhalf"],
    "before the last chunk": [OK + b"transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
}
GARBAGE = {
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a page with no head": b"<html><p>hello</html>\r\n\r\n",
    "a status that is none": b"HTTP/1.1 abc OK\r\n\r\n",
    "a header with no name": b"HTTP/1.1 200 OK\r\n: x\r\n\r\n",
    "two lengths": OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "a length below nothing": OK + b"content-length: -1\r\n\r\n",
    "a chunk of no size": OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    "a coding nobody knows": OK + b"transfer-encoding: gzip\r\n\r\n",
    "a switch of protocols": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
}


@pytest.mark.parametrize("where", HUNG_UP)
@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_broken_off_may_be_tried_again(site: Site, where: str, *, reset: bool) -> None:
    site.raw("/", *HUNG_UP[where], reset=reset)
    with pytest.raises(ConnectionFailed):
        fetch(site.url("/"))


@pytest.mark.parametrize("what", GARBAGE)
def test_what_is_not_http_fails_for_good(site: Site, what: str) -> None:
    site.raw("/", GARBAGE[what])
    with pytest.raises(ProtocolFailed):
        fetch(site.url("/"))


def test_a_closed_port_is_a_failed_connection() -> None:
    with Site() as gone:
        url = gone.url("/")
    with pytest.raises(ConnectionFailed) as caught:
        fetch(url)
    assert isinstance(caught.value, PageError)
    assert caught.value.retry


def test_a_body_without_length_ends_with_the_connection(site: Site) -> None:
    site.raw("/", OK + b"\r\n<p>all", b" of it")
    assert fetch(site.url("/")).body == b"<p>all of it"


def test_a_stored_copy_that_still_holds_is_not_sent_again(site: Site) -> None:
    site.page("/", b"", status=304, headers={"etag": '"b"'})
    held = FetchRequest(site.url("/"), etag='"a"', last_modified="Sun, 22 Nov 2026 12:00:00 GMT")
    page = fetch(held)
    assert (page.not_modified, page.status, page.body, page.etag) == (True, 304, b"", '"b"')
    asked = site.asked[0].headers
    assert asked["if-none-match"] == '"a"'
    assert asked["if-modified-since"] == "Sun, 22 Nov 2026 12:00:00 GMT"


def test_validators_go_only_to_the_page_they_are_of(site: Site) -> None:
    site.redirect("/a", "/b")
    site.page("/b", b"<p>new", headers={"etag": '"b"', "last-modified": "Sun, 22 Nov 2026 12:00:00 GMT"})
    first = fetch(site.url("/a"))
    assert (first.etag, first.last_modified) == ('"b"', "Sun, 22 Nov 2026 12:00:00 GMT")
    fetch_all(
        [
            FetchRequest(site.url("/a"), etag=first.etag),
            FetchRequest(site.url("/a"), etag=first.etag, stored_url=first.url),
        ]
    )
    assert [asked.headers.get("if-none-match") for asked in site.asked[2:]] == ['"b"', None, None, '"b"']


def test_a_header_full_of_blanks_holds_up_no_fetch(site: Site) -> None:
    """A pattern that goes back over them takes the worker's one loop longer than the fetch may take."""
    body = b"<p>word " * 200_000  # more than one read
    site.page("/", body, headers={"content-type": "text/html; charset=" + " " * 60_000 + ";"})
    assert fetch(site.url("/"), Settings(allow_networks=LOOPBACK, fetch_timeout=10)).body == body


def test_a_cookie_that_cannot_be_read_is_no_fault(site: Site) -> None:
    site.page("/", "<p>x", headers={"set-cookie": "a=b; max-age=" + "9" * 400})
    assert fetch(site.url("/")).body == b"<p>x"
