"""Markdown that CommonMark parses back to the same blocks with the same text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from tests.clean.markup import lists, meant, parsed
from tests.clean.pages import PAGES
from worker.clean import Page, Rules, clean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from worker.clean.document import Document

SOME = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NO_RULES = Rules().without(*(name for name in Rules().names if name != "model"))
HARD = (
    """
* a;- a;+ a;1. a;1) a;1986. A flood;# a;## a #;C #;> a;=;===;---;- - -;***;___;a | b;| a |;:--;|---|;`a`;``
```;~~~;<b>;</p>;<!-- x -->;&amp;;&#35;;&;[a];[a](b);![a](b);[a]: b;a];(a);\\;\\*;a\\;*a*;**a**;_a_;a_b_c
!;!!;snow ; lead;“quoted”;«x»;12;水;été;a*b;~x~;http://a.example/x_y_z;-;+;#
""".strip()
    .replace("\n", ";")
    .split(";")
)
TEXTS = st.lists(st.sampled_from(HARD), min_size=1, max_size=4).map(lambda words: escape(" ".join(words)))
GLUED = st.lists(st.sampled_from(HARD), min_size=1, max_size=4).map(lambda words: escape("".join(words)))
SPANS = st.sampled_from(
    ["b", "i", "code", 'a href="/x"', 'a href="/x (y)_*[z]`&amp;amp;|"', "sup", "span", "s"]
)


def _span(tag: str, text: str) -> str:
    return f"<{tag}>{text}</{tag.split(maxsplit=1)[0]}>"


INLINE = st.recursive(
    TEXTS | GLUED | st.just("<br>"),
    lambda inner: st.builds(_span, SPANS, inner) | st.lists(inner, min_size=1, max_size=3).map("".join),
    max_leaves=6,
)
BLOCK_TAGS = st.sampled_from(["p", "h2", "h3", "li", "blockquote", "dt", "dd", "div"])
BLOCKS = st.recursive(
    st.builds(lambda tag, inner: f"<{tag}>{inner}</{tag}>", BLOCK_TAGS, INLINE)
    | st.builds(lambda text: f"<pre>{text}</pre>", TEXTS)
    | st.builds(
        lambda cells: "<table>" + "".join(f"<tr><td>{a}<td>{b}</tr>" for a, b in cells) + "</table>",
        st.lists(st.tuples(INLINE, INLINE), min_size=1, max_size=3),
    ),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>" + "".join(parts) + f"</{tag.split()[0]}>",
        st.sampled_from(["ul", "ol", 'ol start="98"', "li", "blockquote", "section"]),
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=8,
)


def certain(document: Document) -> NDArray[np.float64]:
    """A model that takes everything for content."""
    return np.ones(len(document.blocks))


def kept_whole(inner: str) -> Page:
    """The page with no rule in force and a model that drops nothing: everything on it is kept."""
    html = f"<html><body>{inner}</body></html>"
    return clean(html, url="https://valley.example/", rules=NO_RULES, model=certain)


@SOME
@given(st.lists(BLOCKS, min_size=1, max_size=5).map("".join))
def test_markdown_parses_back_to_the_same_blocks(html: str) -> None:
    page = kept_whole(html)
    assert parsed(page.markdown) == meant(page.pieces)


@SOME
@given(PAGES)
def test_markdown_of_any_page_parses_back_to_the_same_blocks(html: str) -> None:
    page = kept_whole(html)
    assert parsed(page.markdown) == meant(page.pieces)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<ul><li>a</li></ul><ul><li>b</li></ul>", [("ul", 1, 1), ("ul", 1, 1)]),
        ("<ol><li>a</li><li>b</li></ol><ol><li>c</li></ol>", [("ol", 1, 1), ("ol", 1, 1)]),
        ('<ol start="98"><li>a<li>b<li>c<ul><li>d</ul></ol>', [("ol", 1, 98), ("ul", 2, 1)]),
        ("<ul><li><ul><li>a</li></ul></li></ul>", [("ul", 1, 1)]),
        ("<ul><li>a<ol><li>b</ol><ol><li>c</ol></ul>", [("ul", 1, 1), ("ol", 2, 1), ("ol", 2, 1)]),
        ("<ul><li>a<pre>code</pre><p>b</p><ul><li>c</ul></ul>", [("ul", 1, 1), ("ul", 1, 1)]),
        ("<ol><li>a<p>b</p></li><li>c</li></ol>", [("ol", 1, 1)]),
    ],
)
def test_lists_are_as_many_and_as_deep_as_they_were(html: str, expected: list[tuple[str, int, int]]) -> None:
    assert lists(kept_whole(html).markdown) == expected


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>wow!<a href='/x'>map</a></p>", "wow\\![map](https://valley.example/x)"),
        ("<h2>Learn C #</h2>", "## Learn C \\#"),
        ("<p><b>“So”</b>he said</p>", "“So”he said"),
        ("<p><b>So</b>, he said</p>", "**So**, he said"),
        ("<p><code>a\nb</code><br><code>``</code></p>", "`a b`\\\n``` `` ```"),
        (
            "<table><tr><td><code>a|b</code><td>c</tr><tr><td>d<td>e</tr></table>",
            "| `a\\|b` | c |\n| --- | --- |\n| d | e |",
        ),
    ],
)
def test_hard_lines_are_written_so(html: str, markdown: str) -> None:
    assert kept_whole(html).markdown == markdown


@SOME
@given(st.lists(BLOCKS, min_size=1, max_size=5).map("".join))
def test_html_says_the_same_words_in_the_same_order(html: str) -> None:
    page = kept_whole(html)
    said = LexborHTMLParser(page.html).root
    assert said is not None
    assert "".join(said.text().split()) == "".join("".join(piece.text.split()) for piece in page.pieces)
