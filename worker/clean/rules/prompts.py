"""Prompts: sentences that ask the reader to do something for the site.

No list can hold them all, so each is a pattern over word groups of one language (`config/phrases`, table
[words]): a comment word, an imperative, "here" or "below", "you". Prose about the same things lacks one of
them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from worker.clean.lexicon import tokens
from worker.clean.rules.rule import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.scene import Scene

CONSENT_WORDS = 120
ONE_SENTENCE = 12  # words; a prompt that names nothing of the site's own must be short to be one
ITEM_NEAR = 3  # "Teilen Sie diesen Artikel"
NETWORKS = frozenset(
    {
        "facebook",
        "instagram",
        "twitter",
        "telegram",
        "youtube",
        "whatsapp",
        "tiktok",
        "linkedin",
        "x",
        "vk",
        "google",
    }
)
TOPIC_BLOCKS = 3  # so many paragraphs that speak of cookies make a page about them
NEAR = 4  # blocks between a consent sentence and its buttons

_SENTENCE_TEXT = re.compile(r"[^.!?…\n]+[.!?…]*")
_SENTENCE = re.compile(r"[.!?…:;]\s+|\n")


def _openers(text: str) -> frozenset[str]:
    """The first words of each sentence: where an imperative stands."""
    found = set()
    for sentence in _SENTENCE.split(text):
        found.update(re.findall(r"\w+", sentence.casefold())[:2])
    return frozenset(found)


def _asks(scene: Scene, number: int, language: str, group: str) -> bool:
    """Does a sentence of the block begin with an imperative of this group."""
    return any(scene.lexicon.has(word, language, group) for word in _openers(scene.block(number).text))


def _asks_first(scene: Scene, number: int, language: str, group: str) -> bool:
    """Does the block itself begin with the imperative."""
    first = scene.readings[number].tokens[:2]
    return any(scene.lexicon.has(word, language, group) for word in first)


def _all_of_it(scene: Scene, number: int, language: str) -> bool:
    """Has every sentence of the block a word of the prompt, or asks; prose goes on to something else."""
    for sentence in _SENTENCE_TEXT.findall(scene.block(number).text):
        words = [] if sentence.endswith("?") else tokens(sentence)
        if words and not any(
            scene.lexicon.has(w, language, g) for w in words for g in ("comment", "ask", "you")
        ):
            return False
    return True


def comment_prompts(scene: Scene) -> Iterator[Hit]:
    lex = scene.lexicon
    for number in scene.askers:
        mask = scene.readings[number].mask
        language = lex.language_with(mask, "comment", "ask")
        if language is None:
            continue
        you = lex.language_with(mask, "comment", "ask", "you") == language
        here = lex.language_with(mask, "comment", "ask", "here") == language
        asks = (you and here) or ((you or here) and _asks(scene, number, language, "ask"))
        if asks and _all_of_it(scene, number, language):
            yield Hit(range(number, number + 1), f"pattern:{language}:comment_prompt")


def newsletter_prompts(scene: Scene) -> Iterator[Hit]:
    lex = scene.lexicon
    for number in scene.askers:
        language = lex.language_with(scene.readings[number].mask, "letter", "subscribe")
        if language is not None and _asks(scene, number, language, "subscribe"):
            yield Hit(range(number, number + 1), f"pattern:{language}:newsletter")


def app_prompts(scene: Scene) -> Iterator[Hit]:
    lex = scene.lexicon
    for number in scene.askers:
        language = lex.language_with(scene.readings[number].mask, "app", "download")
        if language is not None and _asks_first(scene, number, language, "download"):
            yield Hit(range(number, number + 1), f"pattern:{language}:app_prompt")


def follow_prompts(scene: Scene) -> Iterator[Hit]:
    for number in scene.askers:
        networks = NETWORKS.intersection(scene.readings[number].tokens)
        language = _follows(scene, number, len(networks)) if networks else None
        if language is not None:
            yield Hit(range(number, number + 1), f"pattern:{language}:follow")


def _follows(scene: Scene, number: int, networks: int) -> str | None:
    """The language in which the block says "follow us on …", or "follow" some name on several networks."""
    lex, mask = scene.lexicon, scene.readings[number].mask
    language = lex.language_with(mask, "follow", "us")
    if language is not None:
        return language if _asks(scene, number, language, "follow") else None
    language = lex.language_with(mask, "follow")
    short = networks > 1 and scene.words[number] <= ONE_SENTENCE
    return language if short and language and _asks_first(scene, number, language, "follow") else None


def share_prompts(scene: Scene) -> Iterator[Hit]:
    """ "Share this article with your friends": the imperative first, and what it asks for right after it."""
    lex = scene.lexicon
    for number in scene.askers:
        reading = scene.readings[number]
        language = lex.language_with(reading.mask, "share", "item")
        if language is None or scene.words[number] > ONE_SENTENCE:
            continue
        first, *rest = reading.tokens[: 1 + ITEM_NEAR]
        if lex.has(first, language, "share") and any(lex.has(word, language, "item") for word in rest):
            yield Hit(range(number, number + 1), f"pattern:{language}:share")


def consent_sentences(scene: Scene) -> Iterator[Hit]:
    """Sentences that ask for consent to cookies, where the page itself isn't about them."""
    about = [number for number, reading in enumerate(scene.readings) if _speaks_of_cookies(scene, number)]
    prose = sum(1 for number in about if scene.prose[number])
    for number in about:
        buttons = _buttons_near(scene, number)
        alone = prose < TOPIC_BLOCKS and (number < scene.first_prose + 1 or number >= scene.last_prose)
        if buttons or alone:
            yield Hit(range(number, buttons.stop if buttons else number + 1), "pattern:consent")


def _speaks_of_cookies(scene: Scene, number: int) -> bool:
    mask = scene.readings[number].mask
    return bool(mask) and scene.lexicon.language_with(mask, "cookie", "consent") is not None


def _buttons_near(scene: Scene, number: int) -> range:
    """The blocks up to the last consent button that follows closely; an empty range if none does."""
    last = number
    for later in range(number + 1, min(number + 1 + NEAR, len(scene.prose))):
        if scene.line_kind(later, "consent") is not None:
            last = later
        elif scene.prose[later] and not _speaks_of_cookies(scene, later):
            break
    return range(number, last + 1) if last > number else range(0)
