"""The part of a page that its text stands in: the deepest element with nearly all of the weight of what is
left.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.clean.scene import Scene
    from worker.clean.votes import Bools

REGION_SHARE = 0.85  # of the weight: an element that leaves out more isn't the text's own
VOTE = 4  # what a vote adds to a block's words, in words of prose a word; tuned on wcxb-dev
MOST_VOTED = 0.7  # of the prose in the region
ENOUGH_PROSE = 120  # words: a page with less may be a page of links, which are then its content
DECK_WORDS = 8  # of a summary between the title and the text
DECK_LINKED = 0.3


class Reader(NamedTuple):
    """What the region is found by, besides the text: the second reader's votes, and the title's block or
    -1.
    """

    votes: Bools | None
    title: int


def outside_region(scene: Scene, kept: Sequence[int], reader: Reader) -> list[int]:
    """The blocks among `kept` that stand outside; none where there is nothing to go by."""
    weights = _weights(scene, kept, reader.votes)
    if not any(weights):
        return []
    region = _region(scene, weights)
    return [
        number
        for number in kept
        if number not in region and not _is_deck(scene, number, region, reader.title)
    ]


def edges(scene: Scene, kept: Sequence[int], reader: Reader) -> list[int]:
    """Short blocks among `kept` before the title, and before the first or after the last that was voted for.

    The votes count where they hold most of the prose: on a page that was misread its edges mean nothing.
    """
    before = [number for number in kept if number < reader.title and not scene.prose[number]]
    return before + [number for number in _unvoted_ends(scene, kept, reader.votes) if number not in before]


def _unvoted_ends(scene: Scene, kept: Sequence[int], votes: Bools | None) -> list[int]:
    if votes is None:
        return []
    voted = [number for number in kept if votes[number]]
    whole = sum(scene.prose[number] for number in kept)
    if not voted or sum(scene.prose[number] for number in voted) < MOST_VOTED * whole or whole < ENOUGH_PROSE:
        return []
    inner = range(voted[0], voted[-1] + 1)
    return [number for number in kept if number not in inner and not scene.prose[number]]


def _is_deck(scene: Scene, number: int, region: range, title: int) -> bool:
    """A summary between the title and the text, or text that goes on close behind."""
    between = 0 <= title < number < region.start
    return between and scene.words[number] >= DECK_WORDS and scene.linked[number] < DECK_LINKED


def _weights(scene: Scene, kept: Sequence[int], votes: Bools | None) -> list[int]:
    """What each block counts for: its words where it is prose, more if it was voted for."""
    counted = scene.prose if sum(scene.prose[number] for number in kept) >= ENOUGH_PROSE else scene.words
    weights = [0] * len(scene.words)
    for number in kept:
        weights[number] = counted[number] * (1 + VOTE * int(votes is not None and votes[number]))
    return weights


def _region(scene: Scene, weights: Sequence[int]) -> range:
    """The deepest element with REGION_SHARE of the weight: such elements form one chain from the root."""
    before = [0, *accumulate(weights)]
    elements = scene.document.elements
    needed = REGION_SHARE * before[-1]
    best = range(len(weights))
    for first, end in zip(elements.first_block.tolist(), elements.end_block.tolist(), strict=True):
        if end > first and before[end] - before[first] >= needed:
            best = range(first, end)
    return best
