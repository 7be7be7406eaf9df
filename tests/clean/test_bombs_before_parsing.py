"""What is done to a page before it is parsed, so that no nesting and no tag makes the parser slow."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from worker.clean.depth import BOUNDS, MOST_OPTIONS, bounded
from worker.clean.tags import MAX_ATTRIBUTES, SHELLS, slimmed

MANY = 12_000
ATTRIBUTES = " ".join(f"a{n}={n}" for n in range(20_000))

# Each opens an element and closes none, whatever it looks like.
NESTED = {
    "plain": "<div>",
    "mixed-case": "<dIv><SPAN>",
    "closing-tag-in-a-comment": "<div><!--</div>-->",
    "closing-tag-in-a-short-comment": "<div><!--></div x='<!---->'",
    "closing-tag-in-an-attribute": "<div a='</div>'>",
    "closing-tag-in-an-unquoted-attribute": "<div a=</div>",
    "quote-in-the-name": "<div a'='></div'>",
    "quote-after-an-equals-sign-that-is-a-name": "<div ='><div =' ='>",
    "closing-tag-of-something-else": "<div></b>",
    "closing-tag-inside-a-table": "<div><table><tr><td></div>",
    "closing-tag-in-a-textarea": "<div><textarea></div></textarea>",
    "closing-tag-in-a-script": "<div><script></div></script>",
    "formatting-closed-out-of-order": "<b><div></b>",
    "self-closing": "<div/>",
}

# After each of these a page goes on, whatever it looks like.
ENDED = {
    **{name: f"<{name}><!--</{name}>" for name in ("iframe", "script", "style", "textarea", "title", "xmp")},
    "quote-in-a-script": '<script>x<b c="</script>',
    "script-in-a-script": "<script><!--<script></script>--></script>",
    "no-cdata": "<![CDATA[<!--]]>",
    "title-in-a-table": "<table><title><!--</title>",
    "title-in-svg": "<svg><desc><title><!--</title></desc></svg>",
    "style-in-svg": "<svg><style></svg>",
    "title-behind-svg": "<svg><p><title><!--</title>",
    "title-in-a-choice": "<select><title></select>",
}


def depth_of(html: str) -> int:
    """The deepest element of the page as lexbor reads it."""
    root = LexborHTMLParser(html).root
    deepest = depth = 0
    node = root
    while node is not None:
        deepest = max(deepest, depth)
        if node.first_child is not None:
            node, depth = node.first_child, depth + 1
            continue
        while node is not None and node.next is None:
            node, depth = node.parent, depth - 1
        node = node.next if node is not None else None
    return deepest


@pytest.mark.parametrize("tags", NESTED.values(), ids=NESTED)
def test_no_way_of_nesting_goes_deeper_than_a_few_times_the_limit(tags: str) -> None:
    assert depth_of("<body>" + bounded(tags * MANY)) <= 4 * BOUNDS.depth + 10  # table, tbody, tr, td


@pytest.mark.parametrize("before", ENDED.values(), ids=ENDED)
def test_nothing_before_it_hides_what_nests(before: str) -> None:
    assert depth_of("<body>" + bounded(before + "<div>" * MANY)) <= BOUNDS.depth + 10


def test_closing_tags_in_a_script_within_a_script_close_nothing() -> None:
    inner = "<script><!--<script></script>" + "</div>" * 900 + "--></script>"
    assert depth_of("<body>" + bounded(("<div>" * 900 + inner) * 10)) <= BOUNDS.depth + 10


@pytest.mark.parametrize("limit", [50, 2000])
def test_the_limit_is_the_operators(limit: int) -> None:
    assert limit <= depth_of("<body>" + bounded("<div>" * MANY, limit)) <= limit + 10


def test_the_text_between_tags_that_are_left_out_stays() -> None:
    text = LexborHTMLParser(bounded("<div>word " * MANY)).body
    assert text is not None
    assert (text.text() or "").split() == ["word"] * MANY


@pytest.mark.parametrize(
    "page",
    [
        "<ul>" + "<li><a href='/x?a=1&b=2'>word</a><p>text" * MANY + "</ul>",
        "<div><p><span class=a>word</span></p><br></div>" * MANY,
        "<table>" + "<tr><td>1<td><b>2</b></td>" * MANY + "</table>",
        "<div><!-- <div> --></div>" * MANY,
    ],
)
def test_a_long_page_that_closes_what_it_opens_is_left_as_it_is(page: str) -> None:
    assert bounded(page) == page


def test_tags_that_all_hand_their_attributes_to_the_first_stay_few() -> None:
    tags = "".join(f"<hTml {' '.join(f'a{n}_{m}' for m in range(200))}>" for n in range(100))
    root = LexborHTMLParser(bounded(slimmed(tags + "<p>word</p>"))).root
    assert root is not None
    assert len(root.attributes) <= SHELLS * 200
    assert root.text() == "word"


def test_more_choices_than_anybody_reads_are_one() -> None:
    page = LexborHTMLParser(bounded("<select>" + "<option>word " * (MOST_OPTIONS + 1000) + "</select>"))
    assert len(page.css("option")) == MOST_OPTIONS
    assert (page.root.text() if page.root else "").split() == ["word"] * (MOST_OPTIONS + 1000)


@pytest.mark.parametrize(
    ("before", "after"),
    [("<p {}>word", "<p {}>word"), ("<p>word</p {}>", "<p>word</p {}>"), ("<p {}", "<p {}")],
    ids=["opening", "closing", "unclosed"],
)
def test_a_tag_keeps_its_first_attributes(before: str, after: str) -> None:
    first = " ".join(ATTRIBUTES.split(" ")[:MAX_ATTRIBUTES])
    assert slimmed(before.format(ATTRIBUTES)) == after.format(first)


@pytest.mark.parametrize("value", ["'>'", '">"', "'><p'", "'\">'", "x<p"])
def test_no_value_hides_a_tag_of_many_attributes(value: str) -> None:
    page = "word > word " * 100 + "<p " + " ".join(f"a{n}={value}" for n in range(20_000)) + ">word"
    tag = LexborHTMLParser(slimmed(page)).css_first("p")
    assert tag is not None
    assert len(tag.attributes) == MAX_ATTRIBUTES


def test_every_tag_is_looked_at() -> None:
    page = slimmed(f"<p {ATTRIBUTES}>one</p>" * 3 + "<b title='>'>two</b>")
    tags = LexborHTMLParser(page).css("p")
    assert [len(tag.attributes) for tag in tags] == [MAX_ATTRIBUTES] * 3
    assert page.endswith("<b title='>'>two</b>")


@pytest.mark.parametrize(
    "page",
    [
        "<a" * 100_000,
        "<a " + "b" * 100_000,
        "<p title='" + "word " * 100_000 + "'>x",
        "<img src='data:image/png;base64," + "A" * 100_000 + "'>",
        "<script>" + "if (a < b) { c = '<d ' + e }" * 10_000 + "</script>",
        "<" * 100_000,
    ],
    ids=["names", "one-name", "long-value", "picture", "script", "signs"],
)
def test_a_long_tag_with_few_attributes_is_left_as_it_is(page: str) -> None:
    assert slimmed(page) == page
