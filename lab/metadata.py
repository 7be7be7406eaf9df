"""How well a page's title, authors and date are read, beside the peers, and for how much CPU.

    python -m lab.bench metadata --data DIR [--sample N] [--peer NAME …] [--half A|B]

Scored on wcxb-dev, whose gold is a model's draft with human review (WCXB, CC-BY-4.0, Murrough Foley, 2026).

- title: token F1 (tokens of lab.scores) as the mean over pages, and the share of pages with its tokens.
- authors: gold and answers are cut to names at `;`, `,`, `&`, "and", and compared as sets of token strings,
  degrees and "by" left out. Micro-averaged over the pages that have a gold author.
- date: the calendar day, whatever hour and zone; a wrong day counts as given and as missed. The gold's day is
  the one that a page shows, be it of the last change; so is `pith`'s: that of publication, or of the change
  where only that is told (`pith (published)` is strict).

Gold says what its makers saw, and a name or day that they left out may stand on the page: answers on pages
without gold are a column of their own. Pages fall into halves A and B by host; rules were tuned on errors of
A only. CPU is of the way from HTML to the fields, parsing included; `pith (fields)` is what the fields add to
a page that is parsed and indexed anyway.
"""

from __future__ import annotations

import re
import time
import zlib
from dataclasses import dataclass
from datetime import date
from statistics import fmean, median
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lab import scores, sets
from lab.peers import MissingPeerError
from lab.readers import OURS, READERS, Read, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from lab.sets import Sample

SET = "wcxb-dev"
FIELDS = "pith (fields)"

_CUT = re.compile(r"\s*(?:[;,&|\n]|\band\b)\s*", re.IGNORECASE)
_NOT_OF_THE_NAME = re.compile(
    r"^(?:by\s+)|\b(?:ph\.?d|m\.?d|dvm|rn|rd|mba|jr|sr|dr|prof)\b\.?", re.IGNORECASE
)


Pair = tuple[frozenset[str], frozenset[str]]  # what was answered, what is gold


@dataclass(frozen=True, slots=True)
class Row:
    """One reader's answer for one page; `seconds` are of CPU, `failure` is what it raised."""

    reader: str
    sample: Sample
    told: Told
    seconds: float
    failure: str = ""


def half(sample: Sample) -> str:
    """A or B, by the page's host."""
    return "AB"[zlib.crc32((urlsplit(sample.url or "").hostname or "").removeprefix("www.").encode()) % 2]


def names(text: str) -> frozenset[str]:
    """The names in one string, as strings of tokens."""
    cut = (" ".join(scores.tokens(_NOT_OF_THE_NAME.sub(" ", name))) for name in _CUT.split(text))
    return frozenset(name for name in cut if name)


def day_of(text: str | None) -> str:
    """The gold's day as YYYY-MM-DD; empty where it names none."""
    try:
        return date.fromisoformat((text or "")[:10]).isoformat()
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class Counted:
    """Of the pages that have a gold answer: how many were given, are right, are gold; and the others."""

    given: int
    right: int
    gold: int
    idle: int  # pages without a gold answer
    idle_given: int  # those of them on which one was given

    def cells(self) -> list[str]:
        precision = self.right / self.given if self.given else 0.0
        recall = self.right / self.gold if self.gold else 0.0
        idle = self.idle_given / self.idle if self.idle else 0.0
        values = (scores.harmonic(precision, recall), precision, recall, idle)
        return [f"{value:.3f}" for value in values]


def counted(pairs: Iterable[Pair]) -> Counted:
    """Answers beside gold, as sets."""
    rows = list(pairs)
    golden = [(got, gold) for got, gold in rows if gold]
    idle = [got for got, gold in rows if not gold]
    return Counted(
        sum(len(got) for got, _ in golden),
        sum(len(got & gold) for got, gold in golden),
        sum(len(gold) for _, gold in golden),
        len(idle),
        sum(bool(got) for got in idle),
    )


