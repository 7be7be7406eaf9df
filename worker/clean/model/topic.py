"""Features of what the text is about: an article's paragraphs share words with its title and with one
another, the teasers of other articles don't. Words are compared by their first letters, which serves for
inflected languages; scripts without spaces by pairs of characters."""

from __future__ import annotations

from collections import Counter
from itertools import chain, compress
from typing import TYPE_CHECKING

import numpy as np

from worker.clean.model.lines import title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from worker.clean.model.lines import Column
    from worker.clean.model.outline import Outline

STEM = 5  # letters
SHORTEST = 4  # letters; shorter words are grammar
READ = 300  # characters of a block that are looked at
GLUED_FROM = "\u2e80"


def stems(words: Sequence[str], *, plain: bool) -> set[str]:
    """The stems of the longer words, which are in folded case; `plain` where all letters are ASCII."""
    if plain:
        return {word[:STEM] for word in words if len(word) >= SHORTEST}
    found: set[str] = set()
    for word in words:
        if word[0] >= GLUED_FROM:
            found.update(word[i : i + 2] for i in range(len(word) - 1))
        elif len(word) >= SHORTEST:
            found.add(word[:STEM])
    return found


def _of_text(text: str) -> set[str]:
    folded = text[:READ].casefold()
    return stems(folded.split(), plain=folded.isascii())


def _each(outline: Outline) -> list[set[str]]:
    """Of block: the stems of what is read of it."""
    blocks = zip(outline.texts, outline.words, strict=True)
    return [
        stems(words, plain=text.isascii()) if len(text) <= READ else _of_text(text) for text, words in blocks
    ]


def columns(outline: Outline) -> Iterator[Column]:
    each = _each(outline)
    headings = " ".join([text for text, tag in zip(outline.texts, outline.tags, strict=True) if tag == "h1"])
    title = _of_text(title_of(outline)) | _of_text(headings)
    sizes = np.array([max(1, len(found)) for found in each], float)
    near_title = np.array([len(found & title) for found in each], float)
    yield "stems", sizes
    yield "title_stems", near_title
    yield "title_stems_share", near_title / sizes
    cohesion = np.array(_shared(each, (outline.prose > 0).tolist()), float) / sizes
    yield "cohesion", cohesion
    weight, together, titled = outline.inside(np.array((sizes, cohesion * sizes, near_title)))
    found = (np.array((together, titled)) / np.maximum(weight, 1.0))[:, outline.floors[:4]]
    for name, levels in zip(("cohesion", "titled"), found, strict=True):
        yield from ((f"{name}_{number}", level) for number, level in enumerate(levels))


def _shared(each: Sequence[set[str]], prose: Sequence[bool]) -> list[int]:
    """Of block: how many of its stems stand in the page's prose, the block itself not counted."""
    inside = Counter(chain.from_iterable(compress(each, prose)))
    others = {True: {stem for stem, times in inside.items() if times > 1}, False: set(inside)}
    return [len(found & others[own]) for found, own in zip(each, prose, strict=True)]
