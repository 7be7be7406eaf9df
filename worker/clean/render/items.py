"""Where a list item stands in Markdown: its indent, and a mark that keeps neighbouring lists apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from worker.clean.structure import Piece

LEAST_WIDTH = 4  # of a mark and the spaces after it


class _List(NamedTuple):
    """A list that is open: its row, what its marks end with, and how wide the last one is."""

    parent: int
    sign: str
    width: int


class Items:
    """The lists that are open while pieces are written one after the other."""

    def __init__(self) -> None:
        self._open: list[_List] = []

    def close(self) -> None:
        """Whatever is no list item ends all lists."""
        self._open.clear()

    def write(self, piece: Piece, body: str) -> str:
        """The item's lines. A paragraph of an item that is no longer open is a paragraph."""
        if piece.first:
            lead, indent = self._mark(piece)
        else:
            del self._open[piece.level :]
            lead = indent = " " * self._indent()
        return lead + body.replace("\n", "\n" + indent)

    def _mark(self, piece: Piece) -> tuple[str, str]:
        """What stands before the item's first line, and before its others."""
        level = self._level(piece)
        before = self._open[level - 1] if len(self._open) >= level else None
        del self._open[level - 1 :]
        indent, sign = " " * self._indent(), _sign(piece, before)
        mark = f"{piece.number}{sign}" if piece.number else sign
        width = max(LEAST_WIDTH, len(mark) + 1)
        self._open.append(_List(piece.parent, sign, width))
        return indent + mark.ljust(width), indent + " " * width

    def _level(self, piece: Piece) -> int:
        for number, each in enumerate(self._open, 1):
            if each.parent == piece.parent:
                return number
        return min(piece.level, len(self._open) + 1)  # a deeper indent would be code

    def _indent(self) -> int:
        return sum(each.width for each in self._open)


def _sign(piece: Piece, before: _List | None) -> str:
    """CommonMark begins a new list where the sign changes, and nowhere else."""
    usual, other = (".", ")") if piece.number else ("-", "+")
    if before is None:
        return usual
    if before.parent == piece.parent:
        return before.sign
    return other if before.sign == usual else usual
