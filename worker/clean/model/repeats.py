"""Features of repetition: cards, rows, menu entries, posts of a forum are siblings that look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from worker.clean.model.letters import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.model.lines import Column
    from worker.clean.model.outline import Bools, Floats, Ints, Outline

MANY = 3  # siblings that look alike are a series from so many on


def columns(outline: Outline) -> Iterator[Column]:
    looks = signatures(outline)
    group, size = _groups(outline.parent * (looks.max() + 1) + looks)
    series = size[group] >= MANY
    for name, rows in (("series", _nearest(outline, series)), ("outer", _outermost(outline, series))):
        yield from _series(outline, name, rows, group, size)
    yield from _paths(outline, looks)


def signatures(outline: Outline) -> Ints:
    """Of row: a number that elements of the same tag and class share."""
    elements = outline.document.elements
    numbers: dict[tuple[str, str | None], int] = {}
    looks = [
        numbers.setdefault((tag, attrs.get("class") if attrs else None), len(numbers))
        for tag, attrs in zip(elements.tags, elements.attrs, strict=True)
    ]
    return np.array(looks, np.int64)


def _groups(keys: Ints) -> tuple[Ints, Ints]:
    """Of row: the number of its group; of group: how many rows it has."""
    _, group, size = np.unique(keys, return_inverse=True, return_counts=True)
    return group.reshape(-1), size


def _nearest(outline: Outline, series: Bools) -> Ints:
    """Of block: the nearest element above it that is one of a series; the root where there is none."""
    rows = np.arange(len(series)).astype(float)
    return outline.down(rows, series)[outline.rows].astype(np.int64)


def _outermost(outline: Outline, series: Bools) -> Ints:
    first = series & (outline.above(series.astype(float)) == 1)
    rows = np.arange(len(series)).astype(float)
    return outline.down(rows, first)[outline.rows].astype(np.int64)


def _series(outline: Outline, name: str, rows: Ints, group: Ints, size: Ints) -> Iterator[Column]:
    """The series that the block is in: how many, how large, how much of them links, how alike."""
    letters = outline.letters
    words = outline.inside(letters.words)
    chars, links = outline.inside(letters.chars), outline.inside(letters.chars * outline.linked)
    total = np.bincount(group, words)
    square = np.bincount(group, words**2)
    mean = total / size
    spread = np.sqrt(np.maximum(square / size - mean**2, 0)) / np.maximum(mean, 1.0)
    linked = np.bincount(group, links) / np.maximum(np.bincount(group, chars), 1.0)
    prose = np.bincount(group, outline.inside(outline.prose)) / np.maximum(total, 1.0)
    mine = group[rows]
    yield f"{name}_size", size[mine].astype(float)
    yield f"{name}_words", mean[mine]
    yield f"{name}_own_words", words[rows]
    yield f"{name}_spread", spread[mine]
    yield f"{name}_linked", linked[mine]
    yield f"{name}_prose", prose[mine]
    digits = letters.counts[:, Kind.DIGIT] + letters.counts[:, Kind.SIGN]
    yield (
        f"{name}_digits",
        (np.bincount(group, outline.inside(digits)) / np.maximum(np.bincount(group, chars), 1.0))[mine],
    )
    body = outline.inside(outline.body)
    yield f"{name}_body", (np.bincount(group, body) / max(float(body[0]), 1.0))[mine]
    yield f"{name}_share", total[mine] / max(float(words[0]), 1.0)
    depth = outline.document.elements.depth
    yield f"{name}_depth", (depth[outline.rows] - depth[rows]).astype(float)


def _paths(outline: Outline, looks: Ints) -> Iterator[Column]:
    """Blocks anywhere on the page that hang on elements which look like this one's, up to the grandparent."""
    rows, base = outline.rows, int(looks.max()) + 1
    up = outline.parent[rows]
    pair = looks[rows] * base + looks[up]
    for name, keys in (("look", looks[rows]), ("path", pair * base + looks[outline.parent[up]])):
        group, size = _groups(keys)
        yield f"{name}_size", size[group].astype(float)
        yield from _alike(outline, name, group, size)


def _alike(outline: Outline, name: str, group: Ints, size: Ints) -> Iterator[Column]:
    letters = outline.letters

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(group, values), np.float64)

    chars = np.maximum(total(letters.chars), 1.0)
    yield f"{name}_words", (total(letters.words) / size)[group]
    yield f"{name}_linked", (total(letters.chars * outline.linked) / chars)[group]
    yield f"{name}_prose", (total(outline.prose) / max(float(outline.prose.sum()), 1.0))[group]
