"""Who is named around a page's title: links and classes of authors, lines that begin with By, lines with a
day, names beside their portraits.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from worker.clean.dates import days
from worker.clean.person import LONGEST_NAME, by, by_within, is_first_name, is_name, people, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from worker.clean.document import Block
    from worker.clean.told import ArticleHead, Hint, Told

LINE_WORDS = 30  # words of a line that names a day and an author
BELOW_BY_WORDS = 12  # of a line that names somebody below a By alone; a longer one is a sentence
NEAR = 6  # blocks after the title in which a day may stand beside its author
MOST_HINTS = 100  # elements around the title whose names or links speak of an author
SHORT_NAME = 3  # words of a name that nothing but a day beside it tells

_PROFILE = re.compile(
    r"/(?:authors?|autor(?:e|en|es|i|in)?|auteurs?|profiles?|contributors?|people|staff|writers?|by|redaktion|team"
    r"|experts?|columnists?)/[^/?#]+",
    re.IGNORECASE,
)
_NAMED = re.compile(r"author(?!i[tsz]|ing)|byline|writer", re.IGNORECASE)  # nor authority
_OF_A_PERSON = re.compile(r"avatar|author|headshot|portrait|profile|byline|staff|writer", re.IGNORECASE)
_PORTRAIT = re.compile(
    r"^(?:photo|picture|image|portrait|headshot|avatar)(?: (?:of|for))?:?\s+|['’]s? .*$"
    r"|\s+(?:avatar|headshot|photo)$",
    re.IGNORECASE,
)


def bylines(told: Told, head: ArticleHead) -> Iterator[Sequence[str]]:
    """Names by source, the surest first."""
    hidden = told.document.elements.hidden
    near = [hint for hint in told.hints if hint.row in head.rows and not hidden[hint.row]][:MOST_HINTS]
    led = _led_by(head)
    yield _linked(told, near)
    yield _spoken(led)
    yield _classed(told, near)
    after = [block for block in head.lines if 0 < block.number - head.title <= NEAR]
    yield [text for block in head.blocks for text in _profiles(block)][:3]
    yield _first_names(led)
    yield [name for block in after for name in _beside_a_day(block)][:1]
    yield _next_to_a_day(after)
    yield _portrayed(told, head)


def _linked(told: Told, near: Sequence[Hint]) -> list[str]:
    links = (hint for hint in near if "author" in (hint.attrs.get("rel") or "").lower().split())
    return [text for text in map(told.text_of, links) if any(map(is_name, people(text)))]


def _spoken(led: Sequence[str]) -> list[str]:
    """Lines that begin with By, and lines that follow one that is By and nothing else."""
    return next(([line] for line in led if any(map(is_name, people(line)))), [])


def _first_names(led: Sequence[str]) -> list[str]:
    """A first name, or an account on a forum, that stands alone behind By."""
    first = (people(line)[:1] for line in led)
    return next((names for names in first if names and is_first_name(names[0])), [])


def _led_by(head: ArticleHead) -> list[str]:
    """Lines that begin with By, then those below a By alone, but not the title, said again."""
    title = {block.text.casefold() for block in head.blocks if block.number == head.title}
    spoken = by()
    return [block.text for block in head.lines if spoken.match(block.text) and block.words <= LINE_WORDS] + [
        below.text
        for word, below in pairwise(head.lines)
        if spoken.fullmatch(word.text.rstrip(" :：") + ": ")
        and below.words <= BELOW_BY_WORDS
        and below.text.casefold() not in title
    ]


def _classed(told: Told, near: Sequence[Hint]) -> list[str]:
    named = (told.text_of(hint) for hint in near if _NAMED.search(hint.attrs.get("class") or ""))
    return next(
        ([text] for text in named if len(text) <= LONGEST_NAME and any(map(is_name, people(text)))), []
    )


def _profiles(block: Block) -> Iterator[str]:
    """Links to people."""
    for run in block.runs:
        if run.href and _PROFILE.search(run.href) and any(map(is_name, people(run.text))):
            yield run.text


def _beside_a_day(block: Block) -> Iterator[str]:
    """`Mar 2, 2026 | Ada Quill | News`, `03/01/2026 by Ada Quill`: the names of a line that has a day too."""
    if block.words > LINE_WORDS or next(days(block.text), None) is None:
        return
    spoken = by_within().search(block.text)
    if spoken:
        yield from filter(is_name, people(block.text[spoken.end() :])[:1])
    links = {run.text.strip() for run in block.runs if run.href}
    for piece in pieces(block.text):
        names = people(piece)[:1]
        if piece not in links and names and len(names[0].split()) <= SHORT_NAME and is_name(names[0]):
            yield names[0]


def _next_to_a_day(blocks: Sequence[Block]) -> list[str]:
    """A line that is nothing but a name, above or below one that is little but a day."""
    for first, second in pairwise(blocks):
        for name, other in ((first, second), (second, first)):
            if _bare_name(name) and other.words <= LINE_WORDS // 3 and next(days(other.text), None):
                return [name.text]
    return []


def _bare_name(block: Block) -> bool:
    plain = not block.link_chars and block.tag[0] != "h"
    return (
        plain
        and len(block.text.split()) <= SHORT_NAME
        and people(block.text) == [block.text]
        and is_name(block.text)
    )


def _portrayed(told: Told, head: ArticleHead) -> list[str]:
    """A name that stands beside a portrait whose description is that name."""
    elements = told.document.elements
    texts = {block.text for block in head.blocks} | {run.text.strip() for b in head.blocks for run in b.runs}
    for row in told.document.rows_by_tag.get("img", ()):
        if row in head.rows:
            attrs = elements.attrs[row]
            alt = attrs.get("alt")
            if not alt or not _OF_A_PERSON.search(f"{attrs.get('class')} {attrs.get('src')}"):
                continue
            name = _PORTRAIT.sub("", " ".join(alt.split()))
            if name in texts and is_name(name):
                return [name]
    return []
