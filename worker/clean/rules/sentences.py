"""Sentences of a short block, as prompts are told by: where an imperative stands, and what is spoken of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from worker.clean.lexicon import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.lexicon import Words
    from worker.clean.scene import Scene

OPENING = 2  # words of a clause among which its imperative stands
LEAD_IN = 6  # "please", "don't forget to", "be sure to": the words before it

_SENTENCE = re.compile(r"(?<=[.!?…])[\"'»”)]?\s+|(?<=[。！？])|\n")
_CLAUSE = re.compile(r"[,:;،؛、](?=\s)|\s[–—|-]\s")


class Sentence(NamedTuple):
    tokens: tuple[str, ...]
    mask: int  # word groups
    clauses: tuple[tuple[str, ...], ...]  # the first words of each clause
    question: bool


def sentences(scene: Scene, number: int) -> Iterator[Sentence]:
    """The sentences of a block that have any word."""
    words = scene.lexicon.words
    for text in _SENTENCE.split(scene.block(number).text):
        found = tuple(tokens(text))
        if found:
            mask = words.mask(found) | words.within(text, scene.language)
            clauses = tuple(tuple(tokens(part)[: LEAD_IN + OPENING]) for part in _CLAUSE.split(text))
            yield Sentence(found, mask, clauses, text.rstrip("\"'»”) ").endswith(("?", "？", "؟")))


def asks(sentence: Sentence, words: Words, language: str, verb: str) -> bool:
    """Does an imperative of this group stand where one does: first in a clause; last, in the German way,
    after "now" or "here"; or anywhere in languages that have it there.
    """
    if not words.holds(sentence.mask, language, verb):
        return False
    if language in words.roaming:
        return True
    if any(_opens(clause, words, language, verb) for clause in sentence.clauses):
        return True
    first, last = sentence.tokens[0], sentence.tokens[-1]
    return words.has(last, language, verb) and words.has(first, language, "now")


def _opens(clause: tuple[str, ...], words: Words, language: str, verb: str) -> bool:
    start = 0
    while start < min(LEAD_IN, len(clause)) and words.has(clause[start], language, "please"):
        start += 1
    return any(words.has(word, language, verb) for word in clause[start : start + OPENING])
