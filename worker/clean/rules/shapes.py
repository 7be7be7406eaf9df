"""Shapes: what a block is, told by how it is built: crumbs and their separators, links that share, bare
numbers.
"""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import TYPE_CHECKING

from worker.clean.document import names
from worker.clean.lexicon import normal
from worker.clean.rules.rule import Hit
from worker.clean.scene import LINK_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.document import Block, Run
    from worker.clean.scene import Scene

HEADINGS = names("h1 h2 h3 h4 h5 h6 dt summary")
CELLS = names("td th dt dd pre li")
NAME_WORDS = 5
PAGES_LINKED = 0.3  # of the characters: the page that is shown is no link
TRAIL_LINKED = 0.5  # of a trail's characters
SHORT_CRUMB = 6  # words of one crumb but the last
LABELLED = 0.4  # of a block's characters: links behind a label
SHARE_WORDS = 12
COPYRIGHT_WORDS = 30
CAPTION_WORDS = 60  # longer ones are the text of a picture story

_CRUMBS = re.compile(r"\s*[»›>→/|⟩»❯\\]+\s*")
_CRUMB_MARK = re.compile(r"[»›>→/⟩❯](?<=\s.)(?=\s)")  # the mark first: so its search is three times as fast
_SHARER = re.compile(
    r"facebook\.com/(?:sharer|share|dialog)|(?:twitter|x)\.com/(?:share|intent)|wa\.me/\?|whatsapp(?:\.com|:)/*send"
    r"|linkedin\.com/(?:share|cws)|pinterest\.[a-z.]+/pin/create|t\.me/share|telegram\.me/share|reddit\.com/submit"
    r"|^mailto:\?|vk\.com/share|addtoany\.com|xing\.com/.*share|tumblr\.com/share|bsky\.app/intent|[?&]share=",
    re.IGNORECASE,
)
# One of these is in every such address; in lower case, looking for them first costs a tenth.
# What no target of _SHARER does without.
_SHARING = (
    *("share", "dialog", "intent", "wa.me/", "whatsapp", "/cws", "pin/create", "submit", "mailto:?"),
    "addtoany",
)
_TAG_LINK = re.compile(
    r"/(?:tags?|topics?|keywords?|schlagwort|etiquetas?|themen?|sujets?|tagi?)/", re.IGNORECASE
)
_PROFILE = re.compile(
    r"/(?:u|users?|members?|profiles?|authors?|autor(?:e|en|es)?|auteurs?|redacteurs?|people)(?:[/?.-]|$)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?:\s?[ap]\.?m\.?|\s?Uhr)?$", re.IGNORECASE)
_PAGES = re.compile(r"[\d\s«»‹›<>|…·.\-–—←→]+$")
_COPYRIGHT = re.compile(r"(?:©|\(c\)\s*\d{4}|copyright\b)", re.IGNORECASE)


def titles(scene: Scene) -> Iterator[Hit]:
    """The title, wherever it is said again as a block of its own; behind a © it is the site's name."""
    for number, reading in enumerate(scene.readings):
        if reading.normal and reading.normal in scene.titles and "©" not in scene.block(number).text:
            yield Hit(range(number, number + 1), "title")


def breadcrumbs(scene: Scene) -> Iterator[Hit]:
    for number in range(len(scene.prose)):
        block = scene.block(number)
        if len(block.text) < 400 and _CRUMB_MARK.search(block.text) and _is_trail(scene, block):
            yield Hit(range(number, number + 1), "pattern:breadcrumb")


def _is_trail(scene: Scene, block: Block) -> bool:
    """Short steps; and either links, or the page's own title as the last of them."""
    steps = [step for step in _CRUMBS.split(block.text) if step.strip()]
    if len(steps) < 2 or any(len(step.split()) > SHORT_CRUMB for step in steps[:-1]):
        return False
    links = sum(1 for run in block.runs if run.href)
    last = normal(steps[-1])
    titled = any(title.startswith(last) or last.startswith(title) for title in scene.titles) and len(last) > 8
    return titled or (links >= 2 and links >= len(steps) - 1 and _of_links(block))


