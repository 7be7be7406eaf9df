"""What was kept, as a flat list of pieces that know their place: heading, list item, quotation, code, table
cell.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from worker.clean.document import HEADINGS, NONE, Run, made, names
from worker.clean.grid import CELLS, columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from worker.clean.document import Block, Document

LISTS = names("ul ol menu dir")
HOLDERS = HEADINGS | names("pre li dt dd")
PLACES = HOLDERS | CELLS | LISTS | names("tr table blockquote")
DEEPEST = 30  # levels of lists and quotations that are shown; each is written again before every line
LONGEST_CELL = 600  # characters, of a table of data
CROWDED_CELL = 3  # blocks in one cell; a quarter of the cells of a table of data may have more
SAFE_SCHEMES = ("http:", "https:", "mailto:", "tel:")


class Piece(NamedTuple):
    """One kept block, ready to be rendered.

    `kind`: paragraph, heading, item, code, cell, term or definition.
    """

    kind: str
    runs: tuple[Run, ...]  # links resolved; those that are no web or mail address taken off
    level: int = 0  # of a heading 1 to 6; of a list item its depth, 1 for the outermost list
    number: int = (
        0  # of an item in a numbered list; 0 in a list that has none, and in an item's later paragraphs
    )
    first: bool = True  # the first piece of its list item
    quote: int = 0  # depth of quotation
    row: int = -1  # of a cell: the element of its <tr>
    table: int = -1
    header: bool = False  # a cell of a header row
    cell: int = -1  # the element of a cell, which may have several pieces
    column: int = 0  # of a cell, from 0
    parent: int = -1  # the list that an item stands in

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


def structure(document: Document, kept: Sequence[int], base: str | None) -> tuple[Piece, ...]:
    """The pieces of the kept blocks, in order. `base` is what relative links are resolved against."""
    builder = _Builder(document, base)
    return tuple(builder.piece(document.blocks[number]) for number in kept)


class _Place(NamedTuple):
    """Where the text of an element stands: rows of the nearest element of each kind, or NONE."""

    holder: int = NONE  # the one that says what kind of piece its text is
    line: int = NONE  # a <tr>
    table: int = NONE
    list: int = NONE
    lists: int = 0  # how many lists it is in
    quotes: int = 0


class _Builder:
    """Each element's place is that of its parent and one step more, so no chain is walked for each block."""

    def __init__(self, document: Document, base: str | None) -> None:
        self.elements = document.elements
        self.parent: list[int] = document.elements.parent.tolist()
        self.base = base
        self.seen_items: set[int] = set()
        self.numbers: dict[int, int] = {}  # last number used in each <ol>
        self.data_tables: dict[int, bool] = {}
        self.grids: dict[int, Mapping[int, int]] = {}  # of the tables of data
        self.places: dict[int, _Place] = {NONE: _Place()}
        self.document = document

    def piece(self, block: Block) -> Piece:
        place = self._place(block.element)
        row, quote = place.holder, min(place.quotes, DEEPEST)
        tag = "" if row == NONE else self.elements.tags[row]
        runs = tuple([made(Run, (run.text, run.marks, self._target(run.href))) for run in block.runs])
        if tag == "pre":
            return Piece("code", runs, quote=quote)
        if tag in CELLS:
            inside = self.places[row]
            return Piece(
                "cell",
                runs,
                quote=quote,
                row=inside.line,
                table=inside.table,
                header=tag == "th",
                cell=row,
                column=self._columns(inside.table).get(row, 0),
            )
        if tag == "li":
            return self._item(row, runs, quote)
        if tag in ("dt", "dd"):
            return Piece("term" if tag == "dt" else "definition", runs, quote=quote)
        if tag in HEADINGS:
            return Piece("heading", runs, level=int(tag[1]), quote=quote)
        return Piece("paragraph", runs, quote=quote)

    def _place(self, row: int) -> _Place:
        known, unknown = self.places, []
        while row not in known:
            unknown.append(row)
            row = self.parent[row]
        place = known[row]
        for row in reversed(unknown):
            if self.elements.tags[row] in PLACES:  # few are
                place = self._inside(place, row)
            known[row] = place
        return place

    def _inside(self, place: _Place, row: int) -> _Place:
        """The place of what stands in this element, which itself stands in `place`."""
        tag = self.elements.tags[row]
        if tag in HOLDERS or (tag in CELLS and self._is_data(place.table)):
            return place._replace(holder=row)
        if tag == "tr":
            return place._replace(line=row)
        if tag == "table":
            return place._replace(table=row)
        if tag == "blockquote":
            return place._replace(quotes=place.quotes + 1)
        if tag in LISTS:
            return place._replace(list=row, lists=place.lists + 1)
        return place

    def _item(self, row: int, runs: tuple[Run, ...], quote: int) -> Piece:
        place = self.places[row]
        depth, parent = min(max(place.lists, 1), DEEPEST), place.list
        if row in self.seen_items:
            return Piece("item", runs, depth, first=False, quote=quote, parent=parent)
        self.seen_items.add(row)
        number = 0
        if parent != NONE and self.elements.tags[parent] == "ol":
            before = self.numbers.get(parent, _number(self.elements.attrs[parent].get("start"), 1) - 1)
            number = self.numbers[parent] = _number(self.elements.attrs[row].get("value"), before + 1)
        return Piece("item", runs, depth, number=number, quote=quote, parent=parent)

    def _columns(self, table: int) -> Mapping[int, int]:
        if table not in self.grids:
            self.grids[table] = columns(self.elements, table)
        return self.grids[table]

    def _is_data(self, table: int) -> bool:
        """Is this a table of data, and not one that lays out the page."""
        if table not in self.data_tables:
            self.data_tables[table] = table != NONE and self._looks_like_data(table)
        return self.data_tables[table]

    def _looks_like_data(self, table: int) -> bool:
        """Short cells, one block each or few, in two columns or more, with no table inside."""
        elements = self.elements
        inside = range(table + 1, int(elements.end[table]))
        tables = self.document.rows_by_tag["table"]
        following = bisect_right(tables, table)
        if following < len(tables) and tables[following] in inside:
            return False
        tags = elements.tags[inside.start : inside.stop]
        cells = [row for row in inside if elements.tags[row] in CELLS]
        rows = tags.count("tr")
        blocks = [self.document.blocks_of(row) for row in cells]
        longest = max((len(self.document.blocks[n].text) for cell in blocks for n in cell), default=0)
        crowded = sum(1 for cell in blocks if len(cell) > CROWDED_CELL)
        return rows >= 1 and len(cells) >= 2 * rows and longest <= LONGEST_CELL and crowded * 4 <= len(cells)

    def _target(self, href: str) -> str:
        """A link's target as an address of the web; empty where it is a script or a place on the page
        itself.
        """
        href = href.strip()
        if not href or href.startswith("#"):
            return ""
        try:
            whole = urljoin(self.base, href) if self.base else href
        except ValueError:
            return ""
        return whole if whole.lower().startswith(SAFE_SCHEMES) or (not self.base and _relative(whole)) else ""


def _number(value: str | None, otherwise: int) -> int:
    return int(value) if value and value.strip().isdecimal() and len(value) < 7 else otherwise


def _relative(target: str) -> bool:
    return ":" not in target.split("/", 1)[0]
