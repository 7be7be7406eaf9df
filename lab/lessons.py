"""What the forest is grown on: the blocks of the pages that may be learned from, each with its features, its
label and its weight."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lab import corpus, grow, tables
from lab.short import shortened
from worker.clean.model import cut, features, names
from worker.clean.model.outline import Outline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lab.corpus import Page
    from worker.clean.document import Document

Singles = NDArray[np.float32]

SEED = 7
NEWS = "trafilatura-eval"
FOUND = 0.6  # token F1 that the labelled blocks must reach: below it the gold text is not in the page
PLAIN_WEIGHT = 0.5  # of a page without modern markup
SHORT_WEIGHT = 0.5  # of a short page that was made of a long one; no less without modern markup
CONSENSUS_WEIGHT = 0.6  # a page labelled by consensus counts less than one that a person wrote down
PAGE_WEIGHT = 30.0  # the weight of a page, whatever its length; keeps CatBoost's regularisers in their range
CHROME_WORTH = (
    0.05  # least share of content that a page is weighed as: below it chrome would be all that counts
)
BLOCKS_A_PAGE = 120  # drawn from each page, about: more teach nothing new and cost four times the time


@dataclass(frozen=True)
class Lesson:
    """A page as the forest sees it; `plain` without modern markup, None where that isn't learned."""

    page: Page
    fold: int
    matrix: Singles
    plain: Singles | None
    weight: float  # 0: only judged
    made: bool = False  # of another page, so never judged


def log(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def matrix(document: Document, learned: names.Tables) -> tuple[list[str], Singles]:
    """The names of all features, and their values, shape (blocks, features)."""
    found = features.everything(Outline(document), learned)
    return list(found), np.column_stack([np.asarray(column, np.float32) for column in found.values()])


def page_weight(page: Page) -> float:
    if not len(page.gold):
        return CONSENSUS_WEIGHT if page.sample.set == NEWS else 0.0
    found = corpus.token_f1(page, page.labels >= cut.HALF)
    return found if found > FOUND else 0.0


def block_weights(page: Page) -> Singles:
    """Of blocks: what each counts in the page's F1, more or less; a page sums to about PAGE_WEIGHT."""
    total = page.lengths.sum()
    content = max(len(page.gold), CHROME_WORTH * total)
    return np.asarray(PAGE_WEIGHT * (page.lengths + 1.0) / (CHROME_WORTH * total + content), np.float32)


def learn_tables(pages: Sequence[Page], folds: NDArray[np.int64]) -> list[names.Tables]:
    """For each fold the tables of all other folds, and last those of all pages."""
    words = [tables.words_of(page) for page in pages]
    usable = np.array([page_weight(page) > 0 for page in pages])
    learned = []
    for fold in [*range(int(folds.max()) + 1), -1]:
        chosen = np.flatnonzero(usable & (folds != fold)).tolist()
        found = tables.fit_tables([pages[n] for n in chosen], [words[n] for n in chosen])
        learned.append(found)
        log(f"tables without fold {fold}")
    return learned


def lessons(
    pages: Sequence[Page], folds: NDArray[np.int64], learned: Sequence[names.Tables]
) -> Iterator[Lesson]:
    """Every page, and news once more as short pages (with WCXB's that costs .01 there); out of fold."""
    rng = np.random.default_rng(SEED)
    for page, fold in zip(pages, folds.tolist(), strict=True):
        weight = page_weight(page)
        yield _lesson(page, fold, learned[fold], weight)
        short = shortened(page, rng) if page.sample.set == NEWS else None
        if short:
            yield _lesson(short, fold, learned[fold], weight, made=True)


def _lesson(page: Page, fold: int, learned: names.Tables, weight: float, *, made: bool = False) -> Lesson:
    plain = None
    if page.sample.set == NEWS:  # doing so to WCXB too wins nothing
        old = {**corpus.MODERN, **corpus.LANDMARK}
        _, plain = matrix(corpus.plain(page.document, old), learned)
    return Lesson(page, fold, matrix(page.document, learned)[1], plain, weight, made)


def material(chosen: Sequence[Lesson]) -> grow.Material:
    """The lessons' blocks under one another, those with a label; of long pages a sample."""
    rng = np.random.default_rng(SEED)
    parts: list[tuple[Singles, Singles, Singles]] = []
    for lesson in chosen:
        known = np.isfinite(lesson.page.labels)
        if not known.any() or not lesson.weight:
            continue
        labels, weights = lesson.page.labels[known], block_weights(lesson.page)[known] * lesson.weight
        forms = ((lesson.matrix, SHORT_WEIGHT if lesson.made else 1.0), (lesson.plain, PLAIN_WEIGHT))
        for rows, worth in [(form[known], worth) for form, worth in forms if form is not None]:
            drawn, scaled = _draw(weights, rng)
            parts.append((rows[drawn], labels[drawn], scaled * np.float32(worth)))
    stacked = [np.concatenate(column).astype(np.float32) for column in zip(*parts, strict=True)]
    return grow.Material(*stacked)


def _draw(weights: Singles, rng: np.random.Generator) -> tuple[NDArray[np.int64], Singles]:
    """Which blocks to learn from, and their weights, of the same sum in expectation. Heavy ones stay."""
    root = np.sqrt(weights)
    chance = np.minimum(1.0, BLOCKS_A_PAGE * root / root.sum())
    drawn = np.flatnonzero(rng.random(len(chance)) < chance)
    return drawn, np.asarray(weights[drawn] / chance[drawn], np.float32)
