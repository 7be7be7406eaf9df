"""What authors call things: the words in class names and ids, and the words that short lines are made of.

Each word has a weight of its own in a table that came out of training (lab/train.py: logistic regressions);
a word that is in no table weighs nothing, so a page in an unknown language or with meaningless names is
judged by its shape.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.model.lines import Column
    from worker.clean.model.outline import Floats, Outline

NEAR = 3  # elements, the block's own included, whose names count as the block's
SHORT_LINE = 240  # characters; the words of longer blocks say what a page is about, not what the block is for
FIRST_WORDS = 12
MOST_KNOWN = 4000  # names remembered by a process; more were not faster
LOUDEST = 8.0  # log odds; beyond it one odd name would drown its neighbours
NAMING = ("class", "id", "itemprop")
ODD = ".,:;!?()[]{}\"'“”„«»|•·…-–—*#>→"

_PIECE = re.compile(r"[a-z]{2,}|[A-Z][a-z]+|[A-Z]{2,}")
Weights = Mapping[str, float]


def pieces(name: str) -> list[str]:
    """The words of a class or id ("post-bodyText" is post, body, text), and each name as a whole."""
    return [piece for whole in name.split() for piece in _parts(whole)]


def _parts(whole: str) -> list[str]:
    parts: list[str] = _PIECE.findall(whole)
    lower = whole.lower()
    if lower != whole:
        parts = [part.lower() for part in parts]
    parts.append(f".{lower}")
    return parts


def line_words(text: str) -> list[str]:
    """The first words of a short line, without punctuation; none for a long one."""
    words = text.casefold().split()[:FIRST_WORDS] if len(text) <= SHORT_LINE else []
    return [bare for word in words if (bare := word.strip(ODD))]


class Called(dict[str, tuple[float, float]]):
    """What a single class or id weighs next to a block, and above it: sites and frameworks use the same ones
    on page after page.
    """

    def __init__(self, near: Weights, above: Weights) -> None:
        self.parts = {
            part: (near.get(part, 0.0), above.get(part, 0.0)) for part in near.keys() | above.keys()
        }

    def __missing__(self, name: str) -> tuple[float, float]:
        if len(self) >= MOST_KNOWN:
            self.clear()
        near = above = 0.0
        for weights in filter(None, map(self.parts.get, _parts(name))):
            near += weights[0]
            above += weights[1]
        self[name] = found = near, above
        return found


@dataclass(frozen=True)
class Tables:
    """Weights of words: of names next to the block, of all names above it, and of its text."""

    near: Weights
    above: Weights
    text: Weights

    @cached_property
    def called(self) -> Called:
        return Called(self.near, self.above)

    @cached_property
    def said(self) -> Weights:
        """What a word of a line weighs without its punctuation; NaN where it is nothing else."""
        return {**self.text, "": math.nan}

    def weigh(self, names: str) -> tuple[float, float]:
        """What these classes and ids weigh together next to a block, and above it."""
        near = above = 0.0
        for weights in map(self.called.__getitem__, names.split()):
            near += weights[0]
            above += weights[1]
        return near, above


def element_names(outline: Outline) -> Iterator[tuple[int, str]]:
    """Rows that have a name, and the name."""
    for row, attrs in enumerate(outline.document.elements.attrs):
        if name := _name(attrs):
            yield row, name


def _name(attrs: Mapping[str, str | None]) -> str:
    return " ".join([value for key in NAMING if (value := attrs.get(key))])


def _weigh(outline: Outline, tables: Tables) -> tuple[Floats, Floats, float]:
    """Of row: what its name weighs in the first and the second table; and the share of rows with a name.

    Only of rows with blocks: sums are the same without the others, for sums of these weights are exact.
    """
    document, attrs = outline.document, outline.document.elements.attrs
    classes, used = document.classes, document.used_classes
    of_class = np.zeros((2, len(classes.each)))
    of_class[:, used] = np.array([tables.weigh(classes.each[number] or "") for number in used]).T
    weights = of_class[:, classes.of]
    named = np.array([bool(name) for name in classes.each])[classes.of]
    rows = [row for row in document.noted if "id" in attrs[row] or "itemprop" in attrs[row]]
    named[rows] = [bool(_name(attrs[row])) for row in rows]
    rows = [row for row in rows if document.filled[row]]
    weights[:, rows] = np.array([tables.weigh(_name(attrs[row])) for row in rows]).T
    return weights[0], weights[1], float(named.mean())


def columns(outline: Outline, tables: Tables) -> Iterator[Column]:
    near, above, named = _weigh(outline, tables)
    rows = outline.rows
    own = near[rows]
    yield "page_named", np.full(len(rows), named)
    yield "name_own", own
    for _ in range(NEAR - 1):
        rows = outline.parent[rows]
        own = own + near[rows]
    yield "name_near", own
    yield "name_above", (over := outline.above(above)[outline.rows])
    lowest, highest = _extremes(outline, above)
    yield "name_lowest", lowest[outline.rows]
    yield "name_highest", highest[outline.rows]
    yield from ((f"name_{number}", level) for number, level in enumerate(above[outline.floors[:3]]))
    texts = dict(_words(outline, tables.said))
    yield from texts.items()
    yield from _evidence(outline, own + over + texts["text_sum"])


def _evidence(outline: Outline, evidence: Floats) -> Iterator[Column]:
    """What names and words say together, averaged over what the block stands in and by."""
    evidence = np.minimum(np.maximum(evidence, -LOUDEST), LOUDEST)
    words = outline.letters.words + 1.0
    total, weight = outline.inside(np.array((evidence * words, words)))
    mean = (total / np.maximum(weight, 1.0))[outline.floors[:5]]
    yield "evidence", evidence
    yield "evidence_rank", evidence.argsort(kind="stable").argsort(kind="stable") / max(1, len(words))
    yield from ((f"evidence_{number}", level) for number, level in enumerate(mean))
    sums, here = np.concatenate(([0.0], evidence.cumsum())), np.arange(len(words))
    for reach in (2, 6):
        low, high = np.maximum(here - reach, 0), np.minimum(here + (reach + 1), len(words))
        yield f"evidence_around_{reach}", (sums[high] - sums[low]) / (high - low)


def _extremes(outline: Outline, values: Floats) -> tuple[Floats, Floats]:
    """Of row: the lowest and the highest value on the way to the root."""
    lowest = highest = values
    for up in outline.jumps:
        lowest, highest = np.minimum(lowest, lowest[up]), np.maximum(highest, highest[up])
    return lowest, highest


def _words(outline: Outline, said: Weights) -> Iterator[Column]:
    """What the first words of short lines weigh: together, the lowest of them, and on average."""
    short = (outline.letters.chars <= SHORT_LINE).tolist()
    first = [words[:FIRST_WORDS] if few else [] for words, few in zip(outline.words, short, strict=True)]
    counts = np.fromiter(map(len, first), np.int64, len(first))
    bare = map(str.strip, chain.from_iterable(first), repeat(ODD))
    weights = np.fromiter(map(said.get, bare, repeat(0.0)), np.float64, int(counts.sum()))
    line = np.repeat(np.arange(len(first)), counts)
    spoken = ~np.isnan(weights)
    line, weights = line[spoken], weights[spoken]
    size = np.bincount(line, minlength=len(first))
    total = np.asarray(np.bincount(line, weights, minlength=len(first)), np.float64)
    low = np.full(len(first), np.inf)
    np.minimum.at(low, line, weights)
    yield "text_sum", total
    yield "text_low", np.where(size > 0, low, 0.0)
    yield "text_mean", total / np.maximum(size, 1)
    for reach in (1, 2):
        yield f"text_before_{reach}", np.concatenate((np.zeros(reach), total))[: len(total)]
        yield f"text_after_{reach}", np.concatenate((total, np.zeros(reach)))[reach:]
