"""Columns of a page's tables: values by their numbers; words in scripts that put no spaces between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CJK_WORD = 2  # characters of ideographs, kana and the like that count as a word
THAI_WORD = 5  # letters of Thai, Lao, Burmese and Khmer, which have no spaces between words either

_CJK = re.compile("[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_THAI = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


def glued_words(text: str) -> int:
    """How many words of such scripts stand in a text, by its characters."""
    if text.isascii():
        return 0
    return len(_CJK.findall(text)) // CJK_WORD + len(_THAI.findall(text)) // THAI_WORD


class Numbered(NamedTuple):
    """A column of the table of elements in which few values stand many times."""

    of: NDArray[np.int64]  # of row: the number of its value
    each: Sequence[str | None]  # the values


def numbered(column: Sequence[str | None]) -> Numbered:
    """A column as the numbers of its values."""
    each = tuple(dict.fromkeys(column))
    numbers = dict(zip(each, range(len(each)), strict=True))
    return Numbered(np.fromiter(map(numbers.__getitem__, column), np.int64, len(column)), each)
