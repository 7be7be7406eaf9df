"""Two copies of this code beside each other: the CPU of each stage, page by page in turn, and on how many
pages they answer otherwise.

    python -m lab.beside --data DIR --tree OTHER [--set S …] [--sample N]

`--tree` is the folder of the other one: a worktree of before a change, or one that was built in another way.
Both meet the same neighbours on the machine, so small differences show; of a page the fastest run counts. All
pages are cleaned before one comes again: what a process remembers is of other pages, as it is in a worker.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Self, cast

import orjson

from lab import missing, rig, sets, stages
from worker.clean import pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

ROUNDS = 3
HEAD = ("stage", "ms here, mean", "there", "ratio", "ms here, median", "there", "ratio")
Laps = dict[str, float]


class Answer(NamedTuple):
    """Of one page: seconds by stage, and a digest of what came of it."""

    laps: Laps
    digest: str


class Tree:
    """A process that cleans by the code in one folder; a context manager."""

    def __init__(self, folder: Path, given: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__, *given, f"--tree={folder}", "--serve"],
            cwd=folder,
            env=rig.environment() | {"PYTHONPATH": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._process.communicate()

    def ask(self, number: int) -> Answer:
        """What became of the sample of this number. Raises JSONDecodeError when the process is gone."""
        questions, answers = cast("BinaryIO", self._process.stdin), cast("BinaryIO", self._process.stdout)
        questions.write(b"%d\n" % number)
        questions.flush()
        return Answer(*orjson.loads(answers.readline()))


def serve(samples: Sequence[sets.Sample]) -> None:
    """Answer one number a line."""
    for sample in samples[: stages.WARM_UP]:
        stages.once(sample)
    for line in sys.stdin.buffer:
        sample = samples[int(line)]
        laps = stages.once(sample)
        page = pipeline.clean(sample.html.encode("utf-8", "replace"), url=sample.url).to_dict()
        digest = hashlib.sha256(orjson.dumps(page)).hexdigest()
        sys.stdout.buffer.write(orjson.dumps((laps, digest)) + b"\n")
        sys.stdout.buffer.flush()


def compare(trees: Sequence[Tree], count: int) -> tuple[list[list[Laps]], int]:
    """Of tree and page, each stage's fastest time; and on how many pages the trees answer otherwise."""
    rounds = [[[tree.ask(number) for tree in trees] for number in range(count)] for _ in range(ROUNDS)]
    pages = list(zip(*rounds, strict=True))
    unlike = sum(len({answer.digest for answers in runs for answer in answers}) > 1 for runs in pages)
    return [[_fastest([run[place] for run in runs]) for runs in pages] for place in range(len(trees))], unlike


def _fastest(answers: Sequence[Answer]) -> Laps:
    return {name: min(answer.laps[name] for answer in answers) for name in answers[0].laps}


def row(stage: str, here: Sequence[Laps], there: Sequence[Laps]) -> list[str]:
    """A line of the table."""
    line = [stage]
    for middle in (fmean, median):
        ours, theirs = (1000 * middle([laps.get(stage, 0.0) for laps in pages]) for pages in (here, there))
        line += [f"{ours:.2f}", f"{theirs:.2f}", f"{theirs / ours:.3f}" if ours else ""]
    return line


def report(given: Sequence[str], other: Path, count: int) -> str:
    with ExitStack() as stack:
        trees = [stack.enter_context(Tree(folder, given)) for folder in (rig.ROOT, other)]
        (here, there), unlike = compare(trees, count)
    names = dict.fromkeys(name for laps in here for name in laps)
    told = f"{count} pages, each the fastest of {ROUNDS} runs; {unlike} answered otherwise"
    return f"{told}; {rig.machine()}.\n\n{rig.table(HEAD, [row(name, here, there) for name in names])}"


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.beside", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    parser.add_argument("--tree", type=Path, required=True, help="the folder of the other copy")
    parser.add_argument("--set", action="append", default=[], help="a set; all of them when none is named")
    parser.add_argument("--sample", type=int, help="at most so many pages of each set, always the same")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    chosen = arguments(argv)
    samples = sets.load(chosen.data, chosen.set, chosen.sample)
    if chosen.serve:
        serve(samples)
        return 0
    rig.heed_niceness(os.getpid())
    drawn = [f"--set={name}" for name in chosen.set] + [f"--sample={chosen.sample}"] * bool(chosen.sample)
    given = [f"--data={chosen.data.resolve()}", *drawn]
    print(report(given, chosen.tree.resolve(), len(samples)))
    return 0


if __name__ == "__main__":
    sys.exit(missing.told(main))
