from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.clean.blocks import walk
from worker.clean.model import features
from worker.clean.model.letters import GLUED_WORD, Kind, count
from worker.clean.model.names import Tables, line_words, pieces
from worker.clean.model.outline import Outline

PAGE = """<html><head><title>A title of things</title></head><body class="home">
<nav role="navigation"><ul><li><a href="/">Home</a></li><li><a href="/b">News</a></li></ul></nav>
<main><div class="wrap"><div class="post-body"><h1>A title of things</h1>
<p>The first paragraph has more than a dozen words, so that it reads as prose to us, doesn't it?</p>
<p>The second one, with a <a href="/x">link</a>, goes on about the same things for quite a while longer.</p>
</div></div></main><footer>© 2020 Somebody</footer></body></html>"""
TABLES = Tables(
    {"body": 1.0, "post": 0.5, "home": 0.25}, {"body": 1.0, "home": 2.0}, {"home": -1.0, "©": -2.0}
)


@pytest.fixture
def outline() -> Outline:
    return Outline(walk(PAGE))


def test_sums_inside_an_element_are_those_of_its_blocks(outline: Outline) -> None:
    words = outline.letters.words
    inside = outline.inside(words)
    for row in range(len(outline.parent)):
        assert inside[row] == pytest.approx(words[list(outline.document.blocks_of(row))].sum())


def test_sums_above_an_element_are_those_of_its_ancestors(outline: Outline) -> None:
    values = np.arange(len(outline.parent), dtype=float)
    above = outline.above(values)
    for row in range(len(values)):
        assert above[row] == values[list(outline.document.elements.ancestors(row))].sum()


def test_wrappers_around_the_same_blocks_are_one_container(outline: Outline) -> None:
    tags = outline.document.elements.tags
    main = tags.index("main")
    post = next(
        row for row, attrs in enumerate(outline.document.elements.attrs) if attrs.get("class") == "post-body"
    )
    assert outline.container[post] == outline.container[main] == main


def test_letters_are_counted_by_kind_and_words_are_comparable_across_scripts() -> None:
    letters = count(["Ab c1, d.", "北京大学。", "→ 12 €"])
    assert letters.words.tolist() == [3.0, pytest.approx(4 * GLUED_WORD), 1.0]
    assert letters.counts[0, Kind.UPPER] == 1
    assert letters.counts[1, Kind.GLUED] == 4
    assert letters.last.tolist() == [Kind.STOP, Kind.STOP, Kind.SIGN]
    assert letters.titled.tolist() == [1.0, 0.0, 0.0]


def test_letters_beyond_the_basic_plane_are_counted_too() -> None:
    assert count(["😀 a"]).counts[0, Kind.OTHER] == 1


def test_names_are_cut_into_words_and_kept_whole() -> None:
    assert pieces("post-bodyText c12") == ["post", "body", "text", ".post-bodytext", ".c12"]
    assert line_words("«Read», more: …") == ["read", "more"]
    assert line_words("long " * 100) == []


def test_names_weigh_where_they_stand(outline: Outline) -> None:
    columns = features.everything(outline, TABLES)
    blocks = [block.text.split()[0] for block in outline.document.blocks]
    first = blocks.index("The")
    assert columns["name_near"][first] == pytest.approx(1.5)
    assert columns["name_above"][first] == pytest.approx(3.0)
    assert columns["text_sum"][blocks.index("Home")] == -1.0


def test_a_landmark_counts_for_all_that_it_holds(outline: Outline) -> None:
    columns = features.everything(outline, TABLES)
    blocks = [block.text.split()[0] for block in outline.document.blocks]
    assert columns["in_nav"][blocks.index("Home")] == 1.0  # its tag and its role say the same
    assert columns["in_nav"][blocks.index("The")] == 0.0
    assert columns["most50_inside"][blocks.index("The")] == 1.0
    assert columns["most50_inside"][blocks.index("©")] == 0.0


@given(st.text(st.sampled_from("<>/=\"' abpdivliulh1tablenv北é1.,\n"), max_size=300))
def test_every_column_is_finite_whatever_the_page(html: str) -> None:
    document = walk(html)
    if document.blocks:
        for name, column in features.everything(Outline(document), TABLES).items():
            assert column.shape == (len(document.blocks),), name
            assert np.isfinite(column.astype(float)).all(), name
