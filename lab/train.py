"""Trains the block model, and says how good it is on hosts that it did not see.

    python -m lab.train --data DIR --cache DIR [--folds N] [--no-save] [--out FILE.json]

Trains on wcxb-dev (labels from its gold text) and trafilatura-eval (labels by consensus and phrases, see
lab/consensus.py). The pages of the latter come a second time as an older author would have written them:
without classes, ids, roles and sectioning tags. That alone lifts news of 2011 in languages never seen from
.86 to .92. Word tables are out of fold wherever a page is learned from or judged. daniel and readability are
only ever evaluated on.
"""

from __future__ import annotations

import argparse
import pickle
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson
from numpy.typing import NDArray

from lab import consensus, corpus, grow, scores, tables
from lab.corpus import Page
from worker.clean.model import block_model, cut, features, names
from worker.clean.model.block_model import BlockModel
from worker.clean.model.outline import Outline
from worker.clean.model.trees import Forest

if TYPE_CHECKING:
    from worker.clean.document import Document

Singles = NDArray[np.float32]
Probabilities = NDArray[np.float64]

SEED = 7
FOUND = 0.6  # token F1 that the labelled blocks must reach: below it the gold text is not in the page
PLAIN_WEIGHT = 0.5
CONSENSUS_WEIGHT = 0.6  # a page labelled by consensus counts less than one that a person wrote down
PAGE_WEIGHT = 30.0  # the weight of a page, whatever its length; keeps the regularisers in their range
CHROME_WORTH = (
    0.05  # least share of content that a page is weighed as: below it chrome would be all that counts
)


@dataclass(frozen=True)
class Lesson:
    """A page as the forest sees it; `plain` without modern markup, None where that isn't learned."""

    page: Page
    fold: int
    matrix: Singles
    plain: Singles | None
    weight: float  # 0: only judged


