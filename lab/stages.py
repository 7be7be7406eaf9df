"""CPU time of each stage of cleaning, beside trafilatura's on the same pages in the same process.

The stages are those of `worker.clean.pipeline`, timed in place while it runs: what is measured is the road
itself, not a copy of it.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import process_time
from typing import TYPE_CHECKING, Any

from lab import peers
from worker.clean import pipeline
from worker.clean.model.block_model import probabilities
from worker.jobs.pages import pack

if TYPE_CHECKING:
    from lab.sets import Sample

    Stage = Callable[..., Any]

# Functions of the pipeline, in the order in which it calls them; a road with a model calls no votes.
STAGES = (
    *(
        "decode",
        "walk",
        "metadata",
        "fields",
        "scene",
        "advice",
        "signals",
        "selected",
        "votes",
        "by_model",
        "by_region",
    ),
    *("polish", "verdict", "structure", "images", "receipts"),
)
RENDERED = ("text", "markdown", "html")
CLEANED = "all, as goals count it"  # parse to text, markdown, metadata and receipts
ROUNDS = 3  # of which a page's median counts
WARM_UP = 10  # pages before the clock counts: tables are read once in a process


@dataclass
class Watch:
    """Seconds of CPU by stage, of one page."""

    laps: dict[str, float] = field(default_factory=dict)

    def timed(self, name: str, stage: Stage) -> Stage:
        def run(*given: Any, **named: Any) -> Any:
            start = process_time()
            result = stage(*given, **named)
            if isinstance(result, Iterator):  # receipts are written while they are read
                result = list(result)
            self.laps[name] = self.laps.get(name, 0.0) + process_time() - start
            return result

        return run


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """The pipeline with a clock on each of its stages."""
    before = {name: getattr(pipeline, name) for name in STAGES if hasattr(pipeline, name)}
    try:
        for name, stage in before.items():
            setattr(pipeline, name, watch.timed(name, stage))
        yield
    finally:
        for name, stage in before.items():
            setattr(pipeline, name, stage)


def once(sample: Sample) -> dict[str, float]:
    """Seconds of CPU of each stage for one page."""
    watch, body = Watch(), sample.html.encode("utf-8", "replace")
    with watching(watch):
        start = process_time()
        page = pipeline.clean(body, url=sample.url, model=watch.timed("model", probabilities))
        whole = process_time() - start
    inside = sum(watch.laps.values())
    watch.laps["the rest of clean"] = whole - inside
    for name in RENDERED:
        watch.timed(name, lambda name=name: getattr(page, name))()
    stored = watch.timed("to_dict", page.to_dict)()
    watch.timed("pack", pack)(stored)
    return {**watch.laps, CLEANED: whole + watch.laps["text"] + watch.laps["markdown"]}


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU of one stage: milliseconds a page, and what that is of the yardstick's."""

    stage: str
    mean: float
    median: float
    of_sums: float
    of_medians: float


def costs(samples: Sequence[Sample]) -> list[Cost]:
    """Each stage's cost over these pages, the yardstick's own last."""
    yardstick = peers.load(next(peer for peer in peers.PEERS if peer.name == peers.YARDSTICK))
    for sample in samples[:WARM_UP]:
        once(sample)
        yardstick(sample)
    times: dict[str, list[float]] = {}
    for sample in samples:
        rounds = [once(sample) | {peers.YARDSTICK: _seconds(yardstick, sample)} for _ in range(ROUNDS)]
        for name in rounds[0]:
            times.setdefault(name, []).append(1000 * statistics.median(lap[name] for lap in rounds))
    return [_cost(name, of_pages, times[peers.YARDSTICK]) for name, of_pages in times.items()]


def _seconds(extract: peers.Extract, sample: Sample) -> float:
    start = process_time()
    extract(sample)
    return process_time() - start


def _cost(name: str, of_pages: Sequence[float], yardstick: Sequence[float]) -> Cost:
    mean, median = sum(of_pages) / len(yardstick), statistics.median(of_pages)
    return Cost(name, mean, median, mean / statistics.fmean(yardstick), median / statistics.median(yardstick))
