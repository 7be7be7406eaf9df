"""Sentences of a short block, as prompts are told by: where an imperative stands, and what is spoken of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from worker.clean.lexicon import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.lexicon import Words
    from worker.clean.scene import Scene

SENTENCE_END = (".", "!", "?", "。", "…")
LEAD_IN = 6  # words before an imperative: "please", "don't forget to", "be sure to", "now"

_SENTENCE = re.compile(r"(?<=[.!?…])[\"'»”)]?\s+|(?<=[。！？])|\n")
_CLAUSE = re.compile(r"[:;؛](?=\s)|\s[–—|-]\s")
_COMMA = re.compile(r"[,،](?=\s)")


class Sentence(NamedTuple):
    tokens: tuple[str, ...]
    mask: int  # word groups
    clauses: tuple[tuple[str, ...], ...]  # the first words of each clause
    last_clause: tuple[str, ...]  # of what stands behind the last comma
    question: bool


def sentences(scene: Scene, number: int) -> Iterator[Sentence]:
    """The sentences of a block that have any word."""
    words = scene.lexicon.words
    for text in _SENTENCE.split(scene.block(number).text):
        found = tuple(tokens(text))
        if found:
            mask = words.mask(found) | words.within(text, scene.language)
            clauses = tuple(_first_words(part) for part in _CLAUSE.split(text))
            last = _first_words(_COMMA.split(text)[-1])
            yield Sentence(found, mask, clauses, last, text.rstrip("\"'»”) ").endswith(("?", "？", "؟")))


def _first_words(text: str) -> tuple[str, ...]:
    return tuple(tokens(text)[: LEAD_IN + 1])


def asks(sentence: Sentence, words: Words, language: str, verb: str) -> bool:
    """Does an imperative of this group stand where one does: first in a clause; behind the comma after
    an "if"; last, in the German way, after "now" or "here"; or anywhere in languages that have it there.
    """
    if not words.holds(sentence.mask, language, verb):
        return False
    if language in words.roaming:
        return True
    if any(_opens(clause, words, language, verb) for clause in sentence.clauses):
        return True
    first, last = sentence.tokens[0], sentence.tokens[-1]
    if words.has(first, language, "if"):
        return _opens(sentence.last_clause, words, language, verb)
    return words.has(last, language, verb) and words.has(first, language, "now")


def _opens(clause: tuple[str, ...], words: Words, language: str, verb: str) -> bool:
    for number, word in enumerate(clause):
        if words.has(word, language, verb):
            return True
        if number == LEAD_IN or not any(words.has(word, language, lead) for lead in ("please", "now")):
            return False
    return False
