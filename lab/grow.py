"""Grows the forest with CatBoost, and turns it into the arrays that worker/clean/model/trees.py evaluates."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from worker.clean.model.trees import DEPTH, Forest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catboost import CatBoost

Singles = NDArray[np.float32]

ROUNDS = 400
GROWTH: Mapping[str, Any] = {
    "loss_function": "CrossEntropy",  # labels are shares of a block, not only 0 and 1
    "boosting_type": "Plain",
    "depth": DEPTH,
    "learning_rate": 0.12,
    "l2_leaf_reg": 30,
    "leaf_estimation_iterations": 1,
    "random_strength": 0,
    "rsm": 0.35,
    "bootstrap_type": "Bernoulli",
    "subsample": 0.7,
    "border_count": 63,
    "random_seed": 7,
    "thread_count": 1,
    "allow_writing_files": False,
    "verbose": False,
}


class Material(NamedTuple):
    """What a forest is grown on: (blocks, columns), (blocks,), (blocks,)."""

    matrix: Singles
    labels: Singles
    weights: Singles


def grow(material: Material, rounds: int = ROUNDS) -> tuple[Forest, NDArray[np.float64]]:
    """The forest, and the share of the gain that each column brought."""
    from catboost import CatBoost, Pool

    booster = CatBoost({**GROWTH, "iterations": rounds})
    labels = np.clip(material.labels, 0, 1)
    booster.fit(Pool(material.matrix, label=labels, weight=material.weights))
    gain = np.asarray(booster.get_feature_importance(), np.float64)
    return convert(_written(booster)), gain / max(gain.sum(), 1e-9)


def _written(booster: CatBoost) -> Mapping[str, Any]:
    """What CatBoost writes of itself as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        booster.save_model(str(path), format="json")
        written: Mapping[str, Any] = orjson.loads(path.read_bytes())
        return written


def convert(written: Mapping[str, Any]) -> Forest:
    """CatBoost's trees as arrays. Its first level is a leaf's lowest bit, ours the highest."""
    trees = written["oblivious_trees"]
    features = np.zeros((DEPTH, len(trees)), np.uint16)
    thresholds = np.full((DEPTH, len(trees)), np.inf, np.float32)  # a level that a tree lacks sets no bit
    leaves = np.zeros((len(trees), 2**DEPTH), np.float32)
    for number, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"] or ()):
            features[DEPTH - 1 - level, number] = split["float_feature_index"]
            thresholds[DEPTH - 1 - level, number] = split["border"]
        leaves[number, : len(tree["leaf_values"])] = tree["leaf_values"]
    scale, (bias,) = written["scale_and_bias"]
    return Forest(features, thresholds, leaves * np.float32(scale), float(bias))
