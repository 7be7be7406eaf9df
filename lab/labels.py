"""Which blocks of a page are content, read off its gold text.

A block's label is the share of its tokens that stand in the gold text (0..1). Long blocks are found by their
4-grams; short ones ("Price", "Home") occur everywhere, so they only count where they fit between their
neighbours: the blocks taken are the heaviest chain whose places in the gold text rise with their order in
the page (weighted longest increasing subsequence). Blocks out of that order count when the gold text has
their words to spare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tokens = Sequence[str]

GRAM = 4
CANDIDATES = 24  # places tried for one block; a word that occurs more often says nothing about its place
SHORTEST = 2  # tokens; a single word out of order says nothing
WHOLE = 0.8  # share of a block that must be covered to count out of order


class Place(NamedTuple):
    """Where a block may stand in the gold text: tokens [start, end), of which `weight` are covered."""

    block: int
    start: int
    end: int
    weight: float


class Grams:
    """Places of every n-gram of the gold text, for n up to GRAM."""

    def __init__(self, gold: Tokens) -> None:
        self.places: list[dict[Tokens, list[int]]] = []
        for size in range(1, GRAM + 1):
            found: dict[Tokens, list[int]] = {}
            for i in range(len(gold) - size + 1):
                found.setdefault(tuple(gold[i : i + size]), []).append(i)
            self.places.append(found)

    def of(self, gram: Tokens) -> list[int]:
        return self.places[len(gram) - 1].get(tuple(gram), [])


def candidates(number: int, block: Tokens, grams: Grams) -> list[Place]:
    """Places for one block, with how many of its tokens each covers."""
    size = min(GRAM, len(block))
    diagonals: Counter[int] = Counter()
    for i in range(len(block) - size + 1):
        for place in grams.of(block[i : i + size])[:CANDIDATES]:
            diagonals[place - i] += 1
    best = diagonals.most_common(CANDIDATES)
    return [Place(number, max(0, d), max(0, d) + len(block), hits + size - 1) for d, hits in best]


def coverage(block: Tokens, grams: Grams) -> float:
    """Share of the block's tokens inside n-grams that the gold text has too."""
    size = min(GRAM, len(block))
    covered = np.zeros(len(block), bool)
    for i in range(len(block) - size + 1):
        if grams.of(block[i : i + size]):
            covered[i : i + size] = True
    return float(covered.mean()) if len(block) else 0.0


class _Best:
    """Fenwick tree: the heaviest chain that ends at or before a place."""

    def __init__(self, size: int) -> None:
        self.tree: list[tuple[float, int]] = [(0.0, -1)] * (size + 2)

    def put(self, place: int, value: tuple[float, int]) -> None:
        place += 1
        while place < len(self.tree):
            self.tree[place] = max(self.tree[place], value)
            place += place & -place

    def upto(self, place: int) -> tuple[float, int]:
        best, place = (0.0, -1), place + 1
        while place > 0:
            best = max(best, self.tree[place])
            place -= place & -place
        return best


def chain(places: Sequence[Place], length: int) -> set[int]:
    """Blocks on the heaviest chain of places, at most one place a block."""
    best, back = _Best(length + 1), [-1] * len(places)
    reached: list[tuple[int, tuple[float, int]]] = []
    for i, place in enumerate(places):
        weight, back[i] = best.upto(min(place.start, length))
        reached.append((min(place.end, length), (weight + place.weight, i)))
        if i + 1 == len(places) or places[i + 1].block != place.block:
            for end, value in reached:
                best.put(end, value)
            reached.clear()
    taken, i = set(), best.upto(length)[1]
    while i >= 0:
        taken.add(places[i].block)
        i = back[i]
    return taken


def align(blocks: Sequence[Tokens], gold: Tokens) -> NDArray[np.float32]:
    """The label of each block, shape (blocks,), in 0..1."""
    grams = Grams(gold)
    places = [place for number, block in enumerate(blocks) for place in candidates(number, block, grams)]
    shares = np.array([coverage(block, grams) for block in blocks], np.float32)
    taken = chain(places, len(gold))
    taken |= strays(blocks, gold, shares, taken)
    labels = np.zeros(len(blocks), np.float32)
    labels[list(taken)] = shares[list(taken)]
    return labels


def strays(
    blocks: Sequence[Tokens], gold: Tokens, shares: NDArray[np.float32], chained: set[int]
) -> set[int]:
    """Blocks off the chain whose tokens the gold text still has to spare; the longest choose first."""
    spare = Counter(gold)
    spare.subtract(token for number in chained for token in blocks[number])
    found = set()
    whole = [
        n for n in np.flatnonzero(shares >= WHOLE).tolist() if n not in chained and len(blocks[n]) >= SHORTEST
    ]
    for number in sorted(whole, key=lambda n: -len(blocks[n])):
        need = Counter(blocks[number])
        if all(spare[token] >= times for token, times in need.items()):
            spare.subtract(need)
            found.add(number)
    return found
