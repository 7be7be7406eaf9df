"""Blocks of adverts, by the selectors of the operator's list. Only selectors whose need the page meets are
tried: see worker/sites/needs.py.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from worker.clean.query import Css
from worker.clean.rules.rule import Signal
from worker.sites.needs import BEGINNINGS, SIMPLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from worker.clean.document import Document
    from worker.clean.scene import Scene
    from worker.sites.cosmetic import CosmeticList, Entry

MOST = 0.4  # of the page's prose: what holds more is no advert, whatever it is called
NAMED = ("#", ".", "<", "[")  # kinds of need that are met by a name


def adverts(scene: Scene, known: CosmeticList, host: str) -> dict[int, Signal]:
    """What a list of selectors names, by block number. Elements with much of the text are passed over."""
    page = Named(scene.document)
    excepted = known.exceptions(host)
    found: dict[int, Signal] = {}
    for entry in (*page.candidates(known), *known.for_host(host)):
        if entry.selector not in excepted:
            signal = Signal("advert", "cosmetic", f"{known.file}:{entry.line} {entry.selector}")
            for row in page.rows(entry.selector):
                blocks = scene.document.blocks_of(row)
                if scene.prose_share(blocks) <= MOST:
                    found.update(dict.fromkeys(blocks, signal))
    return found


@dataclass(frozen=True)
class Named:
    """A document by the names and values of its elements."""

    document: Document

    @cached_property
    def values(self) -> Mapping[str, Mapping[str, Sequence[int]]]:
        """Rows by attribute and its value."""
        found: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for row, attrs in enumerate(self.document.elements.attrs):
            for name, value in attrs.items():
                found[name][value or ""].append(row)
        return found

    @cached_property
    def ids(self) -> Mapping[str, Sequence[int]]:
        """Rows by id."""
        return self.values.get("id", {})

    @cached_property
    def classes(self) -> Mapping[str, Sequence[int]]:
        """Rows by class. Pages repeat the same attribute by the hundred: each is taken apart once."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for value, rows in self.values.get("class", {}).items():
            for name in value.split():
                found[name] += rows
        return found

    def candidates(self, known: CosmeticList) -> Iterator[Entry]:
        """The list's entries for any site that may find something here."""
        looked_at = sorted(self.values.keys() & known.attributes.keys())
        for kind in ("", *NAMED, *(kind for name in looked_at for kind in known.attributes[name])):
            table = known.everywhere.get(kind, {})
            for what in sorted(self._met(kind, table)):
                yield from table[what]

    def _met(self, kind: str, table: Mapping[str, Sequence[Entry]]) -> Iterable[str]:
        """What the page has of all that is needed of this kind; see `Need`."""
        if not kind:
            return table.keys()
        if kind in NAMED:
            here = {"#": self.ids, ".": self.classes, "<": self.document.rows_by_tag, "[": self.values}
            return table.keys() & here[kind].keys()
        values = self.values[kind[1:]].keys()
        if kind[0] == "=":
            return table.keys() & values
        if kind[0] == "^":
            return table.keys() & {value[:length] for value in values for length in BEGINNINGS}
        text = "\n".join(values)
        return [part for part in table if part in text]

    def rows(self, selector: str) -> Sequence[int]:
        if SIMPLE.fullmatch(selector):
            named = self.ids if selector[0] == "#" else self.classes
            return named.get(selector[1:], ())
        return self._css.rows(selector)

    @cached_property
    def _css(self) -> Css:
        return Css(self.document)
