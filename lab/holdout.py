"""How the block model fares with less: a learning curve over hosts, and languages that it never saw.

    python -m lab.holdout --data DIR --cache DIR [--share 0.25 …] [--without LANG …] [--only LANG]

Each line is a model of its own, word tables included, grown on the hosts of four folds out of five, or on a
share of these hosts, or without the pages of a language, or on one language alone. It is judged by the model
and the cut, without the rules: on wcxb-dev's and trafilatura-eval's hosts of the fifth fold, on the pages of
trafilatura-eval in languages left out, and on daniel. Five to ten minutes a line on one core.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lab import corpus, grow, missing, rig
from lab.lessons import NEWS, SEED, learn_tables, lessons, log, material, matrix
from lab.train import report, teach
from worker.clean.model.block_model import BlockModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lab.corpus import Page

JUDGED = 5  # one host in so many is never learned from
TABLE_FOLDS = 3
WHOLE = 1.0
GROUPS = ("wcxb-dev", "daniel", *(f"daniel {lang}" for lang in ("zh", "en", "pl", "el", "ru")))


class Lack(NamedTuple):
    """What a model must do without."""

    name: str
    share: float = WHOLE  # of the hosts
    learns: Callable[[str | None], bool] = lambda _: True  # by a page's language


def lacks(chosen: argparse.Namespace) -> Iterator[Lack]:
    yield from (Lack(f"{share:.0%} of the hosts", share) for share in chosen.share)
    for lang in chosen.without:
        yield Lack(f"no page in {lang}", learns=lambda said, lang=lang: said != lang)  # type: ignore[misc]
    if chosen.only:
        yield Lack(f"{chosen.only} only", learns=lambda said: said == chosen.only)


def grown(pages: Sequence[Page]) -> BlockModel:
    """A model that learned from these pages and no other."""
    folds = np.array(list(corpus.by_host(pages, TABLE_FOLDS, SEED)))
    tables = learn_tables(pages, folds)
    columns, _ = matrix(pages[0].document, tables[-1])
    forest, _ = grow.grow(material(list(lessons(pages, folds, tables))))
    return BlockModel(columns, forest, tables[-1])


def split(pages: Sequence[Page], lack: Lack) -> tuple[list[Page], list[Page]]:
    """The pages to learn from, and those to be judged by."""
    hosts = list(dict.fromkeys(page.host for page in pages))
    place = dict(zip(hosts, np.random.default_rng(SEED).permutation(len(hosts)).tolist(), strict=True))
    held = len(hosts) // JUDGED
    most = held + lack.share * (len(hosts) - held)
    learned = [page for page in pages if held <= place[page.host] < most and lack.learns(page.sample.lang)]
    foreign = [page for page in pages if page.sample.set == NEWS and not lack.learns(page.sample.lang)]
    unseen = [page for page in pages if place[page.host] < held and lack.learns(page.sample.lang)]
    return learned, foreign or unseen


def line(lack: Lack, pages: Sequence[Page], news: Sequence[Page]) -> list[object]:
    learned, judged = split(pages, lack)
    log(f"{lack.name}: {len(learned)} pages")
    model = grown(learned)
    figures = report([(page, model.probabilities(page.document)) for page in (*judged, *news)])
    groups = [f"{figures[f'f1 {group}']:.3f}" if f"f1 {group}" in figures else "" for group in GROUPS]
    spoken = sum(page.sample.set == NEWS for page in judged)
    return [lack.name, len(learned), *groups, f"{figures[f'with/without {NEWS}']:.3f} ({spoken})"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.holdout", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    parser.add_argument("--cache", type=Path, required=True, help="a temporary folder for walked pages")
    parser.add_argument("--share", type=float, action="append", default=[], help="of the hosts, 0 to 1")
    parser.add_argument("--without", action="append", default=[], help="a language to do without")
    parser.add_argument("--only", help="the one language to learn from")
    chosen = parser.parse_args()
    missing.need(*missing.TRAINING, install=missing.LOCKED)
    pages, news = teach(chosen.data, chosen.cache), corpus.load(chosen.data, "daniel", chosen.cache)
    rows = [line(lack, pages, news) for lack in lacks(chosen)]
    print(rig.table(["learned from", "pages", *GROUPS, f"with/without {NEWS} (pages)"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(missing.told(main))
