"""Features of a block among its neighbours in reading order, and of the page as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from worker.clean.model.letters import Kind
from worker.clean.model.lines import HEADINGS, TAG_NUMBER, Column
from worker.clean.model.outline import total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.model.outline import Bools, Floats, Outline

WINDOWS = (1, 2, 5, 12)  # blocks on each side
NEIGHBOURS = (-2, -1, 1, 2)
FAR = 200.0  # blocks: there is none of the kind on this side


def columns(outline: Outline) -> Iterator[Column]:
    yield from _windows(outline)
    yield from _neighbours(outline)
    yield from _position(outline)
    yield from _page(outline)


def _sum_around(values: Floats, low: int, high: int) -> Floats:
    """Sum over blocks i+low .. i+high, cut at the page's ends."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    here = np.arange(len(values))
    return np.asarray(
        sums[np.clip(here + high + 1, 0, len(values))] - sums[np.clip(here + low, 0, len(values))]
    )


def _windows(outline: Outline) -> Iterator[Column]:
    chars = outline.letters.chars
    links = chars * outline.linked
    ones = np.ones(len(chars))
    stops = outline.letters.counts[:, Kind.STOP]
    digits = outline.letters.counts[:, Kind.DIGIT]
    for reach in WINDOWS:
        for side, low, high in (("before", -reach, -1), ("after", 1, reach), ("around", -reach, reach)):
            total = np.maximum(_sum_around(chars, low, high), 1.0)
            blocks = np.maximum(_sum_around(ones, low, high), 1.0)
            yield f"linked_{side}_{reach}", _sum_around(links, low, high) / total
            yield f"prose_{side}_{reach}", _sum_around(outline.prose, low, high) / blocks
            if side == "around":
                yield f"words_{side}_{reach}", _sum_around(outline.letters.words, low, high) / blocks
                yield f"stops_{side}_{reach}", _sum_around(stops, low, high) / blocks
                yield f"digits_{side}_{reach}", _sum_around(digits, low, high) / total


def _neighbours(outline: Outline) -> Iterator[Column]:
    blocks = outline.document.blocks
    tags = np.array([TAG_NUMBER.get(block.tag, len(TAG_NUMBER)) for block in blocks], float)
    for offset in NEIGHBOURS:
        at = np.clip(np.arange(len(blocks)) + offset, 0, max(0, len(blocks) - 1))
        yield f"words_{offset:+d}", outline.letters.words[at]
        yield f"linked_{offset:+d}", outline.linked[at]
        if abs(offset) == 1:
            yield f"tag_{offset:+d}", tags[at]
            yield f"last_{offset:+d}", outline.letters.last[at].astype(float)
            same = outline.rows[at] == outline.rows
            yield (
                f"same_parent_{offset:+d}",
                same | (outline.parent[outline.rows[at]] == outline.parent[outline.rows]),
            )
    images = {image.block for image in outline.document.images}
    yield "image_before", np.array([number in images for number in range(len(blocks))])
    yield "image_after", np.array([number + 1 in images for number in range(len(blocks))])


def _since(marked: Bools) -> Floats:
    """How many blocks back the nearest marked one is (0 for itself); FAR where there is none."""
    here = np.arange(len(marked), dtype=float)
    latest = np.maximum.accumulate(np.where(marked, here, -np.inf))
    return np.asarray(np.minimum(here - latest, FAR))


def _position(outline: Outline) -> Iterator[Column]:
    size = len(outline.rows)
    np.arange(size, dtype=float)
    chars, prose = outline.letters.chars, outline.prose
    heading = np.array([block.tag in HEADINGS for block in outline.document.blocks])
    first = np.array([block.tag == "h1" for block in outline.document.blocks])
    yield "chars_before", np.cumsum(chars) / max(chars.sum(), 1.0)
    yield "prose_before", np.cumsum(prose) / max(prose.sum(), 1.0)
    for name, marked in (("heading", heading), ("h1", first), ("prose", prose > 0)):
        yield f"since_{name}", _since(marked)
        yield f"until_{name}", _since(marked[::-1])[::-1]
    yield from _section(outline, heading)


def _section(outline: Outline, heading: Bools) -> Iterator[Column]:
    """The stretch from one heading to the next, which belongs together."""
    section = np.cumsum(heading, dtype=np.int64)
    chars = total(section, outline.letters.chars)
    links = total(section, outline.letters.chars * outline.linked)
    prose = total(section, outline.prose)
    yield "section_chars", chars[section]
    yield "section_linked", (links / np.maximum(chars, 1.0))[section]
    yield "section_prose", prose[section]


def _page(outline: Outline) -> Iterator[Column]:
    size = len(outline.rows)
    chars, words = outline.letters.chars, outline.letters.words
    total = max(chars.sum(), 1.0)
    values = {
        "page_linked": (chars * outline.linked).sum() / total,
        "page_prose": outline.prose.sum() / max(words.sum(), 1.0),
        "page_glued": outline.letters.counts[:, Kind.GLUED].sum() / total,
    }
    for name, value in values.items():
        yield name, np.full(size, value)
