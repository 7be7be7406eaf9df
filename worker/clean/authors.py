"""Who wrote a page. What it says to machines comes first, then its byline; a person goes before an account or
an organisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from worker.clean import jsonld
from worker.clean.bylines import bylines
from worker.clean.lexicon import normal
from worker.clean.person import by, is_name, people

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from worker.clean.told import ArticleHead, Hint, Told

MOST_AUTHORS = 20
MOST_READ = 50  # names of one source, objects of JSON-LD
METAS = (
    *("author", "article:author_name", "article:author", "parsely-author", "dc.creator", "dcterms.creator"),
    *("dc.creator.personalname", "sailthru.author", "byl", "citation_author", "citation_authors", "creator"),
    *("cxenseparse:author", "cxense:author", "authors", "article:authors", "book:author"),
)
LABELS = (("twitter:label1", "twitter:data1"), ("twitter:label2", "twitter:data2"))
# Objects whose author is somebody else than the page's.
OTHERS = frozenset(
    {"review", "product", "event", "aggregaterating", "book", "movie", "itempage", "collectionpage"}
)
COMMENT_SCOPES = ("comment", "answer", "review", "product", "book", "movie")


class Known(NamedTuple):
    """What is no author: normal forms of the site's names and of the title."""

    names: frozenset[str]
    forum: bool  # accounts are who writes there


def authors(told: Told, head: ArticleHead | None, known: Known) -> tuple[str, ...]:
    """The first source that names a person, else the first that names an account or an organisation."""
    second: tuple[str, ...] = ()
    for candidates in _sources(told, head):
        names = _distinct(
            name
            for text in candidates[:MOST_READ]
            for name in people(text)
            if normal(name) not in known.names
        )
        persons = tuple(name for name in names if is_name(name))
        if persons or (known.forum and names):
            return persons or names
        second = second or names
    return second


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(normal(name), name)
    found.pop("", None)
    return tuple(found.values())[:MOST_AUTHORS]


def _sources(told: Told, head: ArticleHead | None) -> Iterator[Sequence[str]]:
    for item in told.about[:MOST_READ]:
        if not OTHERS.intersection(jsonld.types(item)):
            yield jsonld.people(item.get("author"), told.by_id)
            yield jsonld.people(item.get("creator"), told.by_id)
    for key in METAS:
        yield told.metas.get(key, ())
    yield [told.meta[data] for label, data in LABELS if data in told.meta and _says_by(told.meta.get(label))]
    yield _microdata(told)
    if head is not None:
        yield from bylines(told, head)


def _says_by(label: str | None) -> bool:
    return by().fullmatch((label or "") + ": ") is not None


def _microdata(told: Told) -> list[str]:
    """The authors of the first thing that has one; those of comments and of products are others'."""
    found: list[str] = []
    scope = None
    for hint in told.itemprops.get("author", ())[:MOST_READ]:
        owner = _scope(told, hint)
        kind = (
            (told.document.elements.attrs[owner].get("itemtype") or "").lower() if owner is not None else ""
        )
        if kind.endswith(COMMENT_SCOPES) or (found and owner != scope):
            continue
        scope = owner
        found.append(_name_in(told, hint))
    return found


def _scope(told: Told, hint: Hint) -> int | None:
    """The row of the thing that a property is of."""
    elements = told.document.elements
    above = elements.ancestors(elements.parent.item(hint.row))
    return next((row for row in above if "itemscope" in elements.attrs[row]), None)


def _name_in(told: Told, hint: Hint) -> str:
    """The `name` inside a person, or the element's own content or text."""
    if content := hint.attrs.get("content"):
        return content
    end = told.document.elements.end[hint.row]
    for inner in told.itemprops.get("name", ()):
        if hint.row < inner.row < end:
            return inner.attrs.get("content") or told.text_of(inner)
    return told.text_of(hint)
