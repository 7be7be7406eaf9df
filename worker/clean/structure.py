"""What was kept, as a flat list of pieces that know their place: heading, list item, quotation, code, table
cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from worker.clean.document import Run, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.clean.document import Block, Document

LISTS = names("ul ol menu dir")
CELLS = names("td th")
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
    parent: int = -1  # the list that an item stands in

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


def structure(document: Document, kept: Sequence[int], base: str | None) -> tuple[Piece, ...]:
    """The pieces of the kept blocks, in order. `base` is what relative links are resolved against."""
    builder = _Builder(document, base)
    return tuple(builder.piece(document.blocks[number]) for number in kept)


class _Builder:
    def __init__(self, document: Document, base: str | None) -> None:
        self.elements = document.elements
        self.base = base
        self.seen_items: set[int] = set()
        self.numbers: dict[int, int] = {}  # last number used in each <ol>
        self.data_tables: dict[int, bool] = {}
        self.document = document

    def piece(self, block: Block) -> Piece:
        tags = self.elements.tags
        chain = self.elements.ancestors(block.element)
        quote = sum(1 for row in chain if tags[row] == "blockquote")
        runs = tuple(Run(run.text, run.marks, self._target(run.href)) for run in block.runs)
        for row in chain:
            tag = tags[row]
            if tag == "pre":
                return Piece("code", runs, quote=quote)
            if tag[0] == "h" and tag[1:].isdigit():
                return Piece("heading", runs, level=int(tag[1]), quote=quote)
            if tag in CELLS and self._is_data(row):
                return self._cell(row, runs, quote)
            if tag == "li":
                return self._item(row, chain, runs, quote)
            if tag in ("dt", "dd"):
                return Piece("term" if tag == "dt" else "definition", runs, quote=quote)
        return Piece("paragraph", runs, quote=quote)

    def _item(self, row: int, chain: list[int], runs: tuple[Run, ...], quote: int) -> Piece:
        tags = self.elements.tags
        lists = [up for up in chain[chain.index(row) :] if tags[up] in LISTS]
        depth, parent = max(len(lists), 1), lists[0] if lists else -1
        if row in self.seen_items:
            return Piece("item", runs, depth, first=False, quote=quote, parent=parent)
        self.seen_items.add(row)
        number = 0
        if lists and tags[parent] == "ol":
            number = self.numbers.get(parent, _start(self.elements.attrs[parent].get("start")) - 1) + 1
            self.numbers[parent] = number
        return Piece("item", runs, depth, number=number, quote=quote, parent=parent)

    def _cell(self, row: int, runs: tuple[Run, ...], quote: int) -> Piece:
        tags, chain = self.elements.tags, self.elements.ancestors(row)
        line = next((up for up in chain if tags[up] == "tr"), row)
        table = next((up for up in chain if tags[up] == "table"), row)
        return Piece("cell", runs, quote=quote, row=line, table=table, header=tags[row] == "th")

    def _is_data(self, cell: int) -> bool:
        """Is this the cell of a table of data, and not of one that lays out the page."""
        chain = self.elements.ancestors(cell)
        table = next((up for up in chain if self.elements.tags[up] == "table"), None)
        if table is None:
            return False
        if table not in self.data_tables:
            self.data_tables[table] = self._looks_like_data(table)
        return self.data_tables[table]

    def _looks_like_data(self, table: int) -> bool:
        """Short cells, one block each or few, in two columns or more, with no table inside."""
        elements = self.elements
        inside = range(table + 1, int(elements.end[table]))
        tags = elements.tags[inside.start : inside.stop]
        if "table" in tags:
            return False
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


LONGEST_CELL = 600  # characters
CROWDED_CELL = 3  # blocks in one cell


def _start(value: str | None) -> int:
    return int(value) if value and value.strip().isdecimal() and len(value) < 7 else 1


def _relative(target: str) -> bool:
    return ":" not in target.split("/", 1)[0]
