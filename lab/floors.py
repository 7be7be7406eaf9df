"""What a change must not lower: lab/floors.toml, on a small sample of the sets that never changes.

    python -m lab.floors --data DIR

The shipped model has seen the pages of wcxb-dev and trafilatura-eval, so its figures there are no proof of
quality (lab/RESULTS.md is); they fall when something breaks. Ends with 1 if a floor is not reached.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lab import missing, peers, quality, rig, sets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE = Path(__file__).with_name("floors.toml")
NAMES = {
    "token_f1": "token F1",
    "precision": "precision",
    "recall": "recall",
    "phrase_f1": "with/without F1",
}


class Floor(NamedTuple):
    """One score of one set: what it must reach, and what it is."""

    group: str
    score: str
    least: float
    found: float


def floors(data: Path) -> Iterator[Floor]:
    """Every floor of the file. Raises sets.MissingSetError."""
    table = tomllib.loads(FILE.read_text("utf-8"))
    ours = peers.load(peers.chosen(())[0])
    for name, least in table["least"].items():
        rows = list(quality.run({peers.OURS: ours}, sets.load(data, [name], table["pages"])))
        figures = {**quality.GOLD_SCORES, **quality.PHRASE_SCORES}
        for score, value in least.items():
            yield Floor(name, NAMES[score], value, figures[NAMES[score]](rows))


def report(found: Sequence[Floor]) -> str:
    body = [[floor.group, floor.score, f"{floor.least:.3f}", f"{floor.found:.3f}"] for floor in found]
    return rig.table(["set", "score", "floor", "now"], body)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.floors", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    found = list(floors(parser.parse_args().data))
    print(report(found))
    return int(any(floor.found < floor.least for floor in found))


if __name__ == "__main__":
    sys.exit(missing.told(main))
