"""The block model: the probability of each block of a page to be content.

Made by `python -m lab.train`; the file beside this module holds the trees, the word tables and the names of
the columns that they were grown on. Its model card is lab/MODEL.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from worker.clean.model import features, names
from worker.clean.model.outline import Outline
from worker.clean.model.trees import Forest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from worker.clean.document import Document

Floats = NDArray[np.float64]

FILE = Path(__file__).with_name("blocks.npz")
MOST_BLOCKS = 30_000  # 6 kB of memory each; the longest page of the benchmark has 2,735
SEPARATOR = "\n"  # between the words of a table, which hold none


@dataclass(frozen=True, slots=True)
class BlockModel:
    """Everything that was learned. `columns` are the features that the forest tests, in its order."""

    columns: Sequence[str]
    forest: Forest
    tables: names.Tables

    def matrix(self, outline: Outline) -> NDArray[np.float32]:
        """The forest's features, shape (columns, blocks)."""
        found = features.everything(outline, self.tables)
        return np.array([found[column] for column in self.columns], np.float32)

    def probabilities(self, document: Document) -> Floats:
        """For each block the probability to be content, shape (blocks,)."""
        if not document.blocks:
            return np.zeros(0)
        return np.asarray(1 / (1 + np.exp(-self.forest.score(self.matrix(Outline(document))))))


def save(model: BlockModel, path: Path) -> None:
    """Write the model as one compressed file of plain arrays (no pickle)."""
    arrays: dict[str, NDArray[np.generic]] = {
        "columns": _packed(model.columns),
        "features": model.forest.features,
        "thresholds": model.forest.thresholds,
        "leaves": model.forest.leaves,
        "bias": np.array([model.forest.bias]),
    }
    for name in ("near", "above", "text"):
        table = getattr(model.tables, name)
        arrays[name] = _packed(list(table))
        arrays[f"{name}_weights"] = np.array(list(table.values()), np.float32)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def read(path: Path) -> BlockModel:
    """The model of a file that `save` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return BlockModel(
            _unpacked(file["columns"]),
            Forest(file["features"], file["thresholds"], file["leaves"], float(file["bias"][0])),
            names.Tables(_table(file, "near"), _table(file, "above"), _table(file, "text")),
        )


def _table(file: Mapping[str, NDArray[np.generic]], name: str) -> names.Weights:
    words = _unpacked(file[name])
    return dict(zip(words, file[f"{name}_weights"].tolist(), strict=True))


def _packed(words: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer(SEPARATOR.join(words).encode(), np.uint8)


def _unpacked(array: NDArray[np.generic]) -> list[str]:
    return array.tobytes().decode().split(SEPARATOR) if array.size else []


@cache
def shipped() -> BlockModel | None:
    """The model that comes with the code; None where its file is absent. Read once in a process."""
    return read(FILE) if FILE.is_file() else None


def probabilities(document: Document) -> Floats | None:
    """For each block the probability to be content, shape (blocks,); None where there is no model, or the
    page is so long that its features would not fit a cleaning child.
    """
    model = shipped()
    return model.probabilities(document) if model and len(document.blocks) <= MOST_BLOCKS else None
