"""What a page says of itself: JSON-LD first, then OpenGraph and <meta>, then microdata, then the page as it
is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from worker.clean import jsonld
from worker.clean.dates import iso
from worker.clean.lexicon import normal
from worker.clean.told import headings, inner_text, itemprops, metas, raw_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from worker.clean.document import Document

LONGEST_NAME = 80  # characters of an author's name
MOST_AUTHORS = 20

_SEPARATOR = re.compile(r"\s+[|\-–—·•»:/~]+\s+|\s*[|»]\s*")
_NOT_A_NAME = re.compile(
    r"https?://|@|www\.|^\d+$|^(?:admin|administrator|editor|staff|webmaster|unknown|author|null|none)$",
    re.IGNORECASE,
)
_BY = re.compile(r"^(?:by|par|von|por|di|door|autor|auteur|автор)\s*:?\s+", re.IGNORECASE)
_AND = re.compile(r"\s*(?:,|;| and | und | et | y | e | en | i | и |&)\s*")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Fields of a page; times are ISO 8601, addresses are absolute where the page's own is known."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    modified: str | None = None
    site: str | None = None
    language: str | None = None
    canonical_url: str | None = None
    image: str | None = None
    titles: frozenset[str] = frozenset()  # normal forms of everything that it calls its title
    free: bool = True  # False where JSON-LD says that it must be paid for
    forum: bool = False  # it says that its posts are its content

    def to_dict(self) -> dict[str, Any]:
        public = [field.name for field in fields(self) if field.name not in ("titles", "free", "forum")]
        return {
            name: list(value) if isinstance(value := getattr(self, name), tuple) else value for name in public
        }


def metadata(document: Document, url: str | None) -> Metadata:
    """Read the fields. Nothing in a page can make it raise."""
    return _Reader(document, url).read()


class _Reader:
    def __init__(self, document: Document, url: str | None) -> None:
        self.document = document
        self.url = url
        every = jsonld.items(document)
        self.items = [item for item in every if jsonld.is_about_page(item)]
        self.every = every
        self.meta = metas(document)
        self.itemprops = itemprops(document)

    def read(self) -> Metadata:
        title, said = self._title()
        canonical = self._link("canonical") or self.meta.get("og:url")
        return Metadata(
            title=title,
            authors=tuple(self._authors()),
            published=self._date(PUBLISHED, "datePublished", "dateCreated"),
            modified=self._date(MODIFIED, "dateModified"),
            site=self._site(),
            language=self._language(),
            canonical_url=self._absolute(canonical),
            image=self._absolute(self._image()),
            titles=said,
            free=not any(str(item.get("isAccessibleForFree")).lower() == "false" for item in self.items),
            forum=any({"discussionforumposting", "qapage"} & set(jsonld.types(item)) for item in self.every),
        )

    def _title(self) -> tuple[str | None, frozenset[str]]:
        """The title, and the normal forms of all that the page calls so."""
        whole = raw_text(self.document, "title")
        told = [text for text in headings(self.document) if text]
        named = [
            jsonld.plain(item["headline"]) for item in self.items if isinstance(item.get("headline"), str)
        ]
        named += [
            self.meta[key] for key in ("og:title", "twitter:title", "dc.title", "title") if key in self.meta
        ]
        parts = _SEPARATOR.split(whole) if whole else []
        claimed = {normal(text) for text in [*named, whole, *parts] if text}
        matching = [text for text in told if _claimed(normal(text), claimed) and text != self._site()]
        heading = max(matching, key=len, default=None)
        title = heading or _without_site(next(iter(named), "") or whole, self._site())
        if not title and told:
            title = told[0]
        said = {normal(text) for text in (title, whole, heading, *named) if text}
        said |= {normal(part) for part in parts if len(normal(part).split()) >= TITLE_PART}
        if len(told) == 1 and title:
            said.add(normal(told[0]))
        return title or None, frozenset(said - {""})

    def _authors(self) -> Iterator[str]:
        seen: set[str] = set()
        for candidates in self._author_sources():
            for text in candidates:
                for name in _names(text):
                    if normal(name) not in seen and len(seen) < MOST_AUTHORS:
                        seen.add(normal(name))
                        yield name
            if seen:
                return

    def _author_sources(self) -> Iterator[Sequence[str]]:
        for item in self.items:
            yield jsonld.names(item.get("author")) or jsonld.names(item.get("creator"))
        yield [self.meta[key] for key in AUTHORS if key in self.meta]
        yield self.itemprops.get("author", ())
        yield [text for row, text in self._linked("author")]

    def _linked(self, rel: str) -> Iterator[tuple[int, str]]:
        elements = self.document.elements
        for row in self.document.rows_by_tag.get("a", ()):
            if rel in (elements.attrs[row].get("rel") or "").lower().split():
                yield row, inner_text(self.document, row)

    def _date(self, metas: Sequence[str], *props: str) -> str | None:
        for item in self.items:
            for prop in props:
                value = item.get(prop)
                if isinstance(value, str) and (found := iso(value)):
                    return found
        candidates = [self.meta[key] for key in metas if key in self.meta]
        candidates += [text for prop in props for text in self.itemprops.get(prop, ())]
        if metas is PUBLISHED:
            times = self.document.rows_by_tag.get("time", ())
            candidates += [self.document.elements.attrs[row].get("datetime") or "" for row in times[:1]]
        return next((found for text in candidates if (found := iso(text))), None)

    def _site(self) -> str | None:
        if self.meta.get("og:site_name"):
            return self.meta["og:site_name"]
        for item in self.items:
            if names := jsonld.names(item.get("publisher")):
                return names[0]
        for item in self.every:
            if "website" in jsonld.types(item) and (names := jsonld.names(item)):
                return names[0]
        return self.meta.get("application-name")

    def _language(self) -> str | None:
        root = self.document.elements.attrs[0] if len(self.document.elements) else {}
        said = [
            root.get("lang"),
            root.get("xml:lang"),
            self.meta.get("content-language"),
            self.meta.get("og:locale"),
        ]
        said += [item["inLanguage"] for item in self.items if isinstance(item.get("inLanguage"), str)]
        for text in said:
            found = re.match(r"\s*([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2,4}))?\b", text or "")
            if found:
                return found[1].lower() + (f"-{found[2]}" if found[2] else "")
        return None

    def _image(self) -> str | None:
        for key in ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"):
            if self.meta.get(key):
                return self.meta[key]
        found = (jsonld.address(item.get("image")) for item in self.items)
        return next((address for address in found if address), None)

    def _link(self, rel: str) -> str | None:
        for row in self.document.rows_by_tag.get("link", ()):
            attrs = self.document.elements.attrs[row]
            if rel in (attrs.get("rel") or "").lower().split() and attrs.get("href"):
                return attrs["href"]
        return None

    def _absolute(self, address: str | None) -> str | None:
        if not address or not address.strip():
            return None
        try:
            whole = urljoin(self.url or "", address.strip())
            return whole if urlsplit(whole).scheme in ("http", "https") else None
        except ValueError:
            return None


TITLE_PART = 3  # words of a part of <title> that is taken for the title; shorter ones are section names
AUTHORS = (
    "author",
    "article:author",
    "parsely-author",
    "dc.creator",
    "dcterms.creator",
    "sailthru.author",
    "byl",
)
PUBLISHED = (
    *("article:published_time", "og:published_time", "datepublished", "date", "pubdate", "publishdate"),
    *("publish-date", "dc.date", "dc.date.issued", "dcterms.created", "dcterms.date", "parsely-pub-date"),
    *("sailthru.date", "article.published", "publication_date", "citation_publication_date"),
)
MODIFIED = (
    "article:modified_time",
    "og:updated_time",
    "lastmod",
    "last-modified",
    "dcterms.modified",
    "revised",
)


def _claimed(heading: str, claimed: set[str]) -> bool:
    """Is a heading what the head of the page calls its title, give or take the site's name."""
    return bool(heading) and any(
        text == heading or (len(heading) > 15 and heading in text) for text in claimed
    )


def _without_site(title: str, site: str | None) -> str:
    parts = _SEPARATOR.split(title)
    if len(parts) < 2:
        return title
    if site:
        rest = [part for part in parts if normal(part) != normal(site)]
        if len(rest) < len(parts) and rest:
            return (
                title[: title.rfind(rest[-1]) + len(rest[-1])]
                if normal(parts[0]) != normal(site)
                else rest[0]
            )
    return max(parts, key=len)


def _names(text: str) -> list[str]:
    text = _BY.sub("", " ".join(text.split()))
    found = [name.strip(" .") for name in _AND.split(text)] if len(text) < 4 * LONGEST_NAME else []
    return [name for name in found if 1 < len(name) <= LONGEST_NAME and not _NOT_A_NAME.search(name)]
