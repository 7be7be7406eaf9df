"""Who wrote a page. What it says to machines comes first, then its byline; a person goes before an account or
an organisation. The words are those of `config/bylines.toml`.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from worker.clean import jsonld
from worker.clean.dates import days
from worker.clean.lexicon import normal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from worker.clean.told import ArticleHead, Hint, Told

FILE = Path(__file__).resolve().parents[2] / "config" / "bylines.toml"
LONGEST_NAME = 80  # characters
LONGEST_BYLINE = 300  # characters of a text that lists authors
MOST_AUTHORS = 20
NAME_WORDS = 5  # a longer line is a sentence
METAS = (
    *("author", "article:author_name", "article:author", "parsely-author", "dc.creator", "dcterms.creator"),
    *("dc.creator.personalname", "sailthru.author", "byl", "citation_author", "citation_authors", "creator"),
    *("twitter:data1", "cxenseparse:author", "cxense:author", "authors", "article:authors", "book:author"),
)
# Objects whose author is somebody else than the page's.
OTHERS = frozenset(
    {"review", "product", "event", "aggregaterating", "book", "movie", "itempage", "collectionpage"}
)
COMMENT_SCOPES = ("comment", "answer", "review", "product", "book", "movie")

_URL = re.compile(r"https?://|www\.|@|\.(?:com|org|net|io|html)\b", re.IGNORECASE)
_BREAK = re.compile(r"\s+[|•·●–—⋅-]\s+|\s*[|•·●(\[\n]|\s{2,}")
_AND = re.compile(r"\s*(?:,|;|&|\+)\s*|\s+(?:and|und|et|y|e|en|i|и|och|og|ja|with)\s+", re.IGNORECASE)
_LOGIN = re.compile(r"[a-z0-9][\w.-]*$|\S*\d\S*$")
_GLUED_NAME = re.compile(r"[\u3400-\u9fff\uac00-\ud7af]{2,5}$|[\u30a0-\u30ff・]{3,}$")
_DEGREE = re.compile(r"(?:[A-Z][A-Za-z]{0,2}\.?){1,5}$")
_PROFILE = re.compile(
    r"/(?:authors?|autor(?:e|en|es|i|in)?|auteurs?|profiles?|contributors?|people|staff|writers?|by|redaktion|team|experts?|columnists?)/[^/?#]+",
    re.IGNORECASE,
)


@cache
def words() -> dict[str, frozenset[str]]:
    return {name: frozenset(items) for name, items in tomllib.loads(FILE.read_text("utf-8")).items()}


@cache
def _by() -> re.Pattern[str]:
    """A word of a byline at the beginning, and what stands between it and the name."""
    phrases = "|".join(re.escape(phrase) for phrase in sorted(words()["by"], key=len, reverse=True))
    return re.compile(rf"\s*(?:{phrases})(?:\s*[:：]\s*|\s+(?=\S))", re.IGNORECASE)


@cache
def _behind() -> re.Pattern[str]:
    return re.compile(rf"\s+(?:{'|'.join(sorted(words()['behind']))})\b.*$", re.IGNORECASE)


class Known(NamedTuple):
    """What is no author: normal forms of the site's names and of the titles."""

    names: frozenset[str]
    forum: bool  # accounts are who writes there


def authors(told: Told, head: ArticleHead | None, known: Known) -> tuple[str, ...]:
    """The first source that names a person, else the first that names an account or an organisation."""
    second: tuple[str, ...] = ()
    for candidates in _sources(told, head):
        names = _distinct(
            name for text in candidates for name in people(text) if normal(name) not in known.names
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
    for item in told.about:
        if not OTHERS.intersection(jsonld.types(item)):
            yield jsonld.people(item.get("author"), told.every)
            yield jsonld.people(item.get("creator"), told.every)
    for key in METAS:
        yield told.metas.get(key, ())
    yield _microdata(told)
    if head is not None:
        yield from _bylines(told, head)


def _microdata(told: Told) -> list[str]:
    """The authors of the first thing that has one; those of comments and of products are others'."""
    found: list[str] = []
    scope = None
    for hint in told.itemprops.get("author", ()):
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
    chain = told.document.elements.ancestors(hint.row)[1:]
    return next((row for row in chain if "itemscope" in told.document.elements.attrs[row]), None)


def _name_in(told: Told, hint: Hint) -> str:
    """The `name` inside a person, or the element's own content or text."""
    if content := hint.attrs.get("content"):
        return content
    end = told.document.elements.end[hint.row]
    for inner in told.itemprops.get("name", ()):
        if hint.row < inner.row < end:
            return inner.attrs.get("content") or told.text_of(inner)
    return told.text_of(hint)


def _bylines(told: Told, head: ArticleHead) -> Iterator[Sequence[str]]:
    near = [
        hint for hint in told.hints if hint.row in head.rows and not told.document.elements.hidden[hint.row]
    ]
    links = [hint for hint in near if "author" in (hint.attrs.get("rel") or "").lower().split()]
    yield [text for text in map(told.text_of, links) if is_name(_bare(text))]
    lines = [block.text for block in head.blocks]
    spoken = (line for line in lines if len(line) <= LONGEST_BYLINE and _by().match(line))
    yield [line for line in spoken if any(map(is_name, people(line)))][:1]
    named = [told.text_of(hint) for hint in near if hint.has("class", "author", "byline", "writer")]
    yield [text for text in named if len(text) <= LONGEST_NAME and any(map(is_name, people(text)))][:1]
    pairs = pairwise(lines)
    yield [name for word, name in pairs if _by().fullmatch(word + ": ") and is_name(_bare(name))][:1]
    profiles = [run.text for block in head.blocks for run in block.runs if _PROFILE.search(run.href)]
    yield [text for text in profiles if is_name(_bare(text))][:3]


def _bare(text: str) -> str:
    return next(iter(people(text)), "")


def people(text: str) -> list[str]:
    """The names in a byline, without degrees, roles, dates and what else stands in the line."""
    line = text.strip()
    if len(line) > LONGEST_BYLINE:
        return []
    spoken = _by().match(line)
    line = line[spoken.end() :] if spoken else line
    line = line[: next((start for start, _ in days(line) if start), None)]
    line = _behind().sub("", next((part for part in _BREAK.split(line) if part.strip()), ""))
    pieces = [" ".join(piece.split()).strip(" .,:–—-/") for piece in _AND.split(line)]
    return [
        piece
        for number, piece in enumerate(pieces)
        if _possible(piece) and (number == 0 or _no_addition(piece))
    ]


def _possible(name: str) -> bool:
    lowered = name.casefold().split()
    return (
        1 < len(name) <= LONGEST_NAME
        and not _URL.search(name)
        and not name.isdigit()
        and not (len(lowered) == 1 and lowered[0] in words()["not_names"])
    )


def _no_addition(piece: str) -> bool:
    """Is a further piece of a byline a name, rather than a degree or what its owner does."""
    return not _DEGREE.match(piece) and is_name(piece)


def is_name(text: str) -> bool:
    """Does a text look like the name of a person: a few words that begin with capitals."""
    if _GLUED_NAME.match(text):
        return True
    tokens = text.split()
    if not 2 <= len(tokens) <= NAME_WORDS or len(text) > LONGEST_NAME or any(map(str.isdigit, text)):
        return False
    lowered = {token.casefold().strip(".,'’") for token in tokens}
    if lowered & words()["not_names"] or lowered & words()["roles"]:
        return False
    capital = (
        token[0].isupper() or not token[0].isascii() or token in words()["particles"] for token in tokens
    )
    return all(capital) and not _URL.search(text)
