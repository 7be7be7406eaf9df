"""The road with the block model: each block's probability to be content, the page's own cut, and the rules.

The rules say what a block is in words that a reader understands, and some know more than the model (a
read-also line inside an article). But a rule that would take a good part of what the model holds to be the
text has misread the page: it is not believed there. Figures: cross-validated by host, lab/RESULTS.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from worker.clean.alike import shared
from worker.clean.decide import Decision, Wish, asked_for
from worker.clean.model import cut
from worker.clean.reasons import reasons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from worker.clean.rules.rule import Signal
    from worker.clean.scene import Scene

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

MAY_BE_CODE = 0.2  # the least probability of code that is kept for the text around it
READS_AS_PROSE = 0.6  # of the expected text: such a page is an article, not a shelf of short pieces


class Trust(NamedTuple):
    """How far a rule is believed against the model."""

    most: float = 0.3  # share of the expected text: a rule that would take more is not believed on this page
    sure: float = 1.1  # the probability of a block from which on it is kept all the same; above 1 is never


# Rules by what an element is called or how it is marked err more than those by words.
TRUST: Mapping[str, Trust] = {
    "annotation": Trust(most=1.0),
    "browser_notice": Trust(most=1.0),
    "byline": Trust(most=0.1),
    "comments": Trust(most=0.5, sure=0.9),
    "control": Trust(sure=0.7),
    "form": Trust(sure=0.7),
    "more_from": Trust(most=0.8),
    "nav_links": Trust(sure=0.7),
    "poster": Trust(most=0.1),
    **dict.fromkeys(
        ("role_control", "role_footer", "role_navigation", "role_other"), Trust(most=0.5, sure=0.7)
    ),
    "share": Trust(most=0.1),
    "tags": Trust(most=0.1),
}
USUAL = Trust()
FEW_WORDS = 20  # that a rule takes of a text that has more: the byline of a short one
ALWAYS = frozenset({"excluded", "consent"})  # kinds: the caller's word; and a wall, of which no text is left


def by_model(scene: Scene, signals: Mapping[int, Signal], probabilities: Floats, wish: Wish) -> Decision:
    """The decision. `probabilities` has one entry a block. Where it was said where the text is, only the
    rules drop.
    """
    words = np.array(scene.words, float)
    probabilities = shared(scene.document, probabilities)
    chosen = np.ones(len(words), bool) if wish.placed else _cut(scene, probabilities, words)
    believed = _believed(signals, probabilities, chosen * words)
    kept = chosen.copy()
    kept[list(believed)] = False
    if not wish.placed:
        _keep_code(scene, kept, believed, probabilities)
        _keep_headings(scene, kept, believed)
    kept[list(asked_for(scene, signals, wish.options) | wish.keep)] = True
    gone = np.flatnonzero(~kept).tolist()
    named = {number: signals[number] for number in gone if number in signals}
    return Decision(
        reasons(scene, named, kept, probabilities), len(words), cut.sureness(probabilities, words, kept)
    )


def _cut(scene: Scene, probabilities: Floats, words: Floats) -> Bools:
    """What the model alone would keep."""
    mass = probabilities * words
    prose = mass[np.array(scene.prose) > 0].sum() >= READS_AS_PROSE * mass.sum()
    return cut.keep(probabilities, words, cut.WORTH_IN_PROSE if prose else cut.WORTH_ELSEWHERE)


def _believed(signals: Mapping[int, Signal], probabilities: Floats, expected: Floats) -> set[int]:
    """The blocks whose rule is believed; `expected` is the words of each block that the model would keep."""
    whole = max(float(expected.sum()), 1.0)
    few = min(FEW_WORDS, USUAL.most * whole)
    loss, chance = expected.tolist(), probabilities.tolist()
    taken: dict[str, float] = {}
    for number, signal in signals.items():
        taken[signal.rule] = taken.get(signal.rule, 0.0) + loss[number]
    return {
        number
        for number, signal in signals.items()
        if signal.kind in ALWAYS
        or (
            taken[signal.rule] <= max(few, TRUST.get(signal.rule, USUAL).most * whole)
            and chance[number] < TRUST.get(signal.rule, USUAL).sure
        )
    }


def _keep_code(scene: Scene, kept: Bools, believed: set[int], probabilities: Floats) -> None:
    """Code between kept text belongs to it; the model learned little of code."""
    if "pre" not in scene.document.rows_by_tag:
        return
    code = np.array([block.tag == "pre" for block in scene.document.blocks], bool)
    here, around = np.arange(len(kept)), np.append(kept, False)  # nothing is kept beyond the ends
    before = np.maximum.accumulate(np.where(code, -1, here))
    after = np.minimum.accumulate(np.where(code, len(kept), here)[::-1])[::-1]
    likely = code & around[before] & around[after] & (probabilities >= MAY_BE_CODE)
    likely[list(believed)] = False
    kept |= likely


def _keep_headings(scene: Scene, kept: Bools, believed: set[int]) -> None:
    """A heading goes with the text right below it."""
    headings = scene.document.headings
    for number in np.flatnonzero(headings[:-1] & ~headings[1:] & kept[1:]).tolist():
        if number not in believed:
            kept[number] = True
