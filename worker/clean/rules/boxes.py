"""Boxes: an element whose own name, or whose heading, says what all of it is."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from worker.clean.document import HEADINGS, names
from worker.clean.lexicon import tokens
from worker.clean.rules.rule import Hit
from worker.clean.scene import PAGE_WIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from worker.clean.scene import Scene

    Finder = Callable[[Scene], Iterator[Hit]]


class Limit(NamedTuple):
    """How much an element may hold and still be what its name says."""

    words: int
    prose_share: float  # of the page's prose


ANY = 1_000_000
LIMITS = {
    "advert": Limit(150, 0.1),
    "author_bio": Limit(250, 0.35),
    "breadcrumb": Limit(60, 0.1),
    "browser_notice": Limit(80, 1.0),  # a page that wants scripts may have nothing else
    "byline": Limit(60, 0.1),
    "caption": Limit(120, 0.15),
    "comments": Limit(ANY, 0.95),
    "consent": Limit(ANY, 0.5),
    "follow": Limit(80, 0.1),
    "navigation": Limit(ANY, 0.1),
    "newsletter": Limit(150, 0.15),
    "pagination": Limit(60, 0.05),
    "paywall": Limit(80, 0.34),
    "related": Limit(ANY, 0.4),
    "share": Limit(100, 0.05),
    "tags": Limit(100, 0.1),
}
CELLS = names("td th dt dd")
FORUM_REST = 80  # words of prose beside the comments: with fewer, the comments are what the page is for
FEW_WORDS = 10
LINK_SHARE = 0.25  # of a box's characters: teasers have text beside their links
WALL_WORDS = 400
SAID_BY_HEADINGS = ("comments", "related", "tags")  # there both say the same
HEADING_WORDS = 12
SURE_START = 2  # tokens of a beginning that is more than a common word
PART_LINKED = 0.5
MOSTLY_LINKS = 0.6  # of the characters below "More from …"
TITLE_WORDS = 3  # a link of fewer is a menu's
MANY = 3  # teasers
FOLLOWERS = 80  # blocks after a heading that stands in no box of its own
TEASER_WORDS = 30


def by_name(kind: str) -> Finder:
    """Elements whose class or id says that they are of this kind."""

    def find(scene: Scene) -> Iterator[Hit]:
        hits = list(_named_boxes(scene, kind))
        if kind == "comments" and (scene.forum or _is_forum(scene, hits)):
            return
        yield from hits

    return find


def _named_boxes(scene: Scene, kind: str) -> Iterator[Hit]:
    limit, tags = LIMITS[kind], scene.document.elements.tags
    for row, selector in scene.named.get(kind, ()):
        if tags[row] in PAGE_WIDE or (tags[row] in HEADINGS and (selector[0] == "#" or kind == "navigation")):
            continue  # the id of a heading was made of its words
        blocks = scene.document.blocks_of(row)
        if selector[0] == "#" and kind not in SAID_BY_HEADINGS and _is_anchor(scene, selector, blocks):
            continue
        if blocks and (_within(scene, blocks, limit) or _is_wall(scene, blocks, kind)):
            yield Hit(blocks, f"selector:{selector}")


def _is_anchor(scene: Scene, selector: str, blocks: range) -> bool:
    """Was an id made of the words of the section's own heading, as manuals do; they ask for no consent."""
    if not blocks or not scene.document.headings[blocks.start]:
        return False
    heading = scene.readings[blocks.start].tokens
    made = bool(heading) and tuple(tokens(selector.replace("_", "-")))[: len(heading)] == heading
    return made and not any(number in blocks for number in scene.lines.get("consent", ()))


def _within(scene: Scene, blocks: range, limit: Limit) -> bool:
    return scene.words_in(blocks) <= limit.words and scene.prose_share(blocks) <= limit.prose_share


def _is_wall(scene: Scene, blocks: range, kind: str) -> bool:
    """A consent box that is all there is on the page, and speaks of cookies."""
    if kind != "consent" or scene.words_in(blocks) > WALL_WORDS:
        return False
    masks = (scene.readings[number].mask for number in blocks)
    return any(scene.lexicon.words.language_with(mask, "cookie", "consent") is not None for mask in masks)


