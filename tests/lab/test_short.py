"""Short pages made of long ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lab import corpus
from lab.sets import Sample
from lab.short import LEFT, shortened

if TYPE_CHECKING:
    from lab.corpus import Page

TEXT = [f"Paragraph {number} tells of the river, the mill and the road to the coast." for number in range(30)]
CHROME = ["Home", "News", "A teaser of another story that stands beside this one"]


def page(paragraphs: int) -> Page:
    text = "".join(f"<p>{line}</p>" for line in TEXT[:paragraphs])
    menu = f"<ul><li>{CHROME[0]}<li>{CHROME[1]}</ul>"
    html = f"<body>{menu}<main><div>{text}</div></main><aside>{CHROME[2]}</aside>"
    gold = "\n".join(TEXT[:paragraphs])
    return corpus.page_of(Sample("made", "1", None, html, gold, (), (), "en", "article"))


def short_of(paragraphs: int) -> Page | None:
    return shortened(page(paragraphs), np.random.default_rng(1))


def test_the_beginning_of_the_text_is_left_and_all_that_is_not_text() -> None:
    short = short_of(30)
    assert short is not None
    left = [block.text for block in short.document.blocks if block.text not in CHROME]
    assert left == TEXT[: len(left)]
    assert LEFT[0] <= sum(map(len, short.tokens)) <= LEFT[1] + 60
    assert [line for line in CHROME if line in {block.text for block in short.document.blocks}] == CHROME
    assert len(short.gold) < len(page(30).gold)


def test_elements_hold_the_blocks_that_are_left() -> None:
    short = short_of(30)
    assert short is not None
    elements, blocks = short.document.elements, short.document.blocks
    assert [block.number for block in blocks] == list(range(len(blocks)))
    assert all(
        elements.first_block[block.element] <= block.number < elements.end_block[block.element]
        for block in blocks
    )
    assert len(short.labels) == len(short.tokens) == len(blocks) == elements.end_block[0]


def test_a_page_that_is_short_already_is_left_alone() -> None:
    assert short_of(3) is None
