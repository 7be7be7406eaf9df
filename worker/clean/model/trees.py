"""Evaluates gradient-boosted trees for all blocks at once, in numpy.

The trees are oblivious (Kohavi, 1994; CatBoost): all nodes of one level test the same feature against the
same threshold, so where a block ends in a tree is a number with a bit for each level. No block takes a path
of its own, and a level of all trees is three array operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

DEPTH = 6  # levels, at most 8: a leaf's number is a byte


class Splits(NamedTuple):
    """The tests that the trees make, each once: many are made by several."""

    features: NDArray[np.intp]  # (splits,)
    thresholds: Singles  # (splits, 1)
    of: NDArray[np.intp]  # of level and tree: the number of its split


@dataclass(frozen=True)
class Forest:
    """Of level and tree: the feature that is tested, and the threshold above which the level's bit is set.

    `leaves` has the value of each leaf, shape (trees, 2 ** DEPTH), the first level being the highest bit;
    `bias` is added to the sum.
    """

    features: NDArray[np.uint16]  # (DEPTH, trees)
    thresholds: Singles  # (DEPTH, trees)
    leaves: Singles
    bias: float

    @cached_property
    def splits(self) -> Splits:
        """Worked out once, for all pages."""
        both = np.stack((self.features.ravel(), self.thresholds.ravel()), dtype=np.float32)
        each, of = np.unique(both, axis=1, return_inverse=True)
        return Splits(each[0].astype(np.intp), each[1][:, None], of.reshape(self.features.shape))

    @cached_property
    def first(self) -> NDArray[np.uint32]:
        """Of tree: where its leaves begin among those of all, shape (trees, 1)."""
        trees, size = self.leaves.shape
        return np.arange(0, trees * size, size, dtype=np.uint32)[:, None]

    def score(self, columns: Singles) -> Floats:
        """Log odds for each block. `columns` has a row for each feature, shape (features, blocks)."""
        splits = self.splits
        passed = (columns.take(splits.features, axis=0) > splits.thresholds).view(np.uint8)
        leaf = np.zeros((len(self.leaves), columns.shape[1]), np.uint8)
        for level in splits.of:
            leaf += leaf  # a bit to the left; a shift takes three times as long
            leaf |= passed.take(level, axis=0)
        found = self.leaves.ravel().take(leaf + self.first)
        return np.asarray(found.sum(axis=0, dtype=np.float64) + self.bias)
