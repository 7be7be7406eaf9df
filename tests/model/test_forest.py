from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from worker.clean.model.trees import DEPTH, Forest

if TYPE_CHECKING:
    from numpy.typing import NDArray


def planted(rng: np.random.Generator, trees: int, columns: int) -> Forest:
    return Forest(
        rng.integers(columns, size=(DEPTH, trees)).astype(np.uint16),
        rng.normal(size=(DEPTH, trees)).astype(np.float32),
        rng.normal(size=(trees, 2**DEPTH)).astype(np.float32),
        0.25,
    )


def walked(forest: Forest, tree: int, block: NDArray[np.float32]) -> float:
    """The leaf where the block ends: to the left half where a level's test fails, else to the right one."""
    leaves = forest.leaves[tree]
    for feature, threshold in zip(forest.features[:, tree], forest.thresholds[:, tree], strict=True):
        left, right = np.split(leaves, 2)
        leaves = right if block[feature] > threshold else left
    return float(leaves[0])


@pytest.mark.parametrize("trees", [1, 20, 400])
def test_a_forest_scores_as_walking_down_each_tree_does(trees: int) -> None:
    rng = np.random.default_rng(trees)
    forest = planted(rng, trees, 5)
    blocks = rng.normal(size=(50, 5)).astype(np.float32)
    expected = [0.25 + sum(walked(forest, tree, block) for tree in range(trees)) for block in blocks]
    assert forest.score(np.ascontiguousarray(blocks.T)) == pytest.approx(expected, abs=1e-4)


def test_a_value_on_the_threshold_does_not_pass_it() -> None:
    rng = np.random.default_rng(0)
    forest = planted(rng, 1, 1)
    at = forest.thresholds[:, 0].max()
    above = np.nextafter(at, np.float32(np.inf))
    on, over = forest.score(np.array([[at, above]], np.float32)).tolist()
    assert on == pytest.approx(0.25 + walked(forest, 0, np.array([at])))
    assert over == pytest.approx(0.25 + forest.leaves[0, -1])
    assert on != over
