"""Blocks of a page that hang alike: cards of a shelf, posts of a forum, entries of a menu. They are kept or
dropped for the same reason, so what the model says of one counts for the others too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from worker.clean.document import Document

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MANY = 3  # blocks that hang alike are a series from so many on
OTHERS = 0.5  # what the mean of a series weighs against the block's own; 0.3 wins half as much, 0.6 no more
STEPS = 3  # elements, the block's own and those above, whose tags and classes must be the same


def shared(document: Document, probabilities: Floats) -> Floats:
    """The probabilities, each moved half of the way to the mean of its series. Shape (blocks,)."""
    series = _series(document)
    size = np.bincount(series)
    mean = np.bincount(series, probabilities) / np.maximum(size, 1)
    return np.where(size[series] >= MANY, (1 - OTHERS) * probabilities + OTHERS * mean[series], probabilities)


def _series(document: Document) -> Ints:
    """Of block: the number of its series."""
    elements = document.elements
    parent = elements.parent.tolist()
    looks: dict[int, tuple[str, str | None]] = {}
    numbers: dict[tuple[tuple[str, str | None], ...], int] = {}
    found = np.empty(len(document.blocks), np.int64)
    for block in document.blocks:
        path, row = [], block.element
        for _ in range(STEPS):
            if row not in looks:
                looks[row] = _look(elements.tags[row], elements.attrs[row])
            path.append(looks[row])
            row = max(parent[row], 0)
        found[block.number] = numbers.setdefault(tuple(path), len(numbers))
    return found


def _look(tag: str, attrs: Mapping[str, str | None] | None) -> tuple[str, str | None]:
    return tag, attrs.get("class") if attrs else None
