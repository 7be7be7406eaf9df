"""Fits the regression that names a page's kind, and says how often it is right on hosts that it did not see.

    python -m lab.kinds --data DIR --cache DIR [--no-save]

Learns from the kinds of wcxb-dev, and from trafilatura-eval as articles. `lab.train` must have left the
cross-validated probabilities in the cache folder: from them comes what is kept of each page. Writes
`worker/clean/model/kinds.npz`.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lab import corpus, missing, rig, unseen
from lab.lessons import SEED
from worker.clean.model import cut, kinds
from worker.clean.model.kinds import Kinds
from worker.clean.model.outline import Outline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HOSTS = 5  # a word on fewer says which site it is, not which kind
STRENGTH = 0.2  # inverse of the L2 penalty
FOLDS = 5
LEAST = 0.02  # a word whose weights are all smaller is left out
NEWS_WEIGHT = 0.5  # of a page of trafilatura-eval, of which nobody wrote down the kind


class Seen(NamedTuple):
    """A page as the regression sees it."""

    source: str  # the set it is of
    fold: int
    host: str
    kind: str
    words: set[str]


def seen(data: Path, cache: Path) -> list[Seen]:
    """The pages of both sets that have text to look at."""
    said = unseen.said(cache)
    pages = [page for name in ("wcxb-dev", "trafilatura-eval") for page in corpus.load(data, name, cache)]
    found = []
    for page, fold in zip(pages, corpus.by_host(pages, FOLDS, SEED), strict=True):
        keep = cut.keep(said[page.sample.key], Outline(page.document).letters.words)
        if keep.any():
            words = kinds.words(page.document, page.sample.url, np.flatnonzero(keep).tolist())
            kind = page.sample.kind or "article"
            found.append(Seen(page.sample.set, fold, page.host, kind, words))
    return found


def _vocabulary(pages: Sequence[Seen]) -> list[str]:
    hosts: defaultdict[str, set[str]] = defaultdict(set)
    for page in pages:
        for word in page.words:
            hosts[word].add(page.host)
    return sorted(word for word, on in hosts.items() if len(on) >= HOSTS)


def fit(pages: Sequence[Seen]) -> Kinds:
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    vocabulary = {word: number for number, word in enumerate(_vocabulary(pages))}
    held = [[vocabulary[word] for word in page.words if word in vocabulary] for page in pages]
    starts = np.cumsum([0, *map(len, held)])
    columns = np.concatenate([np.array(sorted(each), np.int64) for each in held])
    table = csr_matrix((np.ones(len(columns)), columns, starts), (len(pages), len(vocabulary)))
    weights = [NEWS_WEIGHT if page.source == "trafilatura-eval" else 1.0 for page in pages]
    model = LogisticRegression(C=STRENGTH, max_iter=400)
    model.fit(table, [page.kind for page in pages], sample_weight=weights)
    rows = zip(vocabulary, model.coef_.T.astype(np.float32), strict=True)
    found = {word: row for word, row in rows if np.abs(row).max() >= LEAST}
    return Kinds(list(model.classes_), {kinds.ALWAYS: model.intercept_.astype(np.float32), **found})


def _judged(pages: Sequence[Seen]) -> Iterator[tuple[Seen, str]]:
    """Every page of wcxb-dev with what it is taken for by a fit that saw no page of its host."""
    for fold in range(FOLDS):
        model = fit([page for page in pages if page.fold != fold])
        for page in pages:
            if page.fold == fold and page.source == "wcxb-dev":
                yield page, model.likeliest(page.words)


def report(judged: Sequence[tuple[Seen, str]]) -> str:
    """Of each kind: how many pages there are, are named, are found, and how many of those named are right."""
    real, named = Counter(page.kind for page, _ in judged), Counter(name for _, name in judged)
    right = Counter(name for page, name in judged if page.kind == name)
    rows = [
        [kind, str(real[kind]), f"{right[kind] / real[kind]:.2f}", f"{right[kind] / max(1, named[kind]):.2f}"]
        for kind in sorted(real)
    ]
    known = len(judged) - named[kinds.UNKNOWN]
    rows.append(["all", str(len(judged)), f"{known / len(judged):.3f} named", f"{right.total() / known:.3f}"])
    return rig.table(["kind", "pages", "found", "right where named"], rows)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.kinds", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    parser.add_argument("--cache", type=Path, required=True, help="the folder that lab.train wrote")
    parser.add_argument("--no-save", action="store_true", help="leave the file as it is")
    chosen = parser.parse_args()
    missing.need(*missing.TRAINING, install=missing.LOCKED)
    pages = seen(chosen.data, chosen.cache)
    print(report(list(_judged(pages))))
    if not chosen.no_save:
        kinds.save(fit(pages), kinds.FILE)
    return 0


if __name__ == "__main__":
    sys.exit(missing.told(main))
