"""What is done, before it is parsed, to a page whose formatting is opened and never closed."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from worker.clean.blocks import walk
from worker.clean.depth import BOUNDS
from worker.clean.formatting import settled

NAMES = ("b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
OPENED = [f"<{NAMES[number % len(NAMES)]} a{number}>" for number in range(1000)]
BLOCKS = "<p>word" * 5000

# Between an opening tag and its end: what looks like a closing tag, and closes nothing there.
DISGUISES = {
    "none": "",
    "script": "<script>{}</script>",
    "comment": "<!--{}-->",
    "bogus-comment": "<!{}>",
    "instruction": "<?{}>",
    "bogus-end": "</ {}>",
    "value": "<p x='{}'>",
    "value-of-an-end": "</p x='{}'>",
    "cell": "<table><td>{}</table>",
    "caption": "<table><caption>{}</table>",
    "select": "<select>{}</select>",
    "object": "<object>{}</object>",
    "template": "<template>{}</template>",
    "svg": "<svg><desc>{}</svg>",
    "math": "<math><mi>{}</math>",
}
HIDING = {
    "comment-in-a-script": "<script><!--</script>",
    "quote-in-a-script": '<script>x<b c="</script>',
    "title-in-svg": "<svg><title></svg>",
}


def elements(html: str) -> int:
    root = LexborHTMLParser(html).root
    return sum(node.is_element_node for node in root.traverse()) if root else 0


def words(html: str) -> int:
    return sum(text.split().count("word") for text in (block.text for block in walk(html).blocks))


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_formatting_that_is_never_closed_does_not_multiply_the_elements(disguise: str) -> None:
    opened = "".join(tag + disguise.format(f"</{tag[1:].split()[0]}>") for tag in OPENED)
    page = f"<body><p>{opened}{BLOCKS}"
    assert elements(settled(page, BOUNDS.nodes)) <= BOUNDS.nodes
    assert words(page) == 5000


@pytest.mark.parametrize("before", HIDING.values(), ids=HIDING)
def test_nothing_before_it_hides_such_formatting(before: str) -> None:
    page = f"<body>{before}<p>{''.join(OPENED)}{BLOCKS}"
    assert elements(settled(page, BOUNDS.nodes)) <= BOUNDS.nodes
    assert words(page) == 5000


def test_formatting_in_capitals_with_slashes_is_seen_too() -> None:
    page = f"<body><p>{''.join(OPENED).upper().replace(' ', '/')}{BLOCKS}"
    assert elements(settled(page, BOUNDS.nodes)) <= BOUNDS.nodes


def test_formatting_that_closes_others_out_of_order_does_not_multiply_either() -> None:
    page = (
        "".join(f"<b a{n}>" for n in range(1200)) + "".join(f"<i a{n}>" for n in range(1200)) + "x</b>" * 1200
    )
    assert elements(settled(page, BOUNDS.nodes)) <= BOUNDS.nodes


def test_formatting_without_attributes_goes_where_even_three_of_a_name_are_too_much() -> None:
    page = "<p>" + "".join(f"<{name}>" * 3 for name in NAMES) + "<p>word" * 30_000
    assert elements(settled(page, BOUNDS.nodes)) <= BOUNDS.nodes
    assert words(page) == 30_000


@pytest.mark.parametrize(
    "page",
    [
        "".join(OPENED) + "word",
        "<p><font color=red>word" * 500,
        "<li><i class=icon></i> <a href=/x><b class=n>word</b></a>" * 5000,
        "<li><i class=icon><svg><path d=x /></svg></i> <b class=n><span>word</span></b>" * 5000,
        "<p><b>word <a href=/x>word</a></b>" * 20_000,
        "<table>" + "<tr><td><font size=2>word</font>" * 10_000,
    ],
    ids=["no-blocks", "few", "icons", "pictures", "links", "cells"],
)
def test_formatting_that_comes_to_few_elements_is_left_as_it_is(page: str) -> None:
    assert settled(page, BOUNDS.nodes) == page


@pytest.mark.parametrize("tag", ["<b a<", "<b a='", "<b a=1>", "<b a><!-- "])
def test_a_page_of_such_tags_costs_its_length(tag: str) -> None:
    """A pattern that looks to the end of the page for each would let the test time out."""
    page = "word " + tag * 500_000
    assert len(settled(page, BOUNDS.nodes)) <= 3 * len(page)
