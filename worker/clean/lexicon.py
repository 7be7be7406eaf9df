"""The words of `config/phrases`: whole lines, beginnings of lines, and the word groups that patterns are
made of.

A line is compared in its normal form: case folded, punctuation gone, digits as "0", one space between
tokens. One look-up in a dictionary tells what a line is, in any of the languages; nothing here is a search
through a list, but in languages that put no space between words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from config import words as words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from config.words import Tables

FOLDER = words_of.SHIPPED
LONGEST_START = 6  # tokens in the longest beginning of a line
# What a sentence that asks something of the reader speaks of; others are not looked at.
SUBJECTS = ("comment", "talk", "letter", "mail", "app", "network", "item", "tip")
TAUGHT = ("lines", "starts")  # tables that the block model was trained on
SAID = ("lines", "prompts")
OPENING = ("starts", "openings")
ROAMING = "verb_anywhere"
DIGITS = "0"  # the normal form of every number

_TOKEN = re.compile(r"\w+")
# Scripts in which a token is no word: without spaces, or with marks for vowels.
_UNSPACED = re.compile(
    r"[\u0900-\u097f\u0e00-\u0e7f\u2e80-\ua4cf\uf900-\ufaff]"
)  # a token there is a sentence


class Phrase(NamedTuple):
    """A phrase of the data: `kind` is its table's name, `language` its file's."""

    kind: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Phrases by their normal form."""

    lines: Mapping[str, tuple[Phrase, ...]]
    starts: Mapping[str, tuple[Phrase, ...]]
    openers: frozenset[str]  # first tokens of `starts`
    first_words: Mapping[str, frozenset[str]]  # first tokens of `lines`, by kind


@dataclass(frozen=True, slots=True)
class Words:
    """The word groups. A mask has a bit for each group in each language, a group's languages side by side."""

    languages: tuple[str, ...]  # those that have groups, in the order of a group's bits
    groups: Mapping[str, int]  # -> the number of its first bit
    masks: Mapping[str, int]  # token -> bits of the groups that it is in
    unspaced: Mapping[str, re.Pattern[str]]  # language -> its words, to be found inside a token
    roaming: frozenset[str]  # languages in which an imperative may stand anywhere in its sentence

    def mask(self, tokens: Iterable[str]) -> int:
        """The bits of all groups that any of the tokens is in."""
        mask = 0
        for token in self.masks.keys() & tokens:
            mask |= self.masks[token]
        return mask

    def within(self, text: str, language: str) -> int:
        """The bits of the words that stand anywhere in a text of a language without spaces."""
        pattern = self.unspaced.get(language)
        return self.mask(pattern.findall(text.casefold())) if pattern else 0

    def languages_with(self, mask: int, *groups: str) -> int:
        """Bits of the languages, by their number, of which `mask` has every one of the groups."""
        found = (1 << len(self.languages)) - 1
        for group in groups:
            if group not in self.groups:
                return 0
            found &= mask >> self.groups[group]
        return found

    def language_with(self, mask: int, *groups: str) -> str | None:
        """The first language of which `mask` has every one of the groups."""
        found = self.languages_with(mask, *groups)
        return self.languages[(found & -found).bit_length() - 1] if found else None

    def holds(self, mask: int, language: str, group: str) -> bool:
        return bool(self.languages_with(mask, group) >> self.languages.index(language) & 1)

    def has(self, token: str, language: str, group: str) -> bool:
        return token in self.masks and self.holds(self.masks[token], language, group)

    def all_of(self, groups: Iterable[str]) -> int:
        """The mask of these groups in all languages."""
        whole = (1 << len(self.languages)) - 1
        return sum(whole << self.groups[group] for group in groups if group in self.groups)


@dataclass(frozen=True, slots=True)
class Lexicon:
    said: Lines
    words: Words
    subjects: int  # mask of SUBJECTS
    cookies: int  # mask of the words for cookies
    walls: Mapping[str, tuple[str, ...]]  # kind of wall -> normal forms of what it says


def tokens(text: str) -> list[str]:
    """The words of a text in their normal form."""
    return normal_words(text.casefold())


def normal_words(folded: str) -> list[str]:
    """The same of a text that is in folded case."""
    return [DIGITS if token.isdigit() else token for token in _TOKEN.findall(folded)]


def normal(text: str) -> str:
    """The normal form of a line."""
    return " ".join(tokens(text))


@cache
def lexicon(more: Path | None = None) -> Lexicon:
    """All languages, read once: about 250 kB; with the phrases of the operator's folder, if there is one.

    Raises SettingsError for a file that cannot be used.
    """
    tables = words_of.read(FOLDER)
    if more is not None:
        tables = words_of.joined(tables, words_of.read_own(more))
    words = _words(tables)
    return Lexicon(
        _lines(tables, SAID, OPENING),
        words,
        words.all_of(SUBJECTS),
        words.all_of(("cookie",)),
        _walls(tables),
    )


@cache
def taught() -> Lines:
    """The lines and beginnings that the block model was trained on; what is added later is not among them."""
    lines, starts = TAUGHT
    return _lines(words_of.read(FOLDER), (lines,), (starts,))


def _words(tables: Tables) -> Words:
    spoken = {language: table["words"] for language, table in tables.items() if "words" in table}
    names = dict.fromkeys(group for table in spoken.values() for group in table)
    groups = {group: number * len(spoken) for number, group in enumerate(names)}
    masks: dict[str, int] = {}
    for number, table in enumerate(spoken.values()):
        for group, items in table.items():
            for item in items:
                masks[item.casefold()] = masks.get(item.casefold(), 0) | 1 << groups[group] + number
    return Words(
        languages=tuple(spoken),
        groups=groups,
        masks=masks,
        unspaced={language: found for language, table in spoken.items() if (found := _unspaced(table))},
        roaming=frozenset(at for at in spoken if ROAMING in tables[at].get("grammar", {})),
    )


def _unspaced(table: Mapping[str, list[str]]) -> re.Pattern[str] | None:
    """One search for all words of a language that doesn't put spaces between them; the longest wins."""
    items = {item.casefold() for each in table.values() for item in each}
    if not any(map(_UNSPACED.search, items)):
        return None
    return re.compile("|".join(map(re.escape, sorted(items, key=lambda item: (-len(item), item)))))


def _lines(tables: Tables, whole: Sequence[str], beginning: Sequence[str]) -> Lines:
    lines, starts = _phrases(tables, whole), _phrases(tables, beginning)
    openers = frozenset(key.split(" ", 1)[0] for key in starts)
    return Lines(lines, starts, openers, _first_words(lines))


def _first_words(lines: Mapping[str, tuple[Phrase, ...]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for key, phrases in lines.items():
        for phrase in phrases:
            found.setdefault(phrase.kind, set()).add(key.split(" ", 1)[0])
    return {kind: frozenset(words) for kind, words in found.items()}


def _walls(tables: Tables) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for content in tables.values():
        for kind, items in content.get("walls", {}).items():
            found[kind] = (*found.get(kind, ()), *map(normal, items))
    return found


def _phrases(tables: Tables, names: Sequence[str]) -> dict[str, tuple[Phrase, ...]]:
    """By normal form; each kind of each language once."""
    found: dict[str, tuple[Phrase, ...]] = {}
    for language, content in tables.items():
        of_names = (content.get(name, {}) for name in names)
        said = ((kind, item) for table in of_names for kind, items in table.items() for item in items)
        for kind, item in said:
            key = normal(item)
            if (kind, language) not in {phrase[:2] for phrase in found.get(key, ())}:
                found[key] = (*found.get(key, ()), Phrase(kind, language, item))
    return found
