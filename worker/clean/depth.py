"""Keep a page's nesting within bounds before it is parsed.

The HTML standard's tree construction looks up the stack of open elements for most tags, so 100,000 nested
<div> take lexbor 9 s (measured), and every later stage would walk chains as long. Real pages stay under 200.
"""

from __future__ import annotations

import re

from worker.clean.document import names

MAX_DEPTH = 1000  # deeper opening tags are left out; their text stays
SUSPECT = (
    3000  # so many more opening than closing tags up to some point of the page make a closer look worth it
)
PROBES = 64  # points of the page at which the open tags are counted

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)[^>]*>")
# Closed by the standard itself, by the next of their kind or at once: they do not nest.
_FLAT = names(
    "area base br col dd dt embed hr img input li link meta option p param source tbody td th tr track wbr"
)


def bounded(html: str) -> str:
    """The page itself, or, where it nests deeper than MAX_DEPTH, the page without the opening tags beyond."""
    return _flattened(html) if _suspect(html) else html


def _suspect(html: str) -> bool:
    if html.count("<") <= SUSPECT:  # most pages: counting one character is the cheap part
        return False
    step = max(len(html) // PROBES, 1)
    excess = 0
    for start in range(0, len(html), step):
        part = html[start : start + step]
        excess += part.count("<") - 2 * part.count("</")
        if excess > SUSPECT:
            return True
    return False


def _flattened(html: str) -> str:
    kept, depth, done = [], 0, 0
    for tag in _TAG.finditer(html):
        if tag[2].lower() in _FLAT:
            continue
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > MAX_DEPTH and not tag[1]:
            kept.append(html[done : tag.start()])
            done = tag.end()
    return "".join([*kept, html[done:]]) if kept else html