def around(kind: str) -> Finder:
    """The whole of the small element in which a block begins with a sentence of this kind."""

    def find(scene: Scene) -> Iterator[Hit]:
        first_words = scene.lexicon.said.first_words.get(kind, frozenset())
        for number, reading in enumerate(scene.readings):
            begins = reading.tokens and reading.tokens[0] in first_words
            phrase = scene.sentence_kind(number, kind) if begins else None
            if phrase is not None:
                yield Hit(
                    _surroundings(scene, number, LIMITS[kind]), f"phrase:{phrase.language}:{phrase.text}"
                )

    return find


def _surroundings(scene: Scene, number: int, limit: Limit) -> range:
    elements, best = scene.document.elements, range(number, number + 1)
    for row in elements.ancestors(scene.block(number).element):
        blocks = scene.document.blocks_of(row)
        if elements.tags[row] in PAGE_WIDE or not _within(scene, blocks, limit):
            break
        best = blocks
    return best


def _is_forum(scene: Scene, hits: list[Hit]) -> bool:
    rest = np.array(scene.prose)
    for hit in hits:
        rest[hit.blocks.start : hit.blocks.stop] = 0
    return int(rest.sum()) < FORUM_REST


def by_heading(kind: str) -> Finder:
    """Boxes that begin with a line which says what they are, and the links below such a line in a flat
    page.
    """

    def find(scene: Scene) -> Iterator[Hit]:
        for number, phrase in scene.lines.get(kind, {}).items():
            if scene.block(number).tag in CELLS:
                continue
            detail = f"heading:{phrase.language}:{phrase.text}"
            box = scene.box(number)
            if len(box) > 1 and _fits(scene, box, kind):
                yield Hit(box, detail)
            elif kind in ("related", "tags"):
                yield Hit(_followers(scene, number), detail)

    return find


def headed_more(scene: Scene) -> Iterator[Hit]:
    """What follows a line such as "More from this show" after the text: links as long as headlines, and
    little else.
    """
    for number, phrase, length in scene.starts:
        short = scene.words[number] <= HEADING_WORDS and scene.linked[number] < PART_LINKED
        if phrase.kind != "related" or length < SURE_START or not short or number <= scene.first_prose:
            continue
        box = scene.box(number)
        if len(box) == 1 or _link_share(scene, box) < MOSTLY_LINKS:
            box = _followers(scene, number)
        teasers = sum(scene.linked[each] >= PART_LINKED and scene.words[each] >= TITLE_WORDS for each in box)
        if teasers >= MANY and _link_share(scene, box) >= MOSTLY_LINKS:
            yield Hit(box, f"heading:{phrase.language}:{phrase.text}")


def _fits(scene: Scene, box: range, kind: str) -> bool:
    if kind == "comments":
        return _has_reply(scene, box)
    if kind == "author_bio":
        return scene.words_in(box) <= LIMITS[kind].words
    if kind == "share" and _link_share(scene, box) < LINK_SHARE and scene.words_in(box) > FEW_WORDS:
        return False  # "LinkedIn" above what is said of it
    if kind in ("newsletter", "share", "follow", "consent"):
        return scene.words_in(box) <= LIMITS[kind].words and scene.prose_share(box) <= 0.15
    return _link_share(scene, box) >= LINK_SHARE


def _link_share(scene: Scene, box: range) -> float:
    """Of the characters below a box's heading."""
    return scene.link_share(range(box.start + 1, box.stop))


def _has_reply(scene: Scene, box: range) -> bool:
    """A comment section has somewhere to write or to answer; a chapter called "Comments" hasn't."""
    following = bisect_left(scene.replies, box.start)
    return following < len(scene.replies) and scene.replies[following] in box


def _followers(scene: Scene, number: int) -> range:
    """The heading and what follows it up to the next prose: links and the short texts between them."""
    last = number
    for later in range(number + 1, min(number + 1 + FOLLOWERS, len(scene.prose))):
        if scene.prose[later] or (scene.words[later] > TEASER_WORDS and scene.linked[later] < 0.5):
            break
        if scene.linked[later] > 0.5:
            last = later
        elif scene.block(later).tag in ("h1", "h2", "h3"):
            break
    single = len(scene.readings[number].tokens) == 1
    return range(number, number if single and last == number else last + 1)
