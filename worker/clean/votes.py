"""A second reader: which blocks trafilatura would keep. Its text is laid over ours; it never writes any of
the output.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from worker.clean.depth import BOUNDS, bounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from worker.clean.document import Document

    Bools = NDArray[np.bool_]

LONGEST = 2_000_000  # characters of HTML; trafilatura would be seconds over more
MOST = 20_000  # blocks; it counts the cells of a row anew for each of them, and the like
DEEPEST = 250  # levels; it recurses
ENDS = 40  # characters: a block counts as read when its beginning and its end are
SHORT = 12  # characters; a shorter block must be a line of its own

_SPACE = re.compile(r"\W+")


def votes(html: str, document: Document, depth: int = BOUNDS.depth) -> Bools | None:
    """For each block: did the second reader keep it. None where it has no opinion on the page.

    `depth` is that of the page's bounds.
    """
    if (
        len(html) > LONGEST
        or len(document.blocks) > MOST
        or int(document.elements.depth.max(initial=0)) > DEEPEST
    ):
        return None
    text = _read(bounded(html, depth))
    return _laid_over(document, text) if text else None


def _read(html: str) -> str | None:
    from trafilatura import extract

    try:
        return extract(html, include_comments=False, include_tables=True, with_metadata=False)
    except Exception:  # noqa: BLE001 - whatever goes wrong in there is one vote less, not a page lost
        return None


def _laid_over(document: Document, text: str) -> Bools:
    lines = {_squeezed(line) for line in text.splitlines()}
    whole = _squeezed(text)
    found = np.zeros(len(document.blocks), bool)
    for block in document.blocks:
        squeezed = _squeezed(block.text)
        if len(squeezed) < SHORT:
            found[block.number] = squeezed in lines
        else:
            found[block.number] = squeezed[:ENDS] in whole and squeezed[-ENDS:] in whole
    return found


def _squeezed(text: str) -> str:
    """Letters and digits only: white space and marks differ between the two readers."""
    return _SPACE.sub("", text)
