"""What the letters of each block look like, counted for the whole page at once.

The page's text becomes one array of code points; a table gives each its class; one bincount gives every
block its share of every class. No loop over characters and none over words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PLANE = 0x10000  # code points of the basic plane; what lies beyond is ideographs or emoji
GLUED_WORD = (
    0.6  # words that one character of a script without spaces is worth (Chinese: 1.6 characters a word)
)


class Kind(IntEnum):
    OTHER = 0
    SPACE = 1
    LETTER = 2
    UPPER = 3
    DIGIT = 4
    GLUED = 5  # scripts written without spaces
    COMMA = 6
    STOP = 7  # ends a sentence
    SIGN = 8  # separators, arrows, bullets: the punctuation of menus
    QUOTE = 9


KINDS = len(Kind)
COMMAS = ",;:、，；：،؛"
STOPS = ".!?。！？…؟।｡"
SIGNS = "|•·»«›‹/\\<>–—-©®™←→↑↓▸▶►▼★☆✓✔@#+*=_~&%$€£¥№"
QUOTES = "\"'“”„‘’‚`()[]{}「」『』（）《》"
GLUED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xAC00, 0xD7AF),
)


@cache
def _table() -> NDArray[np.uint8]:
    """The class of each code point of the basic plane; the last entry is for all beyond it."""
    table = np.zeros(PLANE + 1, np.uint8)
    for code in range(PLANE):
        letter = chr(code)
        if letter.isalpha():
            table[code] = Kind.UPPER if letter.isupper() else Kind.LETTER
        elif letter.isdigit():
            table[code] = Kind.DIGIT
        elif letter.isspace():
            table[code] = Kind.SPACE
    for low, high in GLUED:
        letters = table[low : high + 1]
        letters[letters == Kind.LETTER] = Kind.GLUED
    for kind, letters_of in (
        (Kind.COMMA, COMMAS),
        (Kind.STOP, STOPS),
        (Kind.SIGN, SIGNS),
        (Kind.QUOTE, QUOTES),
    ):
        table[[ord(letter) for letter in letters_of]] = kind
    return table


@dataclass(frozen=True, slots=True)
class Letters:
    """One row a block. `words` are comparable across scripts: see GLUED_WORD."""

    chars: Floats
    words: Floats
    counts: Floats  # (blocks, KINDS)
    titled: Floats  # words that begin with a capital
    first: Ints  # Kind of the first character
    last: Ints  # and of the last that is not white space


def count(texts: Sequence[str]) -> Letters:
    """Count all blocks' letters. No text is empty or only white space."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _table().take(codes, mode="clip")
    ends = np.cumsum(lengths)
    starts = ends - lengths
    owner = np.repeat(np.arange(len(texts)), lengths)
    flat = np.bincount(owner * KINDS + kinds, minlength=len(texts) * KINDS)
    counts = flat.reshape(-1, KINDS).astype(np.float64)
    begins = _word_begins(kinds, starts)
    return Letters(
        chars=lengths.astype(np.float64),
        words=np.bincount(owner[begins], minlength=len(texts)) + GLUED_WORD * counts[:, Kind.GLUED],
        counts=counts,
        titled=np.bincount(owner[begins & (kinds == Kind.UPPER)], minlength=len(texts)).astype(np.float64),
        first=kinds[starts].astype(np.int64),
        last=kinds[ends - 1].astype(np.int64),
    )


def _word_begins(kinds: NDArray[np.uint8], starts: Ints) -> NDArray[np.bool_]:
    """Where a word of a script with spaces begins: a letter or digit after none, or at a block's start."""
    wordlike: NDArray[np.bool_] = (kinds >= Kind.LETTER) & (kinds <= Kind.DIGIT)
    begins = wordlike.copy()
    begins[1:] &= ~wordlike[:-1]
    begins[starts] = wordlike[starts]
    return begins
