"""When a page was published and changed. What it says to machines comes first, then its address, then the
days that stand around the title.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from worker.clean.dates import days, in_text, iso, order, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from worker.clean.document import Block
    from worker.clean.told import ArticleHead, Told

DATE_LINE = 14  # words: a longer line with a day in it is prose, unless a word before the day says what it is
LABELLED_LINE = 30
LABEL = 4  # words of a line that says what the day on the next line is
BEFORE = -2  # a line before the title counts as so many times as far away
LONGEST_DATELINE = 100  # characters of a line far from the title that names the day of publication
DATE_CLASSES = ("date", "publish", "posted", "timestamp")
FAR = 14  # blocks after the title beyond which a day without a label is another thing's
PUBLISHED = (
    *("article:published_time", "article:published", "og:published_time", "og:article:published_time"),
    *("datepublished", "date-pub", "pubdate", "pub_date", "publishdate", "publish-date", "publish_date"),
    *(
        "date_published",
        "dc.date.issued",
        "dcterms.issued",
        "dc.date.created",
        "dcterms.created",
        "dc.created",
    ),
    *("dc.date", "dcterms.date", "parsely-pub-date", "sailthru.date", "article.published", "article.created"),
    *("publication_date", "publication-date", "citation_publication_date", "citation_online_date"),
    *("citation_date", "cxenseparse:recs:publishtime", "article_date_original", "originalpublicationdate"),
    *("created", "date", "article:post_date", "video:release_date", "bt:pubdate", "article:create_time"),
)
MODIFIED = (
    *("article:modified_time", "article:modified", "og:updated_time", "og:modified_time", "datemodified"),
    *("lastmod", "last-modified", "last_modified", "dcterms.modified", "dc.date.modified", "dc.modified"),
    *("modified", "revised", "updated", "updated date", "date-modified", "article:updated_time", "ms.date"),
    *("updated_time", "cdc:last_updated", "lastupdated", "last-updated"),
)
# Names that sites use beside those of schema.org.
OWN_PROPS = {
    "datePublished": ("datepublished", "published-date", "published", "pubdate"),
    "dateModified": ("datemodified", "updated-date", "updated"),
}

_IN_ADDRESS = re.compile(r"[/_.-](20[0-3]\d|199\d)[/_-]?([01]\d)[/_-]?([0-3]\d)(?=[/_.-]|$)")


class Dates(NamedTuple):
    """ISO 8601: a day, or a time with its zone where the page gave one."""

    published: str | None
    modified: str | None


class _Seen(NamedTuple):
    """A day that stands on the page; the smaller, the likelier that it is the page's."""

    distance: int
    updated: bool
    value: str


def dates(told: Told, head: ArticleHead | None, language: str | None) -> Dates:
    seen = sorted(_seen(told, head, language)) if head is not None else []
    published = (
        _first(told, PUBLISHED, "datePublished", "dateCreated", "uploadDate")
        or _address(told.url)
        or next((day.value for day in seen if not day.updated), None)
        or _elsewhere(told, language)
        or _first_time(told, head)
    )
    modified = _first(told, MODIFIED, "dateModified") or next(
        (day.value for day in seen if day.updated), None
    )
    return Dates(published, modified)


def _first(told: Told, metas: Sequence[str], *props: str) -> str | None:
    """The first date of JSON-LD, <meta> and microdata, in this order."""
    return next((found for text in _values(told, metas, props) if (found := iso(text))), None)


def _values(told: Told, metas: Sequence[str], props: Sequence[str]) -> Iterator[str]:
    values = [item.get(prop) for item in told.about for prop in props]
    yield from (value for value in values if isinstance(value, str))
    yield from (told.meta[key] for key in metas if key in told.meta)
    for prop in (*props, *OWN_PROPS.get(props[0], ())):
        for hint in told.itemprops.get(prop, ())[:3]:
            yield hint.attrs.get("content") or hint.attrs.get("datetime") or told.text_of(hint)


def _address(url: str | None) -> str | None:
    """The day in an address such as /2024/05/17/title."""
    try:
        found = _IN_ADDRESS.search(urlsplit(url or "").path)
    except ValueError:
        return None
    return in_text("-".join(found.groups())) if found else None


def _seen(told: Told, head: ArticleHead, language: str | None) -> Iterator[_Seen]:
    """The days around the title, with what is said before each."""
    written = order(language, told.host)
    exact = _exact(told, head)
    before = ""
    for block in head.lines:
        count = block.words if block.number != head.title else LABELLED_LINE + 1
        after = block.number - head.title
        for start, day in days(block.text, written) if count <= LABELLED_LINE else ():
            said = block.text[:start].rpartition("|")[2] or (before if len(before.split()) <= LABEL else "")
            label = _label(said)
            if label != "event" and (label or (count <= DATE_LINE and after <= FAR)):
                yield _Seen(max(after, BEFORE * after), label == "updated", exact.get(day, day))
        before = block.text
    for value in exact.values():
        yield _Seen(FAR, False, value)


def _exact(told: Told, head: ArticleHead) -> dict[str, str]:
    """The times of <time datetime> in the head, by day."""
    elements = told.document.elements
    found: dict[str, str] = {}
    for hint in told.hints:
        if hint.row in head.rows and elements.tags[hint.row] in ("time", "local-time", "relative-time"):
            value = iso(hint.attrs.get("datetime"))
            if value:
                found.setdefault(value[:10], value)
    return found


@cache
def _labels() -> dict[str, re.Pattern[str]]:
    return {
        kind: re.compile(
            "|".join(rf"(?<!\w){re.escape(word)}" for word in words()["words"][kind]), re.IGNORECASE
        )
        for kind in ("updated", "event", "published")
    }


def _label(said: str) -> str | None:
    """What the words before a day make of it: a kind of `config/dates.toml`, else `other`; None for none."""
    for kind, pattern in _labels().items():
        if pattern.search(said):
            return kind
    return "other" if said.strip(" .,:;|-–—•·") else None


def _elsewhere(told: Told, language: str | None) -> str | None:
    """The one day that lines far from the title call that of publication, or that is marked up as a day.

    A page on which such lines name several days is a list of other pages.
    """
    written = order(language, told.host)
    spoken: set[str] = set()
    marked: set[str] = set()
    before = ""
    for block in told.document.blocks:
        if len(block.text) > LONGEST_DATELINE or told.document.hidden[block.number]:
            continue
        for start, day in days(block.text, written):
            label = _label(block.text[:start] or before)
            if label == "published":
                spoken.add(day)
            elif label is None and _is_marked(told, block):
                marked.add(day)
        before = block.text if len(block.text.split()) <= LABEL else ""
    return next((days.pop() for days in (spoken, marked) if len(days) == 1), None)


def _is_marked(told: Told, block: Block) -> bool:
    """Is a block a <time>, or of a class that says so."""
    elements = told.document.elements
    classes = (elements.attrs[block.element].get("class") or "").lower()
    return elements.tags[block.element] == "time" or any(name in classes for name in DATE_CLASSES)


def _first_time(told: Told, head: ArticleHead | None) -> str | None:
    """A page without a heading: its first <time>."""
    rows = told.document.rows_by_tag.get("time", ()) if head is None else ()
    return iso(told.document.elements.attrs[rows[0]].get("datetime")) if rows else None
