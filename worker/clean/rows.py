"""The table of elements while a page is walked, and the blocks found so far; `freeze` makes the document of
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from worker.clean.document import NONE, Block, Document, Elements, Image, Marks, Run, names
from worker.clean.hidden import by_rule, hidden_rows, hides, rule_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray
    from selectolax.lexbor import LexborHTMLParser

SKIPPED = frozenset({"head", "script", "style", "template"})
BLOCK_LEVEL = names(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu"
    " nav noscript ol optgroup option p pre search section summary table tbody td tfoot th thead tr ul"
)
# Cut out of the line they stand in, as a block of their own: a button in a paragraph is not a part of its
# sentence.
CUT_OUT = names("audio button canvas datalist iframe input noembed noframes object select svg textarea video")
MARKS: Mapping[str, int] = {
    **dict.fromkeys(("b", "strong"), int(Marks.STRONG)),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var"), int(Marks.EMPHASIS)),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), int(Marks.CODE)),
    "sup": int(Marks.SUPER),
    "sub": int(Marks.SUB),
}
PREFORMATTED = frozenset({"pre", "textarea", "listing", "xmp", "plaintext"})
NO_ATTRS: Mapping[str, str | None] = {}


class RawBlock(NamedTuple):
    """A block before the tables are complete."""

    element: int
    text: str
    runs: tuple[Run, ...]
    link_chars: int


class Rows:
    """One list a column; a row is an element. What a row inherits is worked out when it is opened."""

    def __init__(self) -> None:
        self.tags: list[str] = []
        self.attrs: list[Mapping[str, str | None]] = []
        self.keys: list[int] = []
        self.parent: list[int] = []
        self.depth: list[int] = []
        self.end: list[int] = []
        self.marks: list[int] = []  # inherited Marks of each row
        self.href: list[str] = []  # inherited link target of each row
        self.skipped: list[bool] = []
        self.preformatted: list[bool] = []
        self.open: list[int] = []  # rows of the open elements
        self.blocks: list[RawBlock] = []
        self.images: list[Image] = []
        self.raw: dict[int, str] = {}

    def open_row(self, tag: str, attrs: Mapping[str, str | None], key: int) -> int:
        row = len(self.tags)
        up = self.open[-1] if self.open else NONE
        self.tags.append(tag)
        self.attrs.append(attrs)
        self.keys.append(key)
        self.parent.append(up)
        self.depth.append(len(self.open))
        self.end.append(row + 1)
        root = up == NONE
        self.marks.append(MARKS.get(tag, 0) | (0 if root else self.marks[up]))
        href = (attrs.get("href") or "") if tag == "a" else ""
        self.href.append(href or ("" if root else self.href[up]))
        self.skipped.append(tag in SKIPPED or (not root and self.skipped[up]))
        self.preformatted.append(tag in PREFORMATTED or (not root and self.preformatted[up]))
        self.open.append(row)
        return row

    def common(self, first: int, last: int) -> int:
        """The deepest element that holds both rows."""
        while first != last:
            if first > last:
                first = self.parent[first]
            else:
                last = self.parent[last]
        return first

    def freeze(self, tree: LexborHTMLParser | None) -> Document:
        for row in self.open:
            self.end[row] = len(self.tags)
        blocks = tuple(self._numbered())
        first, last = self._spans()
        elements = Elements(
            tags=tuple(self.tags),
            attrs=tuple(self.attrs),
            keys=tuple(self.keys),
            parent=np.array(self.parent, np.int32),
            depth=np.array(self.depth, np.int32),
            end=np.array(self.end, np.int32),
            first_block=np.array(first, np.int32),
            end_block=np.array(last, np.int32),
            hidden=self._hidden(),
        )
        return Document(elements, blocks, tuple(self.images), self.raw, tree)

    def _numbered(self) -> Iterator[Block]:
        for index, raw in enumerate(self.blocks):
            row = raw.element
            while self.tags[row] not in BLOCK_LEVEL and self.tags[row] not in CUT_OUT:
                row = self.parent[row]
            yield Block(index, raw.element, self.tags[row], raw.text, raw.runs, raw.link_chars)

    def _spans(self) -> tuple[list[int], list[int]]:
        """First and end block of each row: a block counts for the element that holds it and all above."""
        nowhere = len(self.blocks)
        first, last = [nowhere] * len(self.tags), [0] * len(self.tags)
        for index, raw in enumerate(self.blocks):
            first[raw.element] = min(first[raw.element], index)
            last[raw.element] = index + 1
        for row in range(len(self.tags) - 1, 0, -1):
            up = self.parent[row]
            if first[row] < first[up]:
                first[up] = first[row]
            if last[row] > last[up]:
                last[up] = last[row]
        return first, [max(pair) for pair in zip(first, last, strict=True)]

    def _hidden(self) -> NDArray[np.bool_]:
        own = [row for row, attrs in enumerate(self.attrs) if hides(self.tags[row], attrs)]
        css = "\n".join(text for row, text in self.raw.items() if self.tags[row] == "style")
        tokens = rule_tokens(css)
        if tokens:
            own.extend(by_rule(self.attrs, tokens))
        chars = np.zeros(len(self.tags) + 1, np.int64)
        for raw in self.blocks:
            chars[raw.element + 1] += len(raw.text)
        return hidden_rows(own, self.end, np.cumsum(chars))
