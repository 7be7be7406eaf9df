"""Fits the word tables of the block model: logistic regressions over names and over texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from worker.clean.model import names
from worker.clean.model.outline import Outline

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from lab.corpus import Page

Words = Sequence[str]

BLOCKS_A_PAGE = 120  # drawn from each page, so that long pages don't drown the others
LEAST_WEIGHT = 0.02  # smaller weights change nothing and are left out of the table
DIGITS = 3
SEED = 7


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one table is fitted: of the words on so many `hosts` the `most` widespread are kept."""

    hosts: int
    strength: float  # inverse of the L2 penalty
    most: int = 8000


NEAR, ABOVE, TEXT = Recipe(4, 0.1), Recipe(4, 0.03), Recipe(8, 0.1, 6000)


@dataclass(frozen=True)
class Words3:
    """The words of each block of a page, for each of the three tables."""

    near: list[Words]
    above: list[Words]
    text: list[Words]


def words_of(page: Page) -> Words3:
    outline = Outline(page.document)
    named = {row: names.pieces(name) for row, name in names.element_names(outline)}
    chains = {row: list(page.document.elements.ancestors(row)) for row in set(outline.rows.tolist())}

    def collect(rows: Sequence[int]) -> list[str]:
        return [piece for row in rows for piece in named.get(row, ())]

    near = {row: collect(chain[: names.NEAR]) for row, chain in chains.items()}
    above = {row: collect(chain) for row, chain in chains.items()}
    rows = outline.rows.tolist()
    texts: list[Words] = [names.line_words(block.text) for block in page.document.blocks]
    return Words3([near[row] for row in rows], [above[row] for row in rows], texts)


def vocabulary(documents: Sequence[Words], hosts: Sequence[str], recipe: Recipe) -> dict[str, int]:
    """Words that stand on enough hosts, numbered from the most widespread on."""
    seen: dict[str, set[str]] = {}
    for words, host in zip(documents, hosts, strict=True):
        for word in words:
            seen.setdefault(word, set()).add(host)
    common = sorted(
        (word for word in seen if len(seen[word]) >= recipe.hosts), key=lambda w: (-len(seen[w]), w)
    )
    return {word: number for number, word in enumerate(common[: recipe.most])}


def counted(documents: Sequence[Words], numbers: dict[str, int]) -> csr_matrix:
    """How often each document has each word, shape (documents, words)."""
    from scipy.sparse import csr_matrix

    columns: list[int] = []
    ends = [0]
    for words in documents:
        columns.extend(numbers[word] for word in words if word in numbers)
        ends.append(len(columns))
    matrix = csr_matrix(
        (np.ones(len(columns), np.float32), columns, ends), shape=(len(documents), len(numbers))
    )
    matrix.sum_duplicates()
    return matrix


@dataclass
class _Rows:
    """Blocks drawn for one regression."""

    words: list[Words]
    labels: list[bool]
    weights: list[float]
    hosts: list[str]


def _draw(pages: Sequence[Page], words: Sequence[list[Words]]) -> _Rows:
    rng = np.random.default_rng(SEED)
    rows = _Rows([], [], [], [])
    for page, each in zip(pages, words, strict=True):
        usable = np.flatnonzero(np.isfinite(page.labels) & np.array([bool(block) for block in each]))
        if len(usable) > BLOCKS_A_PAGE:
            usable = rng.choice(usable, BLOCKS_A_PAGE, replace=False)
        weights = np.sqrt(page.lengths[usable] + 1.0)
        rows.words.extend(each[n] for n in usable)
        rows.labels.extend((page.labels[usable] >= 0.5).tolist())
        rows.weights.extend((weights * 50 / max(weights.sum(), 1.0)).tolist())
        rows.hosts.extend([page.host] * len(usable))
    return rows


def _table(rows: _Rows, recipe: Recipe) -> names.Weights:
    from sklearn.linear_model import LogisticRegression

    numbers = vocabulary(rows.words, rows.hosts, recipe)
    model = LogisticRegression(
        C=recipe.strength, solver="liblinear", max_iter=60, tol=1e-2, random_state=SEED
    )
    model.fit(counted(rows.words, numbers), rows.labels, sample_weight=rows.weights)
    weights = model.coef_[0]
    return {
        word: round(float(weights[n]), DIGITS)
        for word, n in numbers.items()
        if abs(weights[n]) >= LEAST_WEIGHT
    }


def fit_tables(pages: Sequence[Page], words: Sequence[Words3]) -> names.Tables:
    """The three tables, from pages with labels."""
    near = _table(_draw(pages, [each.near for each in words]), NEAR)
    above = _table(_draw(pages, [each.above for each in words]), ABOVE)
    return names.Tables(near, above, _table(_draw(pages, [each.text for each in words]), TEXT))
