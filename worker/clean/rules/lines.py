"""Lines: a short block that is a phrase of the interface in one of the languages; bylines and dates."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from worker.clean.document import HEADINGS
from worker.clean.lexicon import normal
from worker.clean.rules.rule import Hit
from worker.clean.rules.sentences import SENTENCE_END
from worker.clean.scene import CELLS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from worker.clean.document import Block
    from worker.clean.lexicon import Phrase
    from worker.clean.scene import Scene

    Finder = Callable[[Scene], Iterator[Hit]]

LINKED = 0.9
MOST_LINKS = 12
SURE_START = 3  # tokens of a beginning that is no accident: "This article was first published"
BESIDE_NAME = 5  # tokens: a title, a date
BYLINE_WORDS = 20
NAME_WORDS = 4
MOST_BYLINES = 2  # of one page
SMALL_WORD = 3  # letters: de, van, und, the
NAMES_SHARE = 0.6  # of a byline's words begin with a capital or are digits

_DIGIT = re.compile(r"\d")
_DAY = re.compile(r"\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{2,4}|\d{1,2}:\d{2}|\d年")
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
                any(phrase.kind in kinds for phrase in scene.lexicon.said.lines.get(normal(run.text), ()))
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


def bylines(scene: Scene) -> Iterator[Hit]:
    """Who wrote it and when: before the text begins or after it has ended."""
    for number, phrase, length in scene.starts:
        if phrase.kind != "byline" or not _outside_text(scene, number) or scene.words[number] > BYLINE_WORDS:
            continue
        if length >= SURE_START or (_at_home(scene, phrase) and _names(scene, number, length)):
            yield Hit(range(number, number + 1), f"start:{phrase.language}:{phrase.text}")
    after = max(scene.last_prose + 1, scene.first_prose)
    for number in chain(range(scene.first_prose), range(after, len(scene.prose))):
        if scene.block(number).tag not in CELLS and _is_author(scene, number):
            yield Hit(range(number, number + 1), "author of the page")


def names_below(scene: Scene) -> Iterator[Hit]:
    """A line that is By and nothing else, wherever it stands, and the name on the line below it; a page with
    more of them is a list of books.
    """
    found = [
        Hit(range(number, number + 2), f"start:{phrase.language}:{phrase.text}")
        for number, phrase, length in scene.starts
        if phrase.kind == "byline" and length == len(scene.readings[number].tokens) < SURE_START
        if number + 1 < len(scene.words) and _at_home(scene, phrase) and _is_name(scene, number + 1)
    ]
    yield from found if len(found) <= MOST_BYLINES else ()


def _is_name(scene: Scene, number: int) -> bool:
    """Two to four words that begin with capitals, in a line of their own."""
    block, size = scene.block(number), len(scene.readings[number].tokens)
    if block.tag in CELLS or block.tag == "li" or not 2 <= size <= NAME_WORDS:
        return False
    return block.text[0].isupper() and not block.text.endswith(".") and _names(scene, number, 0)


def days(scene: Scene) -> Iterator[Hit]:
    """Days and reading times, before the text begins or after it has ended; in a list of events or of prices
    they are the text.
    """
    if scene.first_prose == len(scene.prose):
        return
    for number in chain(range(scene.first_prose), range(scene.last_prose + 1, len(scene.prose))):
        reading, block = scene.readings[number], scene.block(number)
        if (
            block.tag not in CELLS
            and _DIGIT.search(reading.normal)
            and _is_date(scene, block, reading.tokens)
        ):
            yield Hit(range(number, number + 1), "pattern:date")


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
    return len(bare) > SMALL_WORD and bare.islower() and not _of_date(scene, scene.lexicon.words.mask([bare]))


def _is_date(scene: Scene, block: Block, tokens: tuple[str, ...]) -> bool:
    """Nothing but numbers, and of one language months, days and the words that stand beside them; numbers
    alone are a day only when they are written as one.
    """
    if not 1 <= len(tokens) <= BYLINE_WORDS:
        return False
    rest = [token for token in tokens if not (token[0].isdecimal() and _DATE_TOKEN.match(token))]
    if len(rest) == len(tokens):
        return False
    if not rest:
        return _DAY.search(block.text) is not None
    dated = -1  # languages of which every word so far stands beside dates
    for token in rest:
        dated &= _of_date(scene, scene.lexicon.words.masks.get(token, 0))
    return dated != 0


def _of_date(scene: Scene, mask: int) -> int:
    """Bits of the languages in which a word is a month's or stands beside dates."""
    words = scene.lexicon.words
    return words.languages_with(mask, "month") | words.languages_with(mask, "time")
