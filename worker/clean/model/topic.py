"""Features of what the text is about: an article's paragraphs share words with its title and with one
another, the teasers of other articles don't. Words are compared by their first letters, which serves for
inflected languages; scripts without spaces by pairs of characters."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from worker.clean.model.lines import title_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.model.lines import Column
    from worker.clean.model.outline import Outline

STEM = 5  # letters
SHORTEST = 4  # letters; shorter words are grammar
READ = 300  # characters of a block that are looked at
GLUED_FROM = "\u2e80"


def stems(text: str) -> set[str]:
    """The stems of the text's longer words."""
    words = text[:READ].casefold().split()
    if text.isascii():
        return {word[:STEM] for word in words if len(word) >= SHORTEST}
    found: set[str] = set()
    for word in words:
        if word[0] >= GLUED_FROM:
            found.update(word[i : i + 2] for i in range(len(word) - 1))
        elif len(word) >= SHORTEST:
            found.add(word[:STEM])
    return found


def columns(outline: Outline) -> Iterator[Column]:
    blocks = outline.document.blocks
    each = [stems(block.text) for block in blocks]
    headings = " ".join(block.text for block in blocks if block.tag == "h1")
    title = stems(title_of(outline)) | stems(headings)
    sizes = np.array([max(1, len(found)) for found in each], float)
    near_title = np.array([len(found & title) for found in each], float)
    yield "stems", sizes
    yield "title_stems", near_title
    yield "title_stems_share", near_title / sizes
    prose = outline.prose > 0
    inside = Counter(stem for found, long in zip(each, prose, strict=True) if long for stem in found)
    common = {stem for stem, times in inside.items() if times > 1}  # in other prose than the block's own too
    shared = [
        len(found & common if own else inside.keys() & found)
        for found, own in zip(each, prose.tolist(), strict=True)
    ]
    cohesion = np.array(shared, float) / sizes
    yield "cohesion", cohesion
    weight, together, titled = outline.inside(np.array((sizes, cohesion * sizes, near_title)))
    found = (np.array((together, titled)) / np.maximum(weight, 1.0))[:, outline.floors[:4]]
    for name, levels in zip(("cohesion", "titled"), found, strict=True):
        yield from ((f"{name}_{number}", level) for number, level in enumerate(levels))
