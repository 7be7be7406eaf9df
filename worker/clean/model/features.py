"""All features of a page's blocks, as named columns."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from worker.clean.model import containers, lines, names, phrases, repeats, surroundings, topic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.clean.model.outline import Bools, Floats, Outline

GROUPS = (
    lines.columns,
    surroundings.columns,
    containers.columns,
    repeats.columns,
    phrases.columns,
    topic.columns,
)


def shape(outline: Outline) -> Mapping[str, Floats | Bools]:
    """The columns that need no table: the same for a page in any language and with any names."""
    return dict(chain.from_iterable(group(outline) for group in GROUPS))


def everything(outline: Outline, tables: names.Tables) -> Mapping[str, Floats | Bools]:
    """Every column by its name, each of shape (blocks,)."""
    return {**shape(outline), **dict(names.columns(outline, tables))}
