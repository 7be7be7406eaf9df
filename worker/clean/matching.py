"""Which elements a caller's selectors find, in time that grows with the page and no faster.

The engine is asked for each compound (`p.a`); the combinators between them are worked out on the table of
elements, for all elements at once. What of a compound costs more than its length is reckoned up before.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from selectolax.lexbor import SelectolaxError

from worker.errors import BadSelector
from worker.jobs.selectors import SelectorError, steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.clean.document import Bools, Document, Ints
    from worker.jobs.selectors import Step

MOST_WORK: Final = 300_000_000  # looks at an element, of all selectors of a page: a second or two
FOUND: Final = 200  # looks that handing over an element costs
SHOWN: Final = 60  # characters of a selector, in an error
LETTERS: Final = 8  # of a compound, for which an element is looked at once


class Matcher:
    """One page, asked by several selectors."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._elements = document.elements
        self._work = 0

    def rows(self, selector: str) -> Sequence[int]:
        """Rows of the elements that are found, in the order of the page. Raises BadSelector for what is no
        CSS, and for what would cost more than MOST_WORK on this page.
        """
        try:
            chains = steps(selector)
        except SelectorError as error:
            raise BadSelector(f"{selector[:SHOWN]!r}: {error}") from error
        found = np.zeros(len(self._elements), bool)
        for chain in chains:
            found |= self._of(chain)
        rows: Sequence[int] = found.nonzero()[0].tolist()
        return rows

    def _of(self, chain: Sequence[Step]) -> Bools:
        found: Bools = np.ones(len(self._elements), bool)
        for combinator, compound in chain:
            found = self._reached(combinator, found) & self._compound(compound)
        return found

    def _compound(self, compound: str) -> Bools:
        self._work += self._cost(compound)
        if self._work > MOST_WORK:
            raise BadSelector(f"{compound[:SHOWN]!r} is too much work on so large a page.")
        try:
            nodes = self._document.tree.css(compound) if self._document.tree else []
        except (SelectolaxError, ValueError) as error:
            raise BadSelector(f"{compound[:SHOWN]!r} is not a CSS selector.") from error
        self._work += len(nodes) * FOUND
        found = np.zeros(len(self._elements), bool)
        row_of = self._document.row_of
        found[[row_of[node.mem_id] for node in nodes if node.mem_id in row_of]] = True
        return found

    def _cost(self, compound: str) -> int:
        lower = compound.lower()
        looks = len(self._elements)
        looks += lower.count(":has(") * self._below + lower.count(":nth-") * self._beside
        return looks * (1 + len(compound) // LETTERS)

    def _reached(self, combinator: str, found: Bools) -> Bools:
        """The elements to which this combinator leads from those that were found."""
        if not combinator:
            return found
        parent, size = self._elements.parent, len(found)
        if combinator == ">":
            return found[parent] & (parent >= 0)
        if combinator == "+":
            return found[self._before] & (self._before >= 0)
        rows = found.nonzero()[0]
        if combinator == "~":
            first = np.full(size + 1, size)  # among the children of each element; at the end: of none
            np.minimum.at(first, parent[rows], rows)
            return np.asarray(first[parent] < np.arange(size))
        change = np.zeros(size + 1, np.int64)
        np.add.at(change, rows + 1, 1)
        np.subtract.at(change, self._elements.end[rows], 1)
        return np.asarray(change.cumsum()[:size] > 0)

    @cached_property
    def _before(self) -> Ints:
        """For each element the one before it under the same parent, or -1."""
        parent = self._elements.parent
        order = parent.argsort(kind="stable").astype(np.int32)
        before = np.full(len(parent), -1, np.int32)
        alike = parent[order[1:]] == parent[order[:-1]]
        before[order[1:][alike]] = order[:-1][alike]
        return before

    @cached_property
    def _below(self) -> int:
        """How many elements stand below each, of all together."""
        return int(self._elements.depth.sum(dtype=np.int64))

    @cached_property
    def _beside(self) -> int:
        """How many stand before each under the same parent, of all together."""
        brothers = np.bincount(self._elements.parent[1:], minlength=1).astype(np.int64)
        return int((brothers * brothers).sum() // 2)
