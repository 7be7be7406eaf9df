"""What authors call things: the words in class names and ids, and the words that short lines are made of.

Each word has a weight of its own in a table that came out of training (lab/train.py: logistic regressions);
a word that is in no table weighs nothing, so a page in an unknown language or with meaningless names is
judged by its shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.model.lines import Column
    from worker.clean.model.outline import Floats, Outline

NEAR = 3  # elements, the block's own included, whose names count as the block's
SHORT_LINE = 240  # characters; the words of longer blocks say what a page is about, not what the block is for
FIRST_WORDS = 12
MOST_KNOWN = 50_000  # names remembered by a process, about 8 MB
LOUDEST = 8.0  # log odds; beyond it one odd name would drown its neighbours
NAMING = ("class", "id", "itemprop")
ODD = ".,:;!?()[]{}\"'“”„«»|•·…-–—*#>→"

_PIECE = re.compile(r"[a-z]{2,}|[A-Z][a-z]+|[A-Z]{2,}")
Weights = Mapping[str, float]


def pieces(name: str) -> list[str]:
    """The words of a class or id ("post-bodyText" is post, body, text), and each name as a whole."""
    return [piece for whole in name.split() for piece in _parts(whole)]


def _parts(whole: str) -> list[str]:
    parts = _PIECE.findall(whole)
    lower = whole.lower()
    if lower != whole:
        parts = [part.lower() for part in parts]
    return [*parts, f".{lower}"]


def line_words(text: str) -> list[str]:
    """The first words of a short line, without punctuation; none for a long one."""
    return _first_words(text.casefold()) if len(text) <= SHORT_LINE else []


def _first_words(folded: str) -> list[str]:
    words = folded.split(None, FIRST_WORDS)[:FIRST_WORDS]
    return [bare for word in words if (bare := word.strip(ODD))]


@dataclass(frozen=True)
class Tables:
    """Weights of words: of names next to the block, of all names above it, and of its text."""

    near: Weights
    above: Weights
    text: Weights

    @cached_property
    def _known(self) -> dict[str, tuple[float, float]]:
        """Names that were weighed before: frameworks and sites use the same ones on page after page."""
        return {}

    @cached_property
    def _of_names(self) -> dict[str, tuple[float, float]]:
        """Of part of a name: what it weighs near and above."""
        parts = self.near.keys() | self.above.keys()
        return {part: (self.near.get(part, 0.0), self.above.get(part, 0.0)) for part in parts}

    def weigh(self, name: str) -> tuple[float, float]:
        """What a class or id weighs next to a block, and above it."""
        near = above = 0.0
        known = self._known
        for whole in name.split():
            found = known.get(whole) or self._learn(whole)
            near += found[0]
            above += found[1]
        return near, above

    def _learn(self, whole: str) -> tuple[float, float]:
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        near = above = 0.0
        table = self._of_names
        for part in _parts(whole):
            if weights := table.get(part):
                near += weights[0]
                above += weights[1]
        self._known[whole] = near, above
        return near, above


def element_names(outline: Outline) -> Iterator[tuple[int, str]]:
    """Rows that have a name, and the name."""
    for row, attrs in enumerate(outline.document.elements.attrs):
        if not attrs:
            continue
        name = attrs.get("class")
        if "id" in attrs or "itemprop" in attrs:
            name = " ".join([value for key in NAMING if (value := attrs.get(key))])
        if name:
            yield row, name


def _weigh(outline: Outline, tables: Tables, names: Mapping[int, str]) -> tuple[Floats, Floats]:
    """Of row: what its name weighs in the first and in the second table."""
    number = {name: place for place, name in enumerate(dict.fromkeys(names.values()))}
    weights = np.array([tables.weigh(name) for name in number] or [(0.0, 0.0)]).T
    sums = np.zeros((2, len(outline.parent)))
    sums[:, list(names)] = weights[:, list(map(number.__getitem__, names.values()))]
    return sums[0], sums[1]


def columns(outline: Outline, tables: Tables) -> Iterator[Column]:
    names = dict(element_names(outline))
    near, above = _weigh(outline, tables, names)
    rows = outline.rows
    own = near[rows]
    yield "page_named", np.full(len(rows), len(names) / len(outline.parent))
    yield "name_own", own
    for _ in range(NEAR - 1):
        rows = outline.parent[rows]
        own = own + near[rows]
    yield "name_near", own
    yield "name_above", outline.above(above)[outline.rows]
    lowest, highest = _extremes(outline, above)
    yield "name_lowest", lowest[outline.rows]
    yield "name_highest", highest[outline.rows]
    yield from ((f"name_{number}", level) for number, level in enumerate(above[outline.floors[:3]]))
    texts = dict(_words(outline, tables.text))
    yield from texts.items()
    yield from _evidence(outline, own + outline.above(above)[outline.rows] + texts["text_sum"])


def _evidence(outline: Outline, evidence: Floats) -> Iterator[Column]:
    """What names and words say together, averaged over what the block stands in and by."""
    evidence = np.clip(evidence, -LOUDEST, LOUDEST)
    words = outline.letters.words + 1.0
    total, weight = outline.inside(np.array((evidence * words, words)))
    mean = (total / np.maximum(weight, 1.0))[outline.floors[:5]]
    yield "evidence", evidence
    yield "evidence_rank", evidence.argsort(kind="stable").argsort(kind="stable") / max(1, len(words))
    yield from ((f"evidence_{number}", level) for number, level in enumerate(mean))
    for reach in (2, 6):
        low, high = np.arange(len(words)) - reach, np.arange(len(words)) + reach + 1
        low, high = np.maximum(low, 0), np.minimum(high, len(words))
        sums = np.concatenate(([0.0], np.cumsum(evidence)))
        yield f"evidence_around_{reach}", (sums[high] - sums[low]) / (high - low)


def _extremes(outline: Outline, values: Floats) -> tuple[Floats, Floats]:
    """Of row: the lowest and the highest value on the way to the root."""
    lowest, highest = values.copy(), values.copy()
    for rows in outline.strata[1:]:
        up = outline.parent[rows]
        lowest[rows] = np.minimum(lowest[rows], lowest[up])
        highest[rows] = np.maximum(highest[rows], highest[up])
    return lowest, highest


def _words(outline: Outline, weights: Weights) -> Iterator[Column]:
    sums, lows, means = [], [], []
    for text, folded in zip(outline.texts, outline.folded, strict=True):
        words = _first_words(folded) if len(text) <= SHORT_LINE else ()
        found = [weights.get(word, 0.0) for word in words] or [0.0]
        sums.append(sum(found))
        lows.append(min(found))
        means.append(sums[-1] / len(found))
    total = np.array(sums, float)
    yield "text_sum", total
    yield "text_low", np.array(lows, float)
    yield "text_mean", np.array(means, float)
    for reach in (1, 2):
        yield f"text_before_{reach}", np.concatenate((np.zeros(reach), total))[: len(total)]
        yield f"text_after_{reach}", np.concatenate((total, np.zeros(reach)))[reach:]