def _of_links(block: Block) -> bool:
    """Is a block links and what stands between them: but for the last step, and words before a colon."""
    between = [run.text.rstrip() for run in block.runs[:-1] if not run.href]
    marks = all(text.endswith(":") or not _CRUMBS.sub("", text) for text in between)
    return marks and block.link_chars >= TRAIL_LINKED * len(block.text)


def share_links(scene: Scene) -> Iterator[Hit]:
    """Blocks made of links that post the page somewhere else, and of a word or two before them."""
    links_only = scene.link_lines if _may_share(scene.link_targets) else ()
    for number, targets in chain(links_only, _behind_labels(scene)):
        if targets and all(_shares(run.href) for run in targets):
            yield Hit(range(number, number + 1), "pattern:share link")


def _behind_labels(scene: Scene) -> Iterator[tuple[int, list[Run]]]:
    """Short blocks of links behind a label, with their links: "Share: Facebook Twitter"."""
    for number, linked in enumerate(scene.linked):
        if LABELLED <= linked < LINK_LINE and scene.words[number] <= SHARE_WORDS:
            yield number, [run for run in scene.block(number).runs if run.href]


def _shares(target: str) -> bool:
    return _may_share(target) and _SHARER.search(target) is not None


def _may_share(targets: str) -> bool:
    return any(map(targets.lower().__contains__, _SHARING))


def tag_links(scene: Scene) -> Iterator[Hit]:
    elements = scene.document.elements
    for row in scene.document.rows_by_tag.get("a", ()):
        if "tag" in (elements.attrs[row].get("rel") or "").split():
            number = _holder(scene, row)
            if number is not None and scene.linked[number] >= 0.6:
                yield Hit(range(number, number + 1), "a[rel=tag]")
    tagged = _TAG_LINK.search(scene.link_targets)
    for number, targets in scene.link_lines if tagged else ():
        if scene.words[number] <= 30 and all(_TAG_LINK.search(run.href) for run in targets):
            yield Hit(range(number, number + 1), "pattern:tag link")


def _holder(scene: Scene, row: int) -> int | None:
    """The block that an inline element's text went into: the first in the nearest element that has any."""
    elements = scene.document.elements
    for up in islice(elements.ancestors(row), 3):
        blocks = scene.document.blocks_of(up)
        if blocks:
            return blocks.start if len(blocks) == 1 else None
    return None


def posters(scene: Scene) -> Iterator[Hit]:
    """Names that are links to whom they name; and how long a recording is, which stands alone like a time."""
    for number, linked in enumerate(scene.linked):
        block = scene.block(number)
        if block.tag in CELLS or scene.words[number] > NAME_WORDS:
            continue
        if linked >= LINK_LINE and all(_PROFILE.search(run.href) for run in block.runs if run.href):
            yield Hit(range(number, number + 1), "pattern:link to a person")
        elif _CLOCK.match(block.text) and scene.document.elements.tags[block.element] != "time":
            yield Hit(range(number, number + 1), "pattern:length of a recording")


def page_numbers(scene: Scene) -> Iterator[Hit]:
    for number, linked in enumerate(scene.linked):
        block = scene.block(number)
        if linked >= PAGES_LINKED and _PAGES.match(block.text) and not block.runs[0].href.startswith("tel:"):
            yield Hit(range(number, number + 1), "pattern:page numbers")


def contents(scene: Scene) -> Iterator[Hit]:
    """Links within the page: tables of contents and "skip to" links."""
    for number, targets in scene.link_lines:
        within = targets and all(run.href.startswith("#") and len(run.href) > 1 for run in targets)
        if within and scene.block(number).tag not in HEADINGS:
            yield Hit(range(number, number + 1), "pattern:link within the page")


def copyrights(scene: Scene) -> Iterator[Hit]:
    for number in range(scene.last_prose + 1, len(scene.words)):
        if scene.words[number] <= COPYRIGHT_WORDS and _COPYRIGHT.search(scene.block(number).text):
            yield Hit(range(number, number + 1), "pattern:copyright")


def figcaptions(scene: Scene) -> Iterator[Hit]:
    for row in scene.document.rows_by_tag.get("figcaption", ()):
        blocks = scene.document.blocks_of(row)
        if blocks and scene.words_in(blocks) <= CAPTION_WORDS:
            yield Hit(blocks, "<figcaption>")
