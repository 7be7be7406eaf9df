"""Features of a block by itself: its letters, its tag, whether its text stands elsewhere on the page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from worker.clean.model.letters import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.model.outline import Bools, Floats, Outline

Column = tuple[str, "Floats | Bools"]

# Tags in an order that a threshold can cut: prose, quotes, headings, cells, lists, inline, controls.
TAG_ORDER = [
    "p",
    "blockquote",
    "pre",
    "dd",
    "dt",
    "figcaption",
    "caption",
    "summary",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "td",
    "th",
    "tr",
    "tbody",
    "table",
    "li",
    "ul",
    "ol",
    "dl",
    "section",
    "article",
    "main",
    "div",
    "body",
    "center",
    "header",
    "footer",
    "aside",
    "nav",
    "form",
    "fieldset",
    "legend",
    "address",
    "figure",
    "noscript",
    "button",
    "select",
    "option",
    "textarea",
]
TAG_NUMBER = {tag: number for number, tag in enumerate(TAG_ORDER)}
OTHER_TAG = len(TAG_ORDER)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")  # side by side in that order
SHARES = [f"share_{kind.name.lower()}" for kind in Kind]


def columns(outline: Outline) -> Iterator[Column]:
    letters = outline.letters
    chars, words = letters.chars, np.maximum(letters.words, 1.0)
    yield "words", letters.words
    yield "chars", chars
    yield "linked", outline.linked
    yield "word_length", chars / words
    yield "titled", letters.titled / words
    yield from zip(SHARES, letters.counts.T / chars, strict=True)
    yield "stops", letters.counts[:, Kind.STOP]
    yield "commas", letters.counts[:, Kind.COMMA]
    yield "first", letters.first.astype(float)
    yield "last", letters.last.astype(float)
    yield from _tags(outline)
    yield from _echoes(outline)


def _tags(outline: Outline) -> Iterator[Column]:
    document = outline.document
    yield "tag", outline.tag_numbers
    inner = document.elements.tags
    yield "inner_tag", np.array([INLINE_NUMBER.get(inner[row], 0) for row in outline.rows.tolist()], float)
    yield "hidden", document.elements.hidden[outline.rows]
    yield "runs", np.array([len(block.runs) for block in document.blocks], float)


INLINE_NUMBER = {
    "a": 1,
    "span": 2,
    "strong": 3,
    "b": 3,
    "em": 4,
    "i": 4,
    "time": 5,
    "label": 6,
    "small": 7,
    "button": 8,
}


def _echoes(outline: Outline) -> Iterator[Column]:
    """How often the same text stands on the page, and how much of it the title and the main heading have."""
    folded = outline.folded
    times = Counter(folded)
    yield "same_text", np.array([times[text] for text in folded], float)
    title = set(title_of(outline).casefold().split())
    shares = [len(title.intersection(words)) / len(words) for words in outline.words]
    yield "title_share", np.array(shares, float)


def title_of(outline: Outline) -> str:
    """The text of <title>; "" where there is none."""
    rows = outline.document.rows_by_tag.get("title", ())
    return next((outline.document.raw.get(row, "") for row in rows), "")
