"""Selectors matched step by step find what the engine itself would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.clean.blocks import walk
from worker.clean.matching import MOST_WORK, Matcher
from worker.errors import BadSelector

PLAIN = st.sampled_from(["*", "p", "div", "b", ".x", "[id]", "p.x", ":not(.x)", ":has(b)", ":nth-child(2)"])
SELECTORS = st.builds(
    lambda first, rest: first + "".join(combinator + part for combinator, part in rest),
    PLAIN,
    st.lists(st.tuples(st.sampled_from([" ", ">", " + ", "~", ","]), PLAIN), max_size=4),
)
TAGS = st.sampled_from(["<div>", "<div class=x>", "</div>", "<p id=a>", "<b>", "</b>", "<p class=x>", "word"])


@given(st.lists(TAGS, max_size=30).map("".join), SELECTORS)
def test_a_selector_finds_what_the_engine_finds(html: str, selector: str) -> None:
    document = walk("<!doctype html><body>" + html)
    assert document.tree is not None
    row_of = {key: row for row, key in enumerate(document.elements.keys)}
    expected = sorted({row_of[node.mem_id] for node in document.tree.css(selector)})
    assert Matcher(document).rows(selector) == expected


@pytest.mark.parametrize("compound", ["p:nth-last-child(2)", ":not(.a)" * 20_000])
def test_work_that_grows_faster_than_the_page_is_refused_before_it_is_done(compound: str) -> None:
    document = walk("<!doctype html><body>" + "<p></p>" * 30_000)
    with pytest.raises(BadSelector, match="too much work"):
        Matcher(document).rows(compound)


def test_the_limit_is_of_all_selectors_together() -> None:
    document = walk("<!doctype html><body>" + "<p></p>" * 100_000)
    matcher = Matcher(document)
    for _ in range(MOST_WORK // (100_003 * 101)):
        matcher.rows("p" + ".a" * 400)
    with pytest.raises(BadSelector, match="too much work"):
        matcher.rows("p" + ".a" * 400)
