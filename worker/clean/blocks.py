"""Cut a page into text blocks: one parse, one walk over the lexbor tree, no recursion.

Every character of text outside SKIPPED elements lands in exactly one block, hidden text too: "every word is
accounted for" starts here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from worker.clean.depth import BOUNDS, bounded
from worker.clean.document import NONE, Block, Document, Elements, Image, Marks, Run, made
from worker.clean.formatting import settled
from worker.clean.hidden import hides
from worker.clean.line import Line, Piece, trim
from worker.clean.rows import (
    APART,
    BLOCK,
    BREAK,
    CUT,
    HEIR,
    HIDES,
    IMAGE,
    KINDS,
    NO_ATTRS,
    PLAIN,
    STARTS,
    Rows,
    Style,
)
from worker.clean.tags import slimmed, with_frames_closed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selectolax.lexbor import LexborNode

    from worker.clean.depth import Bounds

__all__ = ["Block", "Document", "Elements", "Image", "Marks", "Run", "plain_document", "walk"]

INVISIBLE = ("\u00ad", "\u200b", "\u2060", "\ufeff")  # soft hyphens and zero-width marks that split words
TEXT = "-text"  # lexbor's name for a text node; those of comments and the like begin with "-" too
REMOVE_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))


def walk(html: str, bounds: Bounds = BOUNDS) -> Document:
    """Parse and cut, within the bounds. Any text will do: raises only MemoryError."""
    try:
        safe = settled(slimmed(with_frames_closed(html)), bounds.nodes)
        tree = LexborHTMLParser(bounded(safe, bounds.depth))
    except SelectolaxError as error:  # its allocator was given no more
        raise MemoryError from error
    walker = _Walker()
    if tree.root is not None:
        walker.read(tree.root, bounds.nodes)
    return walker.freeze(tree)


def plain_document(text: str) -> Document:
    """A page that is plain text: a paragraph a block, cut at blank lines."""
    walker = _Walker()
    walker.element("html", NO_ATTRS)
    for paragraph in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        for number, line in enumerate(paragraph.split("\n")):
            walker.line.breaks = number
            walker.line.add(line, 0, PLAIN)
        walker.flush()
    return walker.freeze(None)


class _Walker(Rows):
    """State of one walk: the table, and the line being written.

    A call into lexbor costs .05 us, a method of ours .1 us and more (measured): a node gets one of ours, an
    element a second when it ends. The nodes of the open elements are kept, so that no parent is asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.line = Line(NONE)
        self.outer: list[Line] = []

    def read(self, root: LexborNode, most: int) -> None:
        """Up to `most` nodes, each once, in the order of the page; an element is closed before what follows
        it is read.
        """
        node = root
        above: list[LexborNode] = []  # the open elements
        for _ in range(most):
            tag = node.tag or ""
            if tag == TEXT:
                self._text(node.text_content or "")
            elif node.is_element_node:
                self.element(tag, node.attributes or NO_ATTRS)
                inner = node.first_child
                if inner is not None:
                    above.append(node)
                    node = inner
                    continue
                self._close()
            following = node.next if above else None
            while following is None and above:
                node = above.pop()
                self._close()
                following = node.next if above else None
            if following is None:
                break
            node = following
        while len(self.open) > 1:
            self._close()
        self.flush()

    def element(self, tag: str, attrs: Mapping[str, str | None]) -> None:
        """Open an element inside the one that is open."""
        kind, (up, _, style) = KINDS.get(tag, 0), self.open[-1]
        row = len(self.tags)
        if kind & HEIR:
            style = style.inside(tag, attrs)
        self.tags.append(tag)
        self.attrs.append(attrs)
        self.parent.append(up)
        self.end.append(NONE)
        self.open.append((row, kind, style))
        hiding = (kind & HIDES or "style" in attrs or "hidden" in attrs or "aria-hidden" in attrs) and hides(
            tag, attrs
        )
        if hiding:
            self.hiding[row] = hiding
            kind |= CUT
        if (kind & STARTS or (kind and self.line.pieces)) and (style is PLAIN or not style.skipped):
            self._lay_out(kind, row, style)

    def _lay_out(self, kind: int, row: int, style: Style) -> None:
        """What the beginning of an element does to the line."""
        line = self.line
        if kind & BLOCK:
            if line.pieces:
                self.flush()
        elif kind & BREAK:
            self._break(row, style)
        elif kind & CUT:
            self.outer.append(line)
            self.line = Line(row)
        elif kind & IMAGE:
            self.images.append(Image(row, len(self.blocks)))
        elif line.gap == 1 and kind & APART:
            line.gap = 2

    def _close(self) -> None:
        line = self.line
        row, kind, style = self.open.pop()
        self.end[row] = len(self.tags)
        if line.owner == row:
            self.flush()
            self.line = self.outer.pop()
        elif kind & BLOCK:
            if line.pieces and (style is PLAIN or not style.skipped):
                self.flush()
        elif kind & APART and not line.space and not style.skipped:
            line.gap = 1

    def _break(self, row: int, style: Style) -> None:
        line = self.line
        line.breaks += 1
        if style.preformatted:
            line.pieces.append(("\n", row, style))
            line.breaks = 0
        elif line.breaks > 1:
            self.flush()

    def _text(self, text: str) -> None:
        row, _, style = self.open[-1]
        if style is PLAIN and text.isspace():  # half of all texts
            self.line.blank()
        elif style.skipped:
            self.raw[row] = self.raw.get(row, "") + text
        else:
            self._line_of(text, row, style)

    def _line_of(self, text: str, row: int, style: Style) -> None:
        if not text.isascii() and any(map(text.__contains__, INVISIBLE)):
            text = text.translate(REMOVE_INVISIBLE)
        if style.preformatted:
            if text:
                self.line.pieces.append((text, row, style))
        elif text.isspace():
            self.line.blank()
        elif text:
            self.line.add(text, row, style)

    def flush(self) -> None:
        """End the block being written, if it has any text."""
        line = self.line
        if line.pieces:
            if len(line.pieces) == 1 and not line.pieces[0][2].preformatted:  # most are one text node
                text, row, style = line.pieces[0]
                self.add_block(row, row, (made(Run, (text, style.marks, style.href)),), text)
            else:
                self._block(line.pieces)
            line.pieces = []
        line.space, line.breaks, line.gap = False, 0, 0

    def _block(self, pieces: list[Piece]) -> None:
        runs: list[Run] = []
        for text, _, style in pieces:
            marks, href, *_ = style
            if runs and runs[-1].marks == marks and runs[-1].href == href:
                runs[-1] = made(Run, (runs[-1].text + text, marks, href))
            else:
                runs.append(made(Run, (text, marks, href)))
        whole = "".join([run.text for run in runs])
        if whole[:1].isspace() or whole[-1:].isspace():  # only code has blank ends
            trim(runs)
            whole = "".join([run.text for run in runs])
        if whole:
            self.add_block(pieces[0][1], pieces[-1][1], tuple(runs), whole)