def log(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def matrix(document: Document, learned: names.Tables) -> tuple[list[str], Singles]:
    found = features.everything(Outline(document), learned)
    return list(found), np.column_stack([np.asarray(column, np.float32) for column in found.values()])


def page_weight(page: Page) -> float:
    if not len(page.gold):
        return CONSENSUS_WEIGHT if page.sample.set == "trafilatura-eval" else 0.0
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
    old = {**corpus.MODERN, **corpus.LANDMARK}
    for page, fold in zip(pages, folds.tolist(), strict=True):
        _, full = matrix(page.document, learned[fold])
        plain = None
        if page.sample.set == "trafilatura-eval":  # doing so to WCXB too wins nothing
            _, plain = matrix(corpus.plain(page.document, old), learned[fold])
        yield Lesson(page, fold, full, plain, page_weight(page))


def material(chosen: Sequence[Lesson]) -> grow.Material:
    """The lessons' blocks under one another, those with a label."""
    parts: list[tuple[Singles, Singles, Singles]] = []
    for lesson in chosen:
        known = np.isfinite(lesson.page.labels)
        if not known.any() or not lesson.weight:
            continue
        labels, weights = lesson.page.labels[known], block_weights(lesson.page)[known] * lesson.weight
        parts.append((lesson.matrix[known], labels, weights))
        if lesson.plain is not None:
            parts.append((lesson.plain[known], labels, weights * PLAIN_WEIGHT))
    stacked = [np.concatenate(column).astype(np.float32) for column in zip(*parts, strict=True)]
    return grow.Material(*stacked)


Chances = Sequence[tuple[Page, Probabilities]]


def chances(forest: Forest, rows: Sequence[tuple[Page, Singles]]) -> Chances:
    return [(page, 1 / (1 + np.exp(-forest.score(np.ascontiguousarray(each.T))))) for page, each in rows]


def kept(page: Page, probabilities: Probabilities) -> NDArray[np.bool_]:
    return cut.keep(probabilities, Outline(page.document).letters.words)


def report(judged: Chances) -> dict[str, float]:
    """Token F1 by set, kind and language, with/without F1 and leak rate by set."""
    f1: dict[str, list[float]] = {}
    phrases: dict[str, scores.Phrases] = {}
    for page, probabilities in judged:
        keep = kept(page, probabilities)
        sample = page.sample
        phrases[sample.set] = phrases.get(sample.set, scores.Phrases()) + corpus.phrases(page, keep)
        if len(page.gold):
            for group in (sample.set, f"{sample.set} {sample.kind}", f"{sample.set} {sample.lang}"):
                f1.setdefault(group, []).append(corpus.token_f1(page, keep))
    figures = {f"f1 {group}": statistics.fmean(values) for group, values in f1.items() if len(values) >= 8}
    for name, found in phrases.items():
        if found.wanted:
            figures |= {f"with/without {name}": found.f1, f"leak {name}": found.leak}
    return {name: round(value, 4) for name, value in sorted(figures.items())}


def cross_validate(taught: Sequence[Lesson], folds: int) -> Chances:
    """Every page judged by a forest that saw no page of its host."""
    judged: list[tuple[Page, Probabilities]] = []
    for fold in range(folds):
        forest, _ = grow.grow(material([lesson for lesson in taught if lesson.fold != fold]))
        judged.extend(chances(forest, [(x.page, x.matrix) for x in taught if x.fold == fold]))
        log(f"fold {fold}: {report(judged[-sum(x.fold == fold for x in taught) :])}")
    return judged


def unseen(data: Path, cache: Path, name: str, model: BlockModel) -> Chances:
    """A set that is never trained on, judged by the shipped model."""
    pages = corpus.load(data, name, cache)
    return [(page, model.probabilities(page.document)) for page in pages]


def teach(data: Path, cache: Path) -> list[Page]:
    """Every page that may be learned from, with its labels."""
    said = consensus.testimony(data, "trafilatura-eval", cache)
    partly = [
        consensus.judge(page, list(said[page.sample.id].values()))
        for page in corpus.load(data, "trafilatura-eval", cache)
    ]
    return corpus.load(data, "wcxb-dev", cache) + partly


def train(chosen: argparse.Namespace) -> Mapping[str, object]:
    pages = teach(chosen.data, chosen.cache)
    log(f"{len(pages)} pages")
    folds = np.array(list(corpus.by_host(pages, chosen.folds, SEED)))
    learned = learn_tables(pages, folds)
    taught = list(lessons(pages, folds, learned))
    log("features")
    figures: dict[str, object] = {}
    if not chosen.quick:
        judged = cross_validate(taught, chosen.folds)
        figures["cross-validated"] = report(judged)
        said = {page.sample.key: probabilities for page, probabilities in judged}
        (chosen.cache / "cross-validated.pickle").write_bytes(pickle.dumps(said))
    columns, _ = matrix(pages[0].document, learned[-1])
    forest, gain = grow.grow(material(taught))
    model = BlockModel(columns, forest, learned[-1])
    if not chosen.no_save:
        block_model.save(slim(model), block_model.FILE)
    for name in ("daniel", "readability"):
        figures[name] = report(unseen(chosen.data, chosen.cache, name, model))
    order = np.argsort(-gain)
    figures["gain"] = {columns[n]: round(float(gain[n]), 4) for n in order[:80]}
    return figures


def slim(model: BlockModel) -> BlockModel:
    """The model without the columns that no tree tests."""
    forest = model.forest
    used = np.unique(forest.features)
    features = np.searchsorted(used, forest.features).astype(np.uint16)
    slim = Forest(features, forest.thresholds, forest.leaves, forest.bias)
    return BlockModel([model.columns[n] for n in used], slim, model.tables)


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    parser.add_argument("--cache", type=Path, required=True, help="a temporary folder for walked pages")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="no cross-validation")
    parser.add_argument("--no-save", action="store_true", help="leave the model file as it is")
    parser.add_argument("--out", type=Path, help="write the figures here too")
    return parser.parse_args(argv)


def main(run: Callable[[argparse.Namespace], Mapping[str, object]] = train) -> int:
    chosen = arguments()
    figures = orjson.dumps(run(chosen), option=orjson.OPT_INDENT_2)
    if chosen.out:
        chosen.out.write_bytes(figures)
    print(figures.decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
