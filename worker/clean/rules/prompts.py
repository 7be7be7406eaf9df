"""Prompts: sentences that ask the reader to do something for the site.

No list can hold them all, so each is a pattern over word groups of one language (`config/phrases`, table
[words]): a comment word, an imperative, "here" or "below", "you". Prose about the same things lacks one of
them, goes on to something else, or has its verb elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from worker.clean.document import names
from worker.clean.rules.rule import Hit
from worker.clean.rules.sentences import Sentence, asks, sentences
from worker.clean.scene import ASKER_WORDS, CELLS, TOPIC_BLOCKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from worker.clean.scene import Scene

    Finder = Callable[[Scene], Iterator[Hit]]

ONE_SENTENCE = 14  # words; a prompt that names nothing of the site's own must be short to be one
ASIDE = 3  # words: "It's free.", "Thanks!"
NEAR = 4  # blocks between a consent sentence and its buttons
STEPS = names("li h1 h2 h3 h4 h5 h6")


class Prompt(NamedTuple):
    """Word groups of one language that together ask for something."""

    verb: str  # must stand where an imperative does
    needs: tuple[str, ...]  # a word of each
    either: tuple[str, ...] = ()  # and a word of one of these
    most: int = 1000  # words of the block
    topical: bool = False  # a page may be about it: then it is prose


PROMPTS = {
    "comment_prompt": (
        Prompt("ask", ("comment",), ("here", "you")),
        Prompt("say", ("talk",), ("here",), ONE_SENTENCE),
        Prompt("say", ("comment", "talk"), most=ONE_SENTENCE),
    ),
    "newsletter": (
        Prompt("subscribe", ("letter",), ("our", "us", "now")),
        Prompt("subscribe", ("letter",), most=2 * ONE_SENTENCE, topical=True),
        Prompt("subscribe", ("mail",), ("our", "us"), most=2 * ONE_SENTENCE, topical=True),
        Prompt("subscribe", ("mail", "you"), most=ONE_SENTENCE, topical=True),
        Prompt("click", ("here", "subscribe", "letter")),
    ),
    "app_prompt": (
        Prompt("download", ("app",), ("our", "us", "now")),
        Prompt("download", ("app",), most=ONE_SENTENCE, topical=True),
    ),
    "follow": (
        Prompt("follow", ("us", "network")),
        Prompt("follow", ("our", "network")),
        Prompt("click", ("here", "subscribe", "network"), ("our", "us")),
    ),
    "share": (
        Prompt("share", ("item", "friend"), most=2 * ONE_SENTENCE),
        Prompt("share", ("item", "favour"), most=2 * ONE_SENTENCE),
        Prompt("share", ("friend", "favour"), most=2 * ONE_SENTENCE),
    ),
    "contact": (Prompt("contact", ("us", "tip"), most=2 * ONE_SENTENCE),),
}
COMPANY = ("you", "us", "our")  # what the other sentences of a prompt speak of
SHARED_NEAR = 3  # words after "share" among which what is shared stands: "Teilen Sie diesen Artikel"


def asking(kind: str) -> Finder:
    """Blocks that ask the reader for something of this kind, and do nothing else."""
    prompts = PROMPTS[kind]
    verbs = {prompt.verb for prompt in prompts}

    def find(scene: Scene) -> Iterator[Hit]:
        asked = scene.lexicon.words.all_of(verbs)
        for number in scene.askers:
            mask = scene.readings[number].mask
            for prompt in prompts if mask & asked else ():
                language = _language(scene, mask, prompt)
                if language and _is_prompt(scene, number, language, prompt):
                    yield Hit(range(number, number + 1), f"pattern:{language}:{kind}")
                    break

    return find


def _language(scene: Scene, mask: int, prompt: Prompt) -> str | None:
    """The first language in which a block with these words may be the prompt."""
    words = scene.lexicon.words
    found = words.languages_with(mask, prompt.verb, *prompt.needs)
    if found and prompt.either:
        found &= _any_of(scene, mask, prompt.either)
    return words.languages[(found & -found).bit_length() - 1] if found else None


def _any_of(scene: Scene, mask: int, groups: Sequence[str]) -> int:
    found = 0
    for group in groups:
        found |= scene.lexicon.words.languages_with(mask, group)
    return found


def _is_prompt(scene: Scene, number: int, language: str, prompt: Prompt) -> bool:
    block = scene.block(number)
    if scene.words[number] > prompt.most or block.tag in CELLS:
        return False
    if prompt.topical and (_is_topic(scene, language, prompt.needs[0]) or _is_step(scene, number)):
        return False
    said = list(sentences(scene, number))
    about = (prompt.verb, *prompt.needs, *COMPANY)
    return any(asks(each, scene.lexicon.words, language, prompt.verb) for each in said) and all(
        _belongs(scene, each, language, about) for each in said
    )


def _belongs(scene: Scene, sentence: Sentence, language: str, about: Sequence[str]) -> bool:
    """Is the sentence part of a prompt; prose goes on to something else."""
    if sentence.question or len(sentence.tokens) <= ASIDE:
        return True
    return any(scene.lexicon.words.holds(sentence.mask, language, group) for group in about)


def _is_topic(scene: Scene, language: str, group: str) -> bool:
    """Is the page about such things: its title names one, or several of its paragraphs do."""
    return scene.lexicon.words.holds(scene.topics, language, group)


def _is_step(scene: Scene, number: int) -> bool:
    """Does the block stand in a list, or is it a heading: advice to the reader, not a prompt."""
    return scene.block(number).tag in STEPS


def shared(scene: Scene) -> Iterator[Hit]:
    """ "Share this article": the imperative first, and what it asks for right after it."""
    words = scene.lexicon.words
    for number in scene.askers:
        reading = scene.readings[number]
        language = words.language_with(reading.mask, "share", "item")
        if language is None or scene.words[number] > ONE_SENTENCE or scene.block(number).tag in CELLS:
            continue
        first, *rest = reading.tokens[: 1 + SHARED_NEAR]
        if words.has(first, language, "share") and any(words.has(word, language, "item") for word in rest):
            yield Hit(range(number, number + 1), f"pattern:{language}:share")


def several_networks(scene: Scene) -> Iterator[Hit]:
    """ "Follow" some name on two networks or more."""
    words = scene.lexicon.words
    for number in scene.askers:
        reading = scene.readings[number]
        language = words.language_with(reading.mask, "follow", "network")
        if language is None or scene.words[number] > ONE_SENTENCE:
            continue
        networks = sum(words.has(token, language, "network") for token in set(reading.tokens))
        if networks > 1 and any(words.has(token, language, "follow") for token in reading.tokens[:2]):
            yield Hit(range(number, number + 1), f"pattern:{language}:follow")


def browser_notices(scene: Scene) -> Iterator[Hit]:
    """What is said to browsers that cannot show the page ("You are using an outdated browser"), around the
    text or without scripts; a page about browsers says it to its readers.
    """
    without_scripts = scene.document.inside("noscript")
    for number, phrase, _ in scene.starts:
        block = scene.block(number)
        if phrase.kind != "browser_notice" or block.tag in STEPS or block.tag in CELLS:
            continue
        beside = not scene.first_prose < number < scene.last_prose or without_scripts[block.element]
        if beside and scene.words[number] <= ASKER_WORDS and not _is_topic(scene, phrase.language, "browser"):
            yield Hit(range(number, number + 1), f"start:{phrase.language}:{phrase.text}")


def consent_sentences(scene: Scene) -> Iterator[Hit]:
    """Sentences that ask for consent to cookies, where the page itself isn't about them."""
    cookies = scene.lexicon.cookies
    named = [number for number, reading in enumerate(scene.readings) if reading.mask & cookies]
    about = [number for number in named if _speaks_of_cookies(scene, number)]
    prose = sum(1 for number in about if scene.prose[number])
    for number in about:
        buttons = _buttons_near(scene, number)
        alone = prose < TOPIC_BLOCKS and (number < scene.first_prose + 1 or number >= scene.last_prose)
        if buttons or alone:
            yield Hit(range(number, buttons.stop if buttons else number + 1), "pattern:consent")


def _speaks_of_cookies(scene: Scene, number: int) -> bool:
    mask, lexicon = scene.readings[number].mask, scene.lexicon
    return bool(mask & lexicon.cookies) and lexicon.words.language_with(mask, "cookie", "consent") is not None


def _buttons_near(scene: Scene, number: int) -> range:
    """The blocks up to the last consent button that follows closely; an empty range if none does."""
    last = number
    for later in range(number + 1, min(number + 1 + NEAR, len(scene.prose))):
        if scene.line_kind(later, "consent") is not None:
            last = later
        elif scene.prose[later] and not _speaks_of_cookies(scene, later):
            break
    return range(number, last + 1) if last > number else range(0)
