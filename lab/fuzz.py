"""Damaged pages, made by a fuzzer that follows coverage (atheris, libFuzzer), until something breaks.

    python -m lab.fuzz TARGET --corpus DIR [--seconds N]

TARGET is what is fed: `decode` (bytes to text), `clean` (a page), `selectors` (of a caller)
or `encodings` (Content-Encoding undone). It begins from the golden pages and from tests/hostile/corpus, and
adds to DIR what reaches new code, so that a next run goes on there. An input that breaks is written to
DIR/findings, and the run ends with a code other than 0.

Broken is: an exception that is not of worker/errors.py, a crash, more than SLOWEST seconds, more than LARGEST
MiB, a decoder that hands over more than it may at a time.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Final

from lab import missing

SLOWEST: Final = 20  # seconds, of one input
LARGEST: Final = 2048  # MiB, of the whole process
LONGEST: Final = 8192  # bytes of an input: small enough for a thousand pages a minute
SEEDS: Final = ("tests/pages/*/page.*", "tests/hostile/corpus/*")
WORDS: Final = Path(__file__).with_name("fuzz.dict")
TARGETS: Final = ("clean", "decode", "encodings", "selectors")  # of lab.fed


def main() -> None:
    arguments = _parser().parse_args()
    missing.need(*missing.FUZZING, install="pip install atheris")
    import atheris

    with atheris.instrument_imports(include=["worker"]):
        from lab import fed
    findings = arguments.corpus / "findings"
    findings.mkdir(parents=True, exist_ok=True)
    inputs = arguments.corpus / arguments.target
    inputs.mkdir(exist_ok=True)
    _sow(inputs)
    flags = [
        f"-max_total_time={arguments.seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={SLOWEST}",
        f"-rss_limit_mb={LARGEST}",
        f"-artifact_prefix={findings}/{arguments.target}-",
        f"-dict={WORDS}",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *flags, str(inputs)], fed.TARGETS[arguments.target])
    atheris.Fuzz()


def _sow(inputs: Path) -> None:
    """The project's own pages are where it begins."""
    root = Path(__file__).parent.parent
    for page in (path for pattern in SEEDS for path in root.glob(pattern)):
        shutil.copyfile(page, inputs / f"{page.parent.name}-{page.name}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m lab.fuzz")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seconds", type=int, default=3600, help="how long (3600)")
    return parser


if __name__ == "__main__":
    sys.exit(missing.told(main))