def author_pair(row: Row) -> Pair:
    got = frozenset(name for author in row.told.authors for name in names(author))
    return got, names(row.sample.author or "")


def day_pair(row: Row) -> Pair:
    return frozenset(filter(None, [row.told.day])), frozenset(filter(None, [day_of(row.sample.published)]))


def title_cells(rows: Sequence[Row]) -> list[str]:
    titled = [row for row in rows if row.sample.title]
    f1 = [scores.token_overlap(row.told.title, row.sample.title or "").f1 for row in titled]
    same = [scores.tokens(row.told.title) == scores.tokens(row.sample.title or "") for row in titled]
    return [f"{fmean(f1):.3f}", f"{fmean(same):.3f}"] if titled else ["", ""]


def measure(reader: str, read: Read, sample: Sample) -> Row:
    start = time.process_time()
    try:
        told, failure = read(sample), ""
    except Exception as error:  # noqa: BLE001  # a peer may raise anything
        told, failure = Told(), f"{type(error).__name__}: {error}"
    return Row(reader, sample, told, time.process_time() - start, failure)


def fields_alone(samples: Iterable[Sample]) -> Iterator[float]:
    """CPU seconds that our fields take on a page that has been parsed."""
    from worker.clean.blocks import walk
    from worker.clean.metadata import metadata

    for sample in samples:
        document = walk(sample.html)
        _ = document.rows_by_tag, document.hidden  # indexes of the parsed page that every stage reads
        start = time.process_time()
        metadata(document, sample.url)
        yield time.process_time() - start


HEAD = (
    *("pages of", "reader", "n", "title F1", "same title", "author F1", "P", "R", "given without gold"),
    *("date F1", "P", "R", "given without gold", "failed"),
)


def score_row(group: str, reader: str, rows: Sequence[Row]) -> list[str]:
    titles = title_cells(rows) if any(row.told.title for row in rows) else ["", ""]
    named = any(row.told.authors for row in rows)
    authors = counted(map(author_pair, rows)).cells() if named else [""] * 4
    days = counted(map(day_pair, rows)).cells()
    failed = sum(bool(row.failure) for row in rows)
    return [group, reader, str(len(rows)), *titles, *authors, *days, str(failed or "")]


def run(data: Path, count: int | None, peers: Sequence[str], only: str | None) -> list[Row]:
    """Every reader on every page, page by page. Raises MissingSetError, MissingPeerError."""
    if unknown := sorted(set(peers).difference(READERS)):
        raise MissingPeerError(f"no reader {', '.join(unknown)}; there are {', '.join(READERS)}")
    readers = {name: READERS[name]() for name in (OURS, *(name for name in peers if name != OURS))}
    samples = [sample for sample in sets.load(data, [SET], count) if only in (None, half(sample))]
    return [measure(name, read, sample) for sample in samples for name, read in readers.items()]


def tables(rows: Sequence[Row]) -> Iterator[tuple[Sequence[str], list[list[str]]]]:
    """The table of scores and that of CPU time, as head and body."""
    readers = list(dict.fromkeys(row.reader for row in rows))
    by_half = {"all": list(rows), **{name: [r for r in rows if half(r.sample) == name] for name in "AB"}}
    groups = [(group, reader, members) for group, members in by_half.items() for reader in readers if members]
    yield (
        HEAD,
        [score_row(group, reader, [r for r in rs if r.reader == reader]) for group, reader, rs in groups],
    )
    times = {reader: [row.seconds for row in rows if row.reader == reader] for reader in readers}
    times[FIELDS] = list(fields_alone(row.sample for row in rows if row.reader == OURS))
    body = [
        [reader, f"{1000 * fmean(each):.2f}", f"{1000 * median(each):.2f}"] for reader, each in times.items()
    ]
    yield ("reader", "CPU ms a page, mean", "median"), body
