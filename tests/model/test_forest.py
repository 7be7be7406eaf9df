from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from worker.clean.model.trees import EVERY, Forest, Nodes

Node = dict[str, Any]


def grown(rng: np.random.Generator, leaves: int, columns: int) -> Node:
    """A random tree in the shape that LightGBM dumps."""
    if leaves == 1:
        return {"leaf_value": float(rng.normal())}
    left = int(rng.integers(1, leaves))
    return {
        "split_feature": int(rng.integers(columns)),
        "threshold": float(np.float32(rng.normal())),
        "left_child": grown(rng, left, columns),
        "right_child": grown(rng, leaves - left, columns),
    }


def walked(node: Node, row: np.ndarray[Any, Any]) -> float:
    while "leaf_value" not in node:
        node = node["left_child" if row[node["split_feature"]] <= node["threshold"] else "right_child"]
    return float(node["leaf_value"])


def flattened(trees: list[Node]) -> Forest:
    rows: list[tuple[int, int, float, int]] = []
    leaves = np.zeros((len(trees), 32), np.float32)

    def read(node: Node, tree: int, values: list[float]) -> None:
        if "leaf_value" in node:
            values.append(node["leaf_value"])
            return
        before = len(values)
        read(node["left_child"], tree, values)
        mask = int(EVERY) & ~(((1 << len(values)) - 1) ^ ((1 << before) - 1))
        read(node["right_child"], tree, values)
        rows.append((node["split_feature"], tree, node["threshold"], mask))

    for number, tree in enumerate(trees):
        values: list[float] = []
        read(tree, number, values)
        leaves[number, : len(values)] = values
    feature, tree_of, threshold, mask = (np.array(column) for column in zip(*rows, strict=True))
    nodes = Nodes(
        feature.astype(np.uint16),
        tree_of.astype(np.uint16),
        threshold.astype(np.float32),
        mask.astype(np.uint32),
    )
    return Forest(nodes, leaves, 0.25)


@pytest.mark.parametrize("leaves", [2, 7, 32])
def test_a_forest_scores_as_walking_down_each_tree_does(leaves: int) -> None:
    rng = np.random.default_rng(leaves)
    trees = [grown(rng, leaves, 5) for _ in range(20)]
    matrix = rng.normal(size=(50, 5)).astype(np.float32)
    expected = [0.25 + sum(np.float32(walked(tree, row)) for tree in trees) for row in matrix]
    assert flattened(trees).score(matrix.T) == pytest.approx(expected, abs=1e-5)


def test_a_value_on_the_threshold_goes_left() -> None:
    tree: Node = {
        "split_feature": 0,
        "threshold": 1.5,
        "left_child": {"leaf_value": -1.0},
        "right_child": {"leaf_value": 1.0},
    }
    matrix = np.array([[1.5], [np.nextafter(np.float32(1.5), np.float32(2))]], np.float32)
    assert flattened([tree]).score(matrix.T).tolist() == [-0.75, 1.25]


def test_no_blocks_give_no_scores() -> None:
    rng = np.random.default_rng(1)
    assert flattened([grown(rng, 4, 3)]).score(np.zeros((3, 0), np.float32)).shape == (0,)
