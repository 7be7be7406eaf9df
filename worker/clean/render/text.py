"""Plain text: blocks with a blank line between, lists and tables line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.clean.structure import Piece


def text(pieces: Sequence[Piece]) -> str:
    """The pieces as text: a list item is a line "- …", a row of a table its cells with " | " between."""
    parts: list[str] = []
    before: Piece | None = None
    for piece in pieces:
        if before is None:
            parts.append(_line(piece))
        elif piece.kind == before.kind == "cell" and piece.row == before.row:
            parts.append((" " if piece.cell == before.cell else " | ") + _flat(piece.text))
        else:
            parts.append(("\n" if _tight(before, piece) else "\n\n") + _line(piece))
        before = piece
    return "".join(parts)


def _tight(before: Piece, piece: Piece) -> bool:
    """Do the two stand on neighbouring lines: items of one list, rows of one table."""
    if piece.kind == before.kind == "cell":
        return piece.table == before.table
    if not (piece.kind == before.kind == "item"):
        return False
    return piece.parent == before.parent or max(piece.level, before.level) > 1


def _line(piece: Piece) -> str:
    if piece.kind == "cell":
        return _flat(piece.text)
    if piece.kind != "item":
        return piece.text
    indent = "  " * (piece.level - 1)
    mark = (f"{piece.number}. " if piece.number else "- ") if piece.first else "  "
    return indent + mark + piece.text.replace("\n", "\n" + indent + "  ")


def _flat(text: str) -> str:
    return " ".join(text.split())
