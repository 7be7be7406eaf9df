"""What a page tells about itself, gathered once for every field: JSON-LD, <meta>, microdata, names of
classes, headings, and where the article's head stands. No choice between them is made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import numpy as np

from worker.clean import jsonld

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from worker.clean.document import Block, Document

# What may name a person or a day.
HINT_CLASSES = ("author", "byline", "writer")
HINT_ATTRS = ("itemprop", "datetime")
META_KEYS = ("property", "name", "itemprop", "http-equiv")
MAX_HINTS = 3000  # of one page; a catalogue has an itemprop for each price
LONGEST_TITLE = 1000  # characters; what is longer is no title, and is looked through for separators
LONGEST_HEADING = 300
MOST_HEADINGS = 100  # of a kind
FIRST_BLOCKS = 4  # of an element that names something
LONGEST_LINE = 400  # characters of a line around the title in which a name or a day is looked for
HEAD_BEFORE = 10  # blocks before the title that may name its author and day
HEAD_AFTER = 25  # blocks after it
PROSE = 40  # words of a block that is the article's text
PROSE_AFTER = 2  # so many such blocks after the title end the article's head


class Hint(NamedTuple):
    """An element that may name a person or a day."""

    row: int
    attrs: Mapping[str, str | None]


@dataclass(frozen=True)
class Told:
    """A page's own words, by where they stand."""

    document: Document
    url: str | None

    @cached_property
    def host(self) -> str:
        try:
            return (urlsplit(self.url or "").hostname or "").removeprefix("www.")
        except ValueError:
            return ""

    @cached_property
    def every(self) -> Sequence[jsonld.Item]:
        """The objects of JSON-LD, those about the page first."""
        return jsonld.items(self.document)

    @cached_property
    def about(self) -> Sequence[jsonld.Item]:
        return [item for item in self.every if jsonld.is_about_page(item)]

    @cached_property
    def by_id(self) -> Mapping[str, jsonld.Item]:
        """The objects that have a name, by their `@id`."""
        found: dict[str, jsonld.Item] = {}
        for item in self.every:
            if isinstance(key := item.get("@id"), str) and item.get("name"):
                found.setdefault(key, item)
        return found

    @cached_property
    def meta(self) -> Mapping[str, str]:
        """The first content of each <meta>, by name, property, itemprop or http-equiv in lower case."""
        return {name: contents[0] for name, contents in self.metas.items()}

    @cached_property
    def metas(self) -> Mapping[str, Sequence[str]]:
        """All contents of each <meta>."""
        found: dict[str, list[str]] = {}
        for row in self.document.rows_by_tag.get("meta", ()):
            attrs = self.document.elements.attrs[row]
            content = " ".join((attrs.get("content") or "").split())
            for key in META_KEYS if content else ():
                if name := attrs.get(key):
                    found.setdefault(name.strip().lower(), []).append(content)
        return found

    @cached_property
    def hints(self) -> Sequence[Hint]:
        """In document order."""
        attrs, classes = self.document.elements.attrs, self.document.classes
        lower = [value.lower() if value else "" for value in classes.each]
        whole = " ".join(lower)
        hinting = [name for name in HINT_CLASSES if name in whole]
        says = [bool(hinting) and any(map(value.__contains__, hinting)) for value in lower]
        telling = np.array(says, bool)[classes.of]
        telling[list(self.document.rows_by_tag.get("time", ()))] = True
        telling[[row for row in self.document.noted if _is_hint(attrs[row])]] = True
        return [Hint(row, attrs[row]) for row in telling.nonzero()[0][:MAX_HINTS].tolist()]

    @cached_property
    def itemprops(self) -> Mapping[str, Sequence[Hint]]:
        found: dict[str, list[Hint]] = {}
        for hint in self.hints:
            for prop in (hint.attrs.get("itemprop") or "").split():
                found.setdefault(prop, []).append(hint)
        return found

    @cached_property
    def whole_title(self) -> str:
        """<title>, with its white space folded."""
        for row in self.document.rows_by_tag.get("title", ()):
            if self.document.raw.get(row, "").strip():
                return " ".join(self.document.raw[row].split())[:LONGEST_TITLE]
        return ""

    @cached_property
    def headings(self) -> Mapping[str, Sequence[tuple[int, str]]]:
        """By tag, rows and texts of the first headings that have a text of a heading's length."""
        return {tag: list(islice(self._headings(tag), MOST_HEADINGS)) for tag in ("h1", "h2", "h3")}

    def _headings(self, tag: str) -> Iterator[tuple[int, str]]:
        for row in self.document.rows_by_tag.get(tag, ()):
            text = self._beginning(self.document.blocks_of(row))
            if 0 < len(text) <= LONGEST_HEADING:
                yield row, " ".join(text.split())

    def _beginning(self, blocks: range) -> str:
        """The text of the first of these blocks."""
        return " ".join(self.document.blocks[number].text for number in blocks[:FIRST_BLOCKS])

    def link(self, rel: str) -> str | None:
        for row in self.document.rows_by_tag.get("link", ()):
            attrs = self.document.elements.attrs[row]
            if rel in (attrs.get("rel") or "").lower().split() and attrs.get("href"):
                return attrs["href"]
        return None

    def text_of(self, hint: Hint) -> str:
        """The text of an element; of an inline one, which lies inside a block, the parser is asked."""
        blocks = self.document.blocks_of(hint.row)
        if blocks:
            return self._beginning(blocks)
        return " ".join(self.document.nodes[hint.row].text(separator=" ").split())

    def row_before(self, block: int) -> int:
        """The row of the element that holds this block; the end of the table after the last one."""
        blocks = self.document.blocks
        return blocks[block].element if block < len(blocks) else len(self.document.elements)


def _is_hint(attrs: Mapping[str, str | None]) -> bool:
    return any(name in attrs for name in HINT_ATTRS) or "author" in (attrs.get("rel") or "").split()


class ArticleHead(NamedTuple):
    """Where a page says who wrote its text and when: some blocks before the title to the text's beginning."""

    blocks: Sequence[Block]  # those that are visible
    lines: Sequence[Block]  # those of them that are short
    rows: range  # the elements from the first to the last of them
    title: int  # number of the title's block


def article_head(told: Told, title: str | None) -> ArticleHead | None:
    """The head of the article under this title; None where the title is not said on the page."""
    start = _title_block(told, title)
    if start is None:
        return None
    document = told.document
    end, prose = start + 1, 0
    while end < min(start + HEAD_AFTER, len(document.blocks)) and prose < PROSE_AFTER:
        prose += document.blocks[end].words > PROSE
        end += 1
    first = max(start - HEAD_BEFORE, 0)
    shown = [document.blocks[n] for n in range(first, end) if not document.hidden[n]]
    lines = [block for block in shown if len(block.text) <= LONGEST_LINE]
    return ArticleHead(shown, lines, range(told.row_before(first), told.row_before(end)), start)


def _title_block(told: Told, title: str | None) -> int | None:
    wanted = (title or "").casefold()
    for tag in ("h1", "h2", "h3"):
        for row, text in told.headings[tag]:
            if text.casefold() == wanted or (tag == "h1" and wanted and wanted in text.casefold()):
                return told.document.blocks_of(row).start
    first = told.headings["h1"]
    if first:
        return told.document.blocks_of(first[0][0]).start
    return next((block.number for block in told.document.blocks if block.text.casefold() == wanted), None)
