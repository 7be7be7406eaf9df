"""Who reads the title, authors and date of a page: ours and the peers, at their own authors' settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.sets import Sample

OURS, STRICT = "pith", "pith (published)"


@dataclass(frozen=True, slots=True)
class Told:
    """What one reader says of one page. `day` is YYYY-MM-DD."""

    title: str = ""
    authors: tuple[str, ...] = ()
    day: str = ""


Read = Callable[["Sample"], Told]


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
    STRICT: lambda: _ours(strict=True),
    "trafilatura": _trafilatura,
    "newspaper4k": _newspaper,
    "htmldate": _htmldate,
}
