"""What the elements of a page tell about it: <meta>, itemprop, <title>, headings. No choice is made here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from worker.clean.document import Document


def metas(document: Document) -> Mapping[str, str]:
    """The first content of each <meta>, by name, property, itemprop or http-equiv in lower case."""
    found: dict[str, str] = {}
    for row in document.rows_by_tag.get("meta", ()):
        attrs = document.elements.attrs[row]
        content = " ".join((attrs.get("content") or "").split())
        for key in ("property", "name", "itemprop", "http-equiv"):
            name = (attrs.get(key) or "").strip().lower()
            if name and content:
                found.setdefault(name, content)
    return found


def itemprops(document: Document) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row, attrs in enumerate(document.elements.attrs):
        prop = attrs.get("itemprop")
        if prop:
            value = attrs.get("content") or attrs.get("datetime") or inner_text(document, row)
            found.setdefault(prop, []).append(value)
    return found


def inner_text(document: Document, row: int) -> str:
    """The text of an element; of an inline one, which lies inside a block, the parser is asked."""
    blocks = document.blocks_of(row)
    if blocks:
        return " ".join(document.blocks[number].text for number in blocks[:3])
    if document.tree is None:
        return ""
    key = document.elements.keys[row]
    nodes = document.tree.css(document.elements.tags[row] + "[itemprop], a[rel]")
    return next((" ".join(node.text().split()) for node in nodes if node.mem_id == key), "")


def raw_text(document: Document, tag: str) -> str:
    for row in document.rows_by_tag.get(tag, ()):
        if document.raw.get(row, "").strip():
            return " ".join(document.raw[row].split())
    return ""


def headings(document: Document) -> Iterator[str]:
    for row in document.rows_by_tag.get("h1", ()):
        yield " ".join(document.blocks[number].text for number in document.blocks_of(row)[:4])
