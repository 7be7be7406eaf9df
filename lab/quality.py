"""Runs extractors over samples, side by side in one process, and sums up what came out."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab import scores

if TYPE_CHECKING:
    from lab.peers import Extract
    from lab.sets import Sample


@dataclass(frozen=True, slots=True)
class Row:
    """One extractor's answer for one page. `seconds` are of CPU; after a `failure` the text is empty."""

    extractor: str
    sample: Sample
    text: str
    seconds: float
    tokens: scores.Overlap | None
    shingles: scores.Overlap | None
    phrases: scores.Phrases
    failure: str = ""


def measure(extractor: str, extract: Extract, sample: Sample) -> Row:
    """Run one extractor on one page and score it. What it raises is its failure, and counts as no text."""
    start = time.process_time()
    try:
        text, failure = extract(sample), ""
    except Exception as error:  # noqa: BLE001  # a peer may raise anything
        text, failure = "", f"{type(error).__name__}: {error}"
    seconds = getattr(
        extract, "seconds", time.process_time() - start
    )  # its own count, where it runs elsewhere
    return Row(
        extractor,
        sample,
        text,
        seconds,
        scores.token_overlap(text, sample.gold) if sample.gold else None,
        scores.shingle_overlap(text, sample.gold) if sample.gold else None,
        scores.phrases(text, sample.wanted, sample.unwanted),
        failure,
    )


def run(extractors: Mapping[str, Extract], samples: Iterable[Sample]) -> Iterator[Row]:
    """Every extractor on every page, page by page: a noisy minute of the machine hits all of them alike."""
    warm = False
    for sample in samples:
        if not warm:  # what an extractor loads at its first call is not part of a page's time
            _ = [measure(name, extract, sample) for name, extract in extractors.items()]
            warm = True
        for name, extract in extractors.items():
            yield measure(name, extract, sample)


@dataclass(frozen=True, slots=True)
class Figure:
    """A score with its 95 % interval."""

    value: float
    low: float
    high: float


Score = Callable[[Sequence[Row]], float]


def token_f1(rows: Sequence[Row]) -> float:
    return statistics.fmean(row.tokens.f1 for row in rows if row.tokens)


def token_precision(rows: Sequence[Row]) -> float:
    return statistics.fmean(row.tokens.precision for row in rows if row.tokens)


def token_recall(rows: Sequence[Row]) -> float:
    return statistics.fmean(row.tokens.recall for row in rows if row.tokens)


def shingle_f1(rows: Sequence[Row]) -> float:
    return scores.shingle_f1(row.shingles for row in rows if row.shingles)


def phrase_f1(rows: Sequence[Row]) -> float:
    return sum((row.phrases for row in rows), scores.Phrases()).f1


def leak(rows: Sequence[Row]) -> float:
    return sum((row.phrases for row in rows), scores.Phrases()).leak


GOLD_SCORES: Mapping[str, Score] = {
    "token F1": token_f1,
    "precision": token_precision,
    "recall": token_recall,
    "4-gram F1": shingle_f1,
}
PHRASE_SCORES: Mapping[str, Score] = {"with/without F1": phrase_f1, "leak rate": leak}


@dataclass(frozen=True, slots=True)
class Summary:
    """One extractor over one group of pages; a score is absent where its pages have no such answers."""

    extractor: str
    group: str
    pages: int
    failures: int
    figures: Mapping[str, Figure]


def figure(rows: Sequence[Row], score: Score) -> Figure:
    low, high = scores.interval(rows, score)
    return Figure(score(rows), low, high)


def summarise(extractor: str, group: str, rows: Sequence[Row]) -> Summary:
    golden = [row for row in rows if row.tokens]
    spoken = [row for row in rows if row.sample.wanted or row.sample.unwanted]
    figures = {name: figure(golden, score) for name, score in GOLD_SCORES.items() if golden}
    figures |= {name: figure(spoken, score) for name, score in PHRASE_SCORES.items() if spoken}
    return Summary(extractor, group, len(rows), sum(bool(row.failure) for row in rows), figures)


def groups(sample: Sample) -> Iterator[str]:
    """The groups a page counts in: its set, and within it its kind and its language."""
    yield sample.set
    if sample.kind:
        yield f"{sample.set}, {sample.kind}"
    if sample.lang:
        yield f"{sample.set}, {sample.lang}"


SMALLEST_GROUP = 8  # pages; a mean of fewer says nothing


def summaries(rows: Sequence[Row]) -> list[Summary]:
    """By set, kind and language; the groups in order of their names, the extractors in the order they ran."""
    split: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        for group in groups(row.sample):
            split.setdefault(group, {}).setdefault(row.extractor, []).append(row)
    return [
        summarise(extractor, group, members)
        for group, parts in sorted(split.items())
        for extractor, members in parts.items()
        if len(members) >= SMALLEST_GROUP
    ]


@dataclass(frozen=True, slots=True)
class Speed:
    """CPU time as multiples of the yardstick's on the same pages: of the sums, and of the medians."""

    extractor: str
    milliseconds: float
    of_sums: float
    of_medians: float


def speeds(rows: Sequence[Row], yardstick: str) -> list[Speed]:
    """Empty when the yardstick did not run: a time without it depends on the machine's mood."""
    times: dict[str, list[float]] = {}
    for row in rows:
        times.setdefault(row.extractor, []).append(row.seconds)
    if yardstick not in times:
        return []
    total, middle = sum(times[yardstick]), statistics.median(times[yardstick])
    return [
        Speed(name, 1000 * statistics.fmean(each), sum(each) / total, statistics.median(each) / middle)
        for name, each in times.items()
    ]
