"""Blocks of a page that hang alike: cards of a shelf, posts of a forum, entries of a menu. They are kept or
dropped for the same reason, so what the model says of one counts for the others too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from worker.clean.document import Document

    Floats = NDArray[np.float64]

MANY = 3  # blocks that hang alike are a series from so many on
OTHERS = 0.5  # what the mean of a series weighs against the block's own; 0.3 wins half as much, 0.6 no more


def shared(document: Document, probabilities: Floats) -> Floats:
    """The probabilities, each moved half of the way to the mean of its series. Shape (blocks,)."""
    series = document.hangs
    size = np.bincount(series)
    mean = np.bincount(series, probabilities) / np.maximum(size, 1)
    return np.where(size[series] >= MANY, (1 - OTHERS) * probabilities + OTHERS * mean[series], probabilities)
