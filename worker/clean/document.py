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
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from worker.clean.columns import Numbered, glued_words, numbered
from worker.clean.lexicon import normal_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    Ints = NDArray[np.int32]
    Bools = NDArray[np.bool_]


def names(text: str) -> frozenset[str]:
    """A set of names, written as a line of words."""
    return frozenset(text.split())


# Attributes by which stages look for elements. What a class says is asked once for each look.
NOTED = names("datetime id itemprop itemscope rel role")
HEADINGS = names("h1 h2 h3 h4 h5 h6")
LINE_WORDS = 60  # a longer block is no line of an interface; nothing is looked up for it
NONE = -1  # the parent of the root element


# made(Run, (text, marks, href)): a named tuple of all its fields, in half the time of a call by its name.
made = tuple.__new__


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
    parent: Ints  # row of the parent; NONE for the root; always smaller than the row itself
    depth: Ints
    end: Ints  # row after the last descendant
    first_block: Ints
    end_block: Ints  # block after the last one inside; equals first_block where there is none
    hidden: Bools  # hidden itself or by an ancestor: attribute, inline style, plain <style> rule, kind of tag

    def __len__(self) -> int:
        return len(self.tags)

    def ancestors(self, row: int) -> Iterator[int]:
        """Rows from `row` itself up to the root."""
        while row != NONE:
            yield row
            row = self.parent.item(row)


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
    def tags(self) -> Numbered:
        """The tags of the elements."""
        return numbered(self.elements.tags)

    @cached_property
    def classes(self) -> Numbered:
        """What stands in the class attributes; None where there is none."""
        return numbered([own.get("class") for own in self.elements.attrs])

    @cached_property
    def filled(self) -> Bools:
        """For each element: does it hold any block. What the others are called, a third of all names, is of
        no use.
        """
        return self.elements.end_block > self.elements.first_block

    @cached_property
    def used_classes(self) -> Sequence[int]:
        """Numbers of the class attributes that elements with blocks have."""
        used = np.zeros(len(self.classes.each), bool)
        used[self.classes.of[self.filled]] = True
        found: Sequence[int] = used.nonzero()[0].tolist()
        return found

    @cached_property
    def looks(self) -> NDArray[np.int64]:
        """For each element: a number that elements of the same tag and class share."""
        return np.asarray(self.classes.of * len(self.tags.each) + self.tags.of)

    @cached_property
    def noted(self) -> Sequence[int]:
        """Rows that have any of the attributes in NOTED; few have."""
        apart = NOTED.isdisjoint
        return [row for row, own in enumerate(self.elements.attrs) if own and not apart(own)]

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """For each block: the element that holds it."""
        return np.fromiter([block.element for block in self.blocks], np.int64, len(self.blocks))

    @cached_property
    def folded(self) -> Sequence[str]:
        """For each block: its text, case folded."""
        return [block.text.casefold() for block in self.blocks]

    @cached_property
    def words(self) -> Sequence[list[str]]:
        """For each block: its words, case folded, with their punctuation."""
        return [text.split() for text in self.folded]

    @cached_property
    def counts(self) -> Sequence[int]:
        """For each block: how many words it has; scripts without spaces count by their characters."""
        each = zip(self.blocks, self.words, strict=True)
        return [len(words) + glued_words(block.text) for block, words in each]

    @cached_property
    def tokens(self) -> Sequence[Sequence[str]]:
        """For each block that is a line, not a text: its words in normal form; of a longer one nothing."""
        both = zip(self.folded, self.words, strict=True)
        return [normal_words(text) if len(words) <= LINE_WORDS else () for text, words in both]

    @cached_property
    def hangs(self) -> NDArray[np.int64]:
        """For each block: a number that blocks share whose elements look alike, up to the grandparent.

        On a page of a million looks the product would wrap round, which two of them could hardly notice.
        """
        look, base = self.looks, len(self.tags.each) * len(self.classes.each)
        up = np.maximum(self.elements.parent, 0)[self.rows]
        above = np.maximum(self.elements.parent, 0)[up]
        keys = (look[self.rows] * base + look[up]) * base + look[above]
        return np.asarray(np.unique(keys, return_inverse=True)[1].reshape(-1), np.int64)

    @cached_property
    def headings(self) -> Bools:
        """For each block: is it a heading, or in one: a question that opens is a button in a heading."""
        own = np.fromiter([block.tag in HEADINGS for block in self.blocks], bool, len(self.blocks))
        return np.asarray(own | self.inside(*HEADINGS)[self.rows])

    @cached_property
    def hidden(self) -> Bools:
        """For each block: is it hidden."""
        return self.elements.hidden[self.rows]

    @cached_property
    def nodes(self) -> Sequence[LexborNode]:
        """For each element: the parser's own node."""
        root = self.tree.root if self.tree else None
        found = (node for node in root.traverse() if node.is_element_node) if root else ()
        return list(islice(found, len(self.elements)))

    @cached_property
    def row_of(self) -> Mapping[int, int]:
        """Rows by lexbor's own ids of nodes, for those that a CSS query returned."""
        return {node.mem_id: row for row, node in enumerate(self.nodes)}

    def inside(self, *tags: str) -> Bools:
        """For each element: does it stand inside another of one of these tags."""
        change = np.zeros(len(self.elements) + 1, np.int64)
        for row in chain.from_iterable(self.rows_by_tag.get(tag, ()) for tag in tags):
            change[row + 1] += 1
            change[self.elements.end[row]] -= 1
        return np.asarray(change.cumsum()[:-1] > 0)

    def blocks_of(self, row: int) -> range:
        """Numbers of the blocks inside the element of this row."""
        return range(self.elements.first_block.item(row), self.elements.end_block.item(row))
