"""Keep a page's nesting within bounds before it is parsed.

The HTML standard's tree construction looks up the stack of open elements for most tags, so 100,000 nested
<div> take lexbor 9 s (measured), and every later stage would walk chains as long. Real pages stay under 200.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from worker.clean.document import names
from worker.clean.tags import TAG

SUSPECT = 3  # times the depth, more opening than closing tags up to some point: worth a closer look
MANY = 10_000  # so many tags and comments, and closing ones may stand where they close nothing; 1 page in 200
MOST_OPTIONS = 10_000  # tags <option>; for each lexbor looks at all before it
PROBES = 64  # points of the page at which the open tags are counted


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a page is read."""

    depth: int = 1000  # deeper opening tags are left out; their text stays
    nodes: int = 500_000  # a page of 20 MB of text has fewer; the tables of more would not fit a child


BOUNDS = Bounds()

# Closed by the standard itself, by the next of their kind or at once: they do not nest.
_FLAT = names(
    "area base br col dd dt embed hr img input li link meta p param source tbody td th tr track wbr"
)
# Closed out of order, they end alone, and what was opened inside goes on.
_FORMATTING = names("a b big code em font i nobr s small strike strong tt u")
# In them all but their own closing tag is text, unless they stand in one of _ODD: then they are elements like
# others, or left out.
_RAW = {
    name: re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.IGNORECASE)
    for name in names("iframe noembed noframes script style textarea title xmp")
}
_ODD = ("frameset", "math", "select", "svg")
_SCRIPT = re.compile(
    r"(?P<comment><!--)(?!-?>)|(?P<over>-->)|<(?P<end>/?)script(?=[ \t\n\f\r/>])", re.IGNORECASE
)
# A closing tag inside does not reach what is open around them.
_WALLS = _RAW.keys() | names("applet desc foreignobject marquee math object svg table template")


def bounded(html: str, depth: int = BOUNDS.depth) -> str:
    """The page itself, or, where it nests deeper than `depth`, the page without the opening tags beyond."""
    return _flattened(html, depth) if _suspect(html, depth) else html


def _suspect(html: str, depth: int) -> bool:
    tags, suspect = html.count("<"), SUSPECT * depth
    if tags <= suspect:  # most pages: counting one character is the cheap part
        return False
    step = max(len(html) // PROBES, 1)
    excess = 0
    for start in range(0, len(html), step):
        part = html[start : start + step]
        excess += part.count("<") - 2 * part.count("</")
        if excess > suspect:
            return True
    return tags > MANY


def _flattened(html: str, depth: int) -> str:
    above = _Open()
    kept, done, place = [], 0, 0
    while tag := TAG.search(html, place):
        place, name = tag.end(), (tag[2] or "").lower()
        if not _fits(tag, name, above, depth):
            kept.append(html[done : tag.start()])
            done = place
        elif name in _RAW and not tag[1] and not above.is_odd:
            place = _end_of_text(html, place, name)
    return "".join([*kept, html[done:]]) if kept else html


def _fits(tag: re.Match[str], name: str, above: _Open, depth: int) -> bool:
    """Is what it opens not too deep? Then it is open. In what may be no comment all counts as open."""
    hidden = tag[0].count("<", 1)
    if hidden and above.is_odd:
        if above.depth + hidden > depth:
            return False
        above.depth += hidden
    if not name or name in _FLAT:
        return True
    if name == "option":
        above.options += 1
        return above.options <= MOST_OPTIONS
    if tag[1]:
        above.close(name)
    elif above.depth < depth:
        above.open(name)
    else:
        return False
    return True


def _end_of_text(html: str, start: int, name: str) -> int:
    """Where the closing tag of an element that holds nothing but text begins."""
    found = _RAW[name].search(html, start) if name != "script" else _end_of_script(html, start)
    return found.start() if found else len(html)


def _end_of_script(html: str, start: int) -> re.Match[str] | None:
    """After "<!-- <script" the next closing tag ends that, and not the script."""
    commented = inner = False
    for mark in _SCRIPT.finditer(html, start):
        if mark["end"] and not inner:
            return mark
        if mark["comment"]:
            commented = True
        elif mark["over"]:
            commented = inner = False
        else:
            inner = commented and not mark["end"]
    return None


class _Open:
    """The elements that are open. Each tag costs the same, however deep it stands."""

    def __init__(self) -> None:
        self.depth = 0
        self.options = 0  # there were so many
        self._names: list[str] = []  # from the outermost; empty where one was closed out of order
        self._places: defaultdict[str, list[int]] = defaultdict(list)  # in that list
        self._walls: list[int] = []  # places of what no closing tag reaches beyond

    @property
    def is_odd(self) -> bool:
        return any(self._places[name] for name in _ODD)

    def open(self, name: str) -> None:
        place = len(self._names)
        self._names.append(name)
        self._places[name].append(place)
        if name in _WALLS:
            self._walls.append(place)
        self.depth += 1

    def close(self, name: str) -> None:
        """What a closing tag ends, if anything: never more than the standard's tree construction would."""
        places = self._places[name]
        if not places or (self._walls and self._walls[-1] > places[-1]):
            return
        if name in _FORMATTING:
            self._names[places.pop()] = ""
            self.depth -= 1
            return
        place = places[-1]
        while len(self._names) > place:
            self._end(self._names.pop())

    def _end(self, name: str) -> None:
        """The innermost element, which is off the list already."""
        if name:
            self._places[name].pop()
            self.depth -= 1
        if self._walls and self._walls[-1] == len(self._names):
            self._walls.pop()
