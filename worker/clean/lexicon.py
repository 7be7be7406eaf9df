"""The words of `config/phrases`: whole lines, beginnings of lines, and the word groups that patterns are
made of.

A line is compared in its normal form: case folded, punctuation gone, digits as "0", one space between
tokens. One look-up in a dictionary tells what a line is, in any of the languages; nothing here is a search
through a list.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(__file__).resolve().parents[2] / "config" / "phrases"
LONGEST_START = 6  # tokens in the longest beginning of a line

_TOKEN = re.compile(r"\w+")

Tables = Mapping[str, Mapping[str, Mapping[str, list[str]]]]


class Phrase(NamedTuple):
    """A phrase of the data: `kind` is its table's name, `language` its file's."""

    kind: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    lines: Mapping[str, tuple[Phrase, ...]]  # by normal form
    starts: Mapping[str, tuple[Phrase, ...]]
    openers: frozenset[str]  # first tokens of `starts`
    first_words: Mapping[str, frozenset[str]]  # first tokens of `lines`, by kind
    words: Mapping[str, int]  # token -> bits of the groups that it is in
    bits: Mapping[tuple[str, str], int]  # (language, group) -> its bit
    unions: Mapping[str, int]  # group -> its bits in all languages
    languages: tuple[str, ...]  # those that have word groups
    walls: Mapping[str, tuple[str, ...]]  # kind of wall -> normal forms of what it says

    def mask(self, tokens: Iterable[str]) -> int:
        """The bits of all groups that any of the tokens is in."""
        mask = 0
        for token in self.words.keys() & tokens:
            mask |= self.words[token]
        return mask

    def language_with(self, mask: int, *groups: str) -> str | None:
        """The first language of which `mask` has every one of the groups."""
        if not all(mask & self.unions.get(group, 0) for group in groups):
            return None
        for language in self.languages:
            if all(mask & self.bits.get((language, group), 0) for group in groups):
                return language
        return None

    def has(self, token: str, language: str, group: str) -> bool:
        return bool(self.words.get(token, 0) & self.bits.get((language, group), 0))


def tokens(text: str) -> list[str]:
    """The words of a text in their normal form."""
    return ["0" if token.isdigit() else token for token in _TOKEN.findall(text.casefold())]


def normal(text: str) -> str:
    """The normal form of a line."""
    return " ".join(tokens(text))


@cache
def lexicon() -> Lexicon:
    """All languages, read once: about 150 kB."""
    tables = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
    words: dict[str, int] = {}
    bits: dict[tuple[str, str], int] = {}
    for language, table in tables.items():
        for group, items in table.get("words", {}).items():
            bit = bits.setdefault((language, group), 1 << len(bits))
            for item in items:
                words[item.casefold()] = words.get(item.casefold(), 0) | bit
    lines, starts = _phrases(tables, "lines"), _phrases(tables, "starts")
    return Lexicon(
        lines=lines,
        starts=starts,
        openers=frozenset(key.split(" ", 1)[0] for key in starts),
        first_words=_first_words(lines),
        words=words,
        bits=bits,
        unions={g: sum(bit for (_, group), bit in bits.items() if group == g) for _, g in bits},
        languages=tuple(dict.fromkeys(language for language, _ in bits)),
        walls=_walls(tables),
    )


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


def _phrases(tables: Tables, table: str) -> dict[str, tuple[Phrase, ...]]:
    found: dict[str, tuple[Phrase, ...]] = {}
    for language, content in tables.items():
        for kind, items in content.get(table, {}).items():
            for item in items:
                key = normal(item)
                if (kind, language) not in {phrase[:2] for phrase in found.get(key, ())}:
                    found[key] = (*found.get(key, ()), Phrase(kind, language, item))
    return found
