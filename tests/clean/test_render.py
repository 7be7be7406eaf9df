"""Text, Markdown and HTML of what was kept."""

from __future__ import annotations

import dataclasses

import pytest
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from worker.clean import Options, Page, Rules, clean
from worker.clean.render.html import LONGEST_TARGET, STRETCH, written
from worker.errors import BadSelector

PARAGRAPH = (
    "The river rose by eleven centimetres in the night, and nobody in the lower town was surprised by it."
)
URL = "https://paper.example/news/river"


def page(inner: str, **options: object) -> Page:
    body = f"<html><main><h1>River</h1><p>{PARAGRAPH}</p>{inner}<p>{PARAGRAPH[::-1]}</p></main></html>"
    chosen = dataclasses.replace(Options(), **options)  # type: ignore[arg-type]
    return clean(body, url=URL, options=chosen)


def between(text: str) -> str:
    """What stands between the two paragraphs that every page here has."""
    return text.split(PARAGRAPH)[1].split(PARAGRAPH[::-1], maxsplit=1)[0].strip()


def parsed(markdown: str) -> LexborHTMLParser:
    return LexborHTMLParser(MarkdownIt("commonmark").enable("table").render(markdown))


def test_lists_are_lines_with_marks() -> None:
    inner = (
        "<ul><li>one<ul><li>two</li></ul></li><li>three</li></ul><ol start=3><li>four</li><li>five</li></ol>"
    )
    found = page(inner)
    assert between(found.text) == "- one\n  - two\n- three\n\n3. four\n4. five"
    tree = parsed(found.markdown)
    assert [node.text(deep=False).strip() for node in tree.css("li")] == [
        "one",
        "two",
        "three",
        "four",
        "five",
    ]
    assert [node.text().strip() for node in tree.css("li li")] == ["two"]
    assert [node.attributes["start"] for node in LexborHTMLParser(found.html).css("ol")] == ["3"]


def test_a_numbered_list_has_the_numbers_of_the_page() -> None:
    items = "<li>three<li value=9>nine<li>ten<li value=x>eleven"
    found = page(f"<ol start=3>{items}</ol>")
    assert between(found.text) == "3. three\n9. nine\n10. ten\n11. eleven"
    shown = [node.attributes.get("value") for node in LexborHTMLParser(found.html).css("li")]
    assert shown == [None, "9", None, None]


def test_a_table_of_data_has_rows_and_cells() -> None:
    inner = "<table><tr><th>Year</th><th>Ice</th></tr><tr><td>1984</td><td>a | b</td></tr></table>"
    found = page(inner)
    assert between(found.text) == "Year | Ice\n1984 | a | b"
    assert [cell.text() for cell in parsed(found.markdown).css("th, td")] == ["Year", "Ice", "1984", "a | b"]
    assert [cell.text() for cell in LexborHTMLParser(found.html).css("th, td")] == [
        "Year",
        "Ice",
        "1984",
        "a | b",
    ]


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ("<tr><td>a<td><td>b</tr><tr><td>c<td>d<td>e</tr>", [["a", "", "b"], ["c", "d", "e"]]),
        ("<tr><th rowspan=2>a<td>b<td>c<tr><td>d<td>e</tr>", [["a", "b", "c"], ["", "d", "e"]]),
        ("<tr><td colspan=2>a<td>b<tr><td>c<td>d<td>e</tr>", [["a", "", "b"], ["c", "d", "e"]]),
        ("<tr><td>a<td><p>b<p>c</tr><tr><td>d<td>e</tr>", [["a", "b c"], ["d", "e"]]),
        ("<tr><td><td>a<td>b</tr><tr><td><td>c<td>d</tr>", [["a", "b"], ["c", "d"]]),
        ("<tr><td colspan=100000>a<td>b<tr><td rowspan=-1>c<td colspan=x>d</tr>", [["a", "b"], ["c", "d"]]),
    ],
    ids=["empty", "rows", "columns", "paragraphs", "empty-column", "nonsense"],
)
def test_each_cell_of_a_table_stands_in_its_column(rows: str, shown: list[list[str]]) -> None:
    found = clean(f"<p>{PARAGRAPH}<table>{rows}</table>", rules=Rules().without("model"))
    for tree in (parsed(found.markdown), LexborHTMLParser(found.html.replace("<br>", " "))):
        lines = [[cell.text() for cell in line.css("td, th")] for line in tree.css("tr")]
        written = [[text for text in line if text] for line in lines] if "100000" in rows else lines
        assert written == shown


def test_code_keeps_its_lines_in_every_format() -> None:
    found = page("<pre><code>if x:\n    y = `1`\n</code></pre>")
    assert between(found.text) == "if x:\n    y = `1`"
    assert [node.text() for node in parsed(found.markdown).css("pre")] == ["if x:\n    y = `1`\n"]
    assert [node.text() for node in LexborHTMLParser(found.html).css("pre")] == ["if x:\n    y = `1`"]


