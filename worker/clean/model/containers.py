"""Features of what a block stands in: its containers, level by level, landmarks of the page, and its main
region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from worker.clean.model.letters import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from worker.clean.model.lines import Column
    from worker.clean.model.outline import Bools, Floats, Outline

# Landmarks by tag, and by the role that says the same.
LANDMARKS: Mapping[str, tuple[str, ...]] = {
    "nav": ("nav", "role:navigation", "role:menu", "role:menubar", "role:tablist", "role:toolbar"),
    "header": ("header", "role:banner"),
    "footer": ("footer", "role:contentinfo"),
    "aside": ("aside", "role:complementary"),
    "main": ("main", "role:main"),
    "article": ("article", "role:article"),
    "form": ("form", "role:search", "role:form", "role:dialog", "role:alertdialog", "dialog"),
    "section": ("section",),
    "list": ("ul", "ol"),
    "item": ("li",),
    "table": ("table",),
    "cell": ("td", "th"),
    "quote": ("blockquote",),
    "figure": ("figure", "figcaption"),
    "terms": ("dl",),
    "control": ("button", "label", "select", "textarea", "role:button"),
    "link": ("a",),
    "noscript": ("noscript",),
    "code": ("pre", "code"),
    "heading": ("h1", "h2", "h3", "h4", "h5", "h6", "role:heading"),
}
# How much of a paragraph's score each container above it gets, as in Arc90's readability.
DECAY = (1.0, 0.5, 0.33, 0.25, 0.2, 0.17)
MOST = (0.5, 0.75, 0.95)  # shares of the page's prose that the smallest container of the kind holds


def columns(outline: Outline) -> Iterator[Column]:
    yield from _landmarks(outline)
    yield from _levels(outline)
    scores = _scores(outline)
    yield from _candidates(outline, scores)
    yield from _regions(outline)
    yield from _heading(outline)


KIND_OF = {name: number for number, names in enumerate(LANDMARKS.values()) for name in names}


def _landmarks(outline: Outline) -> Iterator[Column]:
    document = outline.document
    kinds = np.array([KIND_OF.get(tag or "", -1) for tag in document.tags.each])[document.tags.of]
    rows = (kinds >= 0).nonzero()[0]
    said = [(row, kind) for row, kind in _roles(outline) if kind != kinds[row]]
    more = np.array(said, np.int64).reshape(-1, 2)
    found = outline.within_each(
        np.concatenate((rows, more[:, 0])), np.concatenate((kinds[rows], more[:, 1])), len(LANDMARKS)
    )
    yield from zip((f"in_{name}" for name in LANDMARKS), found, strict=True)


def _roles(outline: Outline) -> Iterator[tuple[int, int]]:
    """Rows whose role makes them a landmark, and of which kind."""
    attrs = outline.document.elements.attrs
    for row in outline.document.noted:
        if role := attrs[row].get("role"):
            kind = KIND_OF.get(f"role:{role.lower()}")
            if kind is not None:
                yield row, kind


def _levels(outline: Outline) -> Iterator[Column]:
    inner = outline.inner
    chars, blocks = np.maximum(inner["chars"], 1.0), np.maximum(inner["blocks"], 1.0)
    shares = {
        "chars_share": inner["chars"] / chars[0],
        "linked_in": inner["links"] / chars,
        "body_share": inner["body"] / max(inner["body"][0], 1.0),
        "prose_share": inner["prose"] / max(inner["prose"][0], 1.0),
        "paragraphs": inner["paragraphs"] / blocks,
        "stops_in": inner["stops"] / chars,
    }
    found = np.array(list(shares.values()))[:, outline.floors]
    for name, levels in zip(shares, found, strict=True):
        yield from ((f"{name}_{number}", level) for number, level in enumerate(levels))


def _scores(outline: Outline) -> Floats:
    """Of row: a score in the manner of readability, from the paragraphs up to six containers below."""
    letters = outline.letters
    commas = letters.counts[:, Kind.COMMA]
    own = np.where(letters.words >= 5, 1 + commas + np.minimum(letters.words / 17, 3.0), 0.0) * (
        1 - outline.linked
    )
    scores = np.zeros(len(outline.parent))
    for decay, level in zip(DECAY, outline.levels, strict=True):
        scores += decay * np.bincount(level, own, minlength=len(scores))
    return scores * (1 - outline.inner["links"] / np.maximum(outline.inner["chars"], 1.0))


def _candidates(outline: Outline, scores: Floats) -> Iterator[Column]:
    best = max(float(scores.max()), 1e-9)
    top = int(scores.argmax())
    found = scores[outline.floors] / best
    yield from ((f"score_{number}", level) for number, level in enumerate(found[:5]))
    yield "score_highest", found.max(axis=0)
    yield from _beside(outline, top, "top")


def _beside(outline: Outline, row: int, name: str) -> Iterator[Column]:
    """Where a block stands seen from one container: inside, or how far outside."""
    elements = outline.document.elements
    here = np.arange(len(outline.rows))
    first, end = int(elements.first_block[row]), int(elements.end_block[row])
    yield f"{name}_inside", (here >= first) & (here < end)
    yield f"{name}_climb", _climb(outline, row)


def _climb(outline: Outline, row: int) -> Floats:
    """Containers to climb from this one until the block is inside; 0 inside it."""
    elements = outline.document.elements
    chain = _chain(outline, row)
    climb = np.zeros(len(outline.rows))
    for step in range(len(chain) - 1, -1, -1):
        climb[elements.first_block[chain[step]] : elements.end_block[chain[step]]] = step
    return climb


def _chain(outline: Outline, row: int) -> list[int]:
    """Distinct containers from this row's up to the root's."""
    chain = [int(outline.container[row])]
    while chain[-1] != outline.container[0]:
        chain.append(int(outline.container[outline.parent[chain[-1]]]))
    return chain


def _regions(outline: Outline) -> Iterator[Column]:
    """The smallest containers that hold most of the page's prose."""
    prose, size, body = outline.inner["prose"], outline.inner["blocks"], outline.inner["body"]
    for share in MOST:
        row = _smallest(size, prose >= share * max(float(prose[0]), 1e-9))
        yield from _beside(outline, row, f"most{round(100 * share)}")
    for share in MOST:
        row = _smallest(size, body >= share * max(float(body[0]), 1e-9))
        yield from _beside(outline, row, f"body{round(100 * share)}")


def _heading(outline: Outline) -> Iterator[Column]:
    """The first main heading: what it heads stands near it."""
    rows = outline.by_tag.get("h1") or [0]
    yield from _beside(outline, rows[0], "h1")


def _smallest(size: Floats, eligible: Bools) -> int:
    return int(np.where(eligible, size, np.inf).argmin())
