"""A page's tree as arrays: what lies above each block, and sums over what lies inside each element.

An element's subtree is a slice of both tables of a Document, so every sum is a difference of prefix sums,
and "is inside one of these" is a running count of those opened less those closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from worker.clean.model.letters import Kind, Letters, count
from worker.clean.model.lines import OTHER_TAG, TAG_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from worker.clean.document import Document

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEVELS = 6  # containers looked at above each block
SITE_TAGS = ("nav", "header", "footer", "aside")
LONG_WORDS = 12.0  # a block of so many words that are not links reads as a paragraph


def total(group: Ints, values: Floats) -> Floats:
    """Of group: the sum of the values of its members."""
    return np.asarray(np.bincount(group, values), np.float64)


@dataclass(frozen=True)
class Outline:
    """One page, ready to be asked. Arrays over blocks are `of block`, those over elements `of row`."""

    document: Document

    @cached_property
    def rows(self) -> Ints:
        """Of block: the element that holds it."""
        return self.document.rows

    @cached_property
    def texts(self) -> list[str]:
        return [block.text for block in self.document.blocks]

    @cached_property
    def folded(self) -> Sequence[str]:
        """Of block: its text, case folded."""
        return self.document.folded

    @cached_property
    def words(self) -> Sequence[list[str]]:
        """Of block: its words, case folded."""
        return self.document.words

    @cached_property
    def tags(self) -> list[str]:
        """Of block: the tag of its nearest block-level element."""
        return [block.tag for block in self.document.blocks]

    @cached_property
    def tag_numbers(self) -> Floats:
        """Of block: the number of that tag in TAG_ORDER."""
        return np.array([TAG_NUMBER.get(tag, OTHER_TAG) for tag in self.tags], float)

    @cached_property
    def letters(self) -> Letters:
        return count(self.texts)

    @cached_property
    def linked(self) -> Floats:
        """Of block: share of its characters in links."""
        blocks = self.document.blocks
        return (
            np.fromiter([block.link_chars for block in blocks], np.float64, len(blocks)) / self.letters.chars
        )

    @cached_property
    def prose(self) -> Floats:
        """Of block: words that read as prose, links not counted; none in a short block."""
        words = self.letters.words * (1 - self.linked) ** 2
        return np.where(words >= LONG_WORDS, words, 0.0)

    @cached_property
    def body(self) -> Floats:
        """Of block: its words, unless a landmark says that they are the site's and not the page's."""
        rows = [row for tag in SITE_TAGS for row in self.by_tag.get(tag, ())]
        return np.where(self.within(rows) > 0, 0.0, self.letters.words) if rows else self.letters.words

    @cached_property
    def parent(self) -> Ints:
        return np.maximum(self.document.elements.parent, 0).astype(np.int64)

    @cached_property
    def jumps(self) -> list[Ints]:
        """Of row: its parent, the parent's grandparent, and so on by doubled steps until all are the root.

        What is handed down from all ancestors takes as many passes as this has entries, not one a level.
        """
        jumps = [self.parent]
        while jumps[-1].any():
            jumps.append(jumps[-1][jumps[-1]])
        return jumps

    def nearest(self, kept: Bools) -> Ints:
        """Of row: the nearest ancestor (or itself) that is `kept`; the root where none is."""
        nearest = np.where(kept, np.arange(len(kept)), self.parent)
        for _ in self.jumps:
            nearest = nearest[nearest]
        return nearest

    @cached_property
    def container(self) -> Ints:
        """Of row: the outermost element that holds the same blocks; wrappers are one thing."""
        first, end = self.document.elements.first_block, self.document.elements.end_block
        return self.nearest((first != first[self.parent]) | (end != end[self.parent]))

    @cached_property
    def levels(self) -> list[Ints]:
        """Of block: its container, the next larger one, and so on, LEVELS of them; the root repeats."""
        level = [self.container[self.rows]]
        for _ in range(LEVELS - 1):
            level.append(self.container[self.parent[level[-1]]])
        return level

    def inside(self, values: Floats) -> Floats:
        """Of row: the sum of a block's value over the blocks inside. Several values at once: one a row."""
        sums = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
        values.cumsum(axis=-1, out=sums[..., 1:])
        elements = self.document.elements
        return np.asarray(sums[..., elements.end_block] - sums[..., elements.first_block])

    @cached_property
    def inner(self) -> Mapping[str, Floats]:
        """Of row: sums over the blocks inside of what more than one feature is made of."""
        letters = self.letters
        values = {
            "blocks": np.ones(len(letters.chars)),
            "chars": letters.chars,
            "links": letters.chars * self.linked,
            "words": letters.words,
            "prose": self.prose,
            "paragraphs": (self.prose > 0).astype(float),
            "stops": letters.counts[:, Kind.STOP],
            "signs": letters.counts[:, Kind.DIGIT] + letters.counts[:, Kind.SIGN],
            "body": self.body,
        }
        return dict(zip(values, self.inside(np.array(list(values.values()))), strict=True))

    @cached_property
    def floors(self) -> Ints:
        """The levels as one array, shape (LEVELS, blocks)."""
        return np.array(self.levels)

    def above(self, values: Floats) -> Floats:
        """Of row: the sum of a row's value over itself and all its ancestors."""
        size = len(values)
        closed = np.bincount(self.document.elements.end, values, minlength=size + 1)[:size]
        return np.asarray((values - closed).cumsum())

    def within(self, rows: Iterable[int]) -> Floats:
        """Of block: how many of these elements it lies in."""
        chosen = np.array(list(rows), np.int64)
        return np.asarray(self.within_each(chosen, np.zeros_like(chosen), 1)[0])

    def within_each(self, rows: Ints, kinds: Ints, count: int) -> Floats:
        """Of kind and block: how many elements of the kind it lies in, shape (count, blocks).

        `rows` are elements, each with its kind beside it in `kinds`.
        """
        width = len(self.parent) + 1
        line, size = kinds * width, count * width
        opened = np.bincount(line + rows, minlength=size)
        opened -= np.bincount(line + self.document.elements.end[rows], minlength=size)
        return np.asarray(opened.reshape(-1, width).cumsum(axis=1)[:, self.rows], np.float64)

    @cached_property
    def by_tag(self) -> Mapping[str, list[int]]:
        return {tag: list(rows) for tag, rows in self.document.rows_by_tag.items()}