def test_quotations_and_headings_are_what_they_were() -> None:
    found = page("<h2>Upstream</h2><blockquote><p>It was loud.</p><p>It was wet.</p></blockquote>")
    tree = parsed(found.markdown)
    assert [node.text() for node in tree.css("h2")] == ["Upstream"]
    assert [node.text() for node in tree.css("blockquote p")] == ["It was loud.", "It was wet."]
    assert [node.text() for node in LexborHTMLParser(found.html).css("blockquote p")] == [
        "It was loud.",
        "It was wet.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1. not a list",
            "# not a heading",
            "- not a list",
            "> not a quote",
            "*not* _emphasis_",
            "a < b > c",
        ),
        *(
            "[not](a-link)",
            "![no](image)",
            "`no` code",
            "&amp;amp; no entity",
            "\\backslash\\",
            "=== no rule",
        ),
        *("+ plus", "~~~ no fence", "<b>no tag</b>", "1986) no list", "| no | table |"),
    ],
)
def test_markdown_reads_back_as_the_same_words(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    tree = parsed(page(f"<p>{escaped} {PARAGRAPH}</p>").markdown)
    assert f"{text} {PARAGRAPH}" in [node.text() for node in tree.css("p")]


def test_inline_formatting_survives_in_markdown_and_html() -> None:
    found = page(f"<p>It was <b>very </b>loud<i> and</i> <code>wet</code>: {PARAGRAPH}</p>")
    assert "It was **very** loud *and* `wet`:" in found.markdown
    assert "<strong>very</strong> loud <em>and</em> <code>wet</code>" in found.html


def test_links_are_resolved_against_the_page() -> None:
    found = page(f'<p>{PARAGRAPH} <a href="../map?a=1&amp;b=2">the map</a> shows it.</p>')
    assert "[the map](https://paper.example/map?a=1&b=2)" in found.markdown
    assert 'href="https://paper.example/map?a=1&amp;b=2"' in found.html
    assert found.links == ({"url": "https://paper.example/map?a=1&b=2", "text": "the map"},)


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize(
    "inner",
    [
        "<p>{long}</p>",
        "<p>so <b>{long}</b></p>",
        "<pre>{long}</pre>",
        "<p>" + '<a href="/a">&amp;&amp;</a><a href="/b">&amp;&amp;</a>' * STRETCH + "</p>",
    ],
    ids=["paragraph", "bold", "code", "many-links"],
)
def test_no_text_is_given_to_nh3_in_one_long_piece(inner: str, *, links: bool) -> None:
    found = page(inner.format(long="&amp;&nbsp;x" * STRETCH), links=links)
    given = LexborHTMLParser(written(found.pieces, found.options))
    assert given.root is not None
    nodes = [node for node in given.root.traverse(include_text=True) if node.tag == "-text"]
    assert max(len(node.text_content or "") for node in nodes) <= STRETCH
    assert "<span" not in found.html
    shown = (LexborHTMLParser(found.html).text() or "").split()
    assert "".join(shown) == "".join(found.text.split())


def test_a_target_of_many_kilobytes_is_no_link() -> None:
    found = page(f'<p>{PARAGRAPH} <a href="/{"&amp;" * LONGEST_TARGET}">the map</a> shows it.</p>')
    assert "<a" not in found.html
    assert "the map" in found.html


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "vbscript:x", " java\nscript:x"]
)
def test_a_link_that_runs_is_no_link(href: str) -> None:
    found = page(f'<p>{PARAGRAPH} <a href="{href}">the map</a> shows it.</p>')
    assert "the map" in found.text
    assert "script:" not in (found.html + found.markdown).lower()
    assert "data:" not in found.html + found.markdown
    assert found.links == ()


def test_links_can_be_left_out() -> None:
    found = page(f'<p>{PARAGRAPH} <a href="/map">the map</a> shows it.</p>', links=False)
    assert "](" not in found.markdown
    assert "<a" not in found.html
    assert "the map" in found.text


def test_tables_can_be_left_out() -> None:
    inner = "<table><tr><td>Year</td><td>Ice</td></tr></table>"
    assert between(page(inner, tables=False).text) == ""


def test_the_title_is_kept_when_asked_for() -> None:
    assert page("", title=True).text.startswith("River\n\n")
    assert page("", title=True).markdown.startswith("# River\n\n")
    assert "River\n" not in page("").text


def test_captions_and_images_are_kept_when_asked_for() -> None:
    inner = (
        '<figure><img data-src="/i/a.jpg" src="data:image/gif;base64,x" alt="Ice">'
        "<figcaption>Ice at the weir</figcaption></figure>"
    )
    found = page(inner, captions=True, images=True)
    assert between(found.text) == "Ice at the weir"
    assert found.images == ({"url": "https://paper.example/i/a.jpg", "alt": "Ice"},)
    assert between(page(inner).text) == ""
    assert page(inner).images == ()


def test_include_and_exclude_take_css() -> None:
    inner = "<div id=a><p>Kept alone.</p></div><div class=b><p>Not this.</p></div>"
    assert page(inner, include=("#a",)).text == "Kept alone."
    assert between(page(inner, exclude=(".b", "h7")).text) == "Kept alone."


@pytest.mark.parametrize("selector", ["p[", "", "::x", "a >> b"])
def test_a_selector_that_is_no_css_is_refused(selector: str) -> None:
    with pytest.raises(BadSelector):
        page("", exclude=(selector,))


def test_only_the_formats_asked_for_are_stored() -> None:
    stored = page("", formats=("markdown",)).to_dict()["page"]
    assert stored["markdown"]
    assert stored["text"] is None
    assert stored["html"] is None
