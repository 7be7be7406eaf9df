"""Selectors matched step by step find what CSS says they do."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.clean.blocks import walk
from worker.clean.matching import MOST_WORK, Matcher
from worker.errors import BadSelector
from worker.jobs.selectors import steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selectolax.lexbor import LexborNode

    from worker.clean.document import Document
    from worker.jobs.selectors import Step

PLAIN = st.sampled_from(["*", "p", "div", "b", ".x", "[id]", "p.x", ":not(.x)", ":has(b)", ":nth-child(2)"])
SELECTORS = st.builds(
    lambda first, rest: first + "".join(combinator + part for combinator, part in rest),
    PLAIN,
    st.lists(st.tuples(st.sampled_from([" ", ">", " + ", "~", ","]), PLAIN), max_size=4),
)
TAGS = st.sampled_from(["<div>", "<div class=x>", "</div>", "<p id=a>", "<b>", "</b>", "<p class=x>", "word"])


class Judge:
    """By the words of the standard, one element after the other; the engine is asked for compounds alone. It
    is no judge of more: of `:not(.x) *` it does not find what has a .x between itself and the page's body.
    """

    def __init__(self, document: Document) -> None:
        assert document.tree is not None
        self.tree = document.tree
        self.all = document.tree.css("*")
        self.row_of = document.row_of

    def rows(self, selector: str) -> list[int]:
        found = [node for node in self.all if any(self.is_found(node, chain) for chain in steps(selector))]
        return sorted(self.row_of[node.mem_id] for node in found)

    def is_found(self, node: LexborNode, chain: Sequence[Step]) -> bool:
        *before, (combinator, compound) = chain
        if node.mem_id not in {each.mem_id for each in self.tree.css(compound)}:
            return False
        if not combinator:
            return True
        near = parents(node) if combinator in (" ", ">") else elder(node)
        return any(self.is_found(other, before) for other in islice(near, 1 if combinator in ">+" else None))


def parents(node: LexborNode) -> Iterator[LexborNode]:
    above = node.parent
    while above is not None and above.is_element_node:
        yield above
        above = above.parent


def elder(node: LexborNode) -> Iterator[LexborNode]:
    before = node.prev
    while before is not None:
        if before.is_element_node:
            yield before
        before = before.prev


@given(st.lists(TAGS, max_size=30).map("".join), SELECTORS)
def test_a_selector_finds_what_css_says(html: str, selector: str) -> None:
    document = walk("<!doctype html><body>" + html)
    assert Matcher(document).rows(selector) == Judge(document).rows(selector)


def test_an_ancestor_may_be_further_off_than_the_nearest_that_is_none() -> None:
    document = walk("<!doctype html><body><div class=x><p>")
    assert [document.elements.tags[row] for row in Matcher(document).rows(":not(.x) p")] == ["p"]


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
