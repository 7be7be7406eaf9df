"""How well a page's title, authors and date are read, beside the peers, and for how much CPU.

    python -m lab.bench metadata --data DIR [--sample N] [--peer NAME …] [--half A|B]

Scored on wcxb-dev, whose gold titles, authors and dates are model drafts with human review (WCXB, CC-BY-4.0).

- title: token F1 (tokens of lab.scores) as the mean over pages, and the share of pages whose tokens are the
  gold title's exactly.
- authors: gold and answer are cut to names at `;`, `,`, `&`, "and", and compared as sets of token strings,
  degrees and "by" left out. Precision, recall and F1 are micro averages over the pages that have a gold
  author; names given where gold has none are counted on their own, as a share of those pages.
- date: the calendar day as written by the page, whatever the hour and zone. A day that is not the gold's is
  wrong and missed. Precision and recall are over the pages that have a gold day; days given where gold has
  none are counted on their own, as a share of those pages.

Gold is what its makers saw of a page: a name or day that they left out may stand there, which is why pages
without gold do not lower precision. Pages fall into halves A and B by their host; rules were tuned on errors
of half A only. CPU is of the whole way from HTML to the fields, parsing included; `pith (fields)` is what
the fields add to a page that is parsed anyway.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, median
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lab import scores, sets
from lab.peers import MissingPeerError

if TYPE_CHECKING:
    from pathlib import Path

    from lab.sets import Sample

SET = "wcxb-dev"
OURS, FIELDS = "pith", "pith (fields)"

_CUT = re.compile(r"\s*(?:[;,&|\n]|\band\b)\s*", re.IGNORECASE)
_NOT_OF_THE_NAME = re.compile(
    r"^(?:by\s+)|\b(?:ph\.?d|m\.?d|dvm|rn|rd|mba|jr|sr|dr|prof)\b\.?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Told:
    """What one reader says of one page. `day` is YYYY-MM-DD."""

    title: str = ""
    authors: tuple[str, ...] = ()
    day: str = ""


Read = Callable[["Sample"], Told]


@dataclass(frozen=True, slots=True)
class Row:
    """One reader's answer for one page; `seconds` are of CPU, `failure` is what it raised."""

    reader: str
    sample: Sample
    told: Told
    seconds: float
    failure: str = ""


def _ours(*, strict: bool = False) -> Read:
    """The day is that of publication, or, unless `strict`, of the last change where only that is told."""
    from worker.clean.blocks import walk
    from worker.clean.metadata import metadata

    def read(sample: Sample) -> Told:
        known = metadata(walk(sample.html), sample.url)
        day = known.published or ("" if strict else known.modified) or ""
        return Told(known.title or "", known.authors, day[:10])

    return read


def _trafilatura() -> Read:
    from trafilatura.metadata import extract_metadata

    def read(sample: Sample) -> Told:
        found = extract_metadata(sample.html, default_url=sample.url)
        return Told(found.title or "", tuple((found.author or "").split("; ")), found.date or "")

    return read


def _newspaper() -> Read:
    """Its three readers and its parser, without the text that its Article would look for too."""
    from newspaper.configuration import Configuration
    from newspaper.extractors import ContentExtractor
    from newspaper.parsers import fromstring

    extractor = ContentExtractor(Configuration())

    def read(sample: Sample) -> Told:
        tree = fromstring(sample.html)
        day = extractor.get_publishing_date(sample.url or "", tree)
        return Told(
            extractor.get_title(tree) or "",
            tuple(extractor.get_authors(tree)),
            day.strftime("%Y-%m-%d") if day else "",
        )

    return read


def _htmldate() -> Read:
    from htmldate import find_date

    return lambda sample: Told(day=find_date(sample.html, url=sample.url, original_date=True) or "")


READERS: dict[str, Callable[[], Read]] = {
    OURS: _ours,
    "trafilatura": _trafilatura,
    "newspaper4k": _newspaper,
    "htmldate": _htmldate,
}


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


def counted(pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> Counted:
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


def author_pair(row: Row) -> tuple[frozenset[str], frozenset[str]]:
    got = frozenset(name for author in row.told.authors for name in names(author))
    return got, names(row.sample.author or "")


def day_pair(row: Row) -> tuple[frozenset[str], frozenset[str]]:
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
        start = time.process_time()
        metadata(document, sample.url)
        yield time.process_time() - start


HEAD = (
    *("pages of", "reader", "n", "title F1", "same title", "author F1", "P", "R", "given without gold"),
    *("date F1", "P", "R", "given without gold", "failed"),
)


def score_row(group: str, reader: str, rows: Sequence[Row]) -> list[str]:
    titles = title_cells(rows) if any(row.told.title for row in rows) else ["", ""]
    authors = [""] * 4
    if any(row.told.authors for row in rows):
        authors = counted(map(author_pair, rows)).cells()
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
    yield (
        HEAD,
        [
            score_row(group, reader, [row for row in members if row.reader == reader])
            for group, members in by_half.items()
            for reader in readers
            if members
        ],
    )
    times = {reader: [row.seconds for row in rows if row.reader == reader] for reader in readers}
    times[FIELDS] = list(fields_alone(row.sample for row in rows if row.reader == OURS))
    body = [
        [reader, f"{1000 * fmean(each):.2f}", f"{1000 * median(each):.2f}"] for reader, each in times.items()
    ]
    yield ("reader", "CPU ms a page, mean", "median"), body
