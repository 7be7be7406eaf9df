"""A page as a table of elements and a list of text blocks: what every stage after the walk reads.

Both tables are in document order, so an element's subtree is a slice of either: sums over a subtree are
differences of prefix sums over `first_block`/`end_block` (blocks) or `end` (elements). Of blocks the slice is
exact but where something was cut out of a line (a button, hidden text), which stands before the line.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import IntFlag
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from selectolax.lexbor import LexborHTMLParser

    Ints = NDArray[np.int32]
    Bools = NDArray[np.bool_]


def names(text: str) -> frozenset[str]:
    """A set of names, written as a line of words."""
    return frozenset(text.split())


NONE = -1  # the parent of the root element


class Marks(IntFlag):
    """Inline formatting of a run."""

    PLAIN = 0
    STRONG = 1
    EMPHASIS = 2
    CODE = 4
    SUPER = 8
    SUB = 16


class Run(NamedTuple):
    """A stretch of a block's text with one formatting. Texts of a block's runs, joined, are its text."""

    text: str
    marks: int = 0
    href: str = ""  # as written in the page, not resolved


class Image(NamedTuple):
    """A picture: `element` is its row in the table; it stands before block number `block`."""

    element: int
    block: int


class Block(NamedTuple):
    """A stretch of text that a reader sees as one unit: a paragraph, a heading, a cell, a line of a menu.

    `text` has its white space folded to single spaces, a single <br> as a newline; inside <pre> it is as
    written.
    `element` is the deepest element that holds the whole text, `tag` the tag of the nearest block-level
    element.
    """

    number: int
    element: int
    tag: str
    text: str
    runs: tuple[Run, ...]
    link_chars: int  # characters of `text` inside <a href>

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Elements:
    """The table of elements, one row an element, in document order. Row 0 is <html>."""

    tags: Sequence[str]
    attrs: Sequence[Mapping[str, str | None]]  # names in lower case
    keys: Sequence[int]  # lexbor's own node ids, to find rows for nodes that a CSS query returned
    parent: Ints  # row of the parent; NONE for the root; always smaller than the row itself
    depth: Ints
    end: Ints  # row after the last descendant
    first_block: Ints
    end_block: Ints  # block after the last one inside; equals first_block where there is none
    hidden: Bools  # hidden itself or by an ancestor: attribute, inline style, plain <style> rule, kind of tag

    def __len__(self) -> int:
        return len(self.tags)

    def ancestors(self, row: int) -> list[int]:
        """Rows from `row` itself up to the root."""
        chain = []
        while row != NONE:
            chain.append(row)
            row = self.parent.item(row)
        return chain


@dataclass(frozen=True)
class Document:
    """One parsed page. `raw` is the text of <title>, <style> and JSON-LD scripts by row, which is in no
    block."""

    elements: Elements
    blocks: tuple[Block, ...]
    images: tuple[Image, ...]
    raw: Mapping[int, str]
    tree: LexborHTMLParser | None  # kept for CSS queries only; None for a page that is plain text

    @cached_property
    def rows_by_tag(self) -> Mapping[str, Sequence[int]]:
        rows: defaultdict[str, list[int]] = defaultdict(list)
        for row, tag in enumerate(self.elements.tags):
            rows[tag].append(row)
        return dict(rows)

    @cached_property
    def hidden(self) -> Bools:
        """For each block: is it hidden."""
        rows = np.fromiter((block.element for block in self.blocks), np.int32, len(self.blocks))
        return self.elements.hidden[rows] if len(rows) else np.zeros(0, bool)

    def blocks_of(self, row: int) -> range:
        """Numbers of the blocks inside the element of this row."""
        return range(self.elements.first_block.item(row), self.elements.end_block.item(row))
