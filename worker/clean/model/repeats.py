"""Features of repetition: cards, rows, menu entries, posts of a forum are siblings that look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from worker.clean.model.outline import total

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from worker.clean.model.lines import Column
    from worker.clean.model.outline import Bools, Floats, Ints, Outline

MANY = 3  # siblings that look alike are a series from so many on


def columns(outline: Outline) -> Iterator[Column]:
    looks = outline.document.looks
    group, size = _groups(outline.parent * (looks.max() + 1) + looks)
    series = size[group] >= MANY
    table = _table(outline, group, size)
    for name, rows in (("series", _nearest(outline, series)), ("outer", _outermost(outline, series))):
        yield from (
            (f"{name}_{part}", values) for part, values in zip(table, _of(table, group[rows]), strict=True)
        )
        yield f"{name}_own_words", outline.inner["words"][rows]
        depth = outline.document.elements.depth
        yield f"{name}_depth", (depth[outline.rows] - depth[rows]).astype(float)
    yield from _paths(outline, looks)


def _groups(keys: Ints) -> tuple[Ints, Ints]:
    """Of row: the number of its group; of group: how many rows it has."""
    _, group, size = np.unique(keys, return_inverse=True, return_counts=True)
    return group.reshape(-1), size


def _nearest(outline: Outline, series: Bools) -> Ints:
    """Of block: the nearest element above it that is one of a series; the root where there is none."""
    return outline.nearest(series)[outline.rows]


def _outermost(outline: Outline, series: Bools) -> Ints:
    first = series & (outline.above(series.astype(float)) == 1)
    return outline.nearest(first)[outline.rows]


def _table(outline: Outline, group: Ints, size: Ints) -> Mapping[str, Floats]:
    """Of group: how many, how large and how unlike they are, how much of them is links, prose, figures."""
    inner = outline.inner
    words = total(group, inner["words"])
    mean = words / size
    unlike = np.sqrt(np.maximum(total(group, inner["words"] ** 2) / size - mean**2, 0))
    chars = np.maximum(total(group, inner["chars"]), 1.0)
    return {
        "size": size.astype(float),
        "words": mean,
        "spread": unlike / np.maximum(mean, 1.0),
        "linked": total(group, inner["links"]) / chars,
        "prose": total(group, inner["prose"]) / np.maximum(words, 1.0),
        "digits": total(group, inner["signs"]) / chars,
        "body": total(group, inner["body"]) / max(float(inner["body"][0]), 1.0),
        "share": words / max(float(inner["words"][0]), 1.0),
    }


def _of(table: Mapping[str, Floats], groups: Ints) -> Floats:
    """The table's values for these groups, shape (values, groups)."""
    return np.array(list(table.values()))[:, groups]


def _paths(outline: Outline, looks: Ints) -> Iterator[Column]:
    """Blocks anywhere on the page that hang on elements which look like this one's, up to the grandparent."""
    for name, keys in (("look", looks[outline.rows]), ("path", outline.document.hangs)):
        group, size = _groups(keys)
        yield f"{name}_size", size[group].astype(float)
        yield from _alike(outline, name, group, size)


def _alike(outline: Outline, name: str, group: Ints, size: Ints) -> Iterator[Column]:
    letters = outline.letters
    chars = np.maximum(total(group, letters.chars), 1.0)
    yield f"{name}_words", total(group, letters.words)[group] / size[group]
    yield f"{name}_linked", (total(group, letters.chars * outline.linked) / chars)[group]
    yield f"{name}_prose", (total(group, outline.prose) / max(float(outline.prose.sum()), 1.0))[group]
