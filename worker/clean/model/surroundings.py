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
NEIGHBOURS = (-1, 1)
FAR = 200.0  # blocks: there is none of the kind on this side


def columns(outline: Outline) -> Iterator[Column]:
    yield from _windows(outline)
    yield from _neighbours(outline)
    yield from _position(outline)
    yield from _page(outline)


def _windows(outline: Outline) -> Iterator[Column]:
    """Sums over the blocks before, after and around each, cut at the page's ends."""
    letters = outline.letters
    chars = letters.chars
    values = np.array([np.ones(len(chars)), chars, chars * outline.linked, outline.prose, letters.words])
    sums = np.zeros((len(values), len(chars) + 1))
    values.cumsum(axis=1, out=sums[:, 1:])
    here, reach = np.arange(len(chars)), np.array(WINDOWS)[:, None]
    low, high = np.maximum(here - reach, 0), np.minimum(here + reach + 1, len(chars))
    before = sums[:, None, :-1] - sums[:, low]
    after = sums[:, high] - sums[:, None, 1:]
    for side, found in (("before", before), ("after", after), ("around", before + after + values[:, None])):
        blocks, linked = np.maximum(found[0], 1.0), found[2] / np.maximum(found[1], 1.0)
        yield from zip([f"linked_{side}_{reach}" for reach in WINDOWS], linked, strict=True)
        yield from zip([f"prose_{side}_{reach}" for reach in WINDOWS], found[3] / blocks, strict=True)
        if side == "around":
            yield from zip([f"words_{side}_{reach}" for reach in WINDOWS], found[4] / blocks, strict=True)


def _neighbours(outline: Outline) -> Iterator[Column]:
    blocks = outline.rows
    tags, here = outline.tag_numbers, np.arange(len(blocks))
    up = outline.parent[outline.rows]
    for offset in NEIGHBOURS:
        at = np.minimum(np.maximum(here + offset, 0), max(0, len(blocks) - 1))
        yield f"words_{offset:+d}", outline.letters.words[at]
        yield f"linked_{offset:+d}", outline.linked[at]
        yield f"tag_{offset:+d}", tags[at]
        yield f"last_{offset:+d}", outline.letters.last[at].astype(float)
        yield f"same_parent_{offset:+d}", (outline.rows[at] == outline.rows) | (up[at] == up)
    pictured = np.zeros(len(blocks) + 1, bool)
    pictured[[image.block for image in outline.document.images]] = True
    yield "image_before", pictured[:-1]
    yield "image_after", pictured[1:]


def _since(marked: Bools) -> Floats:
    """How many blocks back the nearest marked one is (0 for itself); FAR where there is none."""
    here = np.arange(len(marked), dtype=float)
    latest = np.maximum.accumulate(np.where(marked, here, -np.inf))
    return np.asarray(np.minimum(here - latest, FAR))


def _position(outline: Outline) -> Iterator[Column]:
    chars, prose = outline.letters.chars, outline.prose
    tags = outline.tag_numbers
    heading = (tags >= TAG_NUMBER[HEADINGS[0]]) & (tags <= TAG_NUMBER[HEADINGS[-1]])
    first = tags == TAG_NUMBER["h1"]
    yield "chars_before", chars.cumsum() / max(chars.sum(), 1.0)
    yield "prose_before", prose.cumsum() / max(prose.sum(), 1.0)
    for name, marked in (("heading", heading), ("h1", first), ("prose", prose > 0)):
        yield f"since_{name}", _since(marked)
        yield f"until_{name}", _since(marked[::-1])[::-1]
    yield from _section(outline, heading)


def _section(outline: Outline, heading: Bools) -> Iterator[Column]:
    """The stretch from one heading to the next, which belongs together."""
    section = heading.cumsum(dtype=np.int64)
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
