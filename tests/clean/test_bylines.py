"""Who wrote a page, as its byline says it."""

from __future__ import annotations

import pytest

from worker.clean.blocks import walk
from worker.clean.metadata import metadata
from worker.clean.person import people


def authors(html: str, url: str = "https://paper.example/river") -> tuple[str, ...]:
    return metadata(walk(html), url).authors


def under_the_title(lines: str) -> tuple[str, ...]:
    return authors(
        f"<title>The river rises</title><h1>The river rises</h1>{lines}<p>The text begins here.</p>"
    )


@pytest.mark.parametrize(
    "line",
    [
        "By Ada Quill",
        "Written by: Ada Quill",
        "Von Ada Quill, Redakteurin",
        "Par Ada Quill",
        "Por Ada Quill",
        "di Ada Quill",
        "Door Ada Quill",
        "Autor: Ada Quill",
        "Автор: Ada Quill",
        "By Ada Quill | 3 May 2026 | News",
        "3 May 2026 by Ada Quill, who writes of rivers",
        "Ada Quill | Senior Writer | 3 May 2026",
    ],
)
def test_a_byline_is_read_in_many_languages(line: str) -> None:
    assert under_the_title(f"<p>{line}</p>") == ("Ada Quill",)


@pytest.mark.parametrize(
    "lines",
    [
        '<p><a rel="author" href="/a">Ada Quill</a></p>',
        '<p>News <a href="/author/quill">Ada Quill</a> 5 min</p>',
        '<div class="post-author-name">Ada Quill</div>',
        "<p>Written by</p><p>Ada Quill</p>",
        "<p>Por:</p><p>Ada Quill</p>",
        "<p>Ada Quill</p><p>3 May 2026 · 5 min read</p>",
        '<img class="avatar" alt="Photo of Ada Quill" src="x.jpg"><p>Ada Quill</p>',
    ],
)
def test_an_author_is_told_by_links_classes_days_and_portraits(lines: str) -> None:
    assert under_the_title(lines) == ("Ada Quill",)


@pytest.mark.parametrize(
    "lines",
    [
        "<p>By the river</p>",
        "<p>By clicking Subscribe you agree</p>",
        "<p>Text Mining Basics</p>",
        "<p>Web Design</p>",
        '<img class="product" alt="River Boots" src="boots.jpg"><p>River Boots</p>',
        '<div class="authority">Port Authority</div><p>Learn More</p>',
        "<p>Автор:</p><p>И снова река</p>",
        "<p>By</p><p>Ada, tired of waiting for the dredgers of the town, moves the boats herself.</p>",
    ],
)
def test_lines_that_name_nobody_are_no_byline(lines: str) -> None:
    assert under_the_title(lines) == ()


def test_the_title_said_again_below_a_by_that_names_nobody_is_no_author() -> None:
    html = "<title>Rivers, risen</title><h1>Rivers, risen</h1><p>By</p><h2>Rivers, risen</h2><p>Text.</p>"
    assert authors(html) == ()


@pytest.mark.parametrize(
    "name", ["admin", "https://facebook.com/paper", "Paper", "paper.example", "webmaster", "", "@paper", "42"]
)
def test_accounts_addresses_and_the_site_itself_are_no_authors(name: str) -> None:
    html = f'<meta property="og:site_name" content="Paper"><meta name="author" content="{name}">'
    assert authors(html) == ()


def test_a_name_told_to_machines_has_no_tags() -> None:
    name = r"<a href=\"/quill\" rel=\"author\">Ada Quill<\/a>"
    html = f'<script type="application/ld+json">{{"@type": "Article", "author": "{name}"}}</script>'
    assert authors(html) == ("Ada Quill",)


def test_a_person_in_the_byline_goes_before_an_organisation_in_the_head() -> None:
    head = '<meta name="author" content="riverhouse">'
    assert under_the_title(head + "<p>By Ada Quill</p>") == ("Ada Quill",)
    assert under_the_title(head) == ("riverhouse",)


def test_who_wrote_the_comments_and_the_reviewed_book_did_not_write_the_page() -> None:
    comment = '<div itemscope itemtype="https://schema.org/Comment"><b itemprop="author">Cyd Lane</b></div>'
    book = '<script type="application/ld+json">{"@type": "Book", "author": "Dan Moor"}</script>'
    assert authors(book + "<p>Text</p>" + comment) == ()


def test_a_reading_time_on_a_card_is_no_author() -> None:
    card = (
        '<meta name="twitter:label1" content="Est. reading time">'
        '<meta name="twitter:data1" content="9 minutes">'
    )
    assert authors(card) == ()
    assert authors(card.replace("Est. reading time", "Written by").replace("9 minutes", "Ada Quill")) == (
        "Ada Quill",
    )


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Quill and Ben Ford", ["Ada Quill", "Ben Ford"]),
        ("Ada Quill, PhD, Senior Editor", ["Ada Quill"]),
        ("Ada Quill Stand: 3. Mai 2026", ["Ada Quill"]),
        ("undefined", []),
        ("Ada Quill MD, Ben Ford RN", ["Ada Quill", "Ben Ford"]),
        ("AQ Ada Quill Last updated 3 May 2026", ["Ada Quill"]),
        ("Ada van der Quill for The Paper", ["Ada van der Quill"]),
        ("Par Yann Le Braz le 3 mai", ["Yann Le Braz"]),
        ("María José García y Luis Pérez", ["María José García", "Luis Pérez"]),
        ("作者：王小明", ["王小明"]),
        ("A line that is much too long to be one. " * 20, []),
    ],
)
def test_names_stand_without_degrees_roles_and_dates(line: str, names: list[str]) -> None:
    assert people(line) == names
