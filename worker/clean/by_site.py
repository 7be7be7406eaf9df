"""What the rule for a page's site says: where its text stands, what is kept and dropped, and its fields.

A rule outlives the pages that it was written for. So it is believed only as far as it finds anything: a place
of the text without text is passed over, and where its drops would leave nothing to read they are void.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from worker.clean.dates import in_text, iso
from worker.clean.lexicon import normal
from worker.clean.person import people
from worker.clean.rules.rule import Signal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from worker.clean.document import Document
    from worker.clean.metadata import Metadata
    from worker.clean.query import Query
    from worker.clean.scene import Scene
    from worker.sites.rule import Site

REST = 0.05  # of the words to be read: drops that leave less have missed what they were written for
BYLINE_WORDS = 15  # of a block that names an author or a day; a longer one says more than that
MOST_REPLACED = 1000  # places where one string is replaced
MOST_GROWN = 2  # times a page may grow by that


@dataclass(frozen=True, slots=True)
class Advice:
    """What is said of blocks, by number."""

    drop: Mapping[int, Signal] = field(default_factory=dict)
    keep: frozenset[int] = frozenset()  # in the text, whatever the model and the rules say
    located: bool = False  # it is known where the text stands
    notes: tuple[str, ...] = ()  # what the log is told


class Place(NamedTuple):
    """An element that is to be kept or dropped, with the reason for the latter."""

    row: int
    signal: Signal | None


def rewritten(html: str, site: Site) -> str:
    """The markup with the rule's strings replaced, each in MOST_REPLACED places at most."""
    longest = MOST_GROWN * len(html)
    for find, put in site.replace:
        places = min(html.count(find), MOST_REPLACED) if find else 0
        if places and len(html) + places * (len(put) - len(find)) <= longest:
            html = html.replace(find, put, places)
    return html


def without_images(document: Document, site: Site, page: Query) -> Document:
    """The document without the pictures inside what is dropped, and those whose address the rule names."""
    if not (site.no_images or site.drop):
        return document
    elements = document.elements
    dropped = [range(row, elements.end.item(row)) for one in site.drop for row in page.rows(one)]
    sources = [(image, elements.attrs[image.element].get("src") or "") for image in document.images]
    wanted = tuple(
        image
        for image, source in sources
        if not any(image.element in rows for rows in dropped)
        and not any(part in source for part in site.no_images)
    )
    return replace(document, images=wanted)


def fields(known: Metadata, site: Site, page: Query) -> Metadata:
    """What is known of the page, with what the rule says in its place."""
    if not (site.title or site.authors or site.published):
        return known
    title = next((value for one in site.title for value in page.values(one)), None)
    authors = next((found for one in site.authors if (found := page.values(one))), [])
    names = tuple(dict.fromkeys(chain.from_iterable(people(text) or [text] for text in authors)))
    days = (iso(text) or in_text(text) for one in site.published for text in page.values(one))
    return replace(
        known,
        title=title or known.title,
        titles=known.titles | {normal(title)} if title else known.titles,
        authors=names or known.authors,
        published=next((day for day in days if day), known.published),
    )


def advice(scene: Scene, site: Site, page: Query) -> Advice:
    """Whatever the rule says of the page's blocks. Of two elements that it names the inner one counts."""
    document, rule = scene.document, f"site:{site.name}"
    outside = _outside(document, site, page)
    said: dict[int, Signal | None] = {}
    for place in sorted(_places(site, page, rule), key=lambda place: (place.row, place.signal is not None)):
        said.update(dict.fromkeys(document.blocks_of(place.row), place.signal))
    keep = frozenset(number for number, signal in said.items() if signal is None)
    beyond = {number: signal for number, signal in outside.items() if number not in keep}
    drop = {number: signal for number, signal in said.items() if signal is not None}
    if drop and _takes_all(scene, drop.keys(), beyond.keys()):
        return Advice(
            beyond, keep, bool(outside), (f"{rule}: drop takes all there is to read, so it is void",)
        )
    return Advice({**_bylines(scene, site, page), **beyond, **drop}, keep, bool(outside))


def _places(site: Site, page: Query, rule: str) -> Iterator[Place]:
    for question in site.keep:
        yield from (Place(row, None) for row in page.rows(question))
    for question in site.drop:
        yield from (Place(row, Signal("excluded", rule, question)) for row in page.rows(question))


def _bylines(scene: Scene, site: Site, page: Query) -> dict[int, Signal]:
    """The short blocks where the rule finds the authors and the day: bylines as any other."""
    return {
        number: Signal("byline", "byline", f"site:{site.name} {question}")
        for question in (*site.authors, *site.published)
        for row in page.rows(question)
        for number in scene.document.blocks_of(row)
        if scene.words[number] <= BYLINE_WORDS
    }


def _outside(document: Document, site: Site, page: Query) -> dict[int, Signal]:
    """Every block outside the place of the text; none where the rule names no place that has any text."""
    for question in site.text:
        inside = {number for row in page.rows(question) for number in document.blocks_of(row)}
        if inside:
            signal = Signal("excluded", f"site:{site.name}", f"outside {question}")
            return {block.number: signal for block in document.blocks if block.number not in inside}
    return {}


def _takes_all(scene: Scene, dropped: Collection[int], beyond: Collection[int]) -> bool:
    """Would nothing be left of what there is to read: of the prose, or of all words on a page without any."""
    counts = scene.prose if any(scene.prose) else scene.words
    there = {number: words for number, words in enumerate(counts) if number not in beyond}
    left = sum(words for number, words in there.items() if number not in dropped)
    return left <= REST * sum(there.values())
