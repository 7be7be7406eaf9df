"""Where to cut: which probability a block must have on this page.

Half is right when the model is sure of itself. On a page where it is not (a shop's shelf, a list of links:
every block at 0.2 or 0.3) half keeps next to nothing, and the cut with the highest expected F1 keeps what a
reader came for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

HALF = 0.5
# Expected F1 to be won before leaving half; less is the model's own error. A page that reads as prose is cut
# at half unless that keeps next to nothing; a shelf or a list of links where the expected F1 is highest.
# Cross-validated, lab/RESULTS.md.
WORTH = 0.06  # for a page of any kind
WORTH_IN_PROSE = 0.15
WORTH_ELSEWHERE = 0.0
LOWEST = 0.03


def expected_f1(probabilities: Floats, words: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Blocks from the most probable on, and the expected F1 of keeping the first 1, 2, … of them."""
    order = np.argsort(-probabilities, kind="stable")
    right = np.cumsum((probabilities * words)[order])
    kept = np.cumsum(words[order])
    return order, 2 * right / np.maximum(kept + right[-1], 1e-9)


def threshold(probabilities: Floats, words: Floats, worth: float) -> float:
    """The probability from which on blocks are kept. Both arrays of shape (blocks,), not empty."""
    order, gain = expected_f1(probabilities, words)
    confident = int((probabilities >= HALF).sum())
    at_half = float(gain[confident - 1]) if confident else 0.0
    best = int(gain.argmax())
    if gain[best] - at_half <= worth:
        return HALF
    return float(max(LOWEST, min(HALF, probabilities[order[best]])))


def keep(probabilities: Floats, words: Floats, worth: float = WORTH) -> Bools:
    """Which blocks to keep, shape (blocks,); `worth` is what leaving half must win, in expected F1."""
    if not len(probabilities):
        return np.zeros(0, bool)
    return np.asarray(probabilities >= threshold(probabilities, words, worth))


def sureness(probabilities: Floats, words: Floats, kept: Bools) -> float:
    """The expected F1 of what was kept, 0..1. Needs no calibration: pages at .80, .87, .93, .96 have a mean
    token F1 of .75, .84, .90, .94 on hosts that the model did not see.
    """
    mass = probabilities * words
    whole = float(mass.sum() + words[kept].sum())
    return 2 * float(mass[kept].sum()) / whole if whole else 0.0
