"""Blocks of adverts, by the selectors of the operator's list. Only selectors whose need the page meets are
tried: see worker/sites/needs.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from worker.clean.query import Css
from worker.clean.rules.rule import Signal
from worker.clean.scene import PAGE_WIDE
from worker.sites.needs import BEGINNINGS, SIMPLE, Need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from worker.clean.document import Document
    from worker.sites.cosmetic import CosmeticList, Entry


def adverts(document: Document, known: CosmeticList, host: str) -> dict[int, Signal]:
    """What a list of selectors names, by block number. Elements that are the whole page are passed over."""
    page = Named(document)
    excepted = known.exceptions(host)
    found: dict[int, Signal] = {}
    for entry in (*page.candidates(known), *known.for_host(host)):
        if entry.selector not in excepted:
            signal = Signal("advert", "cosmetic", f"{known.file}:{entry.line} {entry.selector}")
            for row in page.rows(entry.selector):
                if document.elements.tags[row] not in PAGE_WIDE:
                    found.update(dict.fromkeys(document.blocks_of(row), signal))
    return found


@dataclass(frozen=True)
class Named:
    """A document by the names and values of its elements."""

    document: Document

    @cached_property
    def names(self) -> Mapping[Need, Sequence[int]]:
        """Rows by id and by class."""
        found: dict[Need, list[int]] = {}
        for row, attrs in enumerate(self.document.elements.attrs):
            if own := attrs.get("id"):
                found.setdefault(Need("#", own), []).append(row)
            if classes := attrs.get("class"):
                for name in classes.split():
                    found.setdefault(Need(".", name), []).append(row)
        return found

    @cached_property
    def values(self) -> Mapping[str, set[str]]:
        """What each attribute is on this page."""
        found: dict[str, set[str]] = {}
        for attrs in self.document.elements.attrs:
            for name, value in attrs.items():
                found.setdefault(name, set()).add(value or "")
        return found

    def candidates(self, known: CosmeticList) -> Iterator[Entry]:
        """The list's entries for any site that may find something here."""
        everywhere = known.everywhere
        met = [*(self.names.keys() & everywhere.keys()), *self._attributes(known)]
        met += [key for tag in self.document.rows_by_tag if (key := Need("<", tag)) in everywhere]
        for key in (*sorted(met), Need("")):
            yield from everywhere.get(key, ())

    def _attributes(self, known: CosmeticList) -> Iterator[Need]:
        for name, values in self.values.items():
            keys = [Need("[", name), *(Need("=", name, value) for value in values)]
            keys += [Need("^", name, value[:length]) for length in BEGINNINGS for value in values]
            yield from (key for key in set(keys) if key in known.everywhere)
            text = "\n".join(values) if name in known.parts else ""
            yield from (Need("*", name, part) for part in known.parts.get(name, ()) if part in text)

    def rows(self, selector: str) -> Sequence[int]:
        if SIMPLE.fullmatch(selector):
            return self.names.get(Need(selector[0], selector[1:]), ())
        return self._css.rows(selector)

    @cached_property
    def _css(self) -> Css:
        return Css(self.document)
