"""In which column of its table a cell stands, as the HTML standard lays tables out: cells may be empty, or
span columns and rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.clean.document import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.clean.document import Elements

CELLS = names("td th")
WIDEST = 20  # columns of one cell; what says that it spans more draws a line
HIGHEST = 1000  # rows of one cell
MOST_COLUMNS = 200  # beyond them cells stand one after the other


def columns(elements: Elements, table: int) -> Mapping[int, int]:
    """For each cell of a table that has no other inside, by its element's row: its column, from 0."""
    found: dict[int, int] = {}
    spanned: dict[int, int] = {}  # column -> how many rows below this one a cell above takes
    taken: dict[int, int] = {}
    column = 0
    for row in range(table + 1, int(elements.end[table])):
        if elements.tags[row] == "tr":
            spanned = {at: rows - 1 for at, rows in (spanned | taken).items() if rows > 1}
            taken, column = {}, 0
        elif elements.tags[row] in CELLS:
            while column in spanned:
                column += 1
            found[row] = column
            attrs = elements.attrs[row]
            width = _span(attrs.get("colspan"), WIDEST)
            height = _span(attrs.get("rowspan"), HIGHEST)
            if height > 1 and column < MOST_COLUMNS:
                taken.update(dict.fromkeys(range(column, column + width), height))
            column += width
    return found


def _span(value: str | None, most: int) -> int:
    """What a cell says of its size, within bounds."""
    text = (value or "").strip()
    return min(most, max(1, int(text))) if text.isdecimal() and len(text) < 7 else 1
