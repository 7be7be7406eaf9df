"""The table of elements while a page is walked, and the blocks found so far; `freeze` makes the document of
them.
"""

from __future__ import annotations

from enum import IntFlag
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from worker.clean.document import NONE, Block, Document, Elements, Image, Marks, Run, made, names
from worker.clean.hidden import MAY_HIDE, by_rule, hidden_rows
from worker.clean.sheets import hidden_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from selectolax.lexbor import LexborHTMLParser

    from worker.clean.document import Ints
    from worker.clean.hiding import Way

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

CUTS = BLOCK_LEVEL | CUT_OUT
INHERITED = SKIPPED | PREFORMATTED | MARKS.keys() | {"a"}
# Two of these side by side without white space are two words to the eye (a menu, a meta line), set apart by
# CSS.
SET_APART = names("a label small span time")


class Kind(IntFlag):
    """What the walk does at an element of a tag; looked up once, for most tags do nothing."""

    BLOCK = 1
    CUT = 2
    APART = 4
    BREAK = 8
    IMAGE = 16
    HEIR = 32  # what is inside looks otherwise
    HIDES = 64  # may be hidden without an attribute


_OF_KIND = {
    Kind.BLOCK: BLOCK_LEVEL,
    Kind.CUT: CUT_OUT,
    Kind.APART: SET_APART,
    Kind.BREAK: {"br"},
    Kind.IMAGE: {"img"},
    Kind.HEIR: INHERITED,
    Kind.HIDES: MAY_HIDE,
}
KINDS: Mapping[str, int] = {
    tag: sum(int(kind) for kind, tags in _OF_KIND.items() if tag in tags)
    for tag in frozenset().union(*_OF_KIND.values())
}
# As plain numbers: an operation on two flags takes thirty times as long.
BLOCK, CUT, APART, BREAK, IMAGE, HEIR, HIDES = map(int, Kind)
STARTS = CUT | BREAK | IMAGE  # the others change nothing where no text stands before them in the line


class Style(NamedTuple):
    """What an element hands down to all that is inside it."""

    marks: int = 0
    href: str = ""
    skipped: bool = False
    preformatted: bool = False

    def inside(self, tag: str, attrs: Mapping[str, str | None]) -> Style:
        """The style inside an element of this tag."""
        href = (attrs.get("href") or "") if tag == "a" else ""
        return made(
            Style,
            (
                self.marks | MARKS.get(tag, 0),
                href or self.href,
                self.skipped or tag in SKIPPED,
                self.preformatted or tag in PREFORMATTED,
            ),
        )


PLAIN = Style()
Opened = tuple[int, int, Style]  # row, kind; a plain tuple, as Piece is


class Rows:
    """One list a column; a row is an element. What a row inherits is worked out when it is opened."""

    def __init__(self) -> None:
        self.tags: list[str] = []
        self.attrs: list[Mapping[str, str | None]] = []
        self.parent: list[int] = []
        self.end: list[int] = []
        self.open: list[Opened] = [(NONE, 0, PLAIN)]  # the open elements, and what stands around the page
        self.hiding: dict[int, Way] = {}  # elements that hide themselves, by row
        self.blocks: list[Block] = []
        self.images: list[Image] = []
        self.raw: dict[int, str] = {}

    def add_block(self, first: int, last: int, runs: tuple[Run, ...], text: str) -> None:
        """Add a block whose text stands in all of what these two rows, its first and its last, span."""
        element = first if first == last else self._common(first, last)
        row, tags = element, self.tags
        while tags[row] not in CUTS:
            row = self.parent[row]
        if len(runs) == 1:
            linked = len(text) if runs[0].href else 0
        else:
            linked = sum([len(run.text) for run in runs if run.href])
        self.blocks.append(made(Block, (len(self.blocks), element, tags[row], text, runs, linked)))

    def _common(self, first: int, last: int) -> int:
        """The deepest element that holds both rows."""
        while first != last:
            if first > last:
                first = self.parent[first]
            else:
                last = self.parent[last]
        return first

    def freeze(self, tree: LexborHTMLParser | None) -> Document:
        for row, *_ in self.open[1:]:
            self.end[row] = len(self.tags)
        end = _column(self.end)
        first, last = self._spans(end)
        elements = Elements(
            tags=tuple(self.tags),
            attrs=tuple(self.attrs),
            parent=_column(self.parent),
            depth=_depth(end),
            end=end,
            first_block=first,
            end_block=last,
            hidden=self._hidden(),
        )
        return Document(elements, tuple(self.blocks), tuple(self.images), self.raw, tree)

    def _spans(self, end: Ints) -> tuple[Ints, Ints]:
        """First and end block of each row: a block counts for the element that holds it and all above."""
        holders = _column([block.element for block in self.blocks])
        order = holders.argsort(kind="stable")
        low = holders[order].searchsorted(np.arange(len(end)))
        high = holders[order].searchsorted(end)
        within = np.append(order, len(order))  # a slice may begin at the end of them
        slices = np.stack((low, high), axis=1).ravel()
        some, nowhere = low < high, len(order)
        first = np.where(some, np.minimum.reduceat(within, slices)[::2], nowhere)
        last = np.where(some, np.maximum.reduceat(within, slices)[::2] + 1, nowhere)
        return first.astype(np.int32), last.astype(np.int32)

    def _hidden(self) -> NDArray[np.bool_]:
        own = dict(self.hiding)
        css = "\n".join([text for row, text in self.raw.items() if self.tags[row] == "style"])
        tokens = hidden_tokens(css)
        if tokens:
            own.update((row, max(found, own.get(row, found))) for row, found in by_rule(self.attrs, tokens))
        if not own:
            return np.zeros(len(self.tags), bool)
        chars = [0] * (len(self.tags) + 1)
        for block in self.blocks:
            chars[block.element + 1] += len(block.text)
        return hidden_rows(own, self.end, list(accumulate(chars)))


def _column(values: list[int]) -> Ints:
    return np.fromiter(values, np.int32, len(values))


def _depth(end: Ints) -> Ints:
    """Of row: the elements that were opened before it, less those that were closed."""
    closed = np.bincount(end, minlength=len(end) + 1).cumsum()[:-1]
    return np.asarray(np.arange(len(end)) - closed, np.int32)
