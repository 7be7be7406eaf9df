"""What a block is that the model dropped and no rule named: its kind by the names and landmarks that it
stands in, and its strongest features in words.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from worker.clean.rules.rule import Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from worker.clean.scene import Scene

    Bools = NDArray[np.bool_]

LANDMARKS: Mapping[str, str] = {
    "nav": "navigation",
    "footer": "footer",
    "header": "navigation",
    "form": "control",
    "figcaption": "caption",
}
NAMED = 0.4  # of the page's prose: an element that holds more is not what its name says
LINKED = 0.7
TITLE_WORDS = 4  # a link of so many words leads to another page by its title; a shorter one is of a menu
SHORT = 6  # words


def reasons(scene: Scene, kept: Bools, dropped: Sequence[int]) -> dict[int, Signal]:
    """A signal for each of the dropped blocks."""
    places = _places(scene)
    spots = np.flatnonzero(kept)
    first, last = (int(spots[0]), int(spots[-1])) if len(spots) else (len(kept), -1)
    found: dict[int, Signal] = {}
    for number in dropped:
        where = "before the text" if number < first else "after the text" if number > last else "in the text"
        kind, place = places.get(number) or (_by_shape(scene, number, after=number > last), "")
        words = scene.words[number] if scene.words[number] > SHORT else 0
        found[number] = _signal(kind, where, place, words, linked=scene.linked[number] >= LINKED)
    return found


@lru_cache(maxsize=5000)
def _signal(kind: str, where: str, place: str, words: int, *, linked: bool) -> Signal:
    """The same signal for all blocks that look the same; `words` is 0 for a short line."""
    parts = ("a link" if linked else "", f"{words} words" if words else "a short line", where)
    return Signal(kind, "model", ", ".join(filter(None, (*parts, place and f"in {place}"))))


def _places(scene: Scene) -> dict[int, tuple[str, str]]:
    """For each block the innermost landmark or named element that it stands in: kind, and what says so."""
    found: dict[int, tuple[str, str]] = {}
    for row, kind, sign in sorted(_signs(scene)):
        blocks = scene.document.blocks_of(row)
        if blocks and scene.prose_share(blocks) <= NAMED:
            found.update(dict.fromkeys(blocks, (kind, sign)))
    return found


def _signs(scene: Scene) -> Iterator[tuple[int, str, str]]:
    for kind, rows in scene.named.items():
        for row, selector in rows:
            yield row, kind, selector
    for tag, kind in LANDMARKS.items():
        for row in scene.document.rows_by_tag.get(tag, ()):
            yield row, kind, f"<{tag}>"


def _by_shape(scene: Scene, number: int, *, after: bool) -> str:
    if scene.linked[number] < LINKED:
        return "other"
    return "related" if after and scene.words[number] >= TITLE_WORDS else "navigation"
