"""What a page says of itself, in whatever form it says it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.clean.blocks import walk
from worker.clean.metadata import Metadata, metadata

URL = "https://paper.example/news/river.html"


def read(html: str) -> Metadata:
    return metadata(walk(html), URL)


def ld(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f'<script type="application/ld+json">{text}</script>'


AUTHORS = ["Ada Quill", "Ben Ford"]
ARTICLE = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "The river &amp; the town",
    "author": [{"@type": "Person", "name": "Ada Quill"}, {"name": "Ben Ford"}],
    "datePublished": "2026-02-03T04:05:06Z",
    "dateModified": "2026-02-04",
    "publisher": {"@type": "Organization", "name": "The Paper"},
    "image": {"@type": "ImageObject", "url": "/i/river.jpg"},
    "inLanguage": "en-GB",
}


def test_json_ld_gives_every_field() -> None:
    found = read(ld(ARTICLE))
    assert found.title == "The river & the town"
    assert found.authors == ("Ada Quill", "Ben Ford")
    assert (found.published, found.modified) == ("2026-02-03T04:05:06+00:00", "2026-02-04")
    assert (found.site, found.language) == ("The Paper", "en-GB")
    assert found.image == "https://paper.example/i/river.jpg"


@pytest.mark.parametrize(
    "wrapped",
    [
        [{"@type": "WebSite", "name": "x"}, ARTICLE],
        {"@graph": [{"@type": "BreadcrumbList"}, ARTICLE]},
        {"@type": "WebPage", "mainEntity": ARTICLE},
        json.dumps(ARTICLE)[:-1] + ",}",
        "<!--" + json.dumps(ARTICLE) + "-->",
        json.dumps(ARTICLE).replace("The river", "The\n\triver"),
        "// <![CDATA[\n" + json.dumps(ARTICLE) + "\n// ]]>",
        "/* <![CDATA[ */" + json.dumps(ARTICLE) + "/* ]]> */",
        json.dumps(ARTICLE).replace("The river", "Bob\\'s river"),
        json.dumps(ARTICLE).replace('"headline"', '/* the headline */ "headline"'),
        json.dumps(ARTICLE).replace(', "headline"', ',, "headline"'),
        json.dumps(ARTICLE) + ";",
        json.dumps(ARTICLE).replace('"', "&quot;"),
        {
            "@graph": [
                {**ARTICLE, "author": {"@id": "#ada"}},
                {"@id": "#ada", "@type": "Person", "name": AUTHORS},
            ]
        },
    ],
)
def test_json_ld_is_found_in_graphs_lists_and_broken_json(wrapped: object) -> None:
    assert read(ld(wrapped)).authors == ("Ada Quill", "Ben Ford")


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{",
        "[[[[",
        "[" * 100_000,
        "/*" * 50_000,
        "null",
        '{"@type": 5}',
        '{"@type": "Article", "author": [[]]}',
        "\x00",
    ],
)
def test_json_ld_that_cannot_be_read_is_passed_over(broken: str) -> None:
    assert read(ld(broken) + '<meta name="author" content="Ada Quill">').authors == ("Ada Quill",)


def test_open_graph_and_meta_are_read() -> None:
    found = read(
        '<meta property="og:title" content="River rises"><meta property="og:site_name" content="The Paper">'
        '<meta name="author" content="By Ada Quill and Ben Ford">'
        '<meta property="og:image" content="//cdn.example/a">'
        '<meta property="article:published_time" content="2026-02-03"><link rel="canonical" href="/river">'
        '<meta property="og:locale" content="pt_BR">'
    )
    assert (found.title, found.site, found.published) == ("River rises", "The Paper", "2026-02-03")
    assert found.authors == ("Ada Quill", "Ben Ford")
    assert (found.image, found.canonical_url) == ("https://cdn.example/a", "https://paper.example/river")
    assert found.language == "pt-BR"


def test_microdata_is_read() -> None:
    found = read(
        '<div itemscope itemtype="https://schema.org/Article"><span itemprop="author">Ada Quill</span>'
        '<time itemprop="datePublished" datetime="2026-02-03T10:00+01:00">today</time></div>'
    )
    assert found.authors == ("Ada Quill",)
    assert found.published == "2026-02-03T10:00:00+01:00"


def test_the_heading_that_the_head_confirms_is_the_title() -> None:
    html = "<title>River rises again - News - The Paper</title><h1>The Paper</h1><h1>River rises again</h1>"
    assert read(html).title == "River rises again"


def test_the_name_of_the_site_is_no_part_of_the_title() -> None:
    html = '<title>River rises | The Paper</title><meta property="og:site_name" content="The Paper">'
    assert read(html).title == "River rises"


def test_a_page_that_says_nothing_has_no_fields() -> None:
    assert read("<p>text").to_dict() == {
        **dict.fromkeys(("title", "published", "modified", "site", "language", "canonical_url", "image")),
        "authors": [],
    }


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "http://[", "data:text/html,x", "mailto:a@b.example"]
)
def test_an_address_that_is_not_of_the_web_is_none(href: str) -> None:
    assert (
        read(f'<link rel="canonical" href="{href}"><meta property="og:image" content="{href}">').canonical_url
        is None
    )


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "@type",
                        "@graph",
                        "author",
                        "name",
                        "headline",
                        "datePublished",
                        "image",
                        "url",
                        "publisher",
                        "mainEntity",
                    ]
                ),
                x,
            )
        ),
    )
)
def test_no_json_ld_makes_it_raise(value: object) -> None:
    read(
        ld(
            json.dumps(
                {"@type": "Article", "author": value, "headline": value, "image": value, "@graph": value}
            )
        )
    )


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>River rises and rises | Another</title>", "River rises and rises"),
        ("<title>The river rises again after rain | The Paper</title>", "The river rises again after rain"),
        ("<title>Paper – River rises</title>", "River rises"),
        ("<title>River rises - Paper Official Site</title>", "River rises"),
        ("<title>Rivers - and how they rise</title>", "Rivers - and how they rise"),
        (
            "<title>x</title><h1>The Daily</h1><h2>River rises</h2><meta name=title content='River rises'>",
            "River rises",
        ),
        ("<title>12 ways to rise</title><h1>Why 12 rivers rise</h1>", "Why 12 rivers rise"),
    ],
)
def test_a_title_stands_without_its_site(html: str, title: str) -> None:
    assert read(html).title == title


def test_the_day_in_the_address_is_the_day_of_publication() -> None:
    assert metadata(walk("<p>text"), "https://paper.example/2026/02/03/river").published == "2026-02-03"


@pytest.mark.parametrize(
    ("lines", "published", "modified"),
    [
        ("<p>February 3, 2026 · 5 min read</p>", "2026-02-03", None),
        ("<p>Published</p><p>Feb 3, 2026</p><p>Last updated: Feb 5, 2026</p>", "2026-02-03", "2026-02-05"),
        ("<p>Updated Feb 5, 2026</p>", None, "2026-02-05"),
        ("<p>Stand: 5. Februar 2026</p>", None, "2026-02-05"),
        ("<p>Registration deadline: Feb 5, 2026</p>", None, None),
        (
            '<time datetime="2026-02-03T10:00:00+01:00">3 February 2026</time>',
            "2026-02-03T10:00:00+01:00",
            None,
        ),
        ('<time datetime="2026-02-03T10:00:00Z">two days ago</time>', "2026-02-03T10:00:00+00:00", None),
        ("<p>" + "The bridge fell on 3 February 2026, and the town had no other. " * 3 + "</p>", None, None),
    ],
)
def test_days_around_the_title_are_read(lines: str, published: str | None, modified: str | None) -> None:
    found = read(f"<html lang=en><h1>The river rises</h1>{lines}<p>Text of it.</p>")
    assert (found.published, found.modified) == (published, modified)


def test_what_machines_are_told_goes_before_what_is_shown() -> None:
    found = read(ld(ARTICLE) + "<h1>The river &amp; the town</h1><p>By Cyd Lane</p><p>May 5, 2026</p>")
    assert (found.authors, (found.published or "")[:10]) == (("Ada Quill", "Ben Ford"), "2026-02-03")
