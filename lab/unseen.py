"""How good the whole cleaner is on hosts that its model did not see, what each part is worth, and whether its
verdict and confidence can be trusted.

    python -m lab.unseen --data DIR --cache DIR [--set S …] [--sample N] [--parts]

`lab.train` leaves the cross-validated probabilities of each page in the cache folder; here they stand in for
the shipped model's, so that every page is cleaned with what a model says that saw no page of its host.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lab import bench, missing, quality, rig, sets
from lab.missing import MissingError
from worker.clean import Page, Rules, clean
from worker.clean.model import cut
from worker.clean.rules import RULES

if TYPE_CHECKING:
    from lab.sets import Sample
    from worker.clean.document import Document

Chances = NDArray[np.float64]
Said = Mapping[str, Chances]  # by the key of a sample
Part = Callable[["Sample", Chances], Page]

TAUGHT = ("wcxb-dev", "trafilatura-eval")
POOR, GOOD = 0.5, 0.9  # token F1
WARNINGS = frozenset({"thin", "consent_wall", "paywall", "bot_wall", "error_page"})  # index_page has its text


class StaleCacheError(MissingError):
    """The probabilities in the cache are of other blocks; the message says of which page."""


def said(cache: Path) -> Said:
    """What `lab.train` left in the cache. Raises MissingError."""
    path = cache / "cross-validated.pickle"
    if not path.is_file():
        raise MissingError(f"{path} is not there: python -m lab.train --data DIR --cache {cache} makes it")
    found: Said = pickle.loads(path.read_bytes())  # noqa: S301
    return found


def cleaned(sample: Sample, chances: Chances, rules: Rules | None = None) -> Page:
    """The page, cleaned with these probabilities."""

    def model(document: Document) -> Chances:
        if len(document.blocks) != len(chances):
            raise StaleCacheError(f"{sample.key}: {len(document.blocks)} blocks, {len(chances)} in the cache")
        return chances

    return clean(sample.html, url=sample.url, rules=rules or Rules(), model=model)


def _without_rules(sample: Sample, chances: Chances) -> Page:
    return cleaned(sample, chances, Rules().without(*{rule.name for rule in RULES}))


def _cut_at_half(sample: Sample, chances: Chances) -> Page:
    return cleaned(sample, (chances >= cut.HALF).astype(float))


def _without_model(sample: Sample, _: Chances) -> Page:
    return clean(sample.html, url=sample.url, rules=Rules().without("model"))


PARTS: Mapping[str, Part] = {
    "pith": cleaned,
    "no rules": _without_rules,
    "cut at 0.5": _cut_at_half,
    "no model": _without_model,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What a page's verdict was, beside how good its text was."""

    f1: float
    verdict: str
    confidence: float


def trust_table(judged: Sequence[Judged]) -> str:
    """For each threshold of confidence: the share of poor and of good pages that carry a warning."""
    body = []
    for low in np.arange(0.4, 0.96, 0.05).tolist():
        poor, good = (
            [page.verdict in WARNINGS or page.confidence < low for page in judged if chosen(page.f1)]
            for chosen in (POOR.__gt__, GOOD.__lt__)
        )
        body.append([f"{low:.2f}", *(f"{np.mean(warned):.3f}" if warned else "" for warned in (poor, good))])
    return rig.table(["confidence below", f"warned, F1 < {POOR}", f"warned, F1 > {GOOD}"], body)


def measure(chosen: argparse.Namespace) -> str:
    chances = said(chosen.cache)
    samples = [s for s in sets.load(chosen.data, chosen.set or TAUGHT, chosen.sample) if s.key in chances]
    judged: list[Judged] = []
    rows = []
    for sample in samples:
        for name, part in PARTS.items() if chosen.parts else [("pith", cleaned)]:
            page = part(sample, chances[sample.key])
            row = quality.measure(name, lambda _, text=page.text: text, sample)  # type: ignore[misc]
            rows.append(row)
            if name == "pith" and row.tokens:
                judged.append(Judged(row.tokens.f1, page.verdict, page.confidence))
    return "\n".join([bench.quality_table(quality.summaries(rows)), trust_table(judged)])


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.unseen", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    parser.add_argument("--cache", type=Path, required=True, help="the folder that lab.train wrote")
    parser.add_argument("--set", action="append", default=[], help=f"of {', '.join(TAUGHT)}")
    parser.add_argument("--sample", type=int, help="at most so many pages of each set, always the same ones")
    parser.add_argument("--parts", action="store_true", help="also without each part")
    return parser.parse_args(argv)


def main() -> None:
    print(measure(arguments()))


if __name__ == "__main__":
    sys.exit(missing.told(main))
