from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from worker.clean.blocks import walk
from worker.clean.model import block_model, cut
from worker.clean.model.names import Tables
from worker.clean.model.trees import DEPTH, Forest

if TYPE_CHECKING:
    from pathlib import Path


def test_a_sure_page_is_cut_at_half() -> None:
    chances = np.array([0.98, 0.9, 0.45, 0.05])
    assert cut.keep(chances, np.array([50.0, 80.0, 10.0, 30.0])).tolist() == [True, True, False, False]


def test_a_page_of_small_chances_keeps_what_is_likeliest() -> None:
    chances = np.array([0.3, 0.3, 0.28, 0.02])
    assert cut.keep(chances, np.full(4, 20.0)).tolist() == [True, True, True, False]


def test_expected_f1_is_that_of_the_blocks_taken_so_far() -> None:
    order, gain = cut.expected_f1(np.array([0.0, 1.0]), np.array([10.0, 10.0]))
    assert order.tolist() == [1, 0]
    assert gain.tolist() == pytest.approx([1.0, 2 / 3])


def test_a_page_without_blocks_keeps_nothing() -> None:
    assert cut.keep(np.zeros(0), np.zeros(0)).shape == (0,)


def small_model() -> block_model.BlockModel:
    leaves = np.full((1, 2**DEPTH), -2.0, np.float32)
    leaves[0, -1] = 2.0
    forest = Forest(np.zeros((DEPTH, 1), np.uint16), np.full((DEPTH, 1), 8.0, np.float32), leaves, 0.0)
    return block_model.BlockModel(["words"], forest, Tables({"a": 1.5}, {}, {"é": -0.25}))


def test_a_model_read_back_gives_the_same_probabilities(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    model = small_model()
    block_model.save(model, path)
    again = block_model.read(path)
    document = walk("<p>Short.<p>" + "A longer paragraph with words. " * 4)
    assert again.tables == model.tables
    assert again.probabilities(document).tolist() == model.probabilities(document).tolist()
    assert model.probabilities(document)[0] < cut.HALF < model.probabilities(document)[1]


def test_a_document_without_blocks_has_no_probabilities() -> None:
    assert small_model().probabilities(walk("")).shape == (0,)
