"""What the rules look at: a document with everything counted that more than one rule asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from worker.clean.document import LINE_WORDS, made, names
from worker.clean.lexicon import LONGEST_START, Lexicon, Phrase, Words, normal
from worker.clean.naming import class_says, id_says, named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from worker.clean.document import Block, Document, Run
    from worker.clean.metadata import Metadata

PROMPT_WORDS = 20  # a longer block that begins with a phrase of the interface goes on as prose
PAGE_WIDE = names("html body main article")  # what stands on these is about the page, not about a box in it
CELLS = names("td th dt dd pre code")  # "Close" in a table of a manual is a word of it
PROSE_WORDS = 15  # a block of so many words that aren't links is prose
ASKER_WORDS = 45  # a longer block is a paragraph, not a prompt
TOPIC_BLOCKS = 3  # so many paragraphs that speak of a thing make a page about it
LINK_LINE = 0.9  # of a block's characters
PROSE_LINK_SHARE = 0.5
BOX_SHARE = 0.3  # of the page's prose: an element that holds more is the article, not a box in it

_SENTENCE_END = re.compile(r"[.!?…。]\s+|[?。]")


class Reading(NamedTuple):
    """A short block in its normal form. Long blocks have no tokens."""

    tokens: tuple[str, ...]
    normal: str
    mask: int  # word groups of the lexicon


NOT_A_LINE = Reading((), "", 0)


@dataclass(frozen=True)
class Scene:
    """A document and what is known of it before any rule has run. Lists have one entry a block."""

    document: Document
    titles: frozenset[str]  # normal forms of what the page says its title is
    authors: frozenset[str]  # normal forms
    language: str  # first subtag of the page's language; empty where it isn't known
    forum: bool  # the page says that its posts are its content
    words: Sequence[int]  # the document's counts
    linked: Sequence[float]  # share of a block's characters inside links
    prose: Sequence[int]  # words of a block where it is prose, else 0
    readings: Sequence[Reading]
    lexicon: Lexicon

    @cached_property
    def prose_before(self) -> Sequence[int]:
        """Prose words before each block, and one more entry: of all."""
        return [0, *accumulate(self.prose)]

    @cached_property
    def words_before(self) -> Sequence[int]:
        return [0, *accumulate(self.words)]

    @cached_property
    def characters_before(self) -> Sequence[int]:
        return [0, *accumulate(len(block.text) for block in self.document.blocks)]

    @cached_property
    def linked_before(self) -> Sequence[int]:
        """Characters in links before each block."""
        return [0, *accumulate(block.link_chars for block in self.document.blocks)]

    @cached_property
    def replies(self) -> Sequence[int]:
        """Blocks at which a reader can write or is asked to, in order: forms, prompts to comment."""
        rows, first = self.document.rows_by_tag, self.document.elements.first_block
        forms = {first.item(row) for tag in ("form", "textarea") for row in rows.get(tag, ())}
        return sorted(forms | self.lines.get("comment_prompt", {}).keys())

    @cached_property
    def named(self) -> Mapping[str, Sequence[tuple[int, str]]]:
        """For each kind, the rows of elements whose names say that they are of it, with what matched."""
        found: dict[str, list[tuple[int, str]]] = {}
        document, attrs = self.document, self.document.elements.attrs
        filled, classes = document.filled, document.classes
        telling = np.zeros(len(classes.each), bool)
        telling[[n for n in document.used_classes if (value := classes.each[n]) and class_says(value)]] = True
        telling = telling[classes.of] & filled
        keys = ((row, attrs[row].get("id")) for row in document.noted if filled[row])
        telling[[row for row, key in keys if key and id_says(key)]] = True
        for row in telling.nonzero()[0].tolist():
            for kind, selector in named(attrs[row]):
                found.setdefault(kind, []).append((row, selector))
        return found

    @cached_property
    def starts(self) -> Sequence[tuple[int, Phrase, int]]:
        """Blocks that begin with a phrase: number, phrase, its length in tokens; the longest of each kind."""
        found: list[tuple[int, Phrase, int]] = []
        for number, reading in enumerate(self.readings):
            if not reading.tokens or reading.tokens[0] not in self.lexicon.said.openers:
                continue
            kinds: set[str] = set()
            for length in range(min(LONGEST_START, len(reading.tokens)), 0, -1):
                phrases = self.lexicon.said.starts.get(" ".join(reading.tokens[:length]), ())
                for phrase in sorted(phrases, key=lambda phrase: phrase.language != self.language):
                    if phrase.kind not in kinds:
                        kinds.add(phrase.kind)
                        found.append((number, phrase, length))
        return found

    @cached_property
    def first_prose(self) -> int:
        """Number of the first block of prose, neither hidden nor the title; the number of blocks if none."""
        hidden = self.document.hidden
        for number, words in enumerate(self.prose):
            if words and not hidden[number] and self.readings[number].normal not in self.titles:
                return number
        return len(self.prose)

    @cached_property
    def last_prose(self) -> int:
        return next((number for number in range(len(self.prose) - 1, -1, -1) if self.prose[number]), -1)

    @cached_property
    def topics(self) -> int:
        """What the page is about, as a mask: word groups that its title or several of its paragraphs name."""
        found = 0
        for title in self.titles:
            found |= self.lexicon.words.mask(title.split())
        seen = [0] * TOPIC_BLOCKS  # by how many paragraphs: one, two, …
        for words, reading in zip(self.prose, self.readings, strict=True):
            mask = reading.mask
            for number in range(TOPIC_BLOCKS) if words else ():
                seen[number], mask = seen[number] | mask, seen[number] & mask
        return found | seen[-1]

    def prose_in(self, blocks: range) -> int:
        return self.prose_before[blocks.stop] - self.prose_before[blocks.start] if blocks else 0

    def words_in(self, blocks: range) -> int:
        return self.words_before[blocks.stop] - self.words_before[blocks.start] if blocks else 0

    def prose_share(self, blocks: range) -> float:
        """The part of the page's prose that stands in these blocks, 0 to 1."""
        whole = self.prose_before[-1]
        return self.prose_in(blocks) / whole if whole else 0.0

    def link_share(self, blocks: range) -> float:
        """The part of these blocks' characters that stands in links, 0 to 1."""
        if not blocks:
            return 0.0
        whole = self.characters_before[blocks.stop] - self.characters_before[blocks.start]
        return (self.linked_before[blocks.stop] - self.linked_before[blocks.start]) / whole

    @cached_property
    def lines(self) -> Mapping[str, Mapping[int, Phrase]]:
        """For each kind, the blocks that are a phrase of it and nothing else."""
        found: dict[str, dict[int, Phrase]] = {}
        for number, reading in enumerate(self.readings):
            for phrase in self.lexicon.said.lines.get(reading.normal, ()):
                found.setdefault(phrase.kind, {}).setdefault(number, phrase)
        return found

    def line_kind(self, number: int, kind: str) -> Phrase | None:
        """The phrase of this kind that the whole block is, if it is one."""
        return self.lines.get(kind, {}).get(number)

    def sentence_kind(self, number: int, kind: str) -> Phrase | None:
        """The phrase of this kind that a short block, or its first sentence, is."""
        whole = self.line_kind(number, kind)
        if whole is not None or not 0 < self.words[number] <= PROMPT_WORDS:
            return whole
        first_token = next(iter(self.readings[number].tokens), None)
        if first_token not in self.lexicon.said.first_words.get(kind, ()):
            return None
        first = normal(_SENTENCE_END.split(self.block(number).text, maxsplit=1)[0])
        phrases = self.lexicon.said.lines.get(first, ())
        return next((phrase for phrase in phrases if phrase.kind == kind), None)

    @cached_property
    def link_lines(self) -> Sequence[tuple[int, Sequence[Run]]]:
        """The blocks that are links and little else: number, and the runs that are links."""
        return [
            (number, [run for run in self.block(number).runs if run.href])
            for number, linked in enumerate(self.linked)
            if linked >= LINK_LINE
        ]

    @cached_property
    def link_targets(self) -> str:
        """Where these links lead, a line each: what a rule does not find here is in none of them."""
        return "\n".join([run.href for _, runs in self.link_lines for run in runs])

    @cached_property
    def askers(self) -> Sequence[int]:
        """Short blocks with a word for what prompts are about."""
        subjects = self.lexicon.subjects
        return [
            number
            for number, reading in enumerate(self.readings)
            if reading.mask & subjects and 0 < self.words[number] <= ASKER_WORDS
        ]

    def block(self, number: int) -> Block:
        return self.document.blocks[number]

    def box(self, number: int) -> range:
        """The blocks of the largest element that begins with this block and isn't a good part of the page.

        The heading of a box stands first in it, and the box ends with it: what such a heading says holds for
        the whole.
        """
        elements, best = self.document.elements, range(number, number + 1)
        for row in elements.ancestors(self.block(number).element):
            blocks = self.document.blocks_of(row)
            page_wide = elements.tags[row] in PAGE_WIDE
            if page_wide or blocks.start != number or self.prose_share(blocks) > BOX_SHARE:
                break
            best = blocks
        return best


def scene(document: Document, known: Metadata, lex: Lexicon) -> Scene:
    """Count a document once."""
    authors = frozenset(normal(name) for name in known.authors)
    words = document.counts
    linked = [block.link_chars / len(block.text) for block in document.blocks]
    prose = [
        count if count * (1 - share) >= PROSE_WORDS and share < PROSE_LINK_SHARE else 0
        for count, share in zip(words, linked, strict=True)
    ]
    language = (known.language or "").split("-")[0]
    readings = [
        _reading(block.text, tuple(found), lex.words, language) if count <= LINE_WORDS else NOT_A_LINE
        for block, found, count in zip(document.blocks, document.tokens, words, strict=True)
    ]
    return Scene(document, known.titles, authors, language, known.forum, words, linked, prose, readings, lex)


def _reading(text: str, found: tuple[str, ...], words: Words, language: str) -> Reading:
    return made(Reading, (found, " ".join(found), words.mask(found) | words.within(text, language)))
