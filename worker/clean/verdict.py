"""What kind of answer a page is, and how sure that is. A banner is never returned as the article."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from worker.clean.lexicon import normal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from worker.clean.decide import Decision
    from worker.clean.metadata import Metadata
    from worker.clean.scene import Scene

THIN_WORDS = 40
WALL_WORDS = 150  # a page with more text of its own is no wall
ERROR_WORDS = 120
PAYWALL_WORDS = 400  # a longer text is whole, whatever it says of subscribers
ERROR_SHARE = 0.2  # of a line; an article says in passing that something no longer exists
CONSENT_SHARE = 0.5  # of the page's visible words
INDEX_LINKS = 0.45  # share of characters inside links
INDEX_BLOCKS = 8
EMPTY = ("consent_wall", "bot_wall")


class Verdict(NamedTuple):
    name: str
    confidence: float  # 0 to 1; of a page whose text was looked for, the token F1 to be expected of it


def verdict(scene: Scene, decision: Decision, known: Metadata) -> Verdict:
    """Judge what was kept against what stood on the page."""
    kept = decision.kept
    words = sum(scene.words[number] for number in kept)
    wall = _wall(scene, decision, words)
    if wall:
        return Verdict(wall, 0.9)
    if words <= ERROR_WORDS and _is_error(scene, decision, known, words):
        return Verdict("error_page", 0.85)
    if _is_paywall(decision, known, words):
        return Verdict("paywall", 0.8)
    if _is_index(scene, kept, words):
        return Verdict("index_page", round(decision.sure, 2))
    if words < THIN_WORDS:
        return Verdict("thin", round(min(0.6, decision.sure), 2))
    return Verdict("ok", round(decision.sure, 2))


def _wall(scene: Scene, decision: Decision, words: int) -> str | None:
    if words > WALL_WORDS:
        return None
    visible = _visible(scene)
    whole = sum(scene.words[number] for number in visible)
    short = whole <= 2 * WALL_WORDS
    if short and _says(scene, "bot", range(len(scene.words))):
        return "bot_wall"
    consent = sum(
        scene.words[n] for n in visible if n in decision.dropped and decision.dropped[n].kind == "consent"
    )
    asked = whole and (consent >= CONSENT_SHARE * whole or (short and _says(scene, "consent", visible)))
    return "consent_wall" if words < THIN_WORDS and asked else None


def _visible(scene: Scene) -> list[int]:
    return np.flatnonzero(~scene.document.hidden).tolist()


def _is_error(scene: Scene, decision: Decision, known: Metadata, words: int) -> bool:
    """Do the title or the text speak of an error; where there is hardly any text, any line that is seen."""
    said = _visible(scene) if words < THIN_WORDS else decision.kept
    return _says(scene, "error", said, known.title, ERROR_SHARE)


def _says(
    scene: Scene, kind: str, numbers: Iterable[int], title: str | None = None, share: float = 0.0
) -> bool:
    """Is a sentence of this kind of wall in these blocks or the title, as at least this share of a line."""
    lines = [*(scene.readings[number].normal for number in numbers), normal(title or "")]
    texts = [f" {line} " for line in lines if line]
    page = "\n".join(texts)  # searched at once: hardly a page has any of them
    phrases = [said for said in scene.lexicon.walls.get(kind, ()) if f" {said} " in page]
    return any(f" {said} " in text and len(said) >= share * len(text) for said in phrases for text in texts)


def _is_paywall(decision: Decision, known: Metadata, words: int) -> bool:
    offered = any(signal.kind == "paywall" for signal in decision.dropped.values())
    return words <= PAYWALL_WORDS and (offered or not known.free)


def _is_index(scene: Scene, kept: list[int], words: int) -> bool:
    """Mostly links, or many short pieces each of which leads away."""
    if len(kept) < INDEX_BLOCKS:
        return False
    characters = sum(len(scene.block(number).text) for number in kept)
    linked = sum(scene.block(number).link_chars for number in kept)
    leads = sum(1 for number in kept if scene.linked[number] > 0.9)
    return linked >= INDEX_LINKS * characters or (
        leads >= INDEX_BLOCKS and leads * 3 >= len(kept) and words < 1000
    )
