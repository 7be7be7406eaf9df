"""How good a text is, given what is known about its page.

Token F1 is WCXB's `word_f1`; shingle F1 is that of scrapinghub's article-extraction-benchmark; with/without
F1 is trafilatura's own. Each is written as its authors define it, so that figures can be set beside theirs.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# One token a character in scripts that don't put spaces between words: kana, Han, Hangul, Thai, Lao.
GLUED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\u0e00-\u0eff\U00020000-\U0003ffff"
TOKEN = re.compile(rf"(?=\w)[{GLUED}]|[^\W{GLUED}]+")
SHINGLE = 4
RESAMPLES = 1000
RESAMPLE_SEED = 7

T = TypeVar("T")


def tokens(text: str) -> list[str]:
    """Lower-cased runs of word characters."""
    return TOKEN.findall(text.lower())


def fold(text: str) -> str:
    """White space as single spaces, as trafilatura's evaluation compares phrases."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Overlap:
    """Shares in 0..1 of what was returned that is right, of what is right that was returned, and their F1."""

    precision: float
    recall: float
    f1: float


def harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def overlap(got: Sequence[object], gold: Sequence[object]) -> Overlap:
    """Two multisets compared. Both empty is a full score, one empty is none."""
    if not got and not gold:
        return Overlap(1.0, 1.0, 1.0)
    shared = sum((Counter(got) & Counter(gold)).values())
    precision = shared / len(got) if got else 0.0
    recall = shared / len(gold) if gold else 0.0
    return Overlap(precision, recall, harmonic(precision, recall))


def token_overlap(text: str, gold: str) -> Overlap:
    return overlap(tokens(text), tokens(gold))


def shingles(text: str) -> list[tuple[str, ...]]:
    """The 4-grams of the tokens; a shorter text is one shingle of what it has."""
    words = tokens(text)
    return [tuple(words[i : i + SHINGLE]) for i in range(max(min(1, len(words)), len(words) - SHINGLE + 1))]


def shingle_overlap(text: str, gold: str) -> Overlap:
    """One page's share of the set's shingle score: its F1 is not meant to be averaged, see `shingle_f1`."""
    return overlap(shingles(text), shingles(gold))


def shingle_f1(pages: Iterable[Overlap]) -> float:
    """The set's score: F1 of the mean precision and the mean recall over the pages."""
    rows = list(pages)
    if not rows:
        return 0.0
    return harmonic(
        sum(row.precision for row in rows) / len(rows), sum(row.recall for row in rows) / len(rows)
    )


@dataclass(frozen=True, slots=True)
class Phrases:
    """How many of the phrases that must be in the text, and of those that must not, were found in it."""

    wanted: int = 0
    wanted_found: int = 0
    unwanted: int = 0
    unwanted_found: int = 0

    def __add__(self, other: Phrases) -> Phrases:
        return Phrases(
            self.wanted + other.wanted,
            self.wanted_found + other.wanted_found,
            self.unwanted + other.unwanted,
            self.unwanted_found + other.unwanted_found,
        )

    @property
    def f1(self) -> float:
        """As trafilatura counts: found and wanted are true positives, found and unwanted false ones."""
        found = self.wanted_found + self.unwanted_found
        precision = self.wanted_found / found if found else 0.0
        return harmonic(precision, self.wanted_found / self.wanted if self.wanted else 0.0)

    @property
    def leak(self) -> float:
        """Share of the unwanted phrases that are in the text."""
        return self.unwanted_found / self.unwanted if self.unwanted else 0.0


def phrases(text: str, wanted: Sequence[str], unwanted: Sequence[str]) -> Phrases:
    folded = fold(text)

    def found(items: Sequence[str]) -> int:
        return sum(fold(phrase) in folded for phrase in items)

    return Phrases(len(wanted), found(wanted), len(unwanted), found(unwanted))


def interval(rows: Sequence[T], score: Callable[[Sequence[T]], float]) -> tuple[float, float]:
    """The bootstrap 95 % interval of a score over pages (draws with replacement, percentiles)."""
    if len(rows) < 2:
        return (0.0, 1.0)
    rng = random.Random(RESAMPLE_SEED)
    scores = sorted(score(rng.choices(rows, k=len(rows))) for _ in range(RESAMPLES))
    return scores[RESAMPLES * 25 // 1000], scores[RESAMPLES * 975 // 1000 - 1]
