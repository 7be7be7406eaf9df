"""Trains the block model, and says how good it is on hosts that it did not see.

    python -m lab.train --data DIR --cache DIR [--folds N] [--no-save] [--out FILE.json]

Trains on wcxb-dev (labels from its gold text) and trafilatura-eval (labels by consensus and phrases, see
lab/consensus.py). The pages of the latter come a second time as an older author would have written them:
without classes, ids, roles and sectioning tags. That alone lifts news of 2011 in languages never seen from
.86 to .92. Long ones come once more cut short (lab/short.py). Word tables are out of
fold wherever a page is learned from or judged. daniel and readability are only ever evaluated on.
"""

from __future__ import annotations

import argparse
import pickle
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from lab import consensus, corpus, grow, missing, scores
from lab.corpus import Page
from lab.lessons import SEED, Lesson, learn_tables, lessons, log, material, matrix
from worker.clean.model import block_model, cut
from worker.clean.model.block_model import BlockModel
from worker.clean.model.outline import Outline
from worker.clean.model.trees import Forest

Singles = NDArray[np.float32]
Probabilities = NDArray[np.float64]

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
        judged.extend(chances(forest, [(x.page, x.matrix) for x in taught if x.fold == fold and not x.made]))
        log(f"fold {fold}")
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


def main() -> int:
    chosen = arguments()
    missing.need(*missing.TRAINING, install=missing.LOCKED)
    figures = orjson.dumps(train(chosen), option=orjson.OPT_INDENT_2)
    if chosen.out:
        chosen.out.write_bytes(figures)
    print(figures.decode())
    return 0


if __name__ == "__main__":
    sys.exit(missing.told(main))
