"""What a page says of itself: JSON-LD first, then OpenGraph and <meta>, then microdata, then the page as it
is read. Each field has a module of its own; this one puts them together.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from worker.clean import jsonld
from worker.clean.authors import Known, authors
from worker.clean.dateline import dates
from worker.clean.language import language
from worker.clean.lexicon import normal
from worker.clean.title import title
from worker.clean.told import Told, article_head

if TYPE_CHECKING:
    from worker.clean.document import Document

IMAGES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
FORUMS = frozenset({"discussionforumposting", "qapage"})


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
    told = Told(document, url)
    site = _site(told)
    named = title(told, site)
    head = article_head(told, named.text)
    spoken = language(told)
    forum = any(FORUMS.intersection(jsonld.types(item)) for item in told.every)
    when = dates(told, head, spoken)
    return Metadata(
        title=named.text,
        authors=authors(told, head, Known(_not_authors(told, site, named.text), forum)),
        published=when.published,
        modified=when.modified,
        site=site,
        language=spoken,
        canonical_url=_absolute(told.link("canonical") or told.meta.get("og:url"), url),
        image=_absolute(_image(told), url),
        titles=named.said,
        free=not any(str(item.get("isAccessibleForFree")).lower() == "false" for item in told.about),
        forum=forum,
    )


def _not_authors(told: Told, site: str | None, named: str | None) -> frozenset[str]:
    """Normal forms of the site's names and of the title, which bylines of machines are full of."""
    return frozenset(
        {normal(site or ""), normal(named or ""), normal(told.host), normal(told.host.split(".")[0])}
    )


def _site(told: Told) -> str | None:
    if told.meta.get("og:site_name"):
        return told.meta["og:site_name"]
    for item in told.about:
        if names := jsonld.names(item.get("publisher")):
            return names[0]
    for item in told.every:
        if "website" in jsonld.types(item) and (names := jsonld.names(item)):
            return names[0]
    return told.meta.get("application-name")


def _image(told: Told) -> str | None:
    for key in IMAGES:
        if told.meta.get(key):
            return told.meta[key]
    found = (jsonld.address(item.get("image")) for item in told.about)
    return next((address for address in found if address), None)


def _absolute(address: str | None, url: str | None) -> str | None:
    if not address or not address.strip():
        return None
    try:
        whole = urljoin(url or "", address.strip())
        return whole if urlsplit(whole).scheme in ("http", "https") else None
    except ValueError:
        return None
