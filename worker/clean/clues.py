"""What a dropped block is of which no rule spoke: by the names and landmarks that it stands in, by its links,
and by the blocks beside it that are known.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from worker.clean.document import NONE, names
from worker.clean.naming import CHROME, HINTS, named
from worker.clean.scene import PAGE_WIDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from worker.clean.scene import Scene

LANDMARKS: Mapping[str, str] = {
    "nav": "navigation",
    "footer": "footer",
    "header": "navigation",
    "form": "control",
    "figcaption": "caption",
    "time": "byline",
}
HEADINGS = names("h1 h2 h3 h4 h5 h6 dt")
NAMED = 0.4  # of the page's prose: an element that holds more is not what its name says
LINKED = 0.7  # of a block's characters: it is a link
TITLE_WORDS = 4  # a link of so many after the text leads to another page by its title; a shorter is of a menu
LONG_TITLE = 7  # the same before the text and in it, where menus and references have longer ones
MENU_WORDS = 12  # a longer block is no entry of a menu, whatever stands beside it
BYLINE_WORDS = 15
SERIES = 3  # blocks that hang alike
MOST = 60  # blocks of an element that may say what one of them is
KNOWN = 0.3  # of these: a card is a title that is a link, a date, a line of text
KNOWN_ALIKE = 0.5  # of blocks that hang alike: the entries of a bibliography are links now and then
AGREED = 0.6  # of the known
NEAR = 3  # blocks up and down
SPREADING = names("comments footer navigation newsletter related share")  # what whole parts of a page are
KEPT = "kept"
UNKNOWN, MANY = "", "many"


class Clue(NamedTuple):
    """A kind, and what says so, in words."""

    kind: str
    why: str


class Clues:
    """Clues to the blocks of one page. `said` is the kind of each: what a rule said, KEPT, or UNKNOWN."""

    def __init__(self, scene: Scene, said: Sequence[str]) -> None:
        self.scene = scene
        self.elements = scene.document.elements
        self.said = list(said)
        self.found: dict[int, Clue] = {}
        self.places: dict[int, Clue | None] = {NONE: None}
        self.boxes: dict[int, str] = {}
        self.parent: list[int] = self.elements.parent.tolist()
        self.apart = self._apart()
        self.last = max((number for number, kind in enumerate(said) if kind == KEPT), default=-1)

    def all(self) -> Mapping[int, Clue]:
        """A clue for each unknown block that has any."""
        unknown = [number for number, kind in enumerate(self.said) if kind == UNKNOWN]
        self._learn((number, self._place(number)) for number in unknown)
        linked = {n: self._link(n) for n in unknown if n not in self.found and self.scene.linked[n] >= LINKED}
        self.said = [kind or linked.get(number, UNKNOWN) for number, kind in enumerate(self.said)]
        self._learn_alike(unknown)
        for step in (self._heading, self._box, self._beside):
            self._learn([(number, step(number)) for number in unknown if self.said[number] == UNKNOWN])
        left = {number: Clue(kind, "") for number, kind in linked.items() if number not in self.found}
        return {**left, **self.found}

    def _learn(self, clues: Iterable[tuple[int, Clue | None]]) -> None:
        for number, clue in clues:
            if clue is not None and self._fits(number, clue.kind):
                self.found[number] = clue
                self.said[number] = clue.kind

    def _fits(self, number: int, kind: str) -> bool:
        return kind != "byline" or self.scene.words[number] <= BYLINE_WORDS

    def _apart(self) -> list[bool]:
        """For each element: does it hold no block that was kept, and no great part of the page."""
        first, end = self.elements.first_block, self.elements.end_block
        kept = np.cumsum([0, *(kind == KEPT for kind in self.said)])
        prose = np.asarray(self.scene.prose_before)
        apart = (kept[first] == kept[end]) & (prose[end] - prose[first] <= NAMED * prose[-1])
        for tag in PAGE_WIDE:
            apart[self.scene.document.rows_by_tag.get(tag, [])] = False
        return list(apart.tolist())

    def _place(self, number: int) -> Clue | None:
        """What the innermost element says that has a name or is a landmark, and holds nothing of the text."""
        row, chain = self.scene.block(number).element, list[int]()
        while row not in self.places:
            chain.append(row)
            row = self.parent[row] if self.apart[row] else NONE
        clue = self.places[row]
        for below in reversed(chain):
            clue = self.places[below] = (self._own(below) if self.apart[below] else None) or clue
        return clue

    def _own(self, row: int) -> Clue | None:
        attrs = self.elements.attrs[row]
        return _says(self.elements.tags[row], attrs.get("id"), attrs.get("class"))

    def _link(self, number: int) -> str:
        words = TITLE_WORDS if number > self.last else LONG_TITLE
        return "related" if self.scene.words[number] >= words else "navigation"

    def _learn_alike(self, unknown: Sequence[int]) -> None:
        """Blocks that hang alike in the page are of one kind, if most that are known are."""
        series: dict[int, list[int]] = {}
        hangs = self.scene.document.hangs.tolist()
        for number in unknown:
            if number not in self.found:
                series.setdefault(hangs[number], []).append(number)
        for members in series.values():
            kind = _agreed(Counter(map(self.said.__getitem__, members)), KNOWN_ALIKE)
            if len(members) >= SERIES and kind in SPREADING:
                clue = Clue(kind, f"one of {len(members)} alike")
                self._learn([(number, clue) for number in members])

    def _heading(self, number: int) -> Clue | None:
        """A heading is of the kind of what stands below it."""
        below = self.said[number + 1] if number + 1 < len(self.said) else UNKNOWN
        heads = self.scene.block(number).tag in HEADINGS and below in SPREADING
        return Clue(below, "heading of the like") if heads else None

    def _box(self, number: int) -> Clue | None:
        """What most of the innermost element is that has other known blocks."""
        row = self.scene.block(number).element
        while row != NONE and self.apart[row]:
            kind = self.boxes.get(row)
            if kind is None:
                kind = self.boxes[row] = self._mostly(row)
            if kind == MANY:
                break
            if self._goes(number, kind):
                return Clue(kind, "as what it stands with")
            row = self.parent[row]
        return None

    def _mostly(self, row: int) -> str:
        blocks = self.scene.document.blocks_of(row)
        return MANY if len(blocks) > MOST else _agreed(Counter(self.said[blocks.start : blocks.stop]), KNOWN)

    def _beside(self, number: int) -> Clue | None:
        """What stands both before and after it."""
        before = next((kind for kind in reversed(self.said[max(0, number - NEAR) : number]) if kind), UNKNOWN)
        after = next((kind for kind in self.said[number + 1 : number + 1 + NEAR] if kind), UNKNOWN)
        same = before == after and self._goes(number, before)
        return Clue(before, "as what stands around it") if same else None

    def _goes(self, number: int, kind: str) -> bool:
        """May the block be of this kind because blocks beside it are."""
        return kind in SPREADING and (kind != "navigation" or self.scene.words[number] <= MENU_WORDS)


@lru_cache(maxsize=1000)
def _says(tag: str, key: str | None, classes: str | None) -> Clue | None:
    """What an element's names, or else its tag, say that it is; that it is of a menu says least."""
    attrs = {"id": key, "class": classes}
    says = (*named(attrs, CHROME), *named(attrs, HINTS))
    for kind, selector in sorted(says, key=lambda said: said.kind == "navigation"):
        return Clue(kind, f"in {selector}")
    landmark = LANDMARKS.get(tag)
    return Clue(landmark, f"in <{tag}>") if landmark else None


def _agreed(kinds: Counter[str], least: float) -> str:
    """The kind that most of the known blocks have, if at least this share of all is known."""
    total = kinds.total()
    del kinds[UNKNOWN]
    if not kinds or KEPT in kinds:
        return UNKNOWN
    kind, count = kinds.most_common(1)[0]
    return kind if kinds.total() >= least * total and count >= AGREED * kinds.total() else UNKNOWN
