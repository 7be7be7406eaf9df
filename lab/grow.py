"""Grows the forest with LightGBM, and turns it into the arrays that worker/clean/model/trees.py evaluates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import lightgbm
import numpy as np
from numpy.typing import NDArray

from worker.clean.model.trees import EVERY, LEAVES, Forest, Nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Singles = NDArray[np.float32]

ROUNDS = 150  # 300 at a slower rate win nothing and cost twice the time at each page
GROWTH: Mapping[str, Any] = {
    "objective": "cross_entropy",  # labels are shares of a block, not only 0 and 1
    "learning_rate": 0.12,
    "num_leaves": LEAVES - 1,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.35,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "use_missing": False,
    "seed": 7,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}


class Material(NamedTuple):
    """What a forest is grown on: (blocks, columns), (blocks,), (blocks,)."""

    matrix: Singles
    labels: Singles
    weights: Singles


class _Node(NamedTuple):
    feature: int
    tree: int
    threshold: float
    mask: int


def grow(material: Material, rounds: int = ROUNDS) -> tuple[Forest, NDArray[np.float64]]:
    """The forest, and the share of the gain that each column brought."""
    data = lightgbm.Dataset(material.matrix, material.labels, weight=material.weights)
    booster = lightgbm.train(dict(GROWTH), data, num_boost_round=rounds)
    gain = booster.feature_importance("gain")
    return convert(booster.dump_model()["tree_info"]), gain / max(gain.sum(), 1e-9)


def convert(trees: Sequence[Mapping[str, Any]]) -> Forest:
    """LightGBM's trees as flat arrays. The first tree carries the bias in its leaves."""
    nodes: list[_Node] = []
    leaves = np.zeros((len(trees), LEAVES), np.float32)
    for number, tree in enumerate(trees):
        values: list[float] = []
        nodes.extend(_read(tree["tree_structure"], number, values))
        leaves[number, : len(values)] = values
    columns = list(zip(*nodes, strict=True)) or [()] * 4
    arrays = Nodes(
        np.array(columns[0], np.uint16),
        np.array(columns[1], np.uint16),
        _rounded_down(np.array(columns[2], np.float64)),
        np.array(columns[3], np.uint32),
    )
    return Forest(arrays, leaves, 0.0)


def _read(node: Mapping[str, Any], tree: int, values: list[float]) -> Iterator[_Node]:
    """The nodes below, and their leaves' values appended from left to right."""
    if "leaf_value" in node:
        values.append(node["leaf_value"])
        return
    before = len(values)
    yield from _read(node["left_child"], tree, values)
    left = ((1 << len(values)) - 1) ^ ((1 << before) - 1)
    yield from _read(node["right_child"], tree, values)
    yield _Node(node["split_feature"], tree, node["threshold"], int(EVERY) & ~left)


def _rounded_down(thresholds: NDArray[np.float64]) -> Singles:
    """The largest 32-bit float that is not above: a 32-bit value compares with it as with the threshold."""
    near = thresholds.astype(np.float32)
    below = np.nextafter(near, np.float32(-np.inf))
    return np.where(near.astype(np.float64) > thresholds, below, near).astype(np.float32)
