"""CommonMark (with GFM's tables), escaped so that a parser reads back the same blocks and the same text."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from worker.clean.render.inline import FILLED
from worker.clean.render.items import Items
from worker.clean.render.spans import inline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from worker.clean.structure import Piece
    from worker.jobs.options import Options

_LINE_START = re.compile(r"^(\s*)([-+#>=:]|\d{1,9}[.)])(?=\s|#|$|[-=+])", re.MULTILINE)
_FENCE = re.compile(r"`{3,}")


def markdown(pieces: Sequence[Piece], options: Options) -> str:
    """The pieces as Markdown, blocks with a blank line between."""
    parts: list[str] = []
    before: Piece | None = None
    for piece, block in _blocks(pieces, links=options.links):
        if before:
            parts.append("\n" if _tight(before, piece) else _blank(min(before.quote, piece.quote)))
        parts.append(_quoted(block, piece.quote))
        before = piece
    return "".join(parts)


def _tight(before: Piece, piece: Piece) -> bool:
    """May the two stand on neighbouring lines: items; but a list that begins with 2 would be read as text."""
    if not (before.kind == piece.kind == "item" and before.quote == piece.quote and piece.first):
        return False
    return before.parent == piece.parent or piece.number <= 1


def _blocks(pieces: Sequence[Piece], *, links: bool) -> Iterable[tuple[Piece, str]]:
    items = Items()
    for (table, _), group in groupby(pieces, key=lambda piece: (piece.table, piece.quote)):
        items.close()
        if table >= 0:
            cells = list(group)
            yield cells[0], _table(cells, links=links)
            continue
        for piece in group:
            if piece.kind != "item":
                items.close()
            yield piece, _block(piece, items, links=links)


def _blank(quote: int) -> str:
    """A blank line inside a quotation carries its mark, or the quotation would end."""
    return "\n" + "> " * quote + "\n" if quote else "\n\n"


def _quoted(block: str, depth: int) -> str:
    mark = "> " * depth
    return "\n".join(mark + line for line in block.split("\n")) if depth else block


def _block(piece: Piece, items: Items, *, links: bool) -> str:
    if piece.kind == "code":
        fence = max((len(found) for found in _FENCE.findall(piece.text)), default=2) + 1
        return f"{'`' * fence}\n{piece.text}\n{'`' * fence}"
    written = inline(piece.runs, links=links)
    if piece.kind == "heading":
        return "#" * piece.level + " " + _heading(" ".join(written.split()))
    body = _LINE_START.sub(_escaped_start, written).replace("\n", "\\\n")
    if piece.kind == "item":
        return items.write(piece, body)
    return f"**{body}**" if piece.kind == "term" and "*" not in body else body


def _heading(text: str) -> str:
    """A "#" at the end would be read as the heading's own mark."""
    return text[:-1] + "\\#" if text.endswith("#") else text


def _escaped_start(found: re.Match[str]) -> str:
    mark = found[2]
    return found[1] + (mark[:-1] + "\\" + mark[-1] if mark[0].isdigit() else "\\" + mark)


def _row(cells: Sequence[Piece], first: int, *, links: bool) -> list[str]:
    """The texts of a row's cells, each in its column; `first` is the table's."""
    row: list[str] = []
    for _, pieces in groupby(cells, key=lambda piece: piece.cell):
        cell = list(pieces)
        row += [""] * (min(cell[0].column - first, FILLED) - len(row))
        row.append(" ".join(inline(piece.runs, links=links, cell=True).replace("\n", " ") for piece in cell))
    return row


def _table(cells: Sequence[Piece], *, links: bool) -> str:
    first = min(cell.column for cell in cells)
    rows = [_row(list(group), first, links=links) for _, group in groupby(cells, key=lambda cell: cell.row)]
    width = max(len(row) for row in rows)
    rows[0] += [""] * (width - len(rows[0]))
    width_of_rest = min(width, FILLED)
    lines = ["| " + " | ".join([*row, *[""] * (width_of_rest - len(row))]) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])
