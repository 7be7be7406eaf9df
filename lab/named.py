"""What the model's receipts say that a dropped block is: how many have a kind, and which.

    python -m lab.named --data DIR [--set S …] [--sample N] [--show FILE] [--lines N]

Counted are the blocks that the model dropped and no rule named. `--show` writes some of them, drawn by chance
but always the same; it holds text of the pages.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lab import missing, rig, sets
from worker.clean import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.sets import Sample
    from worker.clean.page import Receipt

OTHER = "other"
BY_MODEL = "model: "
LINES = 100
SHOWN = 160  # characters of a line


@dataclass(slots=True)
class Tally:
    """What the model dropped on the pages of one set."""

    pages: int = 0
    words_in_all: int = 0  # of all that was dropped
    blocks: Counter[str] = field(default_factory=Counter)  # by kind
    words: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    def count(self, sample: Sample) -> None:
        receipts = clean(sample.html, url=sample.url).receipts
        self.pages += 1
        self.words_in_all += sum(receipt.words for receipt in receipts)
        for receipt in receipts:
            if receipt.rule.startswith(BY_MODEL):
                self.blocks[receipt.kind] += 1
                self.words[receipt.kind] += receipt.words
                self.lines.append(_line(sample, receipt))


def _line(sample: Sample, receipt: Receipt) -> str:
    text = " ".join(receipt.text.split())[:SHOWN]
    return f"{receipt.kind}\t{receipt.rule}\t{sample.key}\t{receipt.where}\t{text}"


def measure(samples: Sequence[Sample]) -> dict[str, Tally]:
    """A tally for each set, by its name."""
    tallies: dict[str, Tally] = {}
    for sample in samples:
        tallies.setdefault(sample.set, Tally()).count(sample)
    return tallies


def shares(tallies: dict[str, Tally]) -> str:
    head = ["set", "pages", "dropped by the model", "of all words dropped", "blocks: other", "words: other"]
    body = [
        [
            name, str(tally.pages), f"{tally.blocks.total()} blocks, {tally.words.total()} words",
            f"{tally.words.total() / max(tally.words_in_all, 1):.3f}",
            f"{tally.blocks[OTHER] / max(tally.blocks.total(), 1):.3f}",
            f"{tally.words[OTHER] / max(tally.words.total(), 1):.3f}",
        ]
        for name, tally in tallies.items()
    ]  # fmt: skip
    return rig.table(head, body)


def kinds(tallies: dict[str, Tally]) -> str:
    blocks = sum((tally.blocks for tally in tallies.values()), Counter[str]())
    words = sum((tally.words for tally in tallies.values()), Counter[str]())
    body = [[kind, str(count), str(words[kind])] for kind, count in blocks.most_common()]
    return rig.table(["kind", "blocks", "words"], body)


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.named", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    parser.add_argument("--set", action="append", default=[], help="a set; all of them when none is named")
    parser.add_argument("--sample", type=int, help="at most so many pages of each set, always the same ones")
    parser.add_argument("--show", type=Path, help="a file for some of the lines themselves")
    parser.add_argument("--lines", type=int, default=LINES, help="how many of them")
    return parser.parse_args(argv)


def main() -> int:
    chosen = arguments()
    tallies = measure(sets.load(chosen.data, chosen.set, chosen.sample))
    print(shares(tallies), kinds(tallies), sep="\n")
    if chosen.show:
        lines = [line for tally in tallies.values() for line in tally.lines]
        drawn = random.Random(sets.SAMPLE_SEED).sample(lines, min(chosen.lines, len(lines)))
        chosen.show.write_text("\n".join(drawn) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(missing.told(main))
