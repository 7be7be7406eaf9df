"""Lines inside or after a text that lead on to another page: "Read also: …", ">> …"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from worker.clean.rules.rule import Hit
from worker.clean.rules.sentences import SENTENCE_END
from worker.clean.scene import CELLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.scene import Scene

LINE_WORDS = 30  # a longer line that begins with "Read also" is a sentence
MOSTLY = 0.5  # of a line with a label before its link
REST_LINKED = 0.6  # of what follows "Read also:"
MOST_SENTENCES = 2  # "Learn more about the editor." once or twice is an aside; more often, content
LABEL_WORDS = 5  # "Lea la nota completa: …"
HEADLINE_WORDS = 3  # a link of fewer words is a name, a page of a manual
FROM_TEXT = 6  # blocks around the text in which such a line stands

_AFTER_START = re.compile(r"\s*[:|»›→>–—-]")
_WORD = re.compile(r"\w+")
_LABEL = re.compile(r"[^:：]{2,60}[:：](?!//)")
_ARROW = re.compile(r"\s*(?:[»›→▶►➤➜➡⇒]|>{2,3}|-->)\s*")


def read_also(scene: Scene) -> Iterator[Hit]:
    """Blocks that begin with "Read also" or the like, the rest being a link or standing behind a colon."""
    sentences = []
    for number, phrase, length in scene.starts:
        if phrase.kind != "related" or scene.words[number] > LINE_WORDS:
            continue
        hit = Hit(range(number, number + 1), f"start:{phrase.language}:{phrase.text}")
        end = _end_of_token(scene.block(number).text, length)
        if _AFTER_START.match(scene.block(number).text, end):
            if _is_labelled(scene, number, length, end):
                yield hit
        elif length > 1 and _rest_linked(scene, number, end):
            sentences.append(hit)
    if len(sentences) <= MOST_SENTENCES:
        yield from sentences


def _is_labelled(scene: Scene, number: int, length: int, end: int) -> bool:
    """What follows the colon is a link; or, behind a phrase that is no common word, no sentence."""
    if _rest_linked(scene, number, end):
        return True
    text = scene.block(number).text
    return length > 1 and len(text) - end > 2 and not text.endswith(SENTENCE_END)


def _rest_linked(scene: Scene, number: int, end: int) -> bool:
    block = scene.block(number)
    rest = len(block.text) - end
    return rest > 2 and block.link_chars >= REST_LINKED * rest  # the phrase alone is another rule's


def _end_of_token(text: str, count: int) -> int:
    ends = [match.end() for match in _WORD.finditer(text)]
    return ends[min(count, len(ends)) - 1] if ends else 0


def labelled(scene: Scene) -> Iterator[Hit]:
    """A link behind a label whose first word asks to read or to watch: "Lea la nota: …"."""
    words = scene.lexicon.words
    for number in _near_text(scene):
        if scene.linked[number] < MOSTLY or scene.block(number).tag in CELLS:
            continue
        language = words.language_with(words.mask(scene.readings[number].tokens[:1]), "read")
        label = _LABEL.match(scene.block(number).text) if language else None
        if label and len(label[0].split()) <= LABEL_WORDS and _is_headline(scene, number, label.end()):
            yield Hit(range(number, number + 1), f"pattern:{language}:label and link")


def arrows(scene: Scene) -> Iterator[Hit]:
    """A link behind an arrow, in a paragraph of its own."""
    for number in _near_text(scene):
        found = _ARROW.match(scene.block(number).text) if scene.linked[number] >= REST_LINKED else None
        if found and scene.block(number).tag in ("p", "div") and _is_headline(scene, number, found.end()):
            yield Hit(range(number, number + 1), "pattern:arrow and link")


def _near_text(scene: Scene) -> range:
    first, last = scene.first_prose + 1, scene.last_prose + FROM_TEXT
    return range(first, min(last, len(scene.prose)))


def _is_headline(scene: Scene, number: int, start: int) -> bool:
    """Is what follows as long as a headline, and a link."""
    block = scene.block(number)
    rest = block.text[start:]
    return (
        scene.words[number] <= LINE_WORDS
        and len(rest.split()) >= HEADLINE_WORDS
        and block.link_chars >= REST_LINKED * len(rest)
    )
