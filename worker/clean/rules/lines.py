"""Lines: a short block that is, or begins with, a phrase of the interface in one of the languages."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from worker.clean.document import names
from worker.clean.lexicon import normal
from worker.clean.rules.rule import Hit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from worker.clean.lexicon import Phrase
    from worker.clean.scene import Scene

    Finder = Callable[[Scene], Iterator[Hit]]

HEADINGS = names("h1 h2 h3 h4 h5 h6")
CELLS = names("td th dt dd pre code")  # "Close" in a table of a manual is a word of it
LINKED = 0.9
MOST_LINKS = 12
REST_LINKED = 0.6  # of what follows "Read also:"
STARTED_WORDS = 30  # a longer line that begins with "Read also" is a sentence
SURE_START = 3  # tokens of a beginning that is no accident: "This article was first published"
BESIDE_NAME = 5  # tokens: a title, a date
BYLINE_WORDS = 20
SMALL_WORD = 3  # letters: de, van, und, the
NAMES_SHARE = 0.6  # of a byline's words begin with a capital or are digits
SENTENCE_END = (".", "!", "?", "。", "…")

_AFTER_START = re.compile(r"\s*[:|»›→>–—-]")
_DIGIT = re.compile(r"\d")
_DATE_TOKEN = re.compile(r"\d+\w{0,2}$")


def whole(kind: str) -> Finder:
    """Blocks that are a phrase of this kind and nothing else."""

    def find(scene: Scene) -> Iterator[Hit]:
        for number, phrase in scene.lines.get(kind, {}).items():
            if _in_place(scene, number, kind):
                yield Hit(range(number, number + 1), f"phrase:{phrase.language}:{phrase.text}")

    return find


def links_only(kinds: Collection[str]) -> Finder:
    """Blocks of nothing but links, each of which is a phrase of these kinds: "Previous article   Next
    article".
    """

    def find(scene: Scene) -> Iterator[Hit]:
        for number, targets in scene.link_lines:
            if 1 < len(targets) <= MOST_LINKS and all(
                any(phrase.kind in kinds for phrase in scene.lexicon.lines.get(normal(run.text), ()))
                for run in targets
            ):
                yield Hit(range(number, number + 1), "every link is a phrase of an interface")

    return find


def _in_place(scene: Scene, number: int, kind: str) -> bool:
    """A single common word counts only where an interface has it; a longer phrase anywhere but in a table."""
    block = scene.block(number)
    if block.tag in CELLS:
        return False
    if len(scene.readings[number].tokens) > 1:
        return kind != "navigation" or scene.linked[number] >= LINKED or block.tag not in HEADINGS
    if scene.linked[number] >= LINKED or block.tag == "button":
        return True
    loud = block.text.rstrip().endswith(SENTENCE_END)
    return kind != "navigation" and not loud and block.tag not in HEADINGS and block.tag != "li"


def started(kind: str) -> Finder:
    """Blocks that begin with a phrase of this kind, the rest being a link or standing behind a colon."""

    def find(scene: Scene) -> Iterator[Hit]:
        for number, phrase, length in scene.starts:
            if (
                phrase.kind == kind
                and scene.words[number] <= STARTED_WORDS
                and _leads_away(scene, number, length)
            ):
                yield Hit(range(number, number + 1), f"start:{phrase.language}:{phrase.text}")

    return find


def _leads_away(scene: Scene, number: int, length: int) -> bool:
    block = scene.block(number)
    end = _end_of_token(block.text, length)
    colon = _AFTER_START.match(block.text, end) is not None
    rest = len(block.text) - end
    if rest <= 2:  # the phrase alone; whole lines are another rule's
        return False
    linked = block.link_chars >= REST_LINKED * rest
    if length == 1:
        return colon and linked
    return linked or (colon and not block.text.endswith(SENTENCE_END))


def _end_of_token(text: str, count: int) -> int:
    ends = [match.end() for match in re.finditer(r"\w+", text)]
    return ends[min(count, len(ends)) - 1] if ends else 0


def bylines(scene: Scene) -> Iterator[Hit]:
    """Who wrote it and when: before the text begins or after it has ended."""
    for number, phrase, length in scene.starts:
        if phrase.kind != "byline" or not _outside_text(scene, number) or scene.words[number] > BYLINE_WORDS:
            continue
        if length >= SURE_START or (_at_home(scene, phrase) and _names(scene, number, length)):
            yield Hit(range(number, number + 1), f"start:{phrase.language}:{phrase.text}")
    after = max(scene.last_prose + 1, scene.first_prose)
    for number in chain(range(scene.first_prose), range(after, len(scene.prose))):
        if scene.block(number).tag in CELLS:
            continue
        reading = scene.readings[number]
        if _DIGIT.search(reading.normal) and _is_date(scene, reading.tokens):
            yield Hit(range(number, number + 1), "pattern:date")
        elif _is_author(scene, number):
            yield Hit(range(number, number + 1), "author of the page")


def _is_author(scene: Scene, number: int) -> bool:
    """An author's name, with a word or a date beside it."""
    if not scene.authors:
        return False
    reading = scene.readings[number]
    text = f" {reading.normal} "
    return any(
        f" {author} " in text and len(reading.tokens) <= len(author.split()) + BESIDE_NAME
        for author in scene.authors
    )


def _outside_text(scene: Scene, number: int) -> bool:
    return number < scene.first_prose or number > scene.last_prose


def _at_home(scene: Scene, phrase: Phrase) -> bool:
    """Is the phrase of the page's own language; "di" and "por" are words of several."""
    return not scene.language or phrase.language in (scene.language, "en")


def _names(scene: Scene, number: int, length: int) -> bool:
    """Do the words after the phrase look like names and dates rather than a sentence."""
    text = scene.block(number).text
    words = text.split()[length:]
    if text.endswith(".") and any(_is_sentence_word(scene, word) for word in words):
        return False
    upper = sum(
        1 for word in words if word[:1].isupper() or any(c.isdigit() for c in word) or len(word) <= SMALL_WORD
    )
    return upper >= NAMES_SHARE * len(words) and not text.endswith(("!", "?"))


def _is_sentence_word(scene: Scene, word: str) -> bool:
    """Not a name, a month or a small word between names: with a full stop at the end it makes a sentence."""
    bare = word.strip(".,;:()")
    lex = scene.lexicon
    return (
        len(bare) > SMALL_WORD
        and bare.islower()
        and not any(
            lex.has(bare, language, group) for language in lex.languages for group in ("month", "time")
        )
    )


def _is_date(scene: Scene, tokens: tuple[str, ...]) -> bool:
    """Nothing but numbers, and of one language months, days and the words that stand beside them."""
    if not 1 <= len(tokens) <= BYLINE_WORDS:
        return False
    rest = [token for token in tokens if not (token[0].isdecimal() and _DATE_TOKEN.match(token))]
    if len(rest) == len(tokens):
        return False
    lex = scene.lexicon
    masks = [lex.words.get(token, 0) for token in rest]
    return all(masks) and any(
        all(mask & bits for mask in masks)
        for bits in (lex.bits.get((at, "month"), 0) | lex.bits.get((at, "time"), 0) for at in lex.languages)
    )
