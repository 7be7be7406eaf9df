"""Evaluates gradient-boosted trees for all blocks at once, in numpy.

The method is QuickScorer (Lucchese et al., SIGIR 2015). A tree's leaves are numbered from left to right; a
node whose test fails rules out the leaves of its left branch. With the nodes of one feature sorted by
threshold, the tests that fail for a value are a prefix of them, so the leaves left over are one look-up for
each feature and tree. The first leaf that nobody ruled out is where the block ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Masks = NDArray[np.uint32]

LEAVES = 32  # at most, so that a tree's leaves are one machine word
EVERY = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Nodes:
    """All inner nodes of all trees. When value > threshold a node sends the block right, by its mask."""

    feature: NDArray[np.uint16]
    tree: NDArray[np.uint16]
    threshold: Singles
    mask: Masks  # zeros where the leaves of the left branch are


@dataclass(frozen=True, slots=True)
class _Feature:
    """The nodes that test one feature: what is left in each of `trees` when the first n tests fail."""

    column: int
    thresholds: Singles
    trees: NDArray[np.int64]
    left: Masks  # (trees, tests + 1)


@dataclass(frozen=True)
class Forest:
    """`leaves` has the value of each leaf, shape (trees, LEAVES); `bias` is added to the sum."""

    nodes: Nodes
    leaves: Singles
    bias: float

    @cached_property
    def features(self) -> list[_Feature]:
        """The look-up tables, made once from the nodes."""
        order = np.lexsort((self.nodes.threshold, self.nodes.feature))
        columns, starts = np.unique(self.nodes.feature[order], return_index=True)
        parts = np.split(order, starts[1:])
        return [self._table(int(column), part) for column, part in zip(columns, parts, strict=True)]

    def _table(self, column: int, nodes: NDArray[np.int64]) -> _Feature:
        trees, own = np.unique(self.nodes.tree[nodes], return_inverse=True)
        left = np.full((len(trees), len(nodes) + 1), EVERY, np.uint32)
        left[own.reshape(-1), np.arange(1, len(nodes) + 1)] = self.nodes.mask[nodes]
        return _Feature(
            column,
            self.nodes.threshold[nodes],
            trees.astype(np.int64),
            np.bitwise_and.accumulate(left, axis=1),
        )

    def score(self, columns: Singles) -> Floats:
        """Log odds for each block. `columns` has a row for each feature, shape (features, blocks)."""
        left = np.full((len(self.leaves), columns.shape[1]), EVERY, np.uint32)
        for feature in self.features:
            failed = feature.thresholds.searchsorted(columns[feature.column])
            left[feature.trees] &= feature.left.take(failed, axis=1)
        first = np.bitwise_count((left & (~left + np.uint32(1))) - np.uint32(1))
        flat = first + np.arange(len(left), dtype=np.int64)[:, None] * LEAVES
        return np.asarray(self.leaves.ravel().take(flat).sum(axis=0, dtype=np.float64) + self.bias)
