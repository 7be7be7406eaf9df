"""English pages written in the letters of other scripts: no word is known to any list or table any more.

What is left is the page's shape and its authors' names for things, and these must do.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from lab.scores import token_overlap
from worker.clean import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGES = Path(__file__).parents[1] / "pages"
LEAST = 0.95  # token F1; what is missing are prompts inside the text that only words can tell
LATIN = "abcdefghijklmnopqrstuvwxyz"
SCRIPTS = {
    "Greek": "αβγδεζηθικλμνξοπρστυφχψωάέ",
    "Cyrillic": "абвгдежзиклмнопрстуфхцчшэю",
    "Ethiopic": "ሀለሐመሠረሰሸቀበተቸኀነኘአከኸወዐዘዠየደጀገ",
}
KEPT = (
    "breadcrumb",
    "comment-section",
    "data-table-kept",
    "documentation-with-side-nav",
    "everything-at-once",
    "index-page-keeps-its-teasers",
    "keep-forum-posts",
    "keep-recipe-with-share",
    "listing-with-descriptions",
    "live-blog",
    "product-with-specifications",
    "question-and-answers",
    "related-cards-after",
    "share-bar",
)

_MARKUP = re.compile(
    r"(<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>|&[#\w]+;)", re.DOTALL | re.IGNORECASE
)


def letters(script: str) -> Mapping[int, str]:
    small = dict(zip(LATIN, SCRIPTS[script], strict=True))
    return str.maketrans({**small, **{latin.upper(): other.upper() for latin, other in small.items()}})


def rewritten(html: str, script: str) -> str:
    """The page with its text, but no tag and no attribute, in other letters."""
    parts = _MARKUP.split(html)
    return "".join(part if part.startswith(("<", "&")) else part.translate(letters(script)) for part in parts)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("name", KEPT)
def test_a_page_in_unknown_words_is_cleaned_by_its_shape(name: str, script: str) -> None:
    expected = (PAGES / name / "expected.txt").read_text().translate(letters(script))
    text = clean(rewritten((PAGES / name / "page.html").read_text(), script)).text
    assert token_overlap(text, expected).f1 >= LEAST


@pytest.mark.parametrize("name", ["everything-at-once", "share-bar"])
def test_on_these_pages_a_model_that_keeps_everything_would_fail(name: str) -> None:
    expected = (PAGES / name / "expected.txt").read_text().translate(letters("Greek"))
    html = rewritten((PAGES / name / "page.html").read_text(), "Greek")
    text = clean(html, model=lambda document: np.ones(len(document.blocks))).text
    assert token_overlap(text, expected).f1 < LEAST
