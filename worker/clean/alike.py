"""Blocks of a page that hang alike: cards of a shelf, posts of a forum, entries of a menu. They are kept or
dropped for the same reason, so what the model says of one counts for the others too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from worker.clean.document import Document, Elements

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Path = tuple[tuple[str, str | None], ...]  # tag and class of the block's element and of the two above

MANY = 3  # blocks that hang alike are a series from so many on
OTHERS = 0.5  # what the mean of a series weighs against the block's own; 0.3 wins half as much, 0.6 no more


def shared(document: Document, probabilities: Floats) -> Floats:
    """The probabilities, each moved half of the way to the mean of its series. Shape (blocks,)."""
    series = _series(document)
    size = np.bincount(series)
    mean = np.bincount(series, probabilities) / np.maximum(size, 1)
    return np.where(size[series] >= MANY, (1 - OTHERS) * probabilities + OTHERS * mean[series], probabilities)


def _series(document: Document) -> Ints:
    """Of block: the number of its series."""
    elements = document.elements
    parent = np.maximum(elements.parent, 0).tolist()
    paths: dict[int, Path] = {}
    numbers: dict[Path, int] = {}
    found = []
    for block in document.blocks:
        row = block.element
        if row not in paths:
            paths[row] = tuple([_look(elements, up) for up in (row, parent[row], parent[parent[row]])])
        found.append(numbers.setdefault(paths[row], len(numbers)))
    return np.array(found, np.int64)


def _look(elements: Elements, row: int) -> tuple[str, str | None]:
    return elements.tags[row], elements.attrs[row].get("class")
