"""How good and how fast the cleaning is, beside its peers.

    python -m lab.bench quality --data DIR [--set S …] [--peer NAME … | --peers] [--sample N] [--out DIR]
    python -m lab.bench speed --data DIR [--set S …] [--sample N]
    python -m lab.bench sites --data DIR [--set S …] [--sample N]
    python -m lab.bench metadata --data DIR [--peer NAME …] [--sample N] [--half A|B]
    python -m lab.bench cost [--shape NAME …] [--workers N] [--where]
    python -m lab.bench fairness [--slow N] [--workers N]
    python -m lab.bench throughput|scaling|latency|api|memory|chaos …      of the service: --help

Prints Markdown; quality with `--out` also writes quality.json, quality.md and worst.html (gold beside ours
beside the receipts; it holds text of the stored pages, so keep it out of the repository).
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from lab import (
    metadata,
    missing,
    offline,
    peers,
    quality,
    readers,
    rig,
    service,
    sets,
    sitecost,
    stages,
    worst,
)
from lab.rig import table

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = (*quality.GOLD_SCORES, *quality.PHRASE_SCORES)


def cell(summary: quality.Summary, column: str) -> str:
    figure = summary.figures.get(column)
    return f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})" if figure else ""


def quality_table(summaries: Sequence[quality.Summary]) -> str:
    columns = [column for column in COLUMNS if any(column in summary.figures for summary in summaries)]
    body = [
        [s.group, s.extractor, str(s.pages), *(cell(s, column) for column in columns), str(s.failures or "")]
        for s in summaries
    ]
    return table(["pages of", "extractor", "n", *columns, "failed"], body)


def speed_table(speeds: Sequence[quality.Speed]) -> str:
    body = [[s.extractor, f"{s.milliseconds:.1f}", f"{s.of_sums:.2f}", f"{s.of_medians:.2f}"] for s in speeds]
    return table(["extractor", "CPU ms a page", "ratio of sums", "ratio of medians"], body)


def markdown(
    summaries: Sequence[quality.Summary], speeds: Sequence[quality.Speed], labels: Sequence[str]
) -> str:
    parts = [
        "Means over pages with bootstrap 95 % intervals. " + ", ".join(labels) + ".\n",
        quality_table(summaries),
        f"CPU time beside {peers.YARDSTICK}'s, same pages, same process.\n",
        speed_table(speeds),
    ]
    return "\n".join(parts)


def write(out: Path, text: str, rows: Sequence[quality.Row], summaries: Sequence[quality.Summary]) -> None:
    """quality.md, quality.json (no page text in either) and worst.html."""
    out.mkdir(parents=True, exist_ok=True)
    speeds = quality.speeds(rows, peers.YARDSTICK)
    figures = {"quality": [asdict(s) for s in summaries], "speed": [asdict(s) for s in speeds]}
    (out / "quality.json").write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
    (out / "quality.md").write_text(text, encoding="utf-8")
    (out / "worst.html").write_text(worst.report(rows), encoding="utf-8")


def extractors(names: Sequence[str]) -> dict[str, peers.Extract]:
    """What can run here; who can't is named on stderr with the reason."""
    ready: dict[str, peers.Extract] = {}
    for peer in peers.chosen(names):
        try:
            ready[peer.name] = peers.load(peer)
        except peers.MissingPeerError as error:
            print(error, file=sys.stderr)
    return ready


def run_quality(chosen: argparse.Namespace) -> str:
    offline.stay()
    ready = extractors(peers.NAMES if chosen.peers else chosen.peer)
    rows = list(quality.run(ready, sets.load(chosen.data, chosen.set, chosen.sample)))
    summaries = quality.summaries(rows)
    labels = [peers.label(peer) for peer in peers.PEERS if peer.name in ready]
    text = markdown(summaries, quality.speeds(rows, peers.YARDSTICK), labels)
    if chosen.out:
        write(chosen.out, text, rows, summaries)
    return text


def run_speed(chosen: argparse.Namespace) -> str:
    samples = sets.load(chosen.data, chosen.set, chosen.sample)
    body = [
        [c.stage, f"{c.mean:.2f}", f"{c.median:.2f}", f"{c.of_sums:.3f}", f"{c.of_medians:.3f}"]
        for c in stages.costs(samples)
    ]
    head = ["stage", "CPU ms, mean", "median", "ratio of sums", "ratio of medians"]
    about = f"{len(samples)} pages, each the median of {stages.ROUNDS} runs; ratios to {peers.YARDSTICK}.\n"
    return f"{about}\n{table(head, body)}"


def run_sites(chosen: argparse.Namespace) -> str:
    return "\n".join(
        table(head, body) for head, body in sitecost.tables(chosen.data, chosen.set, chosen.sample)
    )


def run_metadata(chosen: argparse.Namespace) -> str:
    offline.stay()
    rows = metadata.run(chosen.data, chosen.sample, chosen.peer, chosen.half)
    return "\n".join(table(head, body) for head, body in metadata.tables(rows))


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m lab.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    service.add(commands)
    _metadata_arguments(commands.add_parser("metadata", help="title, authors and date beside the peers"))
    speed = commands.add_parser("speed", help="CPU time of each stage, beside trafilatura's")
    speed.set_defaults(run=run_speed)
    command = commands.add_parser("quality", help="scores and speed beside the peers")
    command.set_defaults(run=run_quality)
    listed = commands.add_parser("sites", help="what rules for sites cost a page")
    listed.set_defaults(run=run_sites)
    for each in (speed, command, listed):
        each.add_argument("--data", type=Path, required=True, help="the folder of the sets")
        each.add_argument("--set", action="append", default=[], help="a set; all of them when none is named")
        each.add_argument("--sample", type=int, help="at most so many pages of each set, always the same")
    command.add_argument("--peer", action="append", default=[], help=f"one of {', '.join(peers.NAMES[1:])}")
    command.add_argument("--peers", action="store_true", help="every peer that is installed")
    command.add_argument("--out", type=Path, help="a folder for the reports")
    return parser.parse_args(argv)


def _metadata_arguments(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=run_metadata)
    command.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    command.add_argument("--sample", type=int, help="at most so many pages, always the same ones")
    others = [name for name in readers.READERS if name != readers.OURS]
    command.add_argument("--peer", action="append", default=[], help=f"one of {', '.join(others)}")
    command.add_argument("--half", choices="AB", help="pages of one half of the hosts only")


def main() -> int:
    chosen = arguments()
    rig.heed_niceness(os.getpid())
    print(chosen.run(chosen))
    return 0


if __name__ == "__main__":
    sys.exit(missing.told(main))
