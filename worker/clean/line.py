"""The line being written while a page is walked: pieces of text until a block boundary."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.clean.document import Run
    from worker.clean.rows import Style

CJK_START = "\u2e80"  # from here on scripts are written without spaces (kana, ideographs), but for hangul
HANGUL = ("\uac00", "\ud7a3")

# Text, row, how it looks; a plain tuple takes a fifth of the time to make that a named one does.
Piece = tuple[str, int, "Style"]


class Line:
    """The line being written: pieces of text until a block boundary."""

    __slots__ = ("breaks", "gap", "owner", "pieces", "space")

    def __init__(self, owner: int) -> None:
        self.owner = owner  # the element that cut this line out of another; NONE for the main one
        self.pieces: list[Piece] = []
        self.space = False  # white space was seen since the last piece
        self.breaks = 0  # <br> seen since the last piece
        self.gap = 0  # 1: an inline element closed, 2: and another opened, with nothing between

    def add(self, text: str, row: int, style: Style) -> None:
        """Add the text of one text node, its white space folded."""
        folded = " ".join(text.split())
        if not folded:
            self.blank()
            return
        pieces = self.pieces
        pieces.append((self._joint(text, folded) + folded if pieces else folded, row, style))
        self.space = text[-1].isspace()
        self.breaks = self.gap = 0

    def blank(self) -> None:
        """White space and nothing else."""
        self.space = True
        if self.gap == 1:
            self.gap = 0

    def _joint(self, text: str, folded: str) -> str:
        """What stands between the text and the piece before it."""
        if self.breaks:
            return "\n"
        if self.space or text[0].isspace():
            return " "
        apart = self.gap == 2 and _wordlike(self.pieces[-1][0][-1]) and _wordlike(folded[0])
        return " " if apart else ""


def _wordlike(character: str) -> bool:
    spaced = character < CJK_START or HANGUL[0] <= character <= HANGUL[1]
    return spaced and character.isalnum()


def trim(runs: list[Run]) -> None:
    """Take the blank ends off a block; the indent of its first line stays (code)."""
    while runs and not runs[0].text.strip():
        del runs[0]
    while runs and not runs[-1].text.strip():
        del runs[-1]
    if runs:
        runs[0] = runs[0]._replace(text=runs[0].text.lstrip("\n"))
        runs[-1] = runs[-1]._replace(text=runs[-1].text.rstrip())
