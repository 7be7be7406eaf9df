"""Features of the interface's own phrases ("Read also", "Смотрите также", "相关阅读") in all known languages.

A box is what its first line says, so the phrase at the head of each container counts for all inside.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from worker.clean.lexicon import DIGITS, LONGEST_START, Lines, normal_words, taught

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from worker.clean.model.lines import Column
    from worker.clean.model.outline import Floats, Outline

# Kinds of phrases in an order that a threshold can cut: from parts of the article to parts of the site.
KINDS = [
    "byline",
    "tags",
    "author_bio",
    "read_more",
    "comments",
    "comment_prompt",
    "share",
    "follow",
    "newsletter",
    "related",
    "advert",
    "paywall",
    "consent",
    "navigation",
]
NUMBER = {kind: number for number, kind in enumerate(KINDS, 1)}
FIRST = 30  # characters in which the first word stands
LONGEST = 120  # characters of a block that is looked up; longer ones are no line of an interface
CLOSING = ("related", "comments", "comment_prompt", "share", "newsletter")  # what an article ends with
FAR = 200.0

_WORD = re.compile(r"\w+")


def columns(outline: Outline) -> Iterator[Column]:
    said, starts = _spoken(outline)
    yield "phrase", said
    yield "phrase_start", starts
    yield "phrase_next", np.concatenate((said[1:], [0.0]))
    yield "phrase_previous", np.concatenate(([0.0], said[:-1]))
    spoken = (said > 0).astype(float)
    around = np.convolve(spoken, np.ones(7), "same")
    yield "phrases_around", around[: len(said)] if len(said) >= 7 else np.full(len(said), spoken.sum())
    for kind in CLOSING:
        yield f"since_{kind}", _since(said == NUMBER[kind])
    yield from _boxes(outline, said, spoken)


def _since(marked: Floats) -> Floats:
    """How many blocks back the nearest marked one is; FAR where there is none."""
    here = np.arange(len(marked), dtype=float)
    return np.asarray(np.minimum(here - np.maximum.accumulate(np.where(marked, here, -np.inf)), FAR))


def _spoken(outline: Outline) -> tuple[Floats, Floats]:
    """Of block: the kind of phrase that the whole of it is, and that it begins with; 0 for none."""
    known, openers = taught(), _openers()
    said, starts = np.zeros((2, len(outline.texts)))
    for number, (text, words) in enumerate(zip(outline.folded, outline.document.tokens, strict=True)):
        if (words[0] if words else _first(text)) in openers:
            said[number] = _kind(text, words, known)
            if _WORD.search(text, 0, FIRST):
                whole = words and len(text) <= LONGEST
                starts[number] = _start(words if whole else normal_words(text[:LONGEST]), known)
    return said, starts


@cache
def _openers() -> frozenset[str]:
    """First words of all phrases: most blocks begin with none of them, and are not looked at further."""
    known = taught()
    return known.openers.union(*known.first_words.values(), {DIGITS})


def _first(text: str) -> str:
    """The first word of a text in its normal form; "" where it has none."""
    found = _WORD.search(text)
    return next(iter(normal_words(found[0])), "") if found else ""


def _kind(text: str, words: Sequence[str], known: Lines) -> int:
    if len(text) > LONGEST:
        return 0
    found = known.lines.get(" ".join(words))
    return NUMBER.get(found[0].kind, 0) if found else 0


def _start(words: Sequence[str], known: Lines) -> int:
    if words[0] not in known.openers:
        return 0
    for size in range(min(LONGEST_START, len(words)), 0, -1):
        if found := known.starts.get(" ".join(words[:size])):
            return NUMBER.get(found[0].kind, 0)
    return 0


def _boxes(outline: Outline, said: Floats, spoken: Floats) -> Iterator[Column]:
    """What the first line of each container says, and how much of it is phrases."""
    first = np.minimum(outline.document.elements.first_block, len(said) - 1)
    share = outline.inside(spoken) / np.maximum(outline.inner["blocks"], 1.0)
    for number, level in enumerate(outline.levels[:4]):
        yield f"box_says_{number}", said[first[level]]
        yield f"box_phrases_{number}", share[level]
