"""Why a block was dropped that no rule named: its kind, and what there was to see, in words."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from worker.clean.clues import HEADINGS, KEPT, LINKED, UNKNOWN, Clue, Clues
from worker.clean.rules.rule import Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from worker.clean.scene import Scene

SHORT = 6  # words: a line; more are a text
SOME_LINKS = 0.3
NO_CLUE = Clue("other", "")


def reasons(
    scene: Scene, named: Mapping[int, Signal], kept: NDArray[np.bool_], chances: NDArray[np.float64]
) -> dict[int, Signal]:
    """The signals of `named`, and one for each other block that was not kept. `chances` is the probability of
    each block to be text.
    """
    said = [KEPT if stays else UNKNOWN for stays in kept.tolist()]
    for number, signal in named.items():
        said[number] = signal.kind
    spots = kept.nonzero()[0].tolist()
    first, last = (spots[0], spots[-1]) if spots else (len(said), -1)
    clues, found = Clues(scene, said).all(), dict(named)
    for number, percent in enumerate((100 * chances).round().astype(int).tolist()):
        if said[number] == UNKNOWN:
            where = (
                "before the text" if number < first else "after the text" if number > last else "in the text"
            )
            found[number] = _signal(clues.get(number, NO_CLUE), _looks(scene, number), where, percent)
    return found


@lru_cache(maxsize=500)
def _signal(clue: Clue, looks: str, where: str, percent: int) -> Signal:
    """The same signal for all blocks that look the same."""
    seen = ", ".join(filter(None, (looks, where, clue.why)))
    return Signal(clue.kind, "model", f"{seen}; {percent} % likely text")


def _looks(scene: Scene, number: int) -> str:
    words, linked = scene.words[number], scene.linked[number]
    thing = (
        "link" if linked >= LINKED else "heading" if scene.block(number).tag in HEADINGS
        else "line" if words <= SHORT else "text"
    )  # fmt: skip
    some = ", partly links" if SOME_LINKS <= linked < LINKED else ""
    return f"a {thing} of {words} word{'' if words == 1 else 's'}{some}"
