"""What the caller's own CSS selectors take out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from worker.clean.matching import Matcher
from worker.clean.rules.rule import Signal

if TYPE_CHECKING:
    from worker.clean.document import Document
    from worker.jobs.options import Options


def selected(document: Document, options: Options) -> dict[int, Signal]:
    """Blocks that the options exclude, by number. Raises BadSelector."""
    found: dict[int, Signal] = {}
    matcher = Matcher(document)
    for selector in options.exclude:
        signal = Signal("excluded", "exclude", selector)
        found.update(dict.fromkeys(_blocks(matcher, document, selector), signal))
    if options.include:
        inside = {number for selector in options.include for number in _blocks(matcher, document, selector)}
        signal = Signal("excluded", "include", "outside " + ", ".join(options.include))
        found.update({block.number: signal for block in document.blocks if block.number not in inside})
    if not options.tables:
        for row in document.rows_by_tag.get("table", ()):
            found.update(
                dict.fromkeys(document.blocks_of(row), Signal("excluded", "tables", "tables are off"))
            )
    return found


def _blocks(matcher: Matcher, document: Document, selector: str) -> set[int]:
    """Numbers of the blocks inside the elements that a selector finds."""
    inside = np.zeros(len(document.blocks), bool)  # one stands in the other, a thousand deep
    for row in matcher.rows(selector):
        blocks = document.blocks_of(row)
        inside[blocks.start : blocks.stop] = True
    return set(np.flatnonzero(inside).tolist())
