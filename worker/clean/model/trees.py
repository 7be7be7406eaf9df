"""Evaluates gradient-boosted trees for all blocks at once, in numpy.

The trees are oblivious (Kohavi, 1994; CatBoost): all nodes of one level test the same feature against the
same threshold, so where a block ends in a tree is a number with a bit for each level. No block takes a path
of its own, and a level of all trees is four array operations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

DEPTH = 6  # levels, at most 8: a leaf's number is a byte


@dataclass(frozen=True, slots=True)
class Forest:
    """Of level and tree: the feature that is tested, and the threshold above which the level's bit is set.

    `leaves` has the value of each leaf, shape (trees, 2 ** DEPTH), the first level being the highest bit;
    `bias` is added to the sum.
    """

    features: NDArray[np.uint16]  # (DEPTH, trees)
    thresholds: Singles  # (DEPTH, trees)
    leaves: Singles
    bias: float

    def score(self, columns: Singles) -> Floats:
        """Log odds for each block. `columns` has a row for each feature, shape (features, blocks)."""
        trees, size = self.leaves.shape
        leaf = np.zeros((trees, columns.shape[1]), np.uint8)
        for features, thresholds in zip(self.features, self.thresholds, strict=True):
            leaf += leaf  # a bit to the left; a shift takes three times as long
            leaf |= columns.take(features, axis=0) > thresholds[:, None]
        flat = leaf + np.arange(0, trees * size, size)[:, None]
        return np.asarray(self.leaves.ravel().take(flat).sum(axis=0, dtype=np.float64) + self.bias)
