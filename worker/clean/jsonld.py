"""What a page says of itself in JSON-LD (schema.org), broken JSON included."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from worker.clean.document import Document

    Item = Mapping[str, Any]

MAX_PEOPLE = 50  # of one article
DEEPEST = 5  # lists and objects around one name or address
PARTS = ("@graph", "mainEntity", "mainEntityOfPage")  # in which other objects of the page stand
MAX_ITEMS = 2000  # of one page: graphs of shops list every product
# The nearer the front, the more likely that it is about this page.
ABOUT_THE_PAGE = (
    *("newsarticle", "article", "blogposting", "reportagenewsarticle", "liveblogposting", "techarticle"),
    *("scholarlyarticle", "analysisnewsarticle", "opinionnewsarticle", "discussionforumposting", "qapage"),
    *("recipe", "product", "event", "videoobject", "socialmediaposting", "review", "webpage", "itempage"),
    *("aboutpage", "collectionpage"),
)

_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f]+")
_BAD_ESCAPE = re.compile(r"\\(?![\"\\/bfnrtu])")  # as in Bob\'s
_DOUBLE_COMMA = re.compile(r",(?:\s*,)+")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/)\s*$"
)


def items(document: Document) -> list[Item]:
    """Every JSON object with a type, the one about the page itself first."""
    found: list[Item] = []
    for row in document.rows_by_tag.get("script", ()):
        kind = (document.elements.attrs[row].get("type") or "").lower()
        if kind.startswith("application/ld+json"):
            found.extend(_objects(_parse(document.raw.get(row, ""))))
    return sorted(found[:MAX_ITEMS], key=_rank)


def _parse(text: str) -> Any:
    """The value, mended where it is broken as pages break it; None where that does not help."""
    text = _WRAPPING.sub("", text.strip())
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _mended(text)


def _mended(text: str) -> Any:
    """The first value of what is left without comments, control characters, wrong escapes and stray commas.

    Text behind that value (a semicolon, a second object) is passed over.
    """
    if text.startswith(("{&quot;", "[{&quot;")):
        text = html.unescape(text)
    text = _BAD_ESCAPE.sub("", _without_comments(_CONTROL.sub(" ", text)))
    text = _DOUBLE_COMMA.sub(",", _TRAILING_COMMA.sub(r"\1", text)).lstrip(" ;\ufeff")
    try:
        end = json.JSONDecoder().raw_decode(text)[1]
        return orjson.loads(text[:end])  # again: Python's own reader lets half characters through
    except (ValueError, RecursionError):
        return None


def _without_comments(text: str) -> str:
    for opening, closing in (("/*", "*/"), ("<!--", "-->")):
        if opening in text:
            first, *rest = text.split(opening)
            text = first + "".join(
                part.partition(closing)[2] if closing in part else opening + part for part in rest
            )
    return text


def _objects(value: Any) -> Iterator[Item]:
    """All objects of a graph that have a type, without recursion."""
    waiting, seen = deque([value]), 0
    while waiting and seen < MAX_ITEMS:
        seen += 1
        current = waiting.popleft()
        if isinstance(current, list):
            waiting.extendleft(reversed(current))
        elif isinstance(current, dict):
            if current.get("@type"):
                yield current
            waiting.extendleft(current[key] for key in reversed(PARTS) if key in current)


def _rank(item: Item) -> int:
    ranks = [ABOUT_THE_PAGE.index(kind) for kind in types(item) if kind in ABOUT_THE_PAGE]
    return min(ranks, default=len(ABOUT_THE_PAGE))


def types(item: Item) -> list[str]:
    """An item's types in lower case, without a namespace."""
    kinds = item.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return [kind.rsplit("/", 1)[-1].lower() for kind in kinds if isinstance(kind, str)]


def is_about_page(item: Item) -> bool:
    return _rank(item) < len(ABOUT_THE_PAGE)


def names(value: Any, depth: int = 0) -> list[str]:
    """The names in a person, an organisation, a list of them, or a plain string."""
    if isinstance(value, str):
        return [_TAG.sub("", plain(value))]
    if depth == DEEPEST:
        return []
    if isinstance(value, list):
        return [name for item in value[:20] for name in names(item, depth + 1)] if len(value) < 100 else []
    if isinstance(value, dict):
        name = value.get("name")
        return names(name, depth + 1) if isinstance(name, str | list) else []
    return []


def people(value: Any, by_id: Mapping[str, Item]) -> list[str]:
    """The names of authors; those that are told only by their `@id` are looked up in `by_id`.

    Organisations come after persons.
    """
    listed = value if isinstance(value, list) else [value]
    found = [_resolved(entry, by_id) for entry in listed[:MAX_PEOPLE]]
    return [name for entry in sorted(found, key=_is_organisation) for name in names(entry)]


def _resolved(entry: Any, by_id: Mapping[str, Item]) -> Any:
    if not isinstance(entry, dict) or entry.get("name") or not isinstance(entry.get("@id"), str):
        return entry
    return by_id.get(entry["@id"], entry)


def _is_organisation(entry: Any) -> bool:
    return isinstance(entry, dict) and any(kind.endswith("organization") for kind in types(entry))


def address(value: Any, depth: int = 0) -> str | None:
    """The URL in an image object, a list of them, or a plain string."""
    if isinstance(value, str):
        return value.strip() or None
    if depth == DEEPEST:
        return None
    if isinstance(value, list):
        return address(value[0], depth + 1) if value else None
    if isinstance(value, dict):
        return address(value.get("url") or value.get("contentUrl"), depth + 1)
    return None


def plain(text: str) -> str:
    """A string of JSON-LD as text: entities undone, white space folded."""
    return " ".join(html.unescape(text).split())
